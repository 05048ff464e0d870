//! Users, products and purchases, made up.
//!
//! Streams, fields, configuration keys and state keys are those of the Python connector of the same name, so that one
//! can take the place of the other. What is different:
//!
//! * A record is a pure function of the seed and its id (`draw.rs`). So a run resumes at any record, and the same seed
//!   gives the same bytes, whatever the slice size and however often the run was interrupted.
//! * The clock is read at most once in a pass over a stream, and what it said is part of the state (`state.rs`).
//! * `rate` and `record_size_bytes` make it a load generator (`pace.rs`, `table.rs`).
//!
//! Reading order: `config.rs`, `state.rs`, `read.rs`, then one stream, for instance `users.rs`.

mod check;
mod config;
mod discover;
mod draw;
mod moment;
mod pace;
mod products;
mod purchases;
mod read;
mod state;
mod table;
mod users;
mod words;

pub use config::Config;
pub use state::State;

use longshore_connector_kit::{ConfiguredStream, Failure, Source, Stream, StreamOutput, run_source};
use std::ffi::OsString;
use std::process::ExitCode;

/// The source.
#[derive(Debug)]
pub struct SourceFaker;

/// Serves one verb; `args` are the arguments after the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_source::<SourceFaker>(args)
}

impl Source for SourceFaker {
    type Config = Config;
    type State = State;

    const DOCUMENTATION_URL: &'static str =
        "https://github.com/longshore/longshore/tree/main/connectors/source-faker/README.md";

    fn check(config: &Config) -> Result<(), Failure> {
        check::check(config)
    }

    fn discover(config: &Config) -> Result<Vec<Stream>, Failure> {
        discover::discover(config)
    }

    fn read(
        config: &Config,
        stream: &ConfiguredStream,
        state: Option<State>,
        output: &mut StreamOutput<'_>,
    ) -> Result<(), Failure> {
        read::read(config, stream, state, output)
    }
}
