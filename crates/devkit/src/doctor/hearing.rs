//! What was heard of a connector while one verb ran: its messages, what was no message, and how it ended. Bounded,
//! whatever the connector prints.

use crate::trial::{Bounds, Ended, Next, Printed, Subject};
use longshore_protocol::trace::TraceError;
use longshore_protocol::{ConnectionStatus, FailureKind, FailureReason, Line, Message, classify};
use longshore_runner::{InputFile, Verb};
use serde_json::Value;
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// What of a stream is looked at in its first form, to understand what is no message.
const KEPT_START_BYTES: usize = MIB as usize;

/// The types of answers, which some spell in small letters.
const TYPES: [&str; 4] = ["SPEC", "CONNECTION_STATUS", "CATALOG", "RECORD"];

/// How much of a line that is no message is shown.
const SHOWN_CHARACTERS: usize = 160;

/// How many lines that are no messages are shown.
const SHOWN_LINES: usize = 5;

/// How long a connector may go on once it has answered.
const AFTER_ANSWER: Duration = Duration::from_secs(10);

/// The mark that some programs of Windows begin a text with.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// All that one verb said.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) verb: Verb,
    pub(crate) ended: Ended,
    pub(crate) said: Said,
}

/// What was printed.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The `spec` of SPEC messages, at most two of them.
    pub(crate) specs: Vec<Value>,
    pub(crate) spec_count: usize,
    /// Why a SPEC message could not be used.
    pub(crate) bad_spec: Option<String>,
    pub(crate) statuses: Vec<ConnectionStatus>,
    pub(crate) catalog_count: usize,
    pub(crate) error: Option<TraceError>,
    /// Lines that are no messages: their number in stdout, and their beginning.
    pub(crate) strays: Vec<(u64, String)>,
    pub(crate) stray_count: u64,
    /// A line that begins like a message, and is none: its number and why.
    pub(crate) broken: Option<(u64, String)>,
    /// A message of a type that the protocol does not have.
    pub(crate) unknown: Option<(u64, String)>,
    /// The number of a line with something behind its message.
    pub(crate) glued: Option<(u64, String)>,
    pub(crate) has_byte_order_mark: bool,
    /// The first line that is no text in UTF-8: its number, and what it is instead, if it is text.
    pub(crate) not_utf8: Option<(u64, Option<&'static str>)>,
    /// Messages on stderr that belong on stdout.
    pub(crate) misplaced: u64,
    /// The beginning of stdout.
    pub(crate) start: Vec<u8>,
    lines: u64,
}

impl Heard {
    /// Runs a verb and listens.
    ///
    /// # Errors
    /// When the connector cannot be started.
    pub(crate) async fn listen(
        subject: &Subject<'_>,
        verb: Verb,
        files: Vec<InputFile>,
        time: Duration,
    ) -> Result<Self, FailureReason> {
        Self::listen_and(subject, verb, files, time, |_| None).await
    }

