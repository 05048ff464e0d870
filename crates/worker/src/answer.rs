//! Asks a connector for one answer: a spec, a status, a catalog.

use crate::connector::{for_engine, launch};
use crate::failure::{self, Result};
use longshore_engine::{Exit, Process};
use longshore_images::ImageName;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, Line, Message, RawJson, classify};
use longshore_runner::{ConnectorRef, InputFile, Launch, Settings, Verb};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// How much of a connector's stderr is kept for the report of a failure.
const KEPT_STDERR_BYTES: usize = 8 * 1024;

/// What a connector printed until it ended, and how it ended.
pub struct Answer {
    /// Its messages, in order. Records are left out.
    pub messages: Vec<Message>,
    /// How it ended.
    pub exit: Exit,
    /// The end of its stderr.
    pub stderr: String,
}

/// Runs a verb to its end and collects the messages.
///
/// # Errors
/// When the connector cannot be started.
pub async fn ask(
    settings: &Settings,
    reference: &ConnectorRef,
    origin: FailureOrigin,
    verb: Verb,
    files: Vec<InputFile>,
) -> Result<Answer> {
    ask_with(settings, launch(reference, origin, verb, files)).await
}

/// The same, of a launch that is made already.
pub(crate) async fn ask_with(settings: &Settings, launch: Launch<'_>) -> Result<Answer> {
    let running = longshore_runner::start(settings, launch).await?;
    let mut connector = for_engine(running);
    let (stdout, stderr) = tokio::join!(read_all(connector.stdout), read_all(connector.stderr));
    let exit = connector.process.wait().await;
    Ok(Answer::new(&stdout, exit, &stderr))
}

/// What the connector of an image answers to `spec`: the object under `spec` in its message.
///
/// # Errors
/// When the image cannot be had, does not start, or does not answer.
pub async fn spec_of_image(settings: &Settings, image: &ImageName) -> Result<Value> {
    spec_of(settings, &ConnectorRef::Docker { image: image.to_string() }).await
}

/// The same of any connector.
///
/// # Errors
/// When it does not start, or does not answer.
pub async fn spec_of(settings: &Settings, reference: &ConnectorRef) -> Result<Value> {
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
    #[must_use]
    pub fn new(stdout: &[u8], exit: Exit, stderr: &[u8]) -> Self {
        let messages = stdout.split(|byte| *byte == b'\n').filter_map(|line| match classify(line, false) {
            Line::Message(text) => Message::decode(text).ok(),
            _ => None,
        });
        let kept = stderr.len().saturating_sub(KEPT_STDERR_BYTES);
        let stderr = String::from_utf8_lossy(&stderr[kept..]).into_owned();
        Self { messages: messages.collect(), exit, stderr }
    }

    /// The first message for which `wanted` answers: it counts whatever the exit code.
    ///
    /// # Errors
    /// Why there is none.
    pub fn expect<T>(
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
