//! Readers: what a destination wrote, read back as JSON.
//!
//! A destination is a black box, so somebody who knows where it writes must look. Built in are local files, SQLite and
//! Postgres; any command that prints JSON lines does as well.

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

impl Reader {
    /// All rows of a stream; none for one that was never written.
    pub(crate) async fn rows(&self, bench: &Bench<'_>, stream: &StreamDescriptor) -> Result<Vec<Row>, Unavailable> {
        let _ = (bench, stream);
        Err(Unavailable("not yet".to_owned()))
    }
}
