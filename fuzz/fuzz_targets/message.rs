//! Any text is decoded without a panic; what is decoded is the same when it is written and read again; a message into
//! which something is spliced is still JSON, and a state still says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_protocol::{Message, splice};
use serde::de::IgnoredAny;

fuzz_target!(|text: &str| {
    let Ok(message) = Message::decode(text) else { return };
    let _ = format!("{message:?}");
    if let Some(written) = write(&message) {
        let again = Message::decode(&written).expect("what was written can be read");
        assert_eq!(write(&again), Some(written));
    }
    if let Message::State(state) = &message {
        let numbered = splice::set(text, &["state", "id"], "7").expect("a decoded state is an object");
        let Ok(Message::State(numbered)) = Message::decode(&numbered) else { panic!("{numbered} cannot be read") };
        assert!(numbered.same_content(state));
    }
    for path in [&["mark"][..], &["state", "id"]] {
        if let Some(marked) = splice::set(text, path, "1") {
            serde_json::from_str::<IgnoredAny>(&marked).expect("still JSON");
        }
    }
});

fn write(message: &Message) -> Option<String> {
    let (kind, key, payload) = match message {
        Message::State(state) => ("STATE", "state", serde_json::to_string(state)),
        Message::Log(log) => ("LOG", "log", serde_json::to_string(log)),
        Message::Spec(spec) => ("SPEC", "spec", serde_json::to_string(spec)),
        Message::ConnectionStatus(status) => ("CONNECTION_STATUS", "connectionStatus", serde_json::to_string(status)),
        Message::Catalog(catalog) => ("CATALOG", "catalog", serde_json::to_string(catalog)),
        Message::Trace(trace) => ("TRACE", "trace", serde_json::to_string(trace)),
        Message::Control(control) => ("CONTROL", "control", serde_json::to_string(control)),
        Message::DestinationCatalog(raw) => ("DESTINATION_CATALOG", "destination_catalog", serde_json::to_string(raw)),
        Message::Unknown(_) => return None,
    };
    Some(format!(r#"{{"type":"{kind}","{key}":{}}}"#, payload.expect("it can be written")))
}
