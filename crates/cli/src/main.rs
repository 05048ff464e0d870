//! `longshore`: builds, proves, ships and runs connectors.
//!
//! This file is the table of contents; each command has a file under `commands/`. A bundled connector is this very
//! program, called with the connector's name first: `longshore source-faker read --config …`.

mod args;
mod bundled;
mod catalog;
mod commands;
mod config;
mod config_file;
mod connector;
mod failure;
mod images;
mod observer;

mod print;
mod progress;
mod redact;
mod registries_file;
mod report;
mod runnable;
mod signals;
mod state_file;
mod table;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let _program = words.next();
    if let Some(connector) = words.next().and_then(|name| bundled::find(name.to_str()?)) {
        return (connector.main)(&mut words);
    }
    let args = args::Args::parse();
    let result = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let result = runtime.block_on(commands::run(args));
            runtime.shutdown_background(); // a read of stdin that never ends must not keep the process alive
            result
        }
        Err(error) => Err(failure::environment("platform.no_runtime", format!("cannot start: {error}"))),
    };
    match result {
        Ok(ending) => ending.end(),
        Err(failure) => failure::print(&failure),
    }
}
