//! Cuts what comes in pieces into lines, and keeps a bounded part of each; keeps the end of a stream.

use std::collections::VecDeque;

/// How much of the end of a stream is kept.
const TAIL_BYTES: usize = 8 * 1024;

/// Lines out of pieces.
pub(crate) struct Lines {
    line: Vec<u8>,
    /// Whether there is a line that has not ended.
    has_begun: bool,
    most: usize,
    bytes: u64,
}

impl Lines {
    pub(crate) fn new(most: usize) -> Self {
        Self { line: Vec::new(), has_begun: false, most, bytes: 0 }
    }

    /// How many bytes there were in all.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Tells each line that ends in this piece: what is kept of it.
    pub(crate) fn take(&mut self, mut piece: &[u8], tell: &mut impl FnMut(&[u8])) {
        self.bytes += piece.len() as u64;
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&piece[..end], &piece[end + 1..]);
            if !self.has_begun && line.len() <= self.most {
                tell(line);
            } else {
                self.keep(line);
                self.tell(tell);
            }
            piece = rest;
        }
        self.keep(piece);
    }

    /// Tells what came after the last end of a line.
    pub(crate) fn finish(&mut self, tell: &mut impl FnMut(&[u8])) {
        if self.has_begun {
            self.tell(tell);
        }
    }

    fn keep(&mut self, part: &[u8]) {
        let room = self.most.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        self.has_begun |= !part.is_empty();
    }

    fn tell(&mut self, tell: &mut impl FnMut(&[u8])) {
        tell(&self.line);
        self.line.clear();
        self.has_begun = false;
    }
}

/// The end of a stream.
#[derive(Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let surplus = (self.0.len() + bytes.len()).saturating_sub(TAIL_BYTES);
        self.0.drain(..surplus);
        self.0.extend(bytes);
    }

    /// As text, without control characters that would move a cursor.
    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect::<String>().trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, TAIL_BYTES, Tail};

    fn told(most: usize, pieces: &[&str]) -> Vec<String> {
        let (mut lines, mut told) = (Lines::new(most), Vec::new());
        let mut tell = |text: &[u8]| told.push(String::from_utf8_lossy(text).into_owned());
        pieces.iter().for_each(|piece| lines.take(piece.as_bytes(), &mut tell));
        lines.finish(&mut tell);
        told
    }

    #[test]
    fn lines_are_whole_wherever_the_pieces_end() {
        for pieces in [vec!["one\n\ntwo"], vec!["o", "ne\n", "\nt", "wo", ""], vec!["one\n\ntwo\n"]] {
            assert_eq!(told(10, &pieces), ["one", "", "two"], "{pieces:?}");
        }
    }

    #[test]
    fn a_line_without_end_keeps_its_beginning_alone() {
        assert_eq!(told(4, &["abc", "defgh", "i\nj"]), ["abcd", "j"]);
    }

    #[test]
    fn the_tail_is_the_end_and_moves_no_cursor() {
        let mut tail = Tail::default();
        tail.add(&vec![b'a'; 3 * TAIL_BYTES]);
        tail.add(b"\x1b[2Jend\x07\n");
        let text = tail.text();
        assert!(text.len() <= TAIL_BYTES && text.ends_with("a[2Jend"), "{}", text.len());
    }
}
