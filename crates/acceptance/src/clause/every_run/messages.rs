//! What each type of message requires.

use super::faults::Faults;
use super::lines::UNKNOWN_TYPE;
use super::rules::VALID_MESSAGES;
use super::{Run, counted};
use crate::clause::spec::answer::SYNC_MODES;
use crate::finding::Finding;
use crate::take::What;
use serde_json::Value;

const LEVELS: [&str; 6] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
/// A word of platforms, which no connector should use.
const DERIVED_MODE: &str = "overwrite_dedup";

const STATUSES: [&str; 4] = ["STARTED", "RUNNING", "COMPLETE", "INCOMPLETE"];

pub(super) fn valid_messages(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    for run in runs {
        for heard in run.lines() {
            let why = match &heard.what {
                What::Message(message) => wrong(message),
                What::Other(why) if *why == UNKNOWN_TYPE => Some((*why).to_owned()),
                What::Other(_) | What::Blank => None,
            };
            if let Some(why) = why {
                faults.add(format!("`{}` printed an invalid message: {why}", run.take.call), || heard.text());
            }
        }
    }
    VALID_MESSAGES.judged(counted(runs), faults.told())
}

/// Under which name the payload of a type stands.
pub(super) fn payload(kind: &str) -> &'static str {
    match kind {
        "RECORD" => "record",
        "STATE" => "state",
        "LOG" => "log",
        "TRACE" => "trace",
        "SPEC" => "spec",
        "CONNECTION_STATUS" => "connectionStatus",
        "CATALOG" => "catalog",
        "CONTROL" => "control",
        _ => "destination_catalog",
    }
}

/// Why a message is not what its type requires.
fn wrong(message: &Value) -> Option<String> {
    let kind = message["type"].as_str().unwrap_or_default();
    let name = payload(kind);
    let within = &message[name];
    if !within.is_object() {
        return Some(format!("{kind} has no object under `{name}`"));
    }
    match kind {
        "RECORD" => record(within),
        "LOG" => one_of(within, "level", "log.level", &LEVELS).or_else(|| text(within, "message", "log.message")),
        "TRACE" => trace(within),
        "SPEC" => {
            object(within, "connectionSpecification", "spec.connectionSpecification").or_else(|| sync_modes(within))
        }
        "CONNECTION_STATUS" => status(within),
        "CATALOG" => catalog(within),
        "CONTROL" => control(within),
        "DESTINATION_CATALOG" => list(within, "operations", "destination_catalog.operations"),
        _ => None,
    }
}

fn record(record: &Value) -> Option<String> {
    let namespace = &record["namespace"];
    let is_text = namespace.is_null() || namespace.is_string();
    text(record, "stream", "record.stream")
        .or_else(|| (!is_text).then(|| format!("`record.namespace` is {namespace}, and no text")))
}

fn status(status: &Value) -> Option<String> {
    let message = &status["message"];
    let is_text = message.is_null() || message.is_string();
    one_of(status, "status", "connectionStatus.status", &["SUCCEEDED", "FAILED"])
        .or_else(|| (!is_text).then(|| format!("`connectionStatus.message` is {message}, and no text")))
}

/// Which of the words a destination may use is for another rule.
fn sync_modes(spec: &Value) -> Option<String> {
    const PATH: &str = "spec.supported_destination_sync_modes";
    let modes = &spec["supported_destination_sync_modes"];
    let is_known = |mode: &&Value| mode.as_str().is_some_and(|mode| mode == DERIVED_MODE || SYNC_MODES.contains(&mode));
    match modes.as_array() {
        None if modes.is_null() => None,
        None => Some(told(PATH, modes, "a list")),
        Some(list) => {
            let unknown = list.iter().find(|mode| !is_known(mode))?;
            Some(told(&format!("{PATH}[]"), unknown, &format!("one of {}", SYNC_MODES.join(", "))))
        }
    }
}

