//! Any bytes are a line: classified without a panic, alike by the fast path that remembers the line before and wherever
//! the blocks begin in which it is scanned, and whatever serde_json reads as a record is one, with the same stream and the
//! same data to the last byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_protocol::line::{Classifier, is_utf8};
use longshore_protocol::record::retain_fields;
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
            let _ = retain_fields(record.data(), |name| name.len() % 2 == 0);
            assert!(record.data().starts_with(b"{") && record.data().ends_with(b"}"));
            assert!(is_closed(record.data()));
        }
        for shift in [1, 31, 32, 63] {
            assert_eq!(data_of(&shifted(line, shift)), data_of(line), "shifted by {shift}");
        }
        if let Some(expected) = record_of(line) {
            let Line::Record(record) = slow else { panic!("not a record: {slow:?}") };
            assert_eq!(record.stream().0, expected.stream.get().as_bytes());
            assert_eq!(record.data(), expected.data.get().as_bytes());
        }
    }
});

fn data_of(line: &[u8]) -> Option<Vec<u8>> {
    match classify(line, false) {
        Line::Record(record) => Some(record.data().to_vec()),
        _ => None,
    }
}

/// The same message with white space after its first byte: the blocks in which it is scanned begin elsewhere.
fn shifted(line: &[u8], by: usize) -> Vec<u8> {
    let open = line.iter().position(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
    [&line[..open], &vec![b' '; by], &line[open..]].concat()
}

/// Whether, outside strings, as many brackets close as open, and no string is left open.
fn is_closed(data: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for byte in data {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !in_string
}

/// The record that serde_json finds in a line, if it is one that can be used.
fn record_of(line: &[u8]) -> Option<Record<'_>> {
    let Envelope { r#type, record } = serde_json::from_str(std::str::from_utf8(line).ok()?).ok()?;
    let is_text = |value: &RawValue| value.get().starts_with('"');
    let may_be_used =
        is_text(record.stream) && record.namespace.is_none_or(is_text) && record.data.get().starts_with('{');
    (r#type.get() == "\"RECORD\"" && may_be_used).then_some(record)
}
