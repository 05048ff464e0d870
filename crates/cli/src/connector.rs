//! Starts connectors, and asks them for one answer: a spec, a status, a catalog.

use crate::bundled;
use crate::failure::{self, Result};
use longshore_engine::{Connector, Exit, Process};
use longshore_images::ImageName;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, Line, Message, RawJson, classify};
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Running, Settings, Verb};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::{self, Receiver};

/// How long a connector has between being asked to end and being ended.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// How much of a connector's stderr is kept for the report of a failure.
const KEPT_STDERR_BYTES: usize = 8 * 1024;

/// Understands a REF. A folder needs no slash at its end, unless a bundled connector has its name.
pub(crate) fn parse(reference: &str) -> Result<ConnectorRef> {
    match bundled::find(reference) {
        None if Path::new(reference).is_dir() => Ok(ConnectorRef::Project { dir: reference.into() }),
        _ => ConnectorRef::parse(reference, &bundled::names()),
    }
}

/// Understands a REF that must be a source, or a destination; what is not bundled says so itself when it runs.
pub(crate) fn parse_as(role: FailureOrigin, reference: &str) -> Result<ConnectorRef> {
    let parsed = parse(reference)?;
    match bundled_of(&parsed) {
        Some(bundled) if bundled.role() != role => {
            let fitting: Vec<_> = bundled::CONNECTORS.iter().filter(|c| c.role() == role).map(|c| c.name).collect();
            let message = format!(
                "{} is a {}, and a {role} is needed here; bundled are {}",
                bundled.name,
                bundled.role(),
                fitting.join(", ")
            );
            Err(failure::usage("reference.wrong_role", message))
        }
        _ => Ok(parsed),
    }
}

/// The bundled connector behind a reference, if it is one.
pub(crate) fn bundled_of(reference: &ConnectorRef) -> Option<&'static bundled::Bundled> {
    match reference {
        ConnectorRef::Bundled { name } => bundled::find(name),
        _ => None,
    }
}

/// The configuration file of a launch.
pub(crate) fn config_file(text: &str) -> InputFile {
    InputFile { flag: Some("--config"), name: "config.json", content: text.as_bytes().to_vec(), env: None }
}

/// A catalog file of a launch.
pub(crate) fn catalog_file(text: String) -> InputFile {
    InputFile { flag: Some("--catalog"), name: "catalog.json", content: text.into_bytes(), env: None }
}

/// The variables that connectors expect to find besides those of the machine.
fn environment(reference: &ConnectorRef, verb: Verb) -> Vec<(String, String)> {
    let mut variables = vec![
        ("WORKER_CONNECTOR_IMAGE", reference.to_string()),
        ("WORKER_JOB_ID", "0".to_owned()),
        ("WORKER_JOB_ATTEMPT", "0".to_owned()),
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
pub(crate) fn launch(reference: &ConnectorRef, origin: FailureOrigin, verb: Verb, files: Vec<InputFile>) -> Launch<'_> {
    Launch { reference, origin, verb, files, environment: environment(reference, verb), limits: Limits::default() }
}

/// A started connector in the engine's terms.
pub(crate) fn for_engine(running: Running) -> Connector<Started> {
    let Running { stdin, stdout, stderr, process } = running;
    Connector { stdin, stdout, stderr, process: Started(Some(process)) }
}

/// A source that ends at once, for a sync of which only the destination's part is left.
///
/// # Errors
/// When the machine has no pipe left.
pub(crate) fn with_nothing_to_say() -> Result<Connector<Started>> {
    let ended = || pipe::pipe().map(|(_, receiver)| receiver);
    let no_pipe =
        |error: std::io::Error| failure::environment("platform.no_runtime", format!("cannot make a pipe: {error}"));
    let (stdout, stderr) = (ended().map_err(no_pipe)?, ended().map_err(no_pipe)?);
    Ok(Connector { stdin: None, stdout, stderr, process: Started(None) })
}

/// The process behind a started connector; none when there is nothing to run.
pub(crate) struct Started(Option<longshore_runner::Process>);

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

/// What a connector printed until it ended, and how it ended.
pub(crate) struct Answer {
    /// Its messages, in order. Records are left out.
    pub(crate) messages: Vec<Message>,
    /// How it ended.
    pub(crate) exit: Exit,
    /// The end of its stderr.
    pub(crate) stderr: String,
}

/// Runs a verb to its end and collects the messages.
pub(crate) async fn ask(
    settings: &Settings,
    reference: &ConnectorRef,
    origin: FailureOrigin,
    verb: Verb,
    files: Vec<InputFile>,
) -> Result<Answer> {
    let running = longshore_runner::start(settings, launch(reference, origin, verb, files)).await?;
    let mut connector = for_engine(running);
    let (stdout, stderr) = tokio::join!(read_all(connector.stdout), read_all(connector.stderr));
    let exit = connector.process.wait().await;
    Ok(Answer::new(&stdout, exit, &stderr))
}

/// What the connector of an image answers to `spec`: the object under `spec` in its message.
///
/// # Errors
/// When the image cannot be had, does not start, or does not answer.
pub(crate) async fn spec_of_image(settings: &Settings, image: &ImageName) -> Result<Value> {
    spec_of(settings, &ConnectorRef::Docker { image: image.to_string() }).await
}

/// The same of any connector.
pub(crate) async fn spec_of(settings: &Settings, reference: &ConnectorRef) -> Result<Value> {
    let answer = ask(settings, reference, FailureOrigin::Platform, Verb::Spec, Vec::new()).await?;
    let (spec, _) = answer.expect(reference, FailureOrigin::Platform, Verb::Spec, |message| match message {
        Message::Spec(spec) => Some(serde_json::to_value(spec)),
        _ => None,
    })?;
    spec.map_err(|error| failure::usage("connector.no_spec", format!("the spec of {reference} is unclear: {error}")))
}

async fn read_all(mut pipe: Receiver) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A pipe that breaks ends like one that closes; the exit tells why.
    let _ = pipe.read_to_end(&mut bytes).await;
    bytes
}

