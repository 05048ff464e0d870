//! `read`: every record from the last position to the end of the file, with states in between.
//!
//! A local file is read on from the position in the state, in both modes: what is behind it is what an interrupted run
//! has not emitted, or what was appended since. A URL is read from its beginning; it gives one state, at its end.

use crate::Config;
use crate::location::Location;
use crate::rows::{Position, Rows, open_rows};
use longshore_connector_kit::{ConfiguredStream, Failure, StreamOutput};

/// Records between two states.
const RECORDS_PER_STATE: u64 = 10_000;

pub(crate) fn read(
    config: &Config,
    stream: &ConfiguredStream,
    state: Option<Position>,
    output: &mut StreamOutput<'_>,
) -> Result<(), Failure> {
    let location = config.location()?;
    let name = config.stream_name(&location);
    if stream.stream.name != name {
        return Err(Failure::config(format!(
            "there is no stream `{}`; {location} is the stream `{name}`",
            stream.stream.name
        )));
    }
    let resumable = matches!(location, Location::Local(_));
    let from = state.filter(|_| resumable).unwrap_or_default();
    let mut rows = open_rows(config, &location, stream, from)?;
    emit(rows.as_mut(), resumable, output)
}

fn emit(rows: &mut dyn Rows, resumable: bool, output: &mut StreamOutput<'_>) -> Result<(), Failure> {
    let mut records: u64 = 0;
    while let Some(data) = rows.next()? {
        output.record_json(data)?;
        records += 1;
        if resumable && records.is_multiple_of(RECORDS_PER_STATE) {
            output.state(&rows.position())?;
        }
    }
    output.state(&rows.position())
}
