//! The FIFOs between Longshore and a container, and the moment at which the connector has joined them.
//!
//! A FIFO has the end of a pipe only while somebody holds the other side: a reader without a writer reads "end", a
//! writer without a reader is refused. Between creating a container and its first instruction nobody is there, so
//! Longshore holds *both* sides of every FIFO until then. The shim opens its sides, executes the connector, and with
//! that the kernel closes `status`, which it had opened for that purpose alone. Then Longshore lets go of the
//! connector's sides and every end is a true end:
//!
//! * the connector closes stdout or dies: Longshore reads the end; a destination that does not read: broken pipe;
//! * Longshore closes stdin or is killed: the destination reads the end, since Longshore was the only writer, and a
//!   source gets a broken pipe;
//! * Longshore is killed before the shim has opened: its opens do not wait, so it fails and the container ends;
//! * the shim cannot go on: it says why on `status`; the container dies or never starts: the engine says so, and
//!   nobody waits for `status` any longer.
//!
//! `status` is the one FIFO of which Longshore holds only its own side. Linux reports the end of a FIFO to a waiting
//! reader only when it has had a writer since the reader opened it, so no end is seen too early.

use crate::pipes::widen;
use crate::run_folder::{failure, write_file};
use crate::running::{Connector, Ends};
use longshore_protocol::FailureReason;
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
use rustix::io::Errno;
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::net::unix::pipe::{Receiver, Sender};

/// The shim, compiled by `build.rs` from `shim/shim.rs`.
const SHIM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shim"));

/// The name of the shim in the folder of a run.
pub(super) const SHIM_NAME: &str = "shim";

/// What kept the connector's program from running.
pub(super) enum Obstacle {
    /// There is no such program in the image.
    NoProgram,
    /// There is, but not what shall run it.
    NoInterpreter,
    /// It may not be executed.
    NotExecutable,
    /// It is no program for this machine.
    WrongFormat,
    /// The shim could not open a FIFO.
    Fifo(Errno),
    /// The kernel refused it for another reason.
    Start(Errno),
}

/// All FIFOs of a run that has not begun.
pub(super) struct Fifos {
    ends: Ends,
    status: Receiver,
    /// The container's sides, held until it holds them itself.
    theirs: Vec<OwnedFd>,
}

impl Fifos {
    /// Makes the FIFOs and the shim in the folder that will be mounted.
    pub(super) fn create(folder: &Path, with_stdin: bool) -> Result<Self, FailureReason> {
        write_file(&folder.join(SHIM_NAME), SHIM, 0o555)?;
        Self::lay_out(folder, with_stdin).map_err(|error| failure(folder, &error))
    }

    fn lay_out(folder: &Path, with_stdin: bool) -> io::Result<Self> {
        let mut theirs = Vec::new();
        let mut read_from = |name: &str| -> io::Result<Receiver> {
            let (reader, writer) = both_sides(&folder.join(name))?;
            theirs.push(writer);
            Receiver::from_owned_fd(reader)
        };
        let (stdout, stderr) = (read_from("stdout")?, read_from("stderr")?);
        let stdin = match with_stdin {
            true => {
                let (reader, writer) = both_sides(&folder.join("stdin"))?;
                theirs.push(reader);
                Some(Sender::from_owned_fd(writer)?)
            }
            false => None,
        };
        let status = folder.join("status");
        make_fifo(&status)?;
        let status = Receiver::from_owned_fd(open_side(&status, OFlags::RDONLY)?)?;
        Ok(Self { ends: Ends { stdin, stdout, stderr }, status, theirs })
    }

    /// Waits until the connector's program runs, and lets go of its sides. A container that ends first has either
    /// left its reason on `status`, or its program has run and ended already.
    pub(super) async fn joined(self, container: &mut impl Connector) -> Result<Ends, Obstacle> {
        let mut report = [0; 2];
        let length = loop {
            let has_ended = tokio::select! {
                biased;
                _ = self.status.readable() => false,
                _ = container.ended() => true,
            };
            match self.status.try_read(&mut report) {
                Ok(length) => break length,
                // Once the container has ended, nobody can write any more.
                Err(_) if has_ended => break rustix::io::read(&self.status, &mut report).unwrap_or(0),
                Err(_) => {}
            }
        };
        drop(self.theirs);
        match report {
            [step, error] if length == report.len() => Err(obstacle(step, Errno::from_raw_os_error(error.into()))),
            _ => Ok(self.ends),
        }
    }
}

/// The report of the shim in words.
fn obstacle(step: u8, error: Errno) -> Obstacle {
    match (step, error) {
        (b'o', _) => Obstacle::Fifo(error),
        (b'i', _) => Obstacle::NoInterpreter,
        (_, Errno::NOENT | Errno::NOTDIR) => Obstacle::NoProgram,
        (_, Errno::ACCESS | Errno::PERM) => Obstacle::NotExecutable,
        (_, Errno::NOEXEC) => Obstacle::WrongFormat,
        _ => Obstacle::Start(error),
    }
}

/// Makes a FIFO and opens its reading and its writing side, in the order in which neither waits nor fails.
fn both_sides(path: &Path) -> io::Result<(OwnedFd, OwnedFd)> {
    make_fifo(path)?;
    // A FIFO lies in a file system, which would note the time of every read; nobody wants to know.
    let reader = open_side(path, OFlags::RDONLY | OFlags::NOATIME)?;
    let writer = open_side(path, OFlags::WRONLY)?;
    widen(&reader);
    Ok((reader, writer))
}

/// Anybody may open it who reaches it: the image's user, whatever its number, and on this machine only the user of
/// Longshore, since the folder of the run is closed to all others.
fn make_fifo(path: &Path) -> io::Result<()> {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))
}

fn open_side(path: &Path, side: OFlags) -> io::Result<OwnedFd> {
    Ok(open(path, side | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?)
}
