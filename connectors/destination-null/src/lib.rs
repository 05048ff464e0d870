//! Counts records and drops them: the other end for measuring a source, and the smallest destination there is.

mod check;
pub mod config;
mod write;

use longshore_connector_kit::run_destination;
use std::ffi::OsString;
use std::process::ExitCode;

pub use write::NullDestination;

/// Runs the connector with the arguments after the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_destination::<NullDestination>(args)
}