    /// The same with somebody who is told each line.
    ///
    /// # Errors
    /// As [`Heard::listen`].
    pub(crate) async fn listen_and(
        subject: &Subject<'_>,
        verb: Verb,
        files: Vec<InputFile>,
        time: Duration,
        each: impl FnMut(Printed<'_>) -> Option<Next>,
    ) -> Result<Self, FailureReason> {
        let bounds = Bounds {
            time,
            after_answer: AFTER_ANSWER,
            stdout_bytes: 64 * MIB,
            stderr_bytes: 64 * MIB,
            line_bytes: 16 * MIB as usize,
        };
        Self::listen_with(subject, verb, files, &[], &bounds, each).await
    }

    /// The same within other bounds, with the input of a destination, and with somebody who is told each line and may say
    /// what is wanted next.
    ///
    /// # Errors
    /// As [`Heard::listen`].
    pub(crate) async fn listen_with(
        subject: &Subject<'_>,
        verb: Verb,
        files: Vec<InputFile>,
        input: &[u8],
        bounds: &Bounds,
        mut each: impl FnMut(Printed<'_>) -> Option<Next>,
    ) -> Result<Self, FailureReason> {
        let mut said = Said::default();
        let note = |printed: Printed<'_>| {
            let next = said.note(printed, verb);
            each(printed).unwrap_or(next)
        };
        let ended = subject.run(verb, files, input, bounds, note).await?;
        Ok(Self { verb, ended, said })
    }

    /// How it ended, in a few words.
    pub(crate) fn ending(&self) -> String {
        let seconds = self.ended.duration.as_secs_f64();
        let memory = self.ended.peak_bytes.map_or_else(String::new, |bytes| format!(", {} MB", bytes / 1_000_000));
        format!("`{}` started, and ended after {seconds:.2} s{memory}", self.verb)
    }

    /// The answer of `check`.
    pub(crate) fn status(&self) -> Option<&ConnectionStatus> {
        self.said.statuses.first()
    }

    /// Whether it answered what it was asked.
    pub(crate) fn has_answer(&self) -> bool {
        self.said.has_answered(self.verb)
    }

    /// It ended well, and said nothing of what it was asked for.
    pub(crate) fn no_answer(&self, subject: &Subject<'_>) -> FailureReason {
        no_answer(self, subject.origin)
    }
}

/// It ended well, and said nothing of what it was asked for.
pub(super) fn no_answer(heard: &Heard, origin: longshore_protocol::FailureOrigin) -> FailureReason {
    let (verb, wanted) = (heard.verb, wanted(heard.verb));
    let printed: Vec<&str> = heard.said.strays.iter().map(|(_, text)| text.as_str()).collect();
    let but = printed.first().map_or_else(String::new, |text| format!(" but `{text}`"));
    let message = format!(
        "`{verb}` ended with code 0 and printed no {wanted} message{but}; print one on stdout, as one line, and try it \
         with `longshore connector {verb} REF --json`"
    );
    let detail = if heard.ended.stderr.is_empty() { printed.join("\n") } else { heard.ended.stderr.clone() };
    FailureReason::new(origin, FailureKind::SystemError, "connector.no_answer", message).with_detail(detail)
}

/// In which encoding other than UTF-8 a line is text: every other byte of UTF-16 is 0 where JSON is, and JSON of one byte a
/// character begins as in UTF-8.
fn encoding_of(line: &[u8]) -> Option<&'static str> {
    let zeros = line.iter().filter(|byte| **byte == 0).count();
    let is_wide = line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) || zeros * 3 > line.len();
    match line.trim_ascii_start().first() {
        _ if is_wide && zeros * 4 > line.len() && zeros < line.len() => Some("UTF-16"),
        Some(b'{') if zeros == 0 => Some("an encoding such as Latin-1"),
        _ => None,
    }
}

/// The type of message that a verb is asked for.
pub(crate) fn wanted(verb: Verb) -> &'static str {
    match verb {
        Verb::Spec => "SPEC",
        Verb::Check => "CONNECTION_STATUS",
        Verb::Discover => "CATALOG",
        Verb::Read | Verb::Write => "RECORD",
    }
}

impl Said {
    pub(super) fn has_answered(&self, verb: Verb) -> bool {
        match verb {
            Verb::Spec => self.spec_count > 0,
            Verb::Check => !self.statuses.is_empty(),
            _ => self.catalog_count > 0,
        }
    }

    fn note(&mut self, printed: Printed<'_>, verb: Verb) -> Next {
        if printed.is_stderr {
            if is_answer(printed.text, verb) {
                self.misplaced += 1;
            }
            return Next::GoOn;
        }
        self.lines += 1;
        let room = KEPT_START_BYTES.saturating_sub(self.start.len());
        self.start.extend_from_slice(&printed.text[..printed.text.len().min(room)]);
        if room > printed.text.len() {
            self.start.push(b'\n');
        }
        self.line(printed.text);
        if self.has_answered(verb) { Next::Answered } else { Next::GoOn }
    }

