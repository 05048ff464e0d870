//! `cargo xtask TASK`: everything that is done to this repository, and nothing that is done with the product.
//!
//! This file is the table of contents; each task has the file of its name:
//!
//! * [`test`] is what CI runs: set-up, format, lints, tidy, release build, and every test, with a Docker Engine of its own
//!   ([`docker`]) and the images that the tests need ([`images`]);
//! * [`setup`] looks for what the tests need and installs what is missing;
//! * [`tidy`] holds the rules of the house that no compiler knows;
//! * [`bench`](mod@bench) compares with peers and physical limits; [`fuzz`] throws bytes at the protocol; [`deny`] asks
//!   the advisory database about our dependencies.
//!
//! [`command`] starts programs, [`places`] says where things are.

mod bench;
mod command;
mod deny;
mod docker;
mod fuzz;
mod images;
mod places;
mod setup;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up, test, tidy, bench, fuzz")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that CI checks: set-up, format, lints, tidy, release build, all tests
    Test {
        /// Arguments for `cargo test` in place of `--workspace`, such as `-p longshore-engine NAME`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what the tests need, as root; otherwise print the command that does
    Setup,
    /// Keep the Docker Engine of the tests running until Ctrl-C, for tests that are run by hand
    Docker,
    /// Check the rules of the house that no compiler knows
    Tidy,
    /// Run benchmarks beside their peers and limits, in a release build
    Bench {
        /// Arguments for the benchmarks: names and options; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Fuzz a target of fuzz/ for a while; without a name, list them
    Fuzz {
        /// The target
        target: Option<String>,
        /// How long, in seconds
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Ask cargo-deny, the advisory database included; needs the network
    Deny,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { arguments } => test::run(&arguments),
        Task::Setup => setup::run(),
        Task::Docker => docker::run(),
        Task::Tidy => tidy::run(),
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Task::Deny => deny::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
