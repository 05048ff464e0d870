//! Short forms of messages, so that a script shows what matters.
//!
//! A stream is written `name`, or `namespace:name`. The forms:
//!
//! ```text
//! record STREAM DATA              state STREAM STATE       started | running | complete | incomplete STREAM
//! log LEVEL TEXT                  global STATE             error [config_error|transient_error|system_error] TEXT
//! estimate STREAM ROWS            legacy DATA              config CONFIG
//! ```

use longshore_protocol::StreamDescriptor;
use serde_json::json;

/// The message that a short form stands for, without newline; `None` when `text` is no short form.
#[must_use]
pub fn expand(text: &str) -> Option<String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(match word {
        "record" => record(first, second),
        "state" => state(&format!(
            r#""type":"STREAM","stream":{{"stream_descriptor":{},"stream_state":{second}}}"#,
            json!(stream(first))
        )),
        "global" => state(&format!(r#""type":"GLOBAL","global":{rest}"#)),
        "legacy" => state(&format!(r#""data":{rest}"#)),
        "log" => json!({"type": "LOG", "log": {"level": first, "message": second}}).to_string(),
        "error" => error(first, second, rest),
        "estimate" => estimate(&stream(first), second),
        "config" => format!(
            r#"{{"type":"CONTROL","control":{{"type":"CONNECTOR_CONFIG","emitted_at":1,"connectorConfig":{{"config":{rest}}}}}}}"#
        ),
        "started" | "running" | "complete" | "incomplete" => status(&stream(rest), &word.to_uppercase()),
        _ => return None,
    })
}

/// The stream that `namespace:name` or `name` means.
#[must_use]
pub fn stream(text: &str) -> StreamDescriptor {
    match text.split_once(':') {
        Some((namespace, name)) => StreamDescriptor { namespace: Some(namespace.to_owned()), name: name.to_owned() },
        None => StreamDescriptor::named(text),
    }
}

fn record(of: &str, data: &str) -> String {
    let stream = stream(of);
    let namespace = stream.namespace.map_or_else(String::new, |name| format!(r#""namespace":{},"#, json!(name)));
    let name = json!(stream.name);
    format!(r#"{{"type":"RECORD","record":{{{namespace}"stream":{name},"data":{data},"emitted_at":1}}}}"#)
}

fn state(members: &str) -> String {
    format!(r#"{{"type":"STATE","state":{{{members}}}}}"#)
}

fn status(stream: &StreamDescriptor, status: &str) -> String {
    let status = json!({"stream_descriptor": stream, "status": status});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": status}}).to_string()
}

fn estimate(stream: &StreamDescriptor, rows: &str) -> String {
    let rows: Option<f64> = rows.parse().ok();
    let estimate = json!({"name": stream.name, "namespace": stream.namespace, "type": "STREAM", "row_estimate": rows});
    json!({"type": "TRACE", "trace": {"type": "ESTIMATE", "emitted_at": 1, "estimate": estimate}}).to_string()
}

fn error(first: &str, second: &str, rest: &str) -> String {
    let error = match first {
        "config_error" | "transient_error" | "system_error" => json!({"message": second, "failure_type": first}),
        _ => json!({"message": rest}),
    };
    json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1, "error": error}}).to_string()
}
