//! What came of a scenario, as text.

use longshore_engine::{Event, Observer, Outcome};
use longshore_protocol::FailureReason;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the observer was told, by who it is about: the two sides' words may come in any order.
#[derive(Default)]
pub(crate) struct Transcript {
    told: BTreeMap<String, Vec<String>>,
}

impl Observer for Transcript {
    fn event(&mut self, event: Event<'_>) {
        let (about, text) = match event {
            Event::Log { origin, level, text } => (origin.to_string(), format!("{level:?}: {text}")),
            Event::Status { stream, status } => ("source".to_owned(), format!("{stream} is {status:?}")),
            Event::Configuration { origin, config } => (origin.to_string(), format!("configuration: {config}")),
            _ => return, // counts are in the outcome
        };
        self.told.entry(about).or_default().push(text);
    }
}

impl Transcript {
    pub(crate) fn told(&self, received: &[String], stored: &[String], outcome: &Outcome) -> String {
        let mut out = String::new();
        section(&mut out, "received", received.iter().map(|line| timeless(line)));
        section(&mut out, "stored", stored.iter().cloned());
        for (about, words) in &self.told {
            section(&mut out, &format!("{about} says"), words.iter().cloned());
        }
        section(&mut out, "dropped", outcome.dropped.iter().map(dropped));
        let _ = writeln!(out, "{}", word(&outcome.status));
        for stream in &outcome.streams {
            let name = stream.namespace.iter().chain([&stream.name]).cloned().collect::<Vec<_>>().join(":");
            let (status, emitted, committed) = (word(&stream.status), stream.records_emitted, stream.records_committed);
            let bytes = stream.bytes_committed;
            let _ = writeln!(out, "  {name} {status}: {emitted} emitted, {committed} committed, {bytes} bytes");
        }
        for failure in outcome.failure.iter().chain(&outcome.further_failures) {
            let _ = writeln!(out, "  {}", reason(failure));
        }
        out
    }
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "{title}:\n  {}", lines.join("\n  "));
    }
}

fn dropped(dropped: &longshore_engine::Dropped) -> String {
    let of = dropped.stream.as_ref().map_or_else(String::new, |stream| format!(" of {stream}"));
    format!("{}{of}: {}", dropped.count, dropped.reason)
}

fn reason(failure: &FailureReason) -> String {
    let detail =
        failure.detail.as_ref().map_or_else(String::new, |detail| format!(" [{}]", detail.replace('\n', " | ")));
    format!("{} ({} of {}): {}{detail}", failure.code, word(&failure.kind), failure.origin, failure.message)
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// A line for people: carriage returns seen, and the time at which the engine says COMPLETE left out.
fn timeless(line: &str) -> String {
    let line = line.replace('\r', "\\r");
    let Some((before, after)) = line.split_once(r#""emitted_at":"#).filter(|_| line.starts_with(r#"{"type":"TRACE""#))
    else {
        return line;
    };
    format!(r#"{before}"emitted_at":NOW{}"#, after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// What a source would resume from, whoever wrote the message: names and counts left out, numbers as their values.
pub(crate) fn blob(line: &str) -> Value {
    let line = line.replace("1e400", "\"1e400\""); // no `Value` can hold it
    let message: Value = serde_json::from_str(&line).unwrap();
    let state = &message["state"];
    [&state["stream"]["stream_state"], &state["global"], &state["data"]].map(Clone::clone).into_iter().collect()
}
