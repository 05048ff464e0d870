//! One file per command.

pub(crate) mod actor;
mod apply;
mod backup;
mod checklist;
mod ci;
pub(crate) mod connection;
mod connector;
pub(crate) mod definition;
mod dev;
mod doctor;
mod explain;
mod export;
mod image;
mod index;
mod job;
mod lint;
mod login;
mod migrate;
mod new;
mod project;
mod registry;
mod secrets;
mod server;
mod sync;
mod test;
mod todo;
mod up;
mod worker;

use crate::args::definition::KindArg;
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
        Command::Up(args) => up::run(&args).await.map(Ending::from),
        Command::Server(args) => server::run(&args).await.map(Ending::from),
        Command::Worker(args) => worker::run(&args).await.map(Ending::from),
        Command::Migrate(args) => migrate::run(&args).await.map(Ending::from),
        Command::Backup(args) => backup::run(&args).await.map(Ending::from),
        Command::Restore(args) => backup::restore(&args).await.map(Ending::from),
        Command::Login(args) => login::run(&args).await.map(Ending::from),
        Command::Logout(args) => login::leave(&args).map(Ending::from),
        Command::Definition(command) => definition::run(command).await.map(Ending::from),
        Command::Source(command) => actor::run_source(command).await.map(Ending::from),
        Command::Destination(command) => actor::run(KindArg::Destination, command).await.map(Ending::from),
        Command::Connection(command) => connection::run(command).await.map(Ending::from),
        Command::Job(command) => job::run(command).await.map(Ending::from),
        Command::Export(args) => export::run(&args).await.map(Ending::from),
        Command::Apply(args) => apply::run(&args).await.map(Ending::from),
        Command::Explain { code } => explain::run(code.as_deref()).map(Ending::from),
    }
}
