//! One file per command.

mod connector;
mod explain;
mod sync;

use crate::args::{Args, Command};
use crate::failure::Result;
use std::process::ExitCode;

/// Runs the command that was asked for.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Sync(args) => Ok(sync::run(&args).await),
        Command::Connector(command) => connector::run(command).await,
        Command::Explain { code } => explain::run(code.as_deref()),
    }
}
