//! One file per command.

mod checklist;
mod ci;
mod connector;
mod dev;
mod doctor;
mod explain;
mod image;
mod index;
mod lint;
mod new;
mod project;
mod registry;
mod secrets;
mod sync;
mod test;
mod todo;

use crate::args::{Args, Command};
use crate::failure::{self, Result};
use crate::state_file::Replacement;
use std::process::ExitCode;

/// How a command ends.
pub(crate) struct Ending {
    code: ExitCode,
    /// What is to be put in its place when nothing else is left to do.
    last: Option<Replacement>,
}

impl From<ExitCode> for Ending {
    fn from(code: ExitCode) -> Self {
        Self { code, last: None }
    }
}

impl Ending {
    /// Does the last thing. From here on the process must only exit.
    pub(crate) fn end(self) -> ExitCode {
        match self.last.map_or(Ok(()), Replacement::put) {
            Ok(()) => self.code,
            Err(reason) => failure::print(&reason),
        }
    }
}

/// Runs the command that was asked for.
pub(crate) async fn run(args: Args) -> Result<Ending> {
    match args.command {
        Command::Sync(args) => Ok(sync::run(&args).await),
        Command::Connector(command) => connector::run(command).await.map(Ending::from),
        Command::Registry(command) => registry::run(command).await.map(Ending::from),
        Command::Image(command) => image::run(command).await.map(Ending::from),
        Command::Index(command) => index::run(command).await.map(Ending::from),
        Command::Secrets(command) => secrets::run(command).await.map(Ending::from),
        Command::Ci(command) => ci::run(command).map(Ending::from),
        Command::Explain { code } => explain::run(code.as_deref()).map(Ending::from),
    }
}
