//! `longshore connector VERB REF`: runs one connector.
//!
//! Into a pipe, or with `--json`, its messages go untouched. A person at a terminal gets tables.

mod show;

use crate::args::{ConnectorCommand, OneConnector};
use crate::catalog::{Wishes, configure};
use crate::commands::{checklist, dev, doctor, lint, new, project, test, todo};
use crate::config;
use crate::config_file::{self, ConfigFile};
use crate::connector::{self, Answer, Started, ask, catalog_file};
use crate::failure::{Result, usage};
use crate::print;
use crate::runnable::runnable;
use crate::signals::{self, Signals};
use longshore_engine::{Connector, Process};
use longshore_protocol::{DestinationSyncMode, FailureOrigin, FailureReason, Message};
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Settings, Verb};
use std::path::Path;
use std::process::ExitCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::Receiver;

/// Runs the verb that was asked for.
pub(crate) async fn run(command: ConnectorCommand) -> Result<ExitCode> {
    let (verb, args) = match command {
        ConnectorCommand::Spec(args) => (Verb::Spec, args),
        ConnectorCommand::Check(args) => (Verb::Check, args),
        ConnectorCommand::Discover(args) => (Verb::Discover, args),
        ConnectorCommand::Read(args) => (Verb::Read, args),
        ConnectorCommand::Write(args) => (Verb::Write, args),
        ConnectorCommand::New(args) => return new::run(args).await,
        ConnectorCommand::Todo(args) => return todo::run(&args),
        ConnectorCommand::Checklist(args) => return checklist::run(&args).await,
        ConnectorCommand::Dev(args) => return dev::run(args).await,
        ConnectorCommand::Doctor(args) => return doctor::run(args).await,
        ConnectorCommand::Test(args) => return test::run(args).await,
        ConnectorCommand::Lint(args) => return lint::run(args).await,
        ConnectorCommand::Build(args) => return project::build(args).await,
        ConnectorCommand::Bump(args) => return project::bump(&args),
        ConnectorCommand::Publish(args) => return project::publish(args).await,
    };
    let role = match verb {
        Verb::Discover | Verb::Read => Some(FailureOrigin::Source),
        Verb::Write => Some(FailureOrigin::Destination),
        Verb::Spec | Verb::Check => None,
    };
    let reference = match role {
        Some(role) => connector::parse_as(role, &args.reference),
        None => connector::parse(&args.reference),
    }?;
    let (settings, config) = (config::settings()?, config_file::read(args.config.as_deref())?);
    let mut signals = Signals::listen()?;
    let run = async {
        let reference = runnable(reference, role).await?;
        One { verb, settings, reference, config, args }.run().await
    };
    tokio::select! {
        done = run => done,
        number = signals.next() => Ok(ExitCode::from(signals::exit_code(number))), // the connector ends with its handle
    }
}

struct One {
    verb: Verb,
    settings: Settings,
    reference: ConnectorRef,
    config: ConfigFile,
    args: OneConnector,
}

impl One {
    async fn run(self) -> Result<ExitCode> {
        if self.args.json || !config::stdout_is_terminal() || self.streams() {
            self.pass_through().await
        } else {
            self.show().await
        }
    }

    /// Whether the verb has no single answer.
    fn streams(&self) -> bool {
        matches!(self.verb, Verb::Read | Verb::Write)
    }

    /// Whose failure it is. Only `write` and `spec` of a destination's name are surely a destination's.
    fn origin(&self) -> FailureOrigin {
        if self.verb == Verb::Write || self.args.reference.starts_with("destination-") {
            FailureOrigin::Destination
        } else {
            FailureOrigin::Source
        }
    }

    async fn files(&self) -> Result<Vec<InputFile>> {
        let mut files = Vec::new();
        if self.verb != Verb::Spec {
            files.push(connector::config_file(&self.config.text));
        }
        if self.streams() {
            files.push(catalog_file(self.catalog().await?));
        }
        if let (Verb::Read, Some(path)) = (self.verb, &self.args.state) {
            files.push(InputFile {
                flag: Some("--state"),
                name: "state.json",
                content: read(path)?.into_bytes(),
                env: None,
            });
        }
        Ok(files)
    }

