//! JSONL: a JSON object on each line, handed on byte for byte. Blank lines are no records.

use crate::columns::{Columns, Kind};
use crate::location::Location;
use crate::open::{Bytes, open, open_at};
use crate::rows::{Position, Rows, bad_line, broken_off};
use indexmap::IndexMap;
use longshore_connector_kit::Failure;
use serde_json::value::RawValue;
use std::io::{BufRead, BufReader};

const BUFFER_BYTES: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The columns, with the types that the values of the first `sample` records have.
pub(crate) fn columns(location: &Location, bytes: Bytes, sample: usize) -> Result<Columns, Failure> {
    let mut rows = JsonlRows::new(location, bytes, Position::default());
    let mut columns = Columns::default();
    for _ in 0..sample {
        let Some(object) = rows.next()? else { break };
        let fields: Result<IndexMap<String, &RawValue>, _> = serde_json::from_str(object);
        let fields = fields.map_err(|error| Failure::system(format!("cannot read {location}: {error}")))?;
        for (name, value) in fields {
            columns.0.entry(name).or_default().extend(kind(value.get()));
        }
    }
    Ok(columns)
}

/// What the text of a JSON value is; `None` for `null`.
fn kind(value: &str) -> Option<Kind> {
    Some(match value.as_bytes().first()? {
        b'n' => return None,
        b'{' => Kind::Object,
        b'[' => Kind::Array,
        b'"' => serde_json::from_str::<String>(value).map_or(Kind::Text, |text| Kind::of_string(&text)),
        b't' | b'f' => Kind::Boolean,
        _ if value.contains(['.', 'e', 'E']) => Kind::Number,
        _ => Kind::Integer,
    })
}

/// The records of a JSONL file.
pub(crate) struct JsonlRows<'a> {
    location: &'a Location,
    reader: BufReader<Bytes>,
    line: Vec<u8>,
    position: Position,
}

impl<'a> JsonlRows<'a> {
    pub(crate) fn open(location: &'a Location, from: Position) -> Result<Self, Failure> {
        let bytes = match location {
            Location::Local(path) => open_at(path, from.offset)?,
            Location::Http(_) => open(location)?,
        };
        Ok(Self::new(location, bytes, from))
    }

    fn new(location: &'a Location, bytes: Bytes, position: Position) -> Self {
        Self { location, reader: BufReader::with_capacity(BUFFER_BYTES, bytes), line: Vec::new(), position }
    }

    /// Reads the next line that is not blank into `self.line`; gives its number.
    fn next_line(&mut self) -> Result<Option<u64>, Failure> {
        loop {
            self.line.clear();
            let read = self.reader.read_until(b'\n', &mut self.line);
            let bytes = read.map_err(|error| broken_off(self.location, &error))?;
            if bytes == 0 {
                return Ok(None);
            }
            let number = self.position.line + 1;
            if self.position.offset == 0 && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            self.position.offset += bytes as u64;
            self.position.line += u64::from(self.line.ends_with(b"\n"));
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(number));
            }
        }
    }
}

impl Rows for JsonlRows<'_> {
    fn next(&mut self) -> Result<Option<&str>, Failure> {
        let Some(number) = self.next_line()? else { return Ok(None) };
        let bad = |problem: &str| bad_line(self.location, number, problem);
        let text = std::str::from_utf8(self.line.trim_ascii()).map_err(|_| bad("is not UTF-8"))?;
        serde_json::from_str::<&RawValue>(text).map_err(|error| bad(&format!("is not JSON ({error})")))?;
        if text.starts_with('{') { Ok(Some(text)) } else { Err(bad("is not a JSON object")) }
    }

    fn position(&self) -> Position {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<String>, Option<String>) {
        let location = Location::parse("/x.jsonl").unwrap();
        let mut rows = JsonlRows::new(&location, Box::new(std::io::Cursor::new(text.to_owned())), Position::default());
        let mut found = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => found.push(row.to_owned()),
                Ok(None) => return (found, None),
                Err(failure) => return (found, Some(failure.message)),
            }
        }
    }

    #[test]
    fn objects_come_out_byte_for_byte() {
        let odd = r#"{"n":-0,"big":1e400,"d":12345678901234567890.10,"d":2, "s":"\ud800é"}"#;
        assert_eq!(rows(&format!("\u{feff}{odd}\r\n\n \n{odd}")), (vec![odd.to_owned(); 2], None));
        assert_eq!(rows(""), (vec![], None));
    }

    #[test]
    fn what_is_not_an_object_is_named_by_its_line() {
        for bad in ["{\"a\":1", "[1]", "7", "{}{}", "nonsense", "{'a':1}"] {
            let (found, failure) = rows(&format!("{{}}\n\n{bad}\n{{}}\n"));
            assert_eq!(found, ["{}"]);
            assert!(failure.unwrap().starts_with("line 3 of /x.jsonl is not "), "{bad}");
        }
    }
}
