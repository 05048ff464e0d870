//! The program: `spec`, `check` and `write`.

mod config;
mod destination;
mod store;

use longshore_connector_kit::run_destination;
use std::process::ExitCode;

fn main() -> ExitCode {
    run_destination::<destination::Connector>(std::env::args_os().skip(1))
}
