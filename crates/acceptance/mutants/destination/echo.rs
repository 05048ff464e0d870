//! States on their way back: as they came, with what was written.

use super::Failure;
use super::defect::Defect as D;
use crate::lines::print;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Members = BTreeMap<String, Box<RawValue>>;

/// The line of a state, with the count of records that it acknowledges.
pub(super) fn echo(defect: Option<D>, line: &str, records: u64) -> Result<String, Failure> {
    let parsed = |text: &str| {
        serde_json::from_str::<Members>(text).map_err(|error| Failure::new("system_error", error.to_string()))
    };
    let mut message = parsed(line)?;
    let mut state = parsed(message.get("state").map_or("{}", |state| state.get()))?;
    let count = if defect == Some(D::StatsWrong) { records + 1 } else { records };
    let stats = json!({"recordCount": count as f64}).to_string();
    if defect != Some(D::StatsMissing) {
        state.insert("destinationStats".into(), raw(stats)?);
    }
    if defect == Some(D::EchoRewritten) {
        state.retain(|key, _| ["type", "stream", "global", "destinationStats"].contains(&key.as_str()));
    }
    if defect == Some(D::EchoLosesContent)
        && let Some(stream) = state.get("stream")
    {
        let mut stream: Value = serde_json::from_str(stream.get()).unwrap_or_default();
        stream["stream_state"] = json!({});
        state.insert("stream".into(), raw(stream.to_string())?);
    }
    message.insert("state".into(), raw(serde_json::to_string(&state).unwrap_or_default())?);
    Ok(serde_json::to_string(&message).unwrap_or_default())
}

fn raw(text: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(text).map_err(|error| Failure::new("system_error", error.to_string()))
}

/// What goes back, and when.
pub(super) struct Echoes {
    defect: Option<D>,
    kept: Vec<String>,
}

impl Echoes {
    pub(super) fn new(defect: Option<D>) -> Self {
        Self { defect, kept: Vec::new() }
    }

    /// Prints an echo, or keeps it for the end.
    pub(super) fn say(&mut self, line: String) {
        match self.defect {
            Some(D::EchoAtEnd | D::EchoReversed) => self.kept.push(line),
            Some(D::LastEchoMissing) => self.kept.push(line), // see `end`
            Some(D::EchoTwice) => {
                print(&line);
                print(&line);
            }
            Some(D::EchoMadeUp) => {
                let stream = json!({"stream_descriptor": {"name": "progress"}, "stream_state": {"rows": 1}});
                print(&json!({"type": "STATE", "state": {"type": "STREAM", "stream": stream, "id": 999}}).to_string());
                print(&line);
            }
            _ => print(&line),
        }
        if self.defect == Some(D::LastEchoMissing) && self.kept.len() > 1 {
            print(&self.kept.remove(0));
        }
    }

    /// The end of the input.
    pub(super) fn end(self) {
        match self.defect {
            Some(D::EchoReversed) => self.kept.iter().rev().for_each(|line| print(line)),
            Some(D::LastEchoMissing) => {}
            _ => self.kept.iter().for_each(|line| print(line)),
        }
    }
}
