//! CSV: the first record names the columns; a field is text, and becomes what its column's type says if it can.

use crate::columns::{Columns, Kind, is_boolean, is_integer, is_number};
use crate::config::Delimiter;
use crate::location::Location;
use crate::open::{Bytes, open, open_at};
use crate::quotes::{ClosedQuotes, OpenQuote};
use crate::rows::{Position, Rows, bad_line, broken_off, line_behind};
use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use indexmap::IndexSet;
use longshore_connector_kit::Failure;
use serde_json::Value;
use std::collections::BTreeSet;

const BUFFER_BYTES: usize = 256 * 1024;

/// The columns, with the types that the fields of the first `sample` records look like.
pub(crate) fn columns(
    location: &Location,
    bytes: Bytes,
    delimiter: Delimiter,
    sample: usize,
) -> Result<Columns, Failure> {
    let mut fields = Fields::new(location, bytes, delimiter, Position::default());
    let names = fields.header()?;
    let mut kinds = vec![BTreeSet::new(); names.len()];
    let mut record = StringRecord::new();
    for _ in 0..sample {
        if !fields.next(&mut record, names.len())? {
            break;
        }
        for (kinds, field) in kinds.iter_mut().zip(&record).filter(|(_, field)| !field.is_empty()) {
            kinds.insert(Kind::of_text(field));
        }
    }
    Ok(Columns(names.into_iter().zip(kinds.into_iter().map(one_kind)).collect()))
}

/// Text can be read as any of several kinds, so a mixed column is text.
fn one_kind(kinds: BTreeSet<Kind>) -> BTreeSet<Kind> {
    if kinds == BTreeSet::from([Kind::Integer, Kind::Number]) {
        return BTreeSet::from([Kind::Number]);
    }
    if kinds.len() > 1 { BTreeSet::from([Kind::Text]) } else { kinds }
}

/// What a field may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldType {
    Boolean,
    Integer,
    Number,
    Text,
}

impl FieldType {
    /// The type in a column's JSON Schema: text, unless it is exactly one other.
    fn of_schema(schema: &Value) -> Self {
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
            _ => Vec::new(),
        };
        match types[..] {
            ["boolean"] => Self::Boolean,
            ["integer"] => Self::Integer,
            ["number"] => Self::Number,
            _ => Self::Text,
        }
    }

    /// Writes a field as JSON. What does not fit the type stays text; only an empty field is `null`.
    fn write(self, field: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let fits = match self {
            Self::Boolean => is_boolean(field),
            Self::Integer => is_integer(field),
            Self::Number => is_number(field),
            Self::Text => false,
        };
        match field {
            "" => out.extend_from_slice(b"null"),
            _ if fits && self == Self::Boolean => out.extend(field.bytes().map(|byte| byte.to_ascii_lowercase())),
            _ if fits => out.extend_from_slice(field.as_bytes()),
            _ => return serde_json::to_writer(out, field),
        }
        Ok(())
    }
}

/// One column: its name as a JSON string with the colon after it, and its type.
#[derive(Debug)]
struct Column {
    key: String,
    field_type: FieldType,
}

/// The records of a CSV file.
pub(crate) struct CsvRows<'a> {
    fields: Fields<'a>,
    columns: Vec<Column>,
    record: StringRecord,
    json: Vec<u8>,
}

impl<'a> CsvRows<'a> {
    /// Reads the header, then goes to the position. `schema` is the JSON Schema of the configured stream.
    pub(crate) fn open(
        location: &'a Location,
        delimiter: Delimiter,
        schema: &Value,
        from: Position,
    ) -> Result<Self, Failure> {
        let mut fields = Fields::new(location, open(location)?, delimiter, Position::default());
        let names = fields.header()?;
        if let (Location::Local(path), 1..) = (location, from.offset) {
            fields = Fields::new(location, open_at(path, from.offset)?, delimiter, from);
        }
        let column = |name: String| Column {
            key: format!("{}:", Value::from(name.as_str())),
            field_type: FieldType::of_schema(&schema["properties"][&name]),
        };
        let columns = names.into_iter().map(column).collect();
        Ok(Self { fields, columns, record: StringRecord::new(), json: Vec::new() })
    }
}

