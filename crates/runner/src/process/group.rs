//! A process group and its leader: how a local connector is watched and ended as a tree.

use crate::Exit;
use crate::exit::killed;
use crate::run_folder::RunFolder;
use crate::running::Connector;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The leader of a process group and all that it started, except what left the group on purpose.
pub(super) struct Group {
    leader: Child,
    /// Becomes readable when the leader has ended; its id stays taken until [`Group::finish`].
    end: AsyncFd<OwnedFd>,
    origin: FailureOrigin,
    /// Kept until the connector has ended.
    _folder: Option<RunFolder>,
    status: Option<ExitStatus>,
}

impl Group {
    /// Takes over a child that leads its own group. When that fails the group is ended.
    pub(super) fn new(mut leader: Child, origin: FailureOrigin, folder: Option<RunFolder>) -> io::Result<Self> {
        let pidfd = pidfd_open(Pid::from_child(&leader), PidfdFlags::empty()).map_err(io::Error::from);
        match pidfd.and_then(watched) {
            Ok(end) => Ok(Self { leader, end, origin, _folder: folder, status: None }),
            Err(error) => end_group(&mut leader).and(Err(error)),
        }
    }

    /// Ends what the leader left running.
    fn finish(&mut self) -> io::Result<ExitStatus> {
        let status = match self.status {
            Some(status) => status,
            None => end_group(&mut self.leader)?,
        };
        self.status = Some(status);
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        // Fails only when the whole group has ended already.
        let _ = kill_process_group(Pid::from_child(&self.leader), signal);
    }
}

#[expect(unsafe_code, reason = "tokio cannot check that the descriptor stays open")]
fn watched(pidfd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays open, and the same, until the AsyncFd that owns it is dropped.
    Ok(unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?)
}

/// Ends the whole group, then takes note of the leader's end. In this order, since only until then the kernel gives
/// the group's id to nobody else; a leader that has ended keeps the status it ended with.
fn end_group(leader: &mut Child) -> io::Result<ExitStatus> {
    let _ = kill_process_group(Pid::from_child(leader), Signal::KILL);
    leader.wait()
}

impl Connector for Group {
    async fn ended(&mut self) -> Exit {
        // An error would mean that the runtime is going away; the group is ended then, too.
        let _ = self.end.readable().await;
        match self.finish() {
            Ok(status) => Exit {
                code: status.code(),
                signal: status.signal(),
                failure: status.signal().map(|signal| killed(self.origin, signal)),
            },
            Err(error) => Exit::unknown(FailureReason::new(
                FailureOrigin::Platform,
                FailureKind::SystemError,
                "runner.watch_failed",
                format!("the end of the {} connector was not seen: {error}; run it again", self.origin),
            )),
        }
    }

    async fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    async fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    async fn remove(self) {
        drop(self);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}
