//! Any bytes are a line: classified without a panic, alike by the fast path that remembers the line before, and whatever
//! serde_json reads as a record is one, with the same stream and the same data to the last byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_protocol::line::{Classifier, is_utf8};
use longshore_protocol::{Line, RawValue, classify};
use serde::Deserialize;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    r#type: &'a RawValue,
    record: Record<'a>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    stream: &'a RawValue,
    namespace: Option<&'a RawValue>,
    data: &'a RawValue,
}

fuzz_target!(|bytes: &[u8]| {
    let mut classifier = Classifier::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let slow = classify(line, false);
        let fast = classifier.classify(line, is_utf8(line));
        assert_eq!(format!("{slow:?}"), format!("{fast:?}"));
        if let Line::Record(record) = slow {
            let _ = (record.stream().decode(), record.namespace(), record.emitted_at(), record.meta());
        }
        if let Some(expected) = record_of(line) {
            let Line::Record(record) = slow else { panic!("not a record: {slow:?}") };
            assert_eq!(record.stream().0, expected.stream.get().as_bytes());
            assert_eq!(record.data(), expected.data.get().as_bytes());
        }
    }
});

/// The record that serde_json finds in a line, if it is one that can be used.
fn record_of(line: &[u8]) -> Option<Record<'_>> {
    let Envelope { r#type, record } = serde_json::from_slice(line).ok()?;
    let is_text = |value: &RawValue| value.get().starts_with('"');
    let may_be_used =
        is_text(record.stream) && record.namespace.is_none_or(is_text) && record.data.get().starts_with('{');
    (r#type.get() == "\"RECORD\"" && may_be_used).then_some(record)
}
