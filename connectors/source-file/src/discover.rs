//! `discover`: one stream, whose schema comes from the first records.

use crate::Config;
use crate::columns::Columns;
use crate::config::Format;
use crate::location::Location;
use crate::open::open;
use crate::{csv, jsonl};
use longshore_connector_kit::{Failure, Stream, SyncMode, stream};

/// Records that the schema is told from.
const SAMPLE: usize = 1000;

pub(crate) fn discover(config: &Config) -> Result<Vec<Stream>, Failure> {
    let location = config.location()?;
    let columns = columns(config, &location, SAMPLE)?;
    let mut stream = stream(&config.stream_name(&location), &columns.schema(), None, &[]);
    if let Location::Local(_) = location {
        // The cursor is the position in the file: no field, and not the user's choice.
        stream.supported_sync_modes.push(SyncMode::Incremental);
        stream.source_defined_cursor = Some(true);
        stream.is_resumable = Some(true);
    }
    Ok(vec![stream])
}

/// The columns of the first `sample` records.
pub(crate) fn columns(config: &Config, location: &Location, sample: usize) -> Result<Columns, Failure> {
    let format = config.format(location)?;
    let bytes = open(location)?;
    match format {
        Format::Csv => csv::columns(location, bytes, config.delimiter, sample),
        Format::Jsonl => jsonl::columns(location, bytes, sample),
    }
}