impl Answer {
    /// Finds the messages in what a connector printed.
    pub(crate) fn new(stdout: &[u8], exit: Exit, stderr: &[u8]) -> Self {
        let messages = stdout.split(|byte| *byte == b'\n').filter_map(|line| match classify(line, false) {
            Line::Message(text) => Message::decode(text).ok(),
            _ => None,
        });
        let kept = stderr.len().saturating_sub(KEPT_STDERR_BYTES);
        let stderr = String::from_utf8_lossy(&stderr[kept..]).into_owned();
        Self { messages: messages.collect(), exit, stderr }
    }

    /// The first message for which `wanted` answers: it counts whatever the exit code. Without one, why there is none.
    pub(crate) fn expect<T>(
        self,
        reference: &ConnectorRef,
        origin: FailureOrigin,
        verb: Verb,
        wanted: impl Fn(Message) -> Option<T>,
    ) -> Result<(T, Option<RawJson>)> {
        let new_config = self.new_config();
        let failure = self.failure(reference, origin, verb);
        match self.messages.into_iter().find_map(wanted) {
            Some(found) => Ok((found, new_config)),
            None => Err(failure),
        }
    }

    /// The last configuration that the connector set itself.
    fn new_config(&self) -> Option<RawJson> {
        self.messages.iter().rev().find_map(|message| match message {
            Message::Control(control) => control.connector_config.as_ref().map(|config| config.config.clone()),
            _ => None,
        })
    }

    /// Why a verb gave no answer: what the connector said itself, what its end tells, or that it said nothing.
    fn failure(&self, reference: &ConnectorRef, origin: FailureOrigin, verb: Verb) -> FailureReason {
        let error = self.messages.iter().find_map(|message| match message {
            Message::Trace(trace) => trace.error.as_ref(),
            _ => None,
        });
        let stderr = self.stderr.trim();
        if let Some(error) = error {
            let kind = FailureKind::from_trace(error.failure_type.as_deref());
            let detail = error.stack_trace.clone().or_else(|| error.internal_message.clone()).unwrap_or_default();
            return FailureReason::new(origin, kind, &format!("{origin}.failed"), error.message.clone())
                .with_detail(detail);
        }
        if let Some(failure) = &self.exit.failure {
            return failure.clone();
        }
        let how = match (self.exit.code, self.exit.signal) {
            (Some(code), _) => format!("exited with code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        let message = format!("`{verb}` of {reference} {how} and printed no {}", answer_name(verb));
        FailureReason::new(origin, FailureKind::SystemError, "connector.no_answer", message).with_detail(stderr)
    }
}

fn answer_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Spec => "SPEC message",
        Verb::Check => "CONNECTION_STATUS message",
        Verb::Discover => "CATALOG message",
        Verb::Read | Verb::Write => "messages",
    }
}
