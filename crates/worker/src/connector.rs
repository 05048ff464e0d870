//! Starts connectors for the engine: their files, their variables, and their process in the engine's terms.

use crate::failure::{self, Result};
use longshore_engine::{Connector, Exit, Process};
use longshore_protocol::FailureOrigin;
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Running, Verb};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

/// How long a connector has between being asked to end and being ended.
pub const GRACE: Duration = Duration::from_secs(10);

/// The configuration file of a launch.
#[must_use]
pub fn config_file(text: &str) -> InputFile {
    InputFile { flag: Some("--config"), name: "config.json", content: text.as_bytes().to_vec(), env: None }
}

/// A catalog file of a launch.
#[must_use]
pub fn catalog_file(text: String) -> InputFile {
    InputFile { flag: Some("--catalog"), name: "catalog.json", content: text.into_bytes(), env: None }
}

/// Which attempt of which job a connector runs for; zero and zero when it is for none.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunNumber {
    /// The job.
    pub job: i64,
    /// Its attempt, from 0.
    pub attempt: i64,
}

/// The variables that connectors expect to find besides those of the machine.
fn environment(reference: &ConnectorRef, verb: Verb, run: RunNumber) -> Vec<(String, String)> {
    let mut variables = vec![
        ("WORKER_CONNECTOR_IMAGE", reference.to_string()),
        ("WORKER_JOB_ID", run.job.to_string()),
        ("WORKER_JOB_ATTEMPT", run.attempt.to_string()),
        ("DEPLOYMENT_MODE", "OSS".to_owned()),
        ("AIRBYTE_VERSION", concat!("longshore-", env!("CARGO_PKG_VERSION")).to_owned()),
    ];
    if matches!(verb, Verb::Read | Verb::Write) {
        variables.push(("USE_STREAM_CAPABLE_STATE", "true".to_owned()));
        variables.push(("DATA_CHANNEL_MEDIUM", "STDIO".to_owned()));
        variables.push(("DATA_CHANNEL_FORMAT", "JSONL".to_owned()));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One run of a connector, with the variables that every connector gets.
#[must_use]
pub fn launch(reference: &ConnectorRef, origin: FailureOrigin, verb: Verb, files: Vec<InputFile>) -> Launch<'_> {
    launch_of(RunNumber::default(), reference, origin, verb, files)
}

/// The same, for an attempt of a job.
pub(crate) fn launch_of(
    run: RunNumber,
    reference: &ConnectorRef,
    origin: FailureOrigin,
    verb: Verb,
    files: Vec<InputFile>,
) -> Launch<'_> {
    let environment = environment(reference, verb, run);
    Launch { reference, origin, verb, files, environment, limits: Limits::default() }
}

/// A started connector in the engine's terms.
#[must_use]
pub fn for_engine(running: Running) -> Connector<Started> {
    let Running { stdin, stdout, stderr, process } = running;
    Connector { stdin, stdout, stderr, process: Started(Some(process)) }
}

/// A source that ends at once, for a sync of which only the destination's part is left.
///
/// # Errors
/// When the machine has no pipe left.
pub fn with_nothing_to_say() -> Result<Connector<Started>> {
    that_says(Vec::new())
}

/// A source without a process: it says `lines` and ends well.
///
/// # Errors
/// When the machine has no pipe left.
pub(crate) fn that_says(lines: Vec<u8>) -> Result<Connector<Started>> {
    let no_pipe =
        |error: std::io::Error| failure::environment("platform.no_runtime", format!("cannot make a pipe: {error}"));
    let (mut sender, stdout) = pipe::pipe().map_err(no_pipe)?;
    let (_, stderr) = pipe::pipe().map_err(no_pipe)?;
    // They may be more than a pipe holds. A reader that has gone away wants no more of them.
    tokio::spawn(async move { sender.write_all(&lines).await });
    Ok(Connector { stdin: None, stdout, stderr, process: Started(None) })
}

/// The process behind a started connector; none when there is nothing to run.
pub struct Started(Option<longshore_runner::Process>);

impl Process for Started {
    async fn wait(&mut self) -> Exit {
        match &mut self.0 {
            Some(process) => exit(process.wait().await),
            None => Exit { code: Some(0), ..Exit::default() },
        }
    }

    async fn stop(&mut self, grace: Duration) -> Exit {
        match &mut self.0 {
            Some(process) => exit(process.stop(grace).await),
            None => Exit { code: Some(0), ..Exit::default() },
        }
    }
}

fn exit(exit: longshore_runner::Exit) -> Exit {
    Exit { code: exit.code, signal: exit.signal, failure: exit.failure }
}
