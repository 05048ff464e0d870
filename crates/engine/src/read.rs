//! Whole lines out of a pipe.

use bytes::BytesMut;
use std::io;
use tokio::net::unix::pipe::Receiver;

/// How much is read at a time: a quarter of a pipe, and small enough to stay in a core's own cache
/// between being read, looked at, and written.
const READ_BYTES: usize = 128 * 1024;

/// Reads a pipe by chunks of whole lines.
#[derive(Debug)]
pub(crate) struct LineReader {
    pipe: Receiver,
    buffer: BytesMut,
    /// How many bytes at the front of the buffer are known to hold no newline.
    searched: usize,
    /// A longer line is handed out in pieces.
    longest: usize,
    ended: bool,
}

impl LineReader {
    pub(crate) fn new(pipe: Receiver) -> Self {
        Self { pipe, buffer: BytesMut::with_capacity(READ_BYTES), searched: 0, longest: usize::MAX, ended: false }
    }

    /// Hands lines of more than `bytes` out in pieces: for text that nobody has to read whole.
    pub(crate) fn with_longest_line(self, bytes: usize) -> Self {
        Self { longest: bytes, ..self }
    }

    /// The next whole lines, each with its newline (the last line of the stream may lack it). `None` at the end.
    ///
    /// Cancel-safe: what was read stays in the buffer.
    pub(crate) async fn next(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            if let Some(at) = memchr::memrchr(b'\n', &self.buffer[self.searched..]) {
                let lines = self.buffer.split_to(self.searched + at + 1);
                self.searched = self.buffer.len();
                return Ok(Some(lines));
            }
            self.searched = self.buffer.len();
            if self.ended || self.buffer.len() > self.longest {
                self.searched = 0;
                return Ok((!self.buffer.is_empty()).then(|| self.buffer.split()));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.buffer.capacity() > 4 * READ_BYTES && self.buffer.len() < READ_BYTES {
            let rest = self.buffer.split(); // gives the memory of a giant line back
            self.buffer = BytesMut::with_capacity(2 * READ_BYTES);
            self.buffer.extend_from_slice(&rest);
        }
        if self.buffer.capacity() - self.buffer.len() < READ_BYTES / 4 {
            // A line longer than the buffer makes it grow by doubling; memory that is never touched costs nothing.
            self.buffer.reserve(READ_BYTES.max(self.buffer.len()));
        }
        loop {
            self.pipe.readable().await?;
            match self.pipe.try_read_buf(&mut self.buffer) {
                Ok(read) => {
                    self.ended = read == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}
