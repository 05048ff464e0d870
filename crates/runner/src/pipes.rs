//! Pipes between Longshore and a local process: wide, and blocking on the process's side only.

use rustix::pipe::fcntl_setpipe_size;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::net::unix::pipe::{Receiver, Sender};

/// The room of a pipe: wide enough that wake-ups are few, small enough that what lies in it stays in a processor's cache.
const PIPE_BYTES: usize = 512 * 1024;

/// A pipe that Longshore writes: its end, and the process's.
pub(crate) fn into_process() -> io::Result<(Sender, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    widen(&writer);
    Ok((Sender::from_owned_fd(writer.into())?, reader.into()))
}

/// A pipe that Longshore reads: its end, and the process's.
pub(crate) fn out_of_process() -> io::Result<(Receiver, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    widen(&reader);
    Ok((Receiver::from_owned_fd(reader.into())?, writer.into()))
}

/// Gives a pipe or FIFO more room. A user who has used up the share of the kernel gets narrow pipes, which work too.
pub(crate) fn widen(pipe: impl AsFd) {
    let _ = fcntl_setpipe_size(pipe, PIPE_BYTES);
}
