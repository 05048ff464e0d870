//! Messages that the suite sends to destinations.

use longshore_protocol::StreamDescriptor;
use serde_json::{Value, json};

/// When all records of the suite are said to have been emitted, unless a test says otherwise: 2024-05-06T07:08:09.123Z.
pub(crate) const EMITTED_AT_MS: i64 = 1_714_979_289_123;

/// A RECORD line. `data` is written as it stands.
pub(crate) fn record(stream: &StreamDescriptor, data: &str) -> String {
    record_at(stream, data, EMITTED_AT_MS)
}

/// A RECORD line with its time of emission.
pub(crate) fn record_at(stream: &StreamDescriptor, data: &str, emitted_at_ms: i64) -> String {
    let namespace = match &stream.namespace {
        Some(namespace) => format!(r#""namespace":{},"#, json!(namespace)),
        None => String::new(),
    };
    let name = json!(stream.name);
    format!(r#"{{"type":"RECORD","record":{{{namespace}"stream":{name},"emitted_at":{emitted_at_ms},"data":{data}}}}}"#)
}

/// A STATE line of a stream, as a platform hands it on: with an `id` and the count of records since the last one.
pub(crate) fn state(stream: &StreamDescriptor, stream_state: &Value, id: u64, records: u64) -> String {
    let state = json!({
        "type": "STREAM",
        "stream": {"stream_descriptor": stream, "stream_state": stream_state},
        "id": id,
        "sourceStats": {"recordCount": records as f64},
    });
    json!({"type": "STATE", "state": state}).to_string()
}

/// The line that says that a source has read a stream to its end.
pub(crate) fn complete(stream: &StreamDescriptor) -> String {
    longshore_protocol::message::stream_status_line(stream, longshore_protocol::StreamStatus::Complete, EMITTED_AT_MS)
}
