//! Runs and catalogs for the tests of pure rules, written by hand.

use super::Reading;
use crate::finding::{Finding, Status};
use crate::take::{Ending, Heard, Take};
use longshore_protocol::ConfiguredCatalog;
use longshore_runner::{Exit, Verb};
use serde_json::{Value, json};
use std::time::Duration;

/// A run of `read` that printed these messages and ended well.
pub(crate) fn take(messages: &[Value]) -> Take {
    let heard = messages.iter().map(|message| Heard::new(Duration::ZERO, message.to_string().into_bytes()));
    Take {
        call: "read".into(),
        verb: Verb::Read,
        heard: heard.collect(),
        stdout_bytes: 0,
        ends_with_newline: true,
        stderr: String::new(),
        exit: Exit { code: Some(0), ..Exit::default() },
        ending: Ending::Itself,
        duration: Duration::from_secs(1),
        peak_bytes: None,
    }
}

/// `users`: incremental by `updated_at`, key `id`; `events`: incremental without key; `countries`: whole only.
pub(crate) fn catalog() -> ConfiguredCatalog {
    let time = json!({"type": "string", "format": "date-time"});
    let users = json!({"type": "object", "properties": {"id": {"type": "integer"}, "updated_at": time, "name": {"type": "string"}}});
    let both = json!(["full_refresh", "incremental"]);
    serde_json::from_value(json!({"streams": [
        {"stream": {"name": "users", "json_schema": users, "supported_sync_modes": both,
            "default_cursor_field": ["updated_at"], "source_defined_primary_key": [["id"]]},
            "sync_mode": "incremental", "destination_sync_mode": "append"},
        {"stream": {"name": "events", "json_schema": users, "supported_sync_modes": both,
            "default_cursor_field": ["updated_at"]}, "sync_mode": "incremental", "destination_sync_mode": "append"},
        {"stream": {"name": "countries", "json_schema": users, "supported_sync_modes": ["full_refresh"]},
            "sync_mode": "full_refresh", "destination_sync_mode": "append"},
    ]}))
    .unwrap()
}

/// A RECORD.
pub(crate) fn record(stream: &str, data: Value) -> Value {
    json!({"type": "RECORD", "record": {"stream": stream, "emitted_at": 1_714_979_289_123_i64, "data": data}})
}

/// A record of `users` or `events`, updated on a day of January 2024.
pub(crate) fn row(stream: &str, id: i64, day: u8) -> Value {
    record(stream, json!({"id": id, "updated_at": format!("2024-01-{day:02}T00:00:00Z"), "name": format!("name {id}")}))
}

/// A STREAM state with a count.
pub(crate) fn state(stream: &str, stream_state: Value, count: f64) -> Value {
    let stream = json!({"stream_descriptor": {"name": stream}, "stream_state": stream_state});
    json!({"type": "STATE", "state": {"type": "STREAM", "stream": stream, "sourceStats": {"recordCount": count}}})
}

/// A STREAM_STATUS.
pub(crate) fn status(stream: &str, status: &str) -> Value {
    let stream_status = json!({"stream_descriptor": {"name": stream}, "status": status});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": stream_status}})
}

/// What a rule says of a run that ended well.
pub(crate) fn judge(messages: &[Value], rule: impl Fn(&[Reading<'_>]) -> Finding) -> Finding {
    let (take, catalog) = (take(messages), catalog());
    rule(&[Reading::of(&take, &catalog)])
}

/// That a rule holds, and looked at something.
#[track_caller]
pub(crate) fn holds(messages: &[Value], rule: impl Fn(&[Reading<'_>]) -> Finding) {
    let finding = judge(messages, rule);
    assert_eq!(finding.status, Status::Passed, "{finding:?}");
}

/// That a rule was not looked at.
#[track_caller]
pub(crate) fn is_skipped(messages: &[Value], rule: impl Fn(&[Reading<'_>]) -> Finding) {
    let finding = judge(messages, rule);
    assert_eq!(finding.status, Status::Skipped, "{finding:?}");
}

/// That a rule is broken, and says these words.
#[track_caller]
pub(crate) fn breaks(messages: &[Value], words: &str, rule: impl Fn(&[Reading<'_>]) -> Finding) {
    let finding = judge(messages, rule);
    assert_eq!(finding.status, Status::Failed, "{finding:?}");
    assert!(finding.message.contains(words), "{finding:?}");
}
