//! Notices a CSV file that ends inside quotes.
//!
//! A lenient parser takes everything up to the end of such a file for one field: after a quote too many, or in a file
//! that was cut off, records would disappear into it. So the bytes are watched on their way to the parser, with the same
//! rules: a quote opens a field only at its beginning, and two quotes inside quotes stand for one.

use std::io::{Error, ErrorKind, Read, Result};

/// The file ends inside quotes.
#[derive(Debug, thiserror::Error)]
#[error("a quote is never closed")]
pub(crate) struct OpenQuote;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside quotes: it closes them, unless another follows.
    QuoteInQuotes,
}

/// Hands bytes on; at their end it fails with [`OpenQuote`] if quotes are open.
pub(crate) struct ClosedQuotes<R> {
    inner: R,
    delimiter: u8,
    place: Place,
}

impl<R> ClosedQuotes<R> {
    pub(crate) fn new(inner: R, delimiter: u8) -> Self {
        Self { inner, delimiter, place: Place::FieldStart }
    }

    fn after(&self, place: Place, byte: u8) -> Place {
        match (place, byte) {
            (Place::Quoted, b'"') => Place::QuoteInQuotes,
            (Place::Quoted, _) | (Place::FieldStart | Place::QuoteInQuotes, b'"') => Place::Quoted,
            (_, b'\n' | b'\r') => Place::FieldStart,
            (_, byte) if byte == self.delimiter => Place::FieldStart,
            // A byte order mark before the first field.
            (Place::FieldStart, 0xef | 0xbb | 0xbf) => Place::FieldStart,
            _ => Place::Unquoted,
        }
    }
}

impl<R: Read> Read for ClosedQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.place = buffer[..bytes].iter().fold(self.place, |place, byte| self.after(place, *byte));
        if bytes == 0 && !buffer.is_empty() && self.place == Place::Quoted {
            return Err(Error::new(ErrorKind::InvalidData, OpenQuote));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_closed(text: &str) -> bool {
        ClosedQuotes::new(text.as_bytes(), b',').read_to_end(&mut Vec::new()).is_ok()
    }

    #[test]
    fn open_quotes_are_noticed_at_the_end() {
        for text in ["", "a", "\"a\"", "\"a\"\"\"", "5\" pipe", "a,\"b\nc\"\r\n", "\"a\"b\"c", "\u{feff}\"a,\",b\n"] {
            assert!(is_closed(text), "{text:?}");
        }
        for text in ["\"", "\"a\"\"", "a,\"b\n", "a\r\n\"b", "\u{feff}\"a\n"] {
            assert!(!is_closed(text), "{text:?}");
        }
    }
}
