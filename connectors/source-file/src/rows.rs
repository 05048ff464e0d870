//! What both formats give: records as JSON text, and the position after each.

use crate::config::{Config, Format};
use crate::csv::CsvRows;
use crate::jsonl::JsonlRows;
use crate::location::Location;
use crate::open::open;
use longshore_connector_kit::{ConfiguredStream, Failure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{BufReader, Read};

/// A place between two records of a file; also the state of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Bytes before it.
    #[serde(default)]
    pub offset: u64,
    /// Line ends before it.
    #[serde(default)]
    pub line: u64,
}

/// The records of a file, one after the other.
pub(crate) trait Rows {
    /// The next record, the text of a JSON object on one line; `None` at the end.
    ///
    /// # Errors
    /// When the next line is not a record; the message names file and line.
    fn next(&mut self) -> Result<Option<&str>, Failure>;

    /// The position after the last record, from which the next one can be read.
    fn position(&self) -> Position;
}

/// The records behind a position. What a field of a CSV file becomes is said by the schema of the configured stream.
///
/// # Errors
/// When the file cannot be opened, or is not a longer version of the one that the position was made for.
pub(crate) fn open_rows<'a>(
    config: &Config,
    location: &'a Location,
    stream: &ConfiguredStream,
    from: Position,
) -> Result<Box<dyn Rows + 'a>, Failure> {
    Ok(match config.format(location)? {
        Format::Csv => Box::new(CsvRows::open(location, config.delimiter, &schema(stream)?, from)?),
        Format::Jsonl => Box::new(JsonlRows::open(location, from)?),
    })
}

fn schema(stream: &ConfiguredStream) -> Result<Value, Failure> {
    let text = stream.stream.json_schema.get();
    let problem =
        |error| Failure::config(format!("the schema of stream {} cannot be read: {error}", stream.stream.name));
    serde_json::from_str(text).map_err(problem)
}

/// What the messages about a bad line have in common.
pub(crate) fn bad_line(location: &Location, line: u64, problem: &str) -> Failure {
    Failure::config(format!(
        "line {line} of {location} {problem}; correct the file, or the configuration of its format"
    ))
}

/// The number of the line on which the record behind `offset` begins. Reads the file from its beginning.
pub(crate) fn line_behind(location: &Location, offset: u64) -> Option<u64> {
    let mut bytes = BufReader::new(open(location).ok()?).bytes().map_while(Result::ok);
    let before = bytes.by_ref().take(usize::try_from(offset).ok()?).filter(|byte| *byte == b'\n').count();
    let blank = bytes.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| *byte == b'\n').count();
    Some((1 + before + blank) as u64)
}

/// A failure to get more bytes.
pub(crate) fn broken_off(location: &Location, error: &std::io::Error) -> Failure {
    match location {
        Location::Local(path) => Failure::system(format!("cannot read {}: {error}", path.display())),
        Location::Http(_) => Failure::transient(format!("reading {location} broke off: {error}; try again")),
    }
}

#[cfg(test)]
mod tests;
