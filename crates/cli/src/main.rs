//! `longshore`: builds, proves, ships and runs connectors.
//!
//! This file is the table of contents; each command has a file under `commands/`. A bundled connector is this very
//! program, called with the connector's name first: `longshore source-faker read --config …`. So is the wrapper of Singer taps
//! and targets: `longshore singer -- tap-x read --config …`.

mod args;
mod blueprint;
mod bundled;
mod catalog;
mod client;
mod commands;
mod config;
mod config_file;
mod configuration;
mod connector;
mod failure;
mod local_server;
mod observer;
mod platform;

mod print;
mod progress;
mod registries_file;
mod report;
mod runnable;
mod signals;
mod spinner;
mod state_file;
mod table;

use clap::Parser;
use std::ffi::OsStr;
use std::process::ExitCode;

/// What this program is called with to wrap a Singer tap or target.
const SINGER: &str = "singer";

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let _program = words.next();
    let name = words.next();
    match name.as_deref().and_then(OsStr::to_str) {
        Some(SINGER) => return longshore_singer::run(words),
        name => {
            if let Some(connector) = name.and_then(bundled::find) {
                return (connector.main)(&mut words);
            }
        }
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
