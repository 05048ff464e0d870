//! `classify` never panics, finds every record that a JSON parser finds, and says the same wherever its blocks begin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_protocol::{Line, classify};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::hint::black_box;

fuzz_target!(|line: &[u8]| {
    let data = data_of(line);
    if let Some(expected) = record_data(line) {
        assert_eq!(data.as_deref(), Some(expected.as_bytes()), "a parser finds a record");
    }
    if let Some(data) = &data {
        assert_balanced(data);
    }
    // Blocks of 64 bytes begin elsewhere; nothing else changes.
    if let Some(open) = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        for shift in [1, 31, 32, 63] {
            let shifted = [&line[..=open], &vec![b' '; shift], &line[open + 1..]].concat();
            assert_eq!(data_of(&shifted), data, "shifted by {shift}");
        }
    }
});

fn data_of(line: &[u8]) -> Option<Vec<u8>> {
    match classify(line, false) {
        Line::Record(record) => {
            let names = (record.stream().decode(), record.namespace().map(|name| name.decode()));
            let fields = longshore_protocol::record::retain_fields(record.data(), |name| name.len() % 2 == 0);
            black_box((names, fields, record.emitted_at(), record.meta()));
            Some(record.data().to_vec())
        }
        Line::Broken(broken) => {
            black_box(broken.stream.map(|name| name.decode()));
            None
        }
        _ => None,
    }
}

/// The data of a line that serde_json reads as a record; what follows the first value does not count.
fn record_data(line: &[u8]) -> Option<&str> {
    std::str::from_utf8(line).ok()?;
    let envelope = serde_json::Deserializer::from_slice(line).into_iter::<Members<'_>>().next()?.ok()?;
    let kind: String = serde_json::from_str(envelope.last("type")?).ok()?;
    let record: Members<'_> = serde_json::from_str(envelope.last("record")?).ok()?;
    let stream: Option<String> = serde_json::from_str(record.last("stream")?).ok();
    let data = record.last("data")?;
    (kind == "RECORD" && stream.is_some() && data.starts_with('{')).then_some(data)
}

/// Outside strings, as many brackets close as open, and the data is an object from its first byte to its last.
fn assert_balanced(data: &[u8]) {
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
    assert_eq!((depth, in_string), (0, false));
    assert!(data.starts_with(b"{") && data.ends_with(b"}"));
}

/// The members of an object, as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn last(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }
}

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
