//! One run of a connector, recorded: every line that it printed, when, and how it ended.
//!
//! [`Recorder`] runs it and lets whoever drives it feed, wait, pause, and end it at a chosen moment; a [`Take`] is what is
//! left when it is over. Nothing that a connector does can hold up or bloat a suite: silence and bytes are bounded.

mod heard;
mod recorder;

pub(crate) use heard::{Heard, What};
pub(crate) use recorder::{Recorder, Stop};

use longshore_runner::{Exit, Verb};
use serde_json::Value;
use std::time::Duration;

/// Why a run was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connector ended by itself.
    Itself,
    /// The suite ended it with SIGKILL.
    Killed,
    /// The suite sent SIGTERM, and it ended within the grace.
    Terminated,
    /// It did not end within the grace after SIGTERM, and was killed.
    IgnoredTerm,
    /// It was silent for too long and was killed.
    Silent,
    /// It had closed its output or said all there is to say, did not end, and was killed.
    NotEnded,
    /// It printed more than a suite keeps, and was killed.
    TooMuch,
}

/// A recorded run.
#[derive(Debug)]
pub(crate) struct Take {
    /// What was asked, for evidence: `read (incremental, from the 2nd checkpoint)`.
    pub(crate) call: String,
    pub(crate) verb: Verb,
    /// Every line of stdout, in order.
    pub(crate) heard: Vec<Heard>,
    pub(crate) stdout_bytes: u64,
    /// Whether the last byte of stdout was the end of a line.
    pub(crate) ends_with_newline: bool,
    /// The beginning and the end of stderr.
    pub(crate) stderr: String,
    pub(crate) exit: Exit,
    pub(crate) ending: Ending,
    pub(crate) duration: Duration,
    /// The most memory of a local connector and what it started, as far as it was seen.
    pub(crate) peak_bytes: Option<u64>,
}

impl Take {
    /// All messages of a type (`RECORD`, `STATE`, …), as whole messages, in order.
    pub(crate) fn messages<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> + 'a {
        self.heard.iter().filter_map(move |heard| heard.message(kind))
    }

    /// The payloads of all TRACE messages of a type (`ERROR`, `STREAM_STATUS`, …): the object under `trace`.
    pub(crate) fn traces<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> + 'a {
        self.messages("TRACE").map(|message| &message["trace"]).filter(move |trace| trace["type"] == kind)
    }

    /// Whether it ended by itself with exit code 0.
    pub(crate) fn is_success(&self) -> bool {
        self.ending == Ending::Itself && self.exit.is_success()
    }

    /// How it ended, in words: `ended with exit code 1`.
    pub(crate) fn how_it_ended(&self) -> String {
        match (self.ending, self.exit.code, self.exit.signal) {
            (Ending::Killed, ..) => "was killed by the suite".to_owned(),
            (Ending::IgnoredTerm, ..) => "did not end after SIGTERM".to_owned(),
            (Ending::Silent, ..) => "went silent and did not end".to_owned(),
            (Ending::NotEnded, ..) => "did not end".to_owned(),
            (Ending::TooMuch, ..) => "printed more than a suite can keep".to_owned(),
            (_, Some(code), _) => format!("ended with exit code {code}"),
            (_, None, Some(signal)) => format!("was ended by signal {signal}"),
            (_, None, None) => "ended".to_owned(),
        }
    }

    /// The end of it as evidence: the call, how it ended, its error traces or the last of its stderr.
    pub(crate) fn last_words(&self) -> String {
        let errors: Vec<String> = self.traces("ERROR").map(|trace| trace.to_string()).collect();
        let tail: Vec<&str> = self.stderr.trim().lines().rev().take(5).collect();
        let said = match errors.is_empty() {
            false => errors.join("\n"),
            true => tail.into_iter().rev().collect::<Vec<_>>().join("\n"),
        };
        format!("`{}` {}\n{said}", self.call, self.how_it_ended()).trim_end().to_owned()
    }
}
