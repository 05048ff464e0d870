//! Why a verb did not end as it should: by the clock, by too much output, by a signal, by its exit code.

use super::complaint::{self, Complaint};
use super::hearing::{Heard, no_answer, wanted};
use crate::trial::{Cause, Subject};
use longshore_protocol::trace::TraceError;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_runner::{ConnectorRef, Exit, Verb};

/// How many lines of stderr a failure shows.
const SHOWN_LINES: usize = 20;

/// How much of a line of stderr a failure shows.
const SHOWN_CHARACTERS: usize = 400;

/// More than this without an answer is too much.
const MUCH_BYTES: u64 = 1 << 20;

/// The failure; none when it ended well, or answered and then ended with a code that is judged later.
pub(crate) fn explain(heard: &Heard, subject: &Subject<'_>) -> Option<FailureReason> {
    if heard.ended.cause == Cause::Stopped {
        return None;
    }
    let is_image = matches!(subject.reference, ConnectorRef::Docker { .. });
    let failure = by_cause(heard, subject.origin).or_else(|| by_exit(heard, subject.origin, is_image))?;
    let detail = failure.detail.clone().or_else(|| Some(detail(heard))).filter(|detail| !detail.is_empty());
    Some(FailureReason { detail, ..failure })
}

fn by_cause(heard: &Heard, origin: FailureOrigin) -> Option<FailureReason> {
    let (verb, seconds) = (heard.verb, heard.ended.duration.as_secs_f64());
    let failure =
        |code: &str, message: String| Some(FailureReason::new(origin, FailureKind::SystemError, code, message));
    // Whoever talks all the time does not wait for anything.
    let cause = match heard.ended.cause {
        Cause::NoAnswer if heard.ended.stdout_bytes > MUCH_BYTES => Cause::TooMuchStdout,
        Cause::NoAnswer if heard.ended.stderr_bytes > MUCH_BYTES => Cause::TooMuchStderr,
        cause => cause,
    };
    match cause {
        Cause::Itself | Cause::Stopped => None,
        Cause::NoAnswer => failure(
            "connector.timeout",
            format!(
                "`{verb}` printed no {} within {seconds:.0} s and was ended; it waits for something: let it answer \
                 without input and network, or allow it more with `--timeout SECONDS`",
                wanted(verb)
            ),
        ),
        Cause::NoEnd => failure(
            "connector.not_ended",
            format!(
                "`{verb}` answered and did not end, so it was ended after {seconds:.0} s; let the program exit once it \
                 has answered: look for threads and children that go on"
            ),
        ),
        Cause::TooMuchStdout => failure(
            "connector.stdout_flood",
            format!(
                "`{verb}` printed more than {} MB to stdout and was ended; print its messages and nothing \
                 else there: below is how it begins",
                heard.ended.stdout_bytes / 1_000_000
            ),
        )
        .map(|failure| {
            failure.with_detail(heard.said.strays.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n"))
        }),
        Cause::TooMuchStderr => failure(
            "connector.stderr_flood",
            format!(
                "`{verb}` wrote more than {} MB to stderr within {seconds:.1} s and was ended; lower its log level, or \
                 mend what repeats itself",
                heard.ended.stderr_bytes / 1_000_000
            ),
        ),
    }
}

fn by_exit(heard: &Heard, origin: FailureOrigin, is_image: bool) -> Option<FailureReason> {
    let exit = &heard.ended.exit;
    let code = match (&exit.failure, exit.code) {
        (Some(failure), _) => return Some(failure.clone()),
        (None, Some(0)) => return None,
        (None, code) => code.unwrap_or(-1),
    };
    if let Some(failure) = Exit::failure_of_code(origin, code) {
        return Some(failure);
    }
    if heard.has_answer() {
        return None;
    }
    if let Some(error) = &heard.said.error {
        return Some(told(heard.verb, error, origin));
    }
    let said = detail(heard);
    Some(match complaint::read(&said, code) {
        Some(complaint) => complaint.failure(heard.verb, origin, is_image),
        None => exited(heard, code, origin),
    })
}

/// It ended well and did not answer: it says why, or shows how it is used, or neither.
pub(crate) fn silent(heard: &Heard, origin: FailureOrigin) -> FailureReason {
    if let Some(error) = &heard.said.error {
        return told(heard.verb, error, origin);
    }
    match complaint::usage(&detail(heard)) {
        Some(complaint) => complaint.failure(heard.verb, origin, false).with_detail(detail(heard)),
        None => no_answer(heard, origin),
    }
}

/// The connector says itself why.
fn told(verb: Verb, error: &TraceError, origin: FailureOrigin) -> FailureReason {
    let kind = FailureKind::from_trace(error.failure_type.as_deref());
    let more = error.stack_trace.clone().or_else(|| error.internal_message.clone()).unwrap_or_default();
    let message = format!(
        "`{verb}` failed, and says why: {}; mend that, and try it with `longshore connector {verb} REF --json`",
        error.message
    );
    FailureReason::new(origin, kind, &format!("{origin}.failed"), message).with_detail(more)
}

fn exited(heard: &Heard, code: i32, origin: FailureOrigin) -> FailureReason {
    let verb = heard.verb;
    let said = complaint::last_words(&detail(heard))
        .map_or_else(|| ", and did not say why".to_owned(), |line| format!(": {line}"));
    let message = format!(
        "`{verb}` ended with code {code} before it answered{said}; mend that, and try it with `longshore connector {verb} \
         REF --json`"
    );
    FailureReason::new(origin, FailureKind::SystemError, "connector.exited", message)
}

/// The end of stderr; a connector that wrote nothing there may have said something on stdout.
fn detail(heard: &Heard) -> String {
    if heard.ended.stderr.is_empty() {
        return heard.said.strays.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
    }
    let lines: Vec<String> =
        heard.ended.stderr.lines().map(|line| line.chars().take(SHOWN_CHARACTERS).collect()).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

impl Complaint {
    /// The complaint as a failure of a verb.
    pub(crate) fn failure(&self, verb: Verb, origin: FailureOrigin, is_image: bool) -> FailureReason {
        let code = self.code(is_image);
        let message = format!("`{verb}` does not run: {}", self.sentence(is_image));
        FailureReason::new(origin, FailureKind::SystemError, code, message)
    }
}
