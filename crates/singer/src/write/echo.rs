//! States that wait for the target, and what it prints.

use crate::Failure;
use crate::lines::{Cut, Filled, Lines};
use crate::output::Output;
use crate::pipe::Pipe;
use crate::signals::Stop;
use longshore_protocol::{LogLevel, RawValue, message::state_line, splice};
use serde::Deserialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::process::ChildStdout;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// The member of a STATE's value that is our number for it.
pub(super) const SEQUENCE: &str = "longshore_sequence";

/// States that have been sent and are not yet known to be written.
pub(super) struct Echoes {
    waiting: Mutex<VecDeque<(u64, String)>>,
    output: Arc<Output>,
    /// The target has closed its stdout: it ends.
    closed: AtomicBool,
}

impl Echoes {
    pub(super) fn new(output: Arc<Output>) -> Self {
        Self { waiting: Mutex::default(), output, closed: AtomicBool::new(false) }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Notes the STATE message `text`, which goes back as it came, with what was counted.
    pub(super) fn expect(&self, sequence: u64, text: &str, records: u64) {
        let stats = format!(r#"{{"recordCount":{records}.0}}"#);
        let echo = state_line(&splice::insert(&state_text(text).unwrap_or_default(), &[("destinationStats", &stats)]));
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((sequence, echo));
    }

    /// Echoes what is written up to a number, in the order in which it came.
    fn release(&self, sequence: u64) -> Result<(), Failure> {
        loop {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let due = waiting.front().is_some_and(|(number, _)| *number <= sequence);
            let Some((_, echo)) = due.then(|| waiting.pop_front()).flatten() else { return Ok(()) };
            drop(waiting);
            self.output.message(&echo)?;
        }
    }

    /// The target has ended well: all is written.
    pub(super) fn release_all(&self) -> Result<(), Failure> {
        self.release(u64::MAX)
    }
}

/// Follows the target's stdout to its end.
pub(super) fn follow(stdout: Pipe<ChildStdout>, echoes: Arc<Echoes>, stop: Stop) -> JoinHandle<Result<(), Failure>> {
    std::thread::spawn(move || {
        let result = follow_lines(stdout, &echoes);
        echoes.closed.store(true, Ordering::Release);
        stop.raise();
        result
    })
}

fn follow_lines(stdout: Pipe<ChildStdout>, echoes: &Echoes) -> Result<(), Failure> {
    const LINE_BYTES: usize = 1024 * 1024;
    let mut lines = Lines::new(stdout, LINE_BYTES);
    loop {
        let filled = lines.fill().map_err(|error| Failure::system(format!("cannot read from the target: {error}")))?;
        while let Some(Cut::Whole(line) | Cut::TooLong(line)) = lines.next() {
            match sequence_of(line) {
                Some(sequence) => echoes.release(sequence)?,
                None if line.trim_ascii().is_empty() => {}
                None => echoes.output.log(LogLevel::Info, String::from_utf8_lossy(line).trim_end())?,
            }
        }
        if filled == Filled::End {
            return Ok(());
        }
    }
}

/// Our number in what the target prints: the value alone, or a whole STATE message.
fn sequence_of(line: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let found = [&value, &value["value"]].into_iter().find_map(|value| value.get(SEQUENCE));
    // Some write every number as a float.
    found.and_then(|number| number.as_u64().or_else(|| number.as_f64().map(|float| float as u64)))
}

/// The text of the `state` property of a STATE message.
fn state_text(message: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        state: &'a RawValue,
    }
    serde_json::from_str::<Envelope<'_>>(message).ok().map(|envelope| envelope.state.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_number_is_found_however_a_target_writes_it() {
        for line in [
            r#"{"longshore_sequence": 7}"#,
            r#"{"type": "STATE", "value": {"longshore_sequence": 7}}"#,
            r#"{"longshore_sequence":7.0,"bookmarks":{}}"#,
        ] {
            assert_eq!(sequence_of(line.as_bytes()), Some(7), "{line}");
        }
        assert_eq!(sequence_of(b"loaded 7 rows"), None);
        assert_eq!(sequence_of(b"null"), None);
    }
}
