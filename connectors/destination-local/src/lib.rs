//! JSONL and CSV files in a folder, one for each stream.
//!
//! The files are in the order in which a record passes them:
//!
//! * [`config`] and `check` are what a user sees first.
//! * `place` says where a stream's files are; `books` keeps how much of them is durable, and the states that cover it.
//! * `format` spells rows, with `csv` for the format that has columns; `rewrite` copies rows when columns are added.
//! * `stream` is one stream's file during a run, and `write` the destination that puts all this together.
//!
//! A state is echoed after its rows are on the disk and the books say how long the file was then. A run that begins at
//! a state cuts the file off where that state stood, so a run that is killed and resumed leaves each row once.

use longshore_connector_kit::run_destination;
use std::ffi::OsString;
use std::process::ExitCode;

mod books;
mod check;
pub mod config;
mod csv;
mod failure;
mod format;
mod place;
mod rewrite;
mod stream;
mod write;

pub use write::LocalDestination;

/// Runs the connector with the arguments after the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_destination::<LocalDestination>(args)
}
