//! Runs for tests, written by hand.

use super::Run;
use crate::bench::Expects;
use crate::take::{Ending, Heard, Take};
use longshore_runner::{Exit, Verb};
use std::time::Duration;

/// A run that printed these lines and ended by itself.
pub(crate) fn take(verb: Verb, lines: &[impl AsRef<str>], code: i32) -> Take {
    let heard = lines.iter().map(|line| Heard::new(Duration::ZERO, line.as_ref().as_bytes().to_vec()));
    Take {
        call: verb.to_string(),
        verb,
        heard: heard.collect(),
        stdout_bytes: lines.iter().map(|line| line.as_ref().len() as u64 + 1).sum(),
        ends_with_newline: true,
        stderr: String::new(),
        exit: Exit { code: Some(code), ..Exit::default() },
        ending: Ending::Itself,
        duration: Duration::from_secs(1),
        peak_bytes: None,
    }
}

/// A run and what it should have come to.
pub(super) fn run(take: &Take, expects: Expects) -> Run<'_> {
    Run { take, expects }
}
