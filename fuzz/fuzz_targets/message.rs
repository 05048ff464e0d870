//! Any text is decoded without a panic, and a message into which something is spliced is still JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_protocol::{Message, splice};
use serde::de::IgnoredAny;

fuzz_target!(|text: &str| {
    let Ok(message) = Message::decode(text) else { return };
    let _ = format!("{message:?}");
    for path in [&["mark"][..], &["state", "id"]] {
        if let Some(marked) = splice::set(text, path, "1") {
            serde_json::from_str::<IgnoredAny>(&marked).expect("still JSON");
        }
    }
});
