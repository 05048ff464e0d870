//! Stdin of a destination: whole lines out of a growing buffer, and the chance to act when nothing comes.

use crate::signal::StopFlag;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::os::fd::AsFd;
use std::time::Duration;

const READ_BYTES: usize = 256 * 1024;

/// What came of waiting for input.
pub(crate) enum Arrival {
    /// There are lines to take.
    Lines,
    /// Nothing came for the given time.
    Idle,
    /// Stdin ended, or a signal asked to stop.
    End,
}

/// Buffered stdin.
pub(crate) struct Input {
    buffer: Vec<u8>,
    /// Bytes up to here have been taken.
    taken: usize,
    /// Bytes up to here hold no newline beyond `taken` (so a giant line is searched once).
    searched: usize,
    stop: StopFlag,
    ended: bool,
}

impl Input {
    pub(crate) fn new(stop: StopFlag) -> Self {
        Self { buffer: Vec::with_capacity(READ_BYTES), taken: 0, searched: 0, stop, ended: false }
    }

    /// Waits at most `patience` for more input (for ever without), and reads it.
    pub(crate) fn fill(&mut self, patience: Option<Duration>) -> std::io::Result<Arrival> {
        if self.stop.is_set() {
            return Ok(Arrival::End);
        }
        if self.ended {
            return Ok(if self.taken < self.buffer.len() { Arrival::Lines } else { Arrival::End });
        }
        let stdin = std::io::stdin();
        let timeout = patience
            .map(|p| rustix::event::Timespec { tv_sec: p.as_secs() as i64, tv_nsec: i64::from(p.subsec_nanos()) });
        // Without patience a signal must still be noticed: it interrupts the poll.
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], timeout.as_ref()) {
            Ok(0) => return Ok(Arrival::Idle),
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(if self.stop.is_set() { Arrival::End } else { Arrival::Idle }),
            Err(error) => return Err(error.into()),
        }
        self.buffer.drain(..self.taken);
        self.searched -= self.taken;
        self.taken = 0;
        if self.buffer.capacity() > 8 * READ_BYTES && self.buffer.len() < READ_BYTES {
            self.buffer.shrink_to(READ_BYTES);
        }
        self.buffer.reserve(READ_BYTES);
        match rustix::io::read(stdin.as_fd(), rustix::buffer::spare_capacity(&mut self.buffer)) {
            Ok(0) => {
                self.ended = true;
                Ok(if self.buffer.is_empty() { Arrival::End } else { Arrival::Lines })
            }
            Ok(_) => Ok(Arrival::Lines),
            Err(Errno::INTR) => Ok(Arrival::Idle),
            Err(error) => Err(error.into()),
        }
    }

    /// The whole lines that are there, newlines included; at the end of stdin also a last line without newline.
    pub(crate) fn lines(&mut self) -> &[u8] {
        let from = self.searched.max(self.taken);
        let end = match memchr::memrchr(b'\n', &self.buffer[from..]) {
            Some(at) => from + at + 1,
            None if self.ended => self.buffer.len(),
            None => self.taken,
        };
        self.searched = self.buffer.len();
        let lines = &self.buffer[self.taken..end];
        self.taken = end;
        lines
    }
}
