//! Short forms of the messages that scripted sources print, and the catalog of their one stream.

use crate::place::Place;

/// A record of stream `users`.
pub(crate) fn record(id: u64) -> String {
    record_of("users", id)
}

/// A record of any stream.
pub(crate) fn record_of(stream: &str, id: u64) -> String {
    format!(r#"{{"type":"RECORD","record":{{"stream":"{stream}","data":{{"id":{id}}},"emitted_at":1}}}}"#)
}

/// A state of stream `users`.
pub(crate) fn state(cursor: u64) -> String {
    format!(
        r#"{{"type":"STATE","state":{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"users"}},"stream_state":{{"cursor":{cursor}}}}}}}}}"#
    )
}

/// A status of stream `users`.
pub(crate) fn status(word: &str) -> String {
    format!(
        r#"{{"type":"TRACE","trace":{{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{{"stream_descriptor":{{"name":"users"}},"status":"{word}"}}}}}}"#
    )
}

/// The status COMPLETE of stream `users`.
pub(crate) fn complete() -> String {
    status("COMPLETE")
}

/// Three records, a state after each, and COMPLETE.
pub(crate) fn three_records() -> Vec<String> {
    let pairs = (1..=3).flat_map(|number| [record(number), state(number)]);
    pairs.chain([complete()]).collect()
}

/// A configured catalog of stream `users`, incremental and appending.
pub(crate) fn catalog(place: &Place) -> String {
    configured(place, "incremental")
}

/// The same in another sync mode.
pub(crate) fn configured(place: &Place, sync_mode: &str) -> String {
    let stream = r#""name":"users","json_schema":{"properties":{"id":{"type":"integer"}}},"supported_sync_modes":["full_refresh","incremental"],"source_defined_cursor":true,"is_resumable":true"#;
    let text = format!(
        r#"{{"streams":[{{"stream":{{{stream}}},"sync_mode":"{sync_mode}","destination_sync_mode":"append","cursor_field":["id"]}}]}}"#
    );
    place.file("catalog.json", text)
}