    /// The catalog that was given, or for a source everything that it offers.
    async fn catalog(&self) -> Result<String> {
        if let Some(path) = &self.args.catalog {
            return read(path);
        }
        if self.verb == Verb::Write {
            return Err(usage("catalog.missing", "`write` needs --catalog FILE, a configured catalog"));
        }
        let config = vec![connector::config_file(&self.config.text)];
        let answer = ask(&self.settings, &self.reference, self.origin(), Verb::Discover, config).await?;
        let (offered, _) = answer.expect(&self.reference, self.origin(), Verb::Discover, |message| match message {
            Message::Catalog(catalog) => Some(catalog),
            _ => None,
        })?;
        let supported = [DestinationSyncMode::Append];
        let wishes = Wishes { streams: &[], sync_mode: None, destination_sync_mode: None, supported: &supported };
        Ok(serde_json::to_string(&configure(offered, &wishes)?).unwrap_or_default())
    }

    /// Every byte of the connector's stdout goes to ours, its stderr to ours, and our stdin to a destination's.
    async fn pass_through(self) -> Result<ExitCode> {
        let limits = Limits { memory_bytes: self.args.memory, cpus: self.args.cpus };
        let files = self.files().await?;
        let launch = Launch { limits, ..connector::launch(&self.reference, self.origin(), self.verb, files) };
        let running = longshore_runner::start(&self.settings, launch).await?;
        let Connector { stdin, stdout, mut stderr, mut process } = connector::for_engine(running);
        let input = async {
            if let Some(mut pipe) = stdin {
                // A destination that stops reading says why by its exit.
                let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut pipe).await;
            }
        };
        let output = hand_on(stdout, !self.streams());
        let mut err = tokio::io::stderr();
        let errors = tokio::io::copy(&mut stderr, &mut err);
        let written = tokio::select! {
            written = async { tokio::try_join!(output, errors).map(|(kept, _)| kept) } => written,
            written = async { input.await; std::future::pending().await } => written,
        };
        match written {
            Ok(kept) => self.end(&mut process, &kept).await,
            Err(error) => {
                process.stop(connector::GRACE).await;
                print::written(Err(error)).map(|()| ExitCode::SUCCESS)
            }
        }
    }

    /// How it went: for a verb with one answer what the answer says, else what the exit says.
    async fn end(&self, process: &mut Started, printed: &[u8]) -> Result<ExitCode> {
        let exit = process.wait().await;
        if !self.streams() {
            return self.answer(Answer::new(printed, exit, b"")).map(|_| ExitCode::SUCCESS);
        }
        if exit.is_success() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(exit.failure.unwrap_or_else(|| {
            let how = exit.code.map_or("was ended by a signal".to_owned(), |code| format!("exited with code {code}"));
            let message = format!("`{}` of {} {how}; its own messages above say why", self.verb, self.reference);
            let kind = longshore_protocol::FailureKind::SystemError;
            FailureReason::new(self.origin(), kind, "connector.exited", message)
        }))
    }

    /// The answer of a verb, as a table.
    async fn show(self) -> Result<ExitCode> {
        let answer = ask(&self.settings, &self.reference, self.origin(), self.verb, self.files().await?).await?;
        print::result(self.answer(answer)?).map(|()| ExitCode::SUCCESS)
    }

    /// The one message that the verb is for, in words for people.
    fn answer(&self, answer: Answer) -> Result<String> {
        let (reference, origin, verb) = (&self.reference, self.origin(), self.verb);
        let (text, _) = answer.expect(reference, origin, verb, |message| match (verb, message) {
            (Verb::Spec, Message::Spec(spec)) => Some(Ok(show::spec(&spec))),
            (Verb::Discover, Message::Catalog(catalog)) => Some(Ok(show::catalog(&catalog))),
            (Verb::Check, Message::ConnectionStatus(status)) => Some(show::status(reference, &status)),
            _ => None,
        })?;
        text
    }
}

/// Copies a connector's stdout to ours. Returns what passed if it is to be kept.
async fn hand_on(mut from: Receiver, keep: bool) -> std::io::Result<Vec<u8>> {
    let mut out = tokio::io::stdout();
    if !keep {
        tokio::io::copy(&mut from, &mut out).await?;
        return out.flush().await.map(|()| Vec::new());
    }
    let mut kept = Vec::new();
    from.read_to_end(&mut kept).await?;
    out.write_all(&kept).await?;
    out.flush().await.map(|()| kept)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| usage("file.unreadable", format!("cannot read {}: {error}", path.display())))
}
