//! The program: `spec`, `check`, `discover` and `read`.

mod config;
mod source;
#[cfg(test)]
mod tests;

use longshore_connector_kit::run_source;
use std::process::ExitCode;

fn main() -> ExitCode {
    run_source::<source::Connector>(std::env::args_os().skip(1))
}