impl Rows for CsvRows<'_> {
    fn next(&mut self) -> Result<Option<&str>, Failure> {
        if !self.fields.next(&mut self.record, self.columns.len())? {
            return Ok(None);
        }
        self.json.clear();
        for (column, field) in self.columns.iter().zip(&self.record) {
            self.json.push(if self.json.is_empty() { b'{' } else { b',' });
            self.json.extend_from_slice(column.key.as_bytes());
            let written = column.field_type.write(field, &mut self.json);
            written.map_err(|error| Failure::system(error.to_string()))?;
        }
        self.json.push(b'}');
        std::str::from_utf8(&self.json).map(Some).map_err(|error| Failure::system(error.to_string()))
    }

    fn position(&self) -> Position {
        self.fields.position()
    }
}

/// The records of a CSV file as text fields.
struct Fields<'a> {
    location: &'a Location,
    reader: Reader<ClosedQuotes<Bytes>>,
    /// Where the reader began.
    start: Position,
}

impl<'a> Fields<'a> {
    fn new(location: &'a Location, bytes: Bytes, delimiter: Delimiter, start: Position) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter.0)
            .has_headers(false)
            .flexible(true) // the number of fields is compared with the header's, also after a resume
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(ClosedQuotes::new(bytes, delimiter.0));
        Self { location, reader, start }
    }

    /// The names of the columns; none in an empty file.
    fn header(&mut self) -> Result<Vec<String>, Failure> {
        let mut record = StringRecord::new();
        self.read(&mut record)?;
        let mut names = IndexSet::new();
        for (at, name) in record.iter().enumerate() {
            let name = if name.is_empty() { format!("column_{}", at + 1) } else { name.to_owned() };
            if names.contains(&name) {
                return Err(bad_line(self.location, 1, &format!("names two columns `{name}`")));
            }
            names.insert(name);
        }
        Ok(names.into_iter().collect())
    }

    /// Reads the next record of `width` fields. `false` at the end.
    fn next(&mut self, record: &mut StringRecord, width: usize) -> Result<bool, Failure> {
        if !self.read(record)? {
            return Ok(false);
        }
        if record.len() == width {
            return Ok(true);
        }
        let problem = format!("has {} fields, but the first line names {width} columns", record.len());
        Err(self.bad_record(record.position(), &problem))
    }

    fn read(&mut self, record: &mut StringRecord) -> Result<bool, Failure> {
        let start = self.reader.position().clone();
        self.reader.read_record(record).map_err(|error| match error.into_kind() {
            ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<OpenQuote>()) => {
                self.bad_record(Some(&start), "opens a quote that is never closed")
            }
            ErrorKind::Io(error) => broken_off(self.location, &error),
            ErrorKind::Utf8 { pos, .. } => self.bad_record(pos.as_ref(), "is not UTF-8"),
            other => Failure::system(format!("cannot read {}: {other:?}", self.location)),
        })
    }

    /// The parser's count of lines lags behind at blank lines and at CR LF, so the line is counted afresh.
    fn bad_record(&self, at: Option<&::csv::Position>, problem: &str) -> Failure {
        let offset = self.start.offset + at.map_or(0, ::csv::Position::byte);
        bad_line(self.location, line_behind(self.location, offset).unwrap_or_default(), problem)
    }

    fn position(&self) -> Position {
        let read = self.reader.position();
        Position { offset: self.start.offset + read.byte(), line: self.start.line + read.line() - 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(field_type: FieldType, field: &str) -> String {
        let mut out = Vec::new();
        field_type.write(field, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_field_becomes_what_its_type_says_or_stays_text() {
        for (field_type, field, json) in [
            (FieldType::Integer, "9223372036854775808", "9223372036854775808"),
            (FieldType::Integer, "1.5", r#""1.5""#),
            (FieldType::Integer, "007", r#""007""#),
            (FieldType::Number, "0.10000000000000000000000000000000000001", "0.10000000000000000000000000000000000001"),
            (FieldType::Number, "NaN", r#""NaN""#),
            (FieldType::Boolean, "True", "true"),
            (FieldType::Boolean, "yes", r#""yes""#),
            (FieldType::Text, "12", r#""12""#),
            (FieldType::Text, "a\"b\n", r#""a\"b\n""#),
            (FieldType::Text, "", "null"),
        ] {
            assert_eq!(written(field_type, field), json, "{field_type:?} {field}");
        }
    }

    #[test]
    fn only_one_type_beside_null_is_a_type() {
        let field_type = |text: &str| FieldType::of_schema(&serde_json::from_str(text).unwrap());
        assert_eq!(field_type(r#"{"type":"integer"}"#), FieldType::Integer);
        assert_eq!(field_type(r#"{"type":["boolean","null"]}"#), FieldType::Boolean);
        assert_eq!(field_type(r#"{"type":["integer","string"]}"#), FieldType::Text);
        assert_eq!(field_type("{}"), FieldType::Text);
    }
}
