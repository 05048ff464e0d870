//! STATE: how far a source got.

use crate::{RawJson, StreamDescriptor, object::Extra, wire_object};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a state covers. Absent on the wire means LEGACY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StateKind {
    /// One stream.
    Stream,
    /// All streams together.
    Global,
    /// One blob for the whole connection, from before states had types.
    #[default]
    Legacy,
}

wire_object! {
    /// The payload of a STATE message.
    pub struct State {
        /// What it covers; `kind()` reads it.
        opt "type" wire_kind: StateKind,
        /// Of a STREAM state.
        opt "stream" stream: StreamState,
        /// Of a GLOBAL state.
        opt "global" global: GlobalState,
        /// Of a LEGACY state; typed states of Java connectors may carry a copy of themselves here.
        opt "data" data: RawJson,
        /// What the source counted since its previous state.
        opt "sourceStats" source_stats: StateStats,
        /// What the destination counted.
        opt "destinationStats" destination_stats: StateStats,
    }
}

wire_object! {
    /// The state of one stream.
    pub struct StreamState {
        /// The stream.
        req "stream_descriptor" stream_descriptor: StreamDescriptor,
        /// The source's own note of how far it got. `None` (absent or null) means: this stream is reset. `{}` is a state.
        opt "stream_state" stream_state: RawJson,
    }
}

wire_object! {
    /// The state of all streams together.
    pub struct GlobalState {
        /// What belongs to no stream in particular.
        opt "shared_state" shared_state: RawJson,
        /// What belongs to each stream.
        def "stream_states" stream_states: Vec<StreamState>,
    }
}

wire_object! {
    /// Counts beside a state.
    pub struct StateStats {
        /// Records since the previous state of the stream (GLOBAL: of all streams). A double on the wire.
        opt "recordCount" record_count: f64,
        /// Of those, how many the destination refused.
        opt "rejectedRecordCount" rejected_record_count: f64,
        /// Further sums, by name.
        opt "additionalStats" additional_stats: RawJson,
    }
}

impl State {
    /// A state of one stream. `None` resets the stream.
    #[must_use]
    pub fn of_stream(stream_descriptor: StreamDescriptor, stream_state: Option<RawJson>) -> Self {
        let stream = StreamState { stream_descriptor, stream_state, extra: Extra::default() };
        Self {
            wire_kind: Some(StateKind::Stream),
            stream: Some(stream),
            global: None,
            data: None,
            source_stats: None,
            destination_stats: None,
            extra: Extra::default(),
        }
    }

    /// What it covers.
    #[must_use]
    pub fn kind(&self) -> StateKind {
        self.wire_kind.unwrap_or_default()
    }

    /// The running number that the engine gives each state, if it is there.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        self.extra.get("id")?.parse().ok()
    }

    /// The stream of a STREAM state.
    #[must_use]
    pub fn descriptor(&self) -> Option<&StreamDescriptor> {
        self.stream.as_ref().map(|s| &s.stream_descriptor)
    }

    /// Whether the part that `kind()` names is there.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        match self.kind() {
            StateKind::Stream => self.stream.is_some(),
            StateKind::Global => self.global.is_some(),
            StateKind::Legacy => self.data.is_some(),
        }
    }

    /// What is worth storing: the type and the state itself, without counts, numbers and copies.
    #[must_use]
    pub fn stored(&self) -> Self {
        let kind = self.kind();
        Self {
            wire_kind: Some(kind),
            stream: self.stream.clone().filter(|_| kind == StateKind::Stream),
            global: self.global.clone().filter(|_| kind == StateKind::Global),
            data: self.data.clone().filter(|_| kind == StateKind::Legacy),
            source_stats: None,
            destination_stats: None,
            extra: Extra::default(),
        }
    }

    /// Whether two states say the same, however they are written (key order, spacing, spelling of numbers). States with
    /// numbers that no double can hold say the same only if they are written alike.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let text = |state: &Self| serde_json::to_string(&state.stored()).unwrap_or_default();
        let (text, other_text) = (text(self), text(other));
        let content = |text: &str| serde_json::from_str(text).map(without_nulls).ok();
        text == other_text || content(&text).is_some_and(|content_of| Some(content_of) == content(&other_text))
    }
}

/// Connectors in some languages write absent properties as null, and integers as floats.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> =
                map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> State {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_state_without_type_is_legacy() {
        assert_eq!(state(r#"{"data":{"a":1}}"#).kind(), StateKind::Legacy);
        assert!(!state("{}").is_valid());
    }

    #[test]
    fn unknown_properties_and_exact_numbers_survive() {
        let text = r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"c":12345678901234567890.10},"y":1e400},"id":7,"partition_id":"x"}"#;
        let state = state(text);
        assert_eq!(state.id(), Some(7));
        assert_eq!(serde_json::to_string(&state).unwrap(), text);
    }

    #[test]
    fn an_echo_is_recognised_however_it_is_written() {
        let sent = state(
            r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"a":1,"b":[2]}},"id":3}"#,
        );
        let echoed = state(
            r#"{"stream":{"stream_state":{"b":[2.0],"a":1},"stream_descriptor":{"namespace":null,"name":"s"}},"type":"STREAM","destinationStats":{"recordCount":4.0}}"#,
        );
        let other =
            state(r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"a":2,"b":[2]}}}"#);
        assert!(sent.same_content(&echoed));
        assert!(!sent.same_content(&other));
    }

    #[test]
    fn a_double_in_another_spelling_is_the_same() {
        let of = |number: &str| state(&format!(r#"{{"data":{{"c":{number}}}}}"#));
        assert!(of("1.7000277777777777e+77").same_content(&of(&format!("170002777777777777{}.0", "7".repeat(60)))));
    }

    #[test]
    fn numbers_beyond_a_double_make_no_two_states_alike() {
        let of = |stream: &str| {
            state(&format!(
                r#"{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"{stream}"}},"stream_state":{{"c":1e400}}}}}}"#
            ))
        };
        assert!(of("a").same_content(&of("a")));
        assert!(!of("a").same_content(&of("b")));
    }
}
