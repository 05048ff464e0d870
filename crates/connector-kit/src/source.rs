//! The contract of a source.

use crate::{Config, ConfiguredStream, Failure, Stream, StreamOutput, SyncMode};
use longshore_protocol::Extra;
use serde::{Serialize, de::DeserializeOwned};

/// A program that reads records out of something.
///
/// # What is called when
/// One process serves one verb. `spec` calls nothing: the spec comes from [`Source::Config`]. `check` calls
/// [`Source::check`], `discover` calls [`Source::discover`]. `read` calls [`Source::read`] once for each stream of the
/// configured catalog, one after the other, in the catalog's order.
///
/// # What a source owes
/// * Records of a stream in a repeatable order, and after some of them a state that covers *all* records emitted before
///   it. The last thing that `read` emits is a state, so that every record is covered; the kit fails the stream
///   otherwise. A stream that emits no state at all gets an empty one from the kit.
/// * After a restart `read` gets the last state that a destination has acknowledged. It may emit records again that it
///   emitted before (at least once); it must not leave one out.
/// * In `full_refresh` the state is `None` unless an interrupted run of the *same* refresh is resumed; a stream that
///   can resume says so with `is_resumable` in its catalog entry.
///
/// # What the kit does
/// It writes the stream statuses STARTED, RUNNING and COMPLETE or INCOMPLETE around `read`, counts records into
/// `sourceStats`, and turns a [`Failure`] into a TRACE ERROR that names the stream. A failed stream does not stop the
/// others; the process then exits with 1. After SIGTERM the next call of [`StreamOutput`] returns
/// [`Failure::interrupted`]: hand it on with `?`.
pub trait Source {
    /// The configuration.
    type Config: Config;
    /// The state of one stream: whatever `read` needs to go on.
    type State: Serialize + DeserializeOwned;

    /// Where people find its documentation.
    const DOCUMENTATION_URL: &'static str;

    /// Tries the configuration against the real thing, cheaply: one request, one open.
    ///
    /// # Errors
    /// Why it does not work, in words that tell the user what to change.
    fn check(config: &Self::Config) -> Result<(), Failure>;

    /// The streams on offer. [`stream`] makes one.
    ///
    /// # Errors
    /// Why the streams cannot be told.
    fn discover(config: &Self::Config) -> Result<Vec<Stream>, Failure>;

    /// Emits the records and states of one stream.
    ///
    /// # Errors
    /// Why the stream cannot be read to its end.
    fn read(
        config: &Self::Config,
        stream: &ConfiguredStream,
        state: Option<Self::State>,
        output: &mut StreamOutput<'_>,
    ) -> Result<(), Failure>;
}

/// A stream on offer. `json_schema` is the JSON Schema of a record.
///
/// With `cursor` the stream can be read incrementally and the source defines that field as cursor; with a non-empty
/// `primary_key` (top-level field names) rows can be deduplicated.
#[must_use]
pub fn stream(name: &str, json_schema: &serde_json::Value, cursor: Option<&str>, primary_key: &[&str]) -> Stream {
    let mut modes = vec![SyncMode::FullRefresh];
    modes.extend(cursor.map(|_| SyncMode::Incremental));
    Stream {
        name: name.to_owned(),
        json_schema: serde_json::value::to_raw_value(json_schema).unwrap_or_default(),
        supported_sync_modes: modes,
        source_defined_cursor: cursor.map(|_| true),
        default_cursor_field: cursor.map(|field| vec![field.to_owned()]),
        source_defined_primary_key: (!primary_key.is_empty())
            .then(|| primary_key.iter().map(|field| vec![(*field).to_owned()]).collect()),
        namespace: None,
        is_resumable: Some(cursor.is_some()),
        is_file_based: None,
        extra: Extra::default(),
    }
}
