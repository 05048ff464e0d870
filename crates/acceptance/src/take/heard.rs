//! One line of stdout: a message, or what is none.

use serde_json::Value;
use std::time::Duration;

/// The types that the protocol knows.
const TYPES: [&str; 9] =
    ["RECORD", "STATE", "LOG", "TRACE", "SPEC", "CONNECTION_STATUS", "CATALOG", "CONTROL", "DESTINATION_CATALOG"];

/// A line, and when it came.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Since the start of the run.
    pub(crate) at: Duration,
    /// The line without its end.
    pub(crate) line: Vec<u8>,
    pub(crate) what: What,
}

/// What a line is.
#[derive(Debug)]
pub(crate) enum What {
    /// A JSON object with a type that the protocol knows.
    Message(Value),
    /// Nothing but white space.
    Blank,
    /// No message, and why: not UTF-8, not JSON, no `type`, an unknown `type`.
    Other(&'static str),
}

impl Heard {
    pub(crate) fn new(at: Duration, line: Vec<u8>) -> Self {
        let what = classify(&line);
        Self { at, line, what }
    }

    /// The whole message, if it is one of this type.
    pub(crate) fn message(&self, kind: &str) -> Option<&Value> {
        match &self.what {
            What::Message(message) if message["type"] == kind => Some(message),
            _ => None,
        }
    }

    /// The line as text, whatever its bytes.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }
}

fn classify(line: &[u8]) -> What {
    let Ok(text) = std::str::from_utf8(line) else { return What::Other("it is not UTF-8") };
    if text.trim().is_empty() {
        return What::Blank;
    }
    let Ok(message) = serde_json::from_str::<Value>(text) else { return What::Other("it is not JSON") };
    match message["type"].as_str() {
        None => What::Other("it is JSON without a `type`"),
        Some(kind) if !TYPES.contains(&kind) => What::Other("the protocol has no such `type`"),
        Some(_) => What::Message(message),
    }
}
