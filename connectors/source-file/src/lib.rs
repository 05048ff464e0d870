//! CSV and JSONL files, local or over HTTP, as one stream.
//!
//! No value is changed on its way: a number goes out with the digits that stand in the file, a JSONL line goes out byte
//! for byte, and text that does not fit its column's type goes out as text. A line that is not a record fails the
//! stream and is named; nothing is skipped silently.
//!
//! Reading order: `config.rs` and `location.rs` (what to read), `open.rs` (bytes), `csv.rs` and `jsonl.rs` (one file per
//! format: bytes to records, and records to columns), `columns.rs` (what types columns have), `read.rs` (the loop and its
//! state).

mod check;
mod columns;
mod config;
mod csv;
mod discover;
mod jsonl;
mod location;
mod open;
mod quotes;
mod read;
mod rows;

pub use config::Config;
pub use rows::Position;

use longshore_connector_kit::{ConfiguredStream, Failure, Source, Stream, StreamOutput, run_source};
use std::ffi::OsString;
use std::process::ExitCode;

/// The source.
#[derive(Debug)]
pub struct SourceFile;

/// Serves one verb; `args` are the arguments after the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_source::<SourceFile>(args)
}

impl Source for SourceFile {
    type Config = Config;
    type State = Position;

    const DOCUMENTATION_URL: &'static str =
        "https://github.com/longshore/longshore/tree/main/connectors/source-file/README.md";

    fn check(config: &Config) -> Result<(), Failure> {
        check::check(config)
    }

    fn discover(config: &Config) -> Result<Vec<Stream>, Failure> {
        discover::discover(config)
    }

    fn read(
        config: &Config,
        stream: &ConfiguredStream,
        state: Option<Position>,
        output: &mut StreamOutput<'_>,
    ) -> Result<(), Failure> {
        read::read(config, stream, state, output)
    }
}
