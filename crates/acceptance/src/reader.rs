//! Readers: what a destination wrote, read back as JSON.
//!
//! A destination is a black box, so somebody who knows where it writes must look. Built in are local files, SQLite and
//! Postgres; any command that prints JSON lines does as well.
//!
//! No reader loses a digit: see [`exact`].

mod command;
mod csv;
mod exact;
mod local;
mod postgres;
mod sqlite;

pub(crate) use exact::exact;

use crate::bench::{Bench, Unavailable};
use longshore_protocol::StreamDescriptor;
use serde_json::{Map, Value};

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// A command: `COMMAND --config FILE --stream NAME [--namespace NAMESPACE]` prints one JSON object per row.
    Command(Vec<String>),
    /// Files as `destination-local` writes them.
    Local,
    /// Tables as `destination-sqlite` writes them.
    Sqlite,
    /// Tables of a Postgres database whose account stands in the configuration.
    Postgres,
}

/// One row: the record's properties and the four `_airbyte_` columns.
pub(crate) type Row = Map<String, Value>;

/// The property under which some destinations keep a record as a whole.
const DATA: &str = "_airbyte_data";

impl Reader {
    /// All rows of a stream; none for one that was never written.
    pub(crate) async fn rows(&self, bench: &Bench<'_>, stream: &StreamDescriptor) -> Result<Vec<Row>, Unavailable> {
        let config = bench.config()?;
        let rows = match self {
            Self::Command(words) => command::rows(bench.subject.tools, words, config, stream).await,
            Self::Local => local::rows(&object(config)?, stream),
            Self::Sqlite => sqlite::rows(&object(config)?, stream),
            Self::Postgres => postgres::rows(&object(config)?, stream).await,
        };
        rows.map_err(|why| Unavailable(format!("the rows of {stream} cannot be read: {why}")))
    }
}

fn object(config: &str) -> Result<Row, Unavailable> {
    serde_json::from_str(config).map_err(|_| Unavailable("the configuration is no JSON object".to_owned()))
}

/// The first of these texts or numbers of a configuration that is there.
fn setting(config: &Row, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match config.get(*name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// One line of JSON as a row, with the properties of a record that is kept whole beside the columns.
fn row_of_line(line: &str) -> Result<Row, String> {
    match exact(line) {
        Ok(Value::Object(row)) => Ok(flat(row)),
        Ok(_) => Err(format!("a row is not a JSON object: {}", beginning(line))),
        Err(error) => Err(format!("a row is not JSON ({error}): {}", beginning(line))),
    }
}

fn flat(mut row: Row) -> Row {
    match row.remove(DATA) {
        Some(Value::Object(mut data)) => {
            data.append(&mut row);
            data
        }
        Some(other) => {
            row.insert(DATA.to_owned(), other);
            row
        }
        None => row,
    }
}

fn beginning(line: &str) -> String {
    line.chars().take(200).collect()
}