fn catalog(catalog: &Value) -> Option<String> {
    let streams = catalog["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
    let unnamed = || streams.iter().find_map(|stream| text(stream, "name", "catalog.streams[].name"));
    list(catalog, "streams", "catalog.streams").or_else(unnamed)
}

fn control(control: &Value) -> Option<String> {
    one_of(control, "type", "control.type", &["CONNECTOR_CONFIG"])
        .or_else(|| number(control, "emitted_at", "control.emitted_at"))
        .or_else(|| object(&control["connectorConfig"], "config", "control.connectorConfig.config"))
}

fn trace(trace: &Value) -> Option<String> {
    let kinds = ["ERROR", "ESTIMATE", "STREAM_STATUS", "ANALYTICS"];
    one_of(trace, "type", "trace.type", &kinds).or_else(|| number(trace, "emitted_at", "trace.emitted_at")).or_else(
        || match trace["type"].as_str().unwrap_or_default() {
            "ERROR" => text(&trace["error"], "message", "trace.error.message"),
            "ESTIMATE" => one_of(&trace["estimate"], "type", "trace.estimate.type", &["STREAM", "SYNC"]),
            "ANALYTICS" => text(&trace["analytics"], "type", "trace.analytics.type"),
            _ => stream_status(&trace["stream_status"]),
        },
    )
}

fn stream_status(status: &Value) -> Option<String> {
    let descriptor = &status["stream_descriptor"];
    text(descriptor, "name", "trace.stream_status.stream_descriptor.name")
        .or_else(|| one_of(status, "status", "trace.stream_status.status", &STATUSES))
}

fn text(within: &Value, name: &str, path: &str) -> Option<String> {
    let found = &within[name];
    (!found.is_string()).then(|| told(path, found, "a text"))
}

fn number(within: &Value, name: &str, path: &str) -> Option<String> {
    let found = &within[name];
    (!found.is_number()).then(|| told(path, found, "a number"))
}

fn object(within: &Value, name: &str, path: &str) -> Option<String> {
    let found = &within[name];
    (!found.is_object()).then(|| told(path, found, "an object"))
}

fn list(within: &Value, name: &str, path: &str) -> Option<String> {
    let found = &within[name];
    (!found.is_array()).then(|| told(path, found, "a list"))
}

fn one_of(within: &Value, name: &str, path: &str, known: &[&str]) -> Option<String> {
    let found = &within[name];
    let is_known = found.as_str().is_some_and(|found| known.contains(&found));
    (!is_known).then(|| told(path, found, &format!("one of {}", known.join(", "))))
}

fn told(path: &str, found: &Value, wanted: &str) -> String {
    match found {
        Value::Null => format!("`{path}` is missing"),
        Value::Object(_) | Value::Array(_) => format!("`{path}` is not {wanted}"),
        other => format!("`{path}` is {other}, and not {wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::wrong;
    use serde_json::{Value, json};

    fn broken(message: Value) -> bool {
        wrong(&message).is_some()
    }

    #[test]
    fn sound_messages_have_no_fault() {
        for message in [
            json!({"type": "RECORD", "record": {"stream": "a", "namespace": null, "data": {}, "emitted_at": 1}}),
            json!({"type": "STATE", "state": {"type": "STREAM"}}),
            json!({"type": "LOG", "log": {"level": "INFO", "message": ""}}),
            json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1.5e12, "error": {"message": "no"}}}),
            json!({"type": "TRACE", "trace": {"type": "ESTIMATE", "emitted_at": 1, "estimate": {"type": "SYNC"}}}),
            json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1,
                "stream_status": {"stream_descriptor": {"name": "a"}, "status": "RUNNING"}}}),
            json!({"type": "TRACE", "trace": {"type": "ANALYTICS", "emitted_at": 1, "analytics": {"type": "a"}}}),
            json!({"type": "SPEC", "spec": {"connectionSpecification": {}}}),
            json!({"type": "SPEC", "spec": {"connectionSpecification": {}, "supported_destination_sync_modes": ["append"]}}),
            json!({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "FAILED", "message": "no"}}),
            json!({"type": "CATALOG", "catalog": {"streams": [{"name": "a"}]}}),
            json!({"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "emitted_at": 1, "connectorConfig": {"config": {}}}}),
            json!({"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": []}}),
        ] {
            assert_eq!(wrong(&message), None, "{message}");
        }
    }

    #[test]
    fn what_lacks_a_field_or_has_another_type_is_found() {
        for message in [
            json!({"type": "RECORD"}),
            json!({"type": "RECORD", "record": {"data": {}}}),
            json!({"type": "RECORD", "record": {"stream": 1, "data": {}}}),
            json!({"type": "RECORD", "record": {"stream": "a", "namespace": 1, "data": {}}}),
            json!({"type": "STATE", "data": {}}),
            json!({"type": "LOG", "log": {"level": "NOTICE", "message": "x"}}),
            json!({"type": "LOG", "log": {"level": "INFO"}}),
            json!({"type": "TRACE", "trace": {"type": "ERROR", "error": {"message": "no"}}}),
            json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1}}),
            json!({"type": "TRACE", "trace": {"type": "EVENT", "emitted_at": 1}}),
            json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": {"status": "STARTED"}}}),
            json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1,
                "stream_status": {"stream_descriptor": {"name": "a"}, "status": "DONE"}}}),
            json!({"type": "SPEC", "spec": {}}),
            json!({"type": "SPEC", "spec": {"connectionSpecification": {}, "supported_destination_sync_modes": "append"}}),
            json!({"type": "SPEC", "spec": {"connectionSpecification": {}, "supported_destination_sync_modes": ["merge"]}}),
            json!({"type": "CONNECTION_STATUS", "connection_status": {"status": "SUCCEEDED"}}),
            json!({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "OK"}}),
            json!({"type": "CATALOG", "catalog": {"streams": {}}}),
            json!({"type": "CATALOG", "catalog": {"streams": [{}]}}),
            json!({"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "emitted_at": 1, "connectorConfig": {}}}),
        ] {
            assert!(broken(message.clone()), "{message}");
        }
    }
}
