//! Where a source stands in one stream: what a destination needs to undo rows that the source will send again.
//!
//! A destination that stores states with its rows notes, for each state, the [`Position`] of each stream and how many
//! rows the stream had then. In `open` it asks [`WritePlan::positions`] where the source goes on. If it knows that
//! position, every row behind it will come again, and is removed; so a run that was killed at any instant and resumed
//! leaves the same rows as one that was not.
//!
//! When several notes have the same position the latest one counts: rows up to there were covered by that state, and a
//! source need never send them again.

use crate::{StreamDescriptor, WritePlan};
use longshore_protocol::{RawJson, RawValue, State, StateKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A stream's state, comparable however it is spelled (key order, spacing, `1.0` for `1`).
///
/// Holds a digest, since states of some sources are megabytes long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(String);

/// What a position begins with when the stream itself has no state.
const START: &str = "start";

/// The positions of one stream within one connection. States of two connections may look alike, and mean other rows.
#[derive(Debug, Clone)]
pub struct Positions {
    stream: StreamDescriptor,
    connection: String,
    start: Option<Position>,
}

impl Positions {
    /// Where the source of this run goes on; `None` when the platform does not tell.
    #[must_use]
    pub fn start(&self) -> Option<&Position> {
        self.start.as_ref()
    }

    /// The position that `state` gives the stream; `None` when the state is about other streams.
    #[must_use]
    pub fn of(&self, state: &State) -> Option<Position> {
        let of_stream = |states: &[longshore_protocol::state::StreamState]| {
            states.iter().rfind(|s| s.stream_descriptor == self.stream).map(|s| s.stream_state.clone())
        };
        match state.kind() {
            StateKind::Stream => of_stream(state.stream.as_slice()).map(|own| self.at(own, None)),
            StateKind::Global => {
                let global = state.global.as_ref()?;
                Some(self.at(of_stream(&global.stream_states).flatten(), global.shared_state.clone()))
            }
            StateKind::Legacy => Some(self.at(state.data.clone(), None)),
        }
    }

    fn at(&self, own: Option<RawJson>, shared: Option<RawJson>) -> Position {
        Position::new(&self.connection, own, shared)
    }
}

impl Position {
    /// Whether the stream is read from its beginning. Such positions are alike in every sync of a connection, so they say
    /// something only as long as a sync is unfinished.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.0.starts_with(START)
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(connection: &str, own: Option<RawJson>, shared: Option<RawJson>) -> Self {
        let mut text = format!("{connection}\n");
        for part in [&own, &shared] {
            canonical(part.as_ref().map_or("null", |raw| raw.get()), &mut text);
            text.push('\n');
        }
        let digest = Sha256::digest(text.as_bytes());
        let head = if own.is_none() { START } else { "state" };
        Self(digest.iter().fold(format!("{head}:"), |text, byte| text + &format!("{byte:02x}")))
    }
}

impl WritePlan {
    /// The positions of `stream` in this run.
    #[must_use]
    pub fn positions(&self, stream: &StreamDescriptor) -> Positions {
        let mut positions = Positions { stream: stream.clone(), connection: self.connection.clone(), start: None };
        positions.start = self.input_state.as_ref().map(|input| {
            let last = input.states().iter().rev().find_map(|state| positions.of(state));
            last.unwrap_or_else(|| positions.at(None, None))
        });
        positions
    }
}

/// Appends `raw` in the one spelling that all its spellings share. A null member is as good as none.
fn canonical(raw: &str, out: &mut String) {
    match raw.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw).unwrap_or_default();
            out.push('{');
            for (name, value) in members.iter().filter(|(_, value)| value.get() != "null") {
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                canonical(value.get(), out);
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
            out.push('[');
            for item in items {
                canonical(item.get(), out);
                out.push(',');
            }
            out.push(']');
        }
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(text) => out.push_str(&serde_json::Value::from(text).to_string()),
            Err(_) => out.push_str(raw),
        },
        _ => out.push_str(raw.strip_suffix(".0").unwrap_or(raw)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InputState;

    fn plan(input_state: Option<&str>) -> WritePlan {
        let input_state = input_state.map(|text| InputState::parse(text).unwrap());
        WritePlan { streams: Vec::new(), input_state, connection: "c".to_owned() }
    }

    fn start(input_state: &str, stream: &str) -> Position {
        plan(Some(input_state)).positions(&StreamDescriptor::named(stream)).start().unwrap().clone()
    }

    const STREAM: &str =
        r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"x":1,"y":[2,null,"é"]}}}]"#;

    #[test]
    fn spelling_does_not_matter_and_content_does() {
        let again = r#"[{"stream":{"stream_state":{ "y":[2.0, null,"\u00e9"], "z":null, "x":1.0},"stream_descriptor":{"name":"a"}},"type":"STREAM"}]"#;
        assert_eq!(start(STREAM, "a"), start(again, "a"));
        assert_ne!(start(STREAM, "a"), start(&STREAM.replace("null", "0"), "a"));
        let long = |last| STREAM.replace("\"x\":1", &format!("\"x\":1234567890123456789012345678{last}"));
        assert_ne!(start(&long(0), "a"), start(&long(1), "a"));
    }

    #[test]
    fn no_state_an_empty_file_and_a_null_state_are_the_start() {
        let null = r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":null}}]"#;
        for (text, stream) in [("[]", "a"), (STREAM, "b"), (null, "a")] {
            assert_eq!(start(text, stream), start("[]", "z"));
        }
        assert!(start("[]", "a").is_start());
        assert!(!start(STREAM, "a").is_start());
        assert!(!start(&STREAM.replace(r#"{"x":1,"y":[2,null,"é"]}"#, "{}"), "a").is_start());
        assert_eq!(plan(None).positions(&StreamDescriptor::named("a")).start(), None);
    }

    #[test]
    fn a_global_state_counts_with_its_shared_part() {
        let text = r#"[{"type":"GLOBAL","global":{"shared_state":{"lsn":1},"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{}}]}}]"#;
        assert_ne!(start(text, "a"), start(&text.replace("\"lsn\":1", "\"lsn\":2"), "a"));
        assert!(start(text, "b").is_start());
        assert_ne!(start(text, "b"), start("[]", "b"));
    }

    #[test]
    fn states_that_look_alike_are_apart_in_two_connections() {
        let other = WritePlan { connection: "d".to_owned(), ..plan(Some(STREAM)) };
        assert_ne!(other.positions(&StreamDescriptor::named("a")).start(), Some(&start(STREAM, "a")));
    }

    #[test]
    fn a_legacy_state_is_one_for_all() {
        assert_eq!(start(r#"{"cursor":1}"#, "a"), start(r#"{"cursor": 1}"#, "b"));
        assert!(!start(r#"{"cursor":1}"#, "a").is_start());
    }
}
