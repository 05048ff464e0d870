//! Catalogs and messages that a test hands to a connector.

use serde_json::{Value, json};

/// A configured catalog of one stream in a sync mode (`full_refresh`, `incremental`), to be appended.
#[must_use]
pub fn catalog(stream: &str, sync_mode: &str) -> Value {
    catalog_of([stream], sync_mode)
}

/// A configured catalog of several streams.
#[must_use]
pub fn catalog_of<'a>(streams: impl IntoIterator<Item = &'a str>, sync_mode: &str) -> Value {
    let stream = |name: &str| {
        json!({
            "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
            "sync_mode": sync_mode,
            "destination_sync_mode": "append",
        })
    };
    json!({"streams": streams.into_iter().map(stream).collect::<Vec<_>>()})
}

/// The same catalog for a sync that writes rows of a generation. With `replaces`, older ones go when a stream is complete.
#[must_use]
pub fn generation(mut catalog: Value, generation_id: i64, replaces: bool) -> Value {
    for stream in catalog["streams"].as_array_mut().into_iter().flatten() {
        stream["generation_id"] = generation_id.into();
        stream["minimum_generation_id"] = if replaces { generation_id } else { 0 }.into();
        stream["sync_id"] = generation_id.into();
        stream["destination_sync_mode"] = if replaces { "overwrite" } else { "append" }.into();
    }
    catalog
}

/// A RECORD message.
#[must_use]
pub fn record(stream: &str, data: &Value) -> Value {
    json!({"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 1_700_000_000_000_i64}})
}

/// A STATE message of one stream.
#[must_use]
pub fn state(stream: &str, state: &Value) -> Value {
    json!({"type": "STATE", "state": {
        "type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state},
    }})
}

/// The message that a stream is complete.
#[must_use]
pub fn complete(stream: &str) -> Value {
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1_700_000_000_000_i64,
        "stream_status": {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}}})
}
