//! The built-in messages that a destination is given: two streams with values that destinations get wrong.

use super::happening::StreamWritten;
use longshore_protocol::{Message, State};
use serde_json::{Value, json};

/// A time that records are said to be of: 2026-01-01.
const EMITTED_AT: i64 = 1_767_225_600_000;

/// The streams, and the records of each.
const STREAMS: [&str; 2] = ["longshore_people", "longshore_edges"];

fn records(stream: &str) -> Vec<Value> {
    match stream {
        "longshore_people" => vec![
            json!({"id": 1, "name": "Ada", "born": "1815-12-10", "updated_at": "2026-01-01T00:00:00Z"}),
            json!({"id": 2, "name": "Zoë 🦀", "born": null, "updated_at": "2026-01-02T00:00:00.123456Z"}),
            json!({"id": 3, "name": "", "updated_at": "2026-01-03T00:00:00+02:00"}),
        ],
        _ => vec![
            json!({"id": 1, "integer": 9_007_199_254_740_993_i64, "number": 0.1, "boolean": true, "text": "a \"quoted\" \\ text"}),
            json!({"id": 2, "integer": i64::MIN, "number": 1e300, "boolean": false, "text": "line\nbreak\ttab"}),
            json!({"id": 3, "integer": 0, "number": -0.0, "boolean": null, "text": "x".repeat(10_000)}),
            json!({"id": 4, "object": {"deep": {"er": [1, "two", null]}}, "array": [{"a": 1}, []]}),
            json!({"id": 5, "text": "a field that the schema does not have", "unexpected": "value"}),
            json!({"id": 6}),
        ],
    }
}

fn properties(stream: &str) -> Value {
    let of = |kind: &str| json!({"type": ["null", kind]});
    match stream {
        "longshore_people" => json!({
            "id": of("integer"), "name": of("string"),
            "born": {"type": ["null", "string"], "format": "date"},
            "updated_at": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
        }),
        _ => json!({
            "id": of("integer"), "integer": of("integer"), "number": of("number"), "boolean": of("boolean"),
            "text": of("string"), "object": of("object"), "array": of("array"),
        }),
    }
}

/// The configured catalog. The generation changes with each round, as a platform's does with each refresh.
pub(super) fn catalog(modes: &[String], generation: u64) -> Value {
    let mode = ["overwrite", "append_dedup", "append"].into_iter().find(|mode| modes.iter().any(|it| it == mode));
    let mode = mode.unwrap_or("append");
    let minimum = if mode == "overwrite" { generation } else { 0 };
    let stream = |name: &&str| {
        json!({
            "stream": {
                "name": name,
                "json_schema": {"type": "object", "properties": properties(name)},
                "supported_sync_modes": ["full_refresh", "incremental"],
                "source_defined_cursor": true, "default_cursor_field": ["id"],
                "source_defined_primary_key": [["id"]], "is_resumable": true,
            },
            "sync_mode": if mode == "overwrite" { "full_refresh" } else { "incremental" },
            "destination_sync_mode": mode,
            "cursor_field": ["id"], "primary_key": [["id"]],
            "generation_id": generation, "minimum_generation_id": minimum, "sync_id": generation,
        })
    };
    json!({"streams": STREAMS.iter().map(stream).collect::<Vec<_>>()})
}

/// All messages, a line each.
pub(super) fn messages() -> Vec<u8> {
    let mut lines = Vec::new();
    for stream in STREAMS {
        lines.push(status(stream, "STARTED"));
        for data in records(stream) {
            lines.push(json!({"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": EMITTED_AT}}));
        }
        let count = records(stream).len() as f64;
        lines.push(json!({"type": "STATE", "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"id": count as u64}},
            "sourceStats": {"recordCount": count},
        }}));
        lines.push(status(stream, "COMPLETE"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

fn status(stream: &str, status: &str) -> Value {
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": EMITTED_AT, "stream_status": {
        "stream_descriptor": {"name": stream}, "status": status,
    }}})
}

/// What came back.
pub(super) struct Echoes(Vec<StreamWritten>);

impl Echoes {
    pub(super) fn new() -> Self {
        let stream = |name: &&str| StreamWritten {
            name: (*name).to_owned(),
            sent: records(name).len() as u64,
            counted: None,
            states_sent: 1,
            states_echoed: 0,
        };
        Self(STREAMS.iter().map(stream).collect())
    }

    pub(super) fn note(&mut self, message: &Message) {
        if let Message::State(state) = message {
            self.echo(state);
        }
    }

    fn echo(&mut self, state: &State) {
        let Some(descriptor) = state.descriptor() else { return };
        let Some(stream) = self.0.iter_mut().find(|stream| stream.name == descriptor.name) else { return };
        stream.states_echoed += 1;
        let value = serde_json::to_value(state).unwrap_or_default();
        let counted = value["destinationStats"]["recordCount"].as_f64().map(|count| count as u64);
        stream.counted = counted.map(|count| count + stream.counted.unwrap_or_default()).or(stream.counted);
    }

    /// The streams whose states did not come back.
    pub(super) fn missing(&self) -> Vec<&str> {
        self.0.iter().filter(|stream| stream.states_echoed < stream.states_sent).map(|it| it.name.as_str()).collect()
    }

    pub(super) fn streams(self) -> Vec<StreamWritten> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Echoes, catalog, messages};
    use longshore_protocol::{ConfiguredCatalog, Line, Message, classify};

    #[test]
    fn the_sample_is_what_a_source_could_have_said() {
        let modes = ["append".to_owned(), "overwrite".to_owned()];
        let configured: ConfiguredCatalog = serde_json::from_str(&catalog(&modes, 3).to_string()).unwrap();
        assert!(configured.streams.iter().all(longshore_protocol::ConfiguredStream::truncates));
        let append: ConfiguredCatalog = serde_json::from_str(&catalog(&[], 3).to_string()).unwrap();
        assert!(append.streams.iter().all(|stream| !stream.truncates()));
        let messages = messages();
        let lines = messages.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let (mut echoes, mut records) = (Echoes::new(), 0);
        for line in lines {
            match classify(line, false) {
                Line::Record(_) => records += 1,
                Line::Message(text) => echoes.note(&Message::decode(text).unwrap()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((records, echoes.missing().len()), (9, 0));
    }
}
