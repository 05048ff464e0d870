//! `cargo xtask bench [NAME…]`: Longshore beside a peer or a physical limit, in one run on one machine.
//!
//! Nothing here fails because it is slow: figures are for people, who know how busy the machine was. On a shared machine
//! trust the CPU seconds; wall time is an upper bound. Each figure is the median of its runs, which take turns.
//!
//! * [`passthrough`]: CPU of the engine's process per record, beside `cat | cat`;
//! * [`faker`]: bundled faker to SQLite, beside PyAirbyte when its Python is given;
//! * [`containers`]: throughput of a source in a container, beside the same source as a process;
//! * [`dev_loop`]: from saving a file to the first record of `connector dev`, beside what cannot be avoided;
//! * [`empty`]: what a sync of nothing costs;
//! * [`http_source`]: a source of an HTTP API, beside airbyte-cdk's declarative source when it is given;
//! * [`registry`]: pushing and pulling an image, beside `skopeo copy`.
//!
//! [`messages`] makes the input, [`measure`] runs and weighs programs, [`contest`] takes turns and prints the table.
#![allow(clippy::print_stdout)]

mod containers;
mod contest;
mod dev_loop;
mod empty;
mod faker;
mod http_source;
mod longshore;
mod measure;
mod messages;
mod passthrough;
mod registry;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to measure, and how.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    /// Which benchmarks; all of them when none is named
    #[arg(value_enum)]
    names: Vec<Name>,
    /// How often each contestant runs
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How much goes through a pipe in one run, in megabytes
    #[arg(long, default_value_t = 300)]
    megabytes: u64,
    /// How many users the faker makes
    #[arg(long, default_value_t = 20_000)]
    users: u64,
    /// A Python that has `airbyte` (PyAirbyte), to compare with
    #[arg(long, value_name = "FILE", requires = "python_faker")]
    pyairbyte: Option<PathBuf>,
    /// The program `source-faker` of PyPI's `airbyte-source-faker`, for PyAirbyte to run
    #[arg(long, value_name = "FILE", requires = "pyairbyte")]
    python_faker: Option<PathBuf>,
    /// The program `source-declarative-manifest` of PyPI's `airbyte-cdk`, to compare with
    #[arg(long, value_name = "FILE")]
    declarative: Option<PathBuf>,
    /// The program to measure
    #[arg(long, env = "LONGSHORE_BIN", value_name = "FILE")]
    longshore: PathBuf,
    /// An image with a C library, which the containers are based on
    #[arg(long, env = "LONGSHORE_TEST_FAKER_IMAGE", value_name = "IMAGE")]
    image: String,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Name {
    Passthrough,
    Faker,
    Containers,
    DevLoop,
    Empty,
    HttpSource,
    Registry,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let names = if arguments.names.is_empty() { Name::value_variants() } else { &arguments.names };
    for name in names {
        match name {
            Name::Passthrough => passthrough::run(arguments)?,
            Name::Faker => faker::run(arguments)?,
            Name::Containers => containers::run(arguments)?,
            Name::DevLoop => dev_loop::run(arguments)?,
            Name::Empty => empty::run(arguments)?,
            Name::HttpSource => http_source::run(arguments)?,
            Name::Registry => registry::run(arguments)?,
        }
    }
    Ok(())
}
