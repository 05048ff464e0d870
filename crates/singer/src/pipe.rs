//! What a program writes, up to its end: something that it left running may hold its stdout and stderr open for ever.

use crate::output::Output;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{self, Read};
use std::sync::Arc;

/// Something that the program left running may still pass on what the program wrote (`tap > >(tee log)`). Once the program
/// has ended, and nothing came for so long, it does not.
const SILENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Readable once the program has ended. Kernels before 5.3 cannot tell: there a pipe ends when all have closed it.
#[derive(Debug, Clone)]
pub(crate) struct Ended(Option<Arc<OwnedFd>>);

impl Ended {
    /// `program`: a child that nobody has waited for yet.
    pub(crate) fn of(program: Pid) -> Self {
        Self(pidfd_open(program, PidfdFlags::empty()).ok().map(Arc::new))
    }
}

/// A pipe that a program writes into.
pub(crate) struct Pipe<P> {
    from: P,
    ended: Ended,
    /// Where it is told that the pipe was left open.
    told: Option<Arc<Output>>,
}

impl<P: Read + AsFd> Pipe<P> {
    pub(crate) fn new(from: P, ended: Ended) -> Self {
        Self { from, ended, told: None }
    }

    /// Says it when the pipe is left open.
    pub(crate) fn telling(self, output: &Arc<Output>) -> Self {
        Self { told: Some(Arc::clone(output)), ..self }
    }

    /// Waits until there is something to read, or the pipe is closed. Not so when the program has ended and nothing comes.
    fn wait(&self) -> io::Result<bool> {
        let Some(ended) = &self.ended.0 else { return Ok(true) };
        let mut both = [PollFd::new(&self.from, PollFlags::IN), PollFd::new(ended, PollFlags::IN)];
        retry(|| poll(&mut both, None))?;
        if !both[0].revents().is_empty() {
            return Ok(true);
        }
        let mut left = [PollFd::new(&self.from, PollFlags::IN)];
        Ok(retry(|| poll(&mut left, Some(&SILENCE)))? > 0)
    }
}

fn retry(mut call: impl FnMut() -> Result<usize, Errno>) -> io::Result<usize> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

impl<P: Read + AsFd> Read for Pipe<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.wait()? {
            return self.from.read(buffer);
        }
        if let Some(output) = self.told.take() {
            output.warn(&format!(
                "the program has ended, but something that it started holds its stdout open; after {} s of silence it is \
                 not waited for",
                SILENCE.tv_sec
            ));
        }
        Ok(0)
    }
}