    fn line(&mut self, line: &[u8]) {
        let mut line = line;
        if let (1, Some(rest)) = (self.lines, line.strip_prefix(BYTE_ORDER_MARK)) {
            self.has_byte_order_mark = true;
            line = rest;
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        if std::str::from_utf8(line).is_err() || line.contains(&0) {
            self.not_utf8.get_or_insert((self.lines, encoding_of(line)));
            return;
        }
        match classify(line, true) {
            Line::Record(_) => {}
            Line::Message(text) => self.message(text, line),
            Line::Stray(_) => self.stray(line),
            Line::Broken(broken) => {
                let shown = format!("{}: {}", broken.reason.as_str(), shortened(line));
                self.broken.get_or_insert((self.lines, shown));
            }
        }
    }

    fn message(&mut self, text: &str, line: &[u8]) {
        let whole = String::from_utf8_lossy(line);
        if let Some((_, behind)) = whole.split_once(text).filter(|(_, behind)| !behind.trim().is_empty()) {
            self.glued.get_or_insert((self.lines, shortened(behind.trim().as_bytes())));
        }
        match Message::decode(text) {
            Ok(Message::Spec(_)) => self.spec(text),
            Ok(Message::ConnectionStatus(status)) => self.statuses.push(status),
            Ok(Message::Catalog(_)) => self.catalog_count += 1,
            Ok(Message::Trace(trace)) => self.error = self.error.take().or(trace.error),
            Ok(_) => {}
            Err(error) if is_of_type(text, "SPEC") => {
                self.spec_count += 1;
                self.bad_spec.get_or_insert(error.to_string());
                self.specs.extend(spec_of(text));
            }
            Err(_) if !has_type(text) => self.stray(line),
            Err(error) => {
                self.broken.get_or_insert((self.lines, error.to_string()));
            }
        }
    }

    fn spec(&mut self, text: &str) {
        self.spec_count += 1;
        if self.specs.len() < 2 {
            self.specs.extend(spec_of(text));
        }
    }

    fn stray(&mut self, line: &[u8]) {
        if let Some(why) = meant_as_message(line) {
            self.broken.get_or_insert((self.lines, why));
            return;
        }
        let kind = type_of(&String::from_utf8_lossy(line)).filter(|kind| TYPES.contains(&kind.to_uppercase().as_str()));
        if let Some(kind) = kind {
            self.unknown.get_or_insert((self.lines, kind));
            return;
        }
        self.stray_count += 1;
        if self.strays.len() < SHOWN_LINES {
            self.strays.push((self.lines, shortened(line)));
        }
    }
}

/// Why a line is no JSON that looks like a message.
fn meant_as_message(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?.trim_start();
    let names_type = ["\"type\"", "'type'", "SPEC"].iter().any(|word| text.contains(word));
    let error = serde_json::from_str::<Value>(text).err().filter(|_| text.starts_with('{') && names_type)?;
    Some(format!("{error}: {}", shortened(line)))
}

fn spec_of(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().map(|mut message| message["spec"].take())
}

fn is_answer(line: &[u8], verb: Verb) -> bool {
    line.trim_ascii_start().starts_with(b"{")
        && std::str::from_utf8(line).is_ok_and(|text| is_of_type(text, wanted(verb)))
}

fn type_of(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("type")?.as_str().map(str::to_owned)
}

fn is_of_type(text: &str, kind: &str) -> bool {
    type_of(text).as_deref() == Some(kind)
}

fn has_type(text: &str) -> bool {
    type_of(text).is_some()
}

/// The beginning of a line, without what would move a cursor.
pub(super) fn shortened(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).take(SHOWN_CHARACTERS + 1).collect();
    match clean.chars().count() > SHOWN_CHARACTERS {
        true => clean.chars().take(SHOWN_CHARACTERS).chain(['…']).collect(),
        false => clean,
    }
}

#[cfg(test)]
impl Said {
    /// What these lines of stdout say.
    pub(super) fn of(stdout: &[u8]) -> Self {
        let mut said = Self::default();
        let text = stdout.strip_suffix(b"\n").unwrap_or(stdout);
        for line in text.split(|byte| *byte == b'\n') {
            said.note(Printed { is_stderr: false, text: line }, Verb::Spec);
        }
        said
    }

    /// The same with a line of stderr.
    pub(super) fn with_stderr(mut self, line: &[u8]) -> Self {
        self.note(Printed { is_stderr: true, text: line }, Verb::Spec);
        self
    }
}
