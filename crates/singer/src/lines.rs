//! Lines out of a pipe, with bounded memory whatever comes.

use std::io::{self, Read};

const READ_BYTES: usize = 256 * 1024;

/// Cuts what is read into lines. A line longer than the limit is given up to the limit; the rest of it is skipped.
pub(crate) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    /// Bytes up to here have been taken.
    taken: usize,
    limit: usize,
    skipping: bool,
    ended: bool,
}

/// What [`Lines::fill`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    More,
    End,
}

/// One line, without its newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut<'a> {
    Whole(&'a [u8]),
    /// The beginning of a line that is longer than the limit.
    TooLong(&'a [u8]),
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(from: R, limit: usize) -> Self {
        Self { from, buffer: Vec::new(), taken: 0, limit, skipping: false, ended: false }
    }

    /// Reads once; blocks until something comes.
    pub(crate) fn fill(&mut self) -> io::Result<Filled> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        if self.buffer.capacity() > 8 * READ_BYTES && self.buffer.len() < READ_BYTES {
            self.buffer.shrink_to(READ_BYTES);
        }
        let start = self.buffer.len();
        self.buffer.resize(start + READ_BYTES, 0);
        let read = loop {
            match self.from.read(&mut self.buffer[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(start + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(if self.ended { Filled::End } else { Filled::More })
    }

    /// The next line that is there; at the end also a last one without newline.
    pub(crate) fn next(&mut self) -> Option<Cut<'_>> {
        loop {
            let start = self.taken;
            let rest = &self.buffer[start..];
            let (length, taken) = match memchr::memchr(b'\n', rest) {
                Some(at) => (at, at + 1),
                None if self.ended && !rest.is_empty() => (rest.len(), rest.len()),
                None if rest.len() > self.limit => {
                    self.taken = self.buffer.len();
                    if !std::mem::replace(&mut self.skipping, true) {
                        return Some(Cut::TooLong(&self.buffer[start..start + self.limit]));
                    }
                    return None;
                }
                None => return None,
            };
            self.taken += taken;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            let line = &self.buffer[start..start + length];
            return Some(match length > self.limit {
                true => Cut::TooLong(&line[..self.limit]),
                false => Cut::Whole(line.strip_suffix(b"\r").unwrap_or(line)),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], limit: usize) -> Vec<String> {
        let mut lines = Lines::new(text, limit);
        let mut found = Vec::new();
        while lines.fill().unwrap() != Filled::End {
            while let Some(cut) = lines.next() {
                found.push(format!("{cut:?}"));
            }
        }
        while let Some(cut) = lines.next() {
            found.push(format!("{cut:?}"));
        }
        found.iter().map(|cut| cut.replace(", ", "")).collect()
    }

    #[test]
    fn lines_are_cut_and_giants_are_bounded() {
        assert_eq!(all(b"1\n\n2", 9), ["Whole([49])", "Whole([])", "Whole([50])"]);
        assert_eq!(all(b"1111\n2\r\n", 2), ["TooLong([4949])", "Whole([50])"]);
        let giant = [vec![b'x'; 3 * READ_BYTES], b"\n2\n".to_vec()].concat();
        assert_eq!(all(&giant, 2), ["TooLong([120120])", "Whole([50])"]);
    }
}
