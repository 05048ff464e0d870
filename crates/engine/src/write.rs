//! Hands lines to the destination: pieces of the source's own bytes, and texts of ours, in vectored writes.

use std::io::{self, IoSlice};
use std::ops::Range;
use tokio::net::unix::pipe::Sender;

/// How many pieces one system call takes (`IOV_MAX` on Linux is 1,024).
const PIECES: usize = 512;

/// What of a chunk goes to the destination, in order.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    pieces: Vec<Piece>,
    /// Bytes that are not in the chunk: rewritten records, states, newlines.
    own: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Piece {
    Chunk(Range<usize>),
    Own(Range<usize>),
}

impl Gather {
    /// Forwards bytes of the chunk as they are.
    #[inline]
    pub(crate) fn forward(&mut self, range: Range<usize>) {
        if let Some(Piece::Chunk(last)) = self.pieces.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
            return;
        }
        self.pieces.push(Piece::Chunk(range));
    }

    /// Adds bytes of our own: `write` appends them to the buffer that it is given.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.own.len();
        write(&mut self.own);
        let end = self.own.len();
        if start == end {
            return; // an empty piece could not be told from a pipe that takes nothing
        }
        match self.pieces.last_mut() {
            Some(Piece::Own(last)) if last.end == start => last.end = end,
            _ => self.pieces.push(Piece::Own(start..end)),
        }
    }

    /// Adds a line of our own and its newline.
    pub(crate) fn push_line(&mut self, line: &[u8]) {
        self.push_with(|own| {
            own.extend_from_slice(line);
            own.push(b'\n');
        });
    }

    /// Everything in one piece.
    #[cfg(test)]
    pub(crate) fn to_bytes(&self, chunk: &[u8]) -> Vec<u8> {
        self.pieces.iter().flat_map(|piece| self.slice(piece, chunk)).copied().collect()
    }

    /// Forgets everything, and the memory of a giant line.
    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
        self.own.clear();
        self.own.shrink_to(1 << 20);
    }

    fn slice<'a>(&'a self, piece: &Piece, chunk: &'a [u8]) -> &'a [u8] {
        match piece {
            Piece::Chunk(range) => &chunk[range.clone()],
            Piece::Own(range) => &self.own[range.clone()],
        }
    }

    /// Writes everything. A full pipe makes it wait; nothing is read from the source meanwhile. Tells `waits` before
    /// each piece that the pipe is to take.
    pub(crate) async fn write_to(&self, pipe: &Sender, chunk: &[u8], waits: impl Fn()) -> io::Result<()> {
        let mut first = 0;
        let mut offset = 0;
        while first < self.pieces.len() {
            let mut slices = [IoSlice::new(&[]); PIECES];
            let pieces = &self.pieces[first..self.pieces.len().min(first + PIECES)];
            for (slice, piece) in slices.iter_mut().zip(pieces) {
                *slice = IoSlice::new(self.slice(piece, chunk));
            }
            slices[0] = IoSlice::new(&self.slice(&pieces[0], chunk)[offset..]);
            waits();
            let mut written = offset + write_some(pipe, &slices[..pieces.len()]).await?;
            while first < self.pieces.len() {
                let length = self.slice(&self.pieces[first], chunk).len();
                if written < length {
                    break;
                }
                written -= length;
                first += 1;
            }
            offset = written;
        }
        Ok(())
    }
}

async fn write_some(pipe: &Sender, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        pipe.writable().await?;
        match pipe.try_write_vectored(slices) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_pieces_of_a_chunk_become_one() {
        let mut gather = Gather::default();
        gather.forward(0..3);
        gather.forward(3..5);
        gather.push_line(b"x");
        gather.push_with(|own| own.extend_from_slice(b"y"));
        gather.forward(7..8);
        assert_eq!(gather.pieces.len(), 3);
        assert_eq!(gather.to_bytes(b"abcdefgh"), b"abcdex\nyh");
    }
}
