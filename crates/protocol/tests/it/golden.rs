//! Reading and writing keeps every property and every digit.

use longshore_protocol::{ConfiguredCatalog, Line, Message, classify};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::path::Path;

/// The lines of `golden/<name>.jsonl`.
pub(crate) fn lines(name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("jsonl");
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

/// A message of a type that is not a record.
pub(crate) fn decode(line: &str) -> Message {
    match classify(line.as_bytes(), false) {
        Line::Message(text) => Message::decode(text).unwrap_or_else(|error| panic!("{error}: {line}")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_message_is_written_with_all_that_was_read() {
    for (name, key) in [
        ("state", "state"),
        ("log", "log"),
        ("spec", "spec"),
        ("connection_status", "connectionStatus"),
        ("catalog", "catalog"),
        ("trace", "trace"),
        ("control", "control"),
        ("destination_catalog", "destination_catalog"),
    ] {
        for line in lines(name) {
            let written = format!(r#"{{"type":"{}","{key}":{}}}"#, name.to_uppercase(), payload(&decode(&line)));
            assert_eq!(leaves(&written), leaves(&line), "{line}");
        }
    }
}

#[test]
fn a_configured_catalog_is_written_with_all_that_was_read() {
    let text = include_str!("../golden/configured_catalog.json").trim_end();
    let catalog: ConfiguredCatalog = serde_json::from_str(text).unwrap();
    assert_eq!(leaves(&serde_json::to_string(&catalog).unwrap()), leaves(text));
    assert_eq!(catalog.streams[0].generation_id, Some(i64::MAX));
    assert_eq!(catalog.streams[0].cursor().unwrap(), ["a", "b"]);
    assert!(catalog.streams[1].truncates());
}

fn payload(message: &Message) -> String {
    match message {
        Message::State(state) => serde_json::to_string(state),
        Message::Log(log) => serde_json::to_string(log),
        Message::Spec(spec) => serde_json::to_string(spec),
        Message::ConnectionStatus(status) => serde_json::to_string(status),
        Message::Catalog(catalog) => serde_json::to_string(catalog),
        Message::Trace(trace) => serde_json::to_string(trace),
        Message::Control(control) => serde_json::to_string(control),
        Message::DestinationCatalog(raw) => serde_json::to_string(raw),
        Message::Unknown(kind) => panic!("{kind} is a known type"),
    }
    .unwrap()
}

/// The path and the text of each leaf, sorted: what a message says, whatever the order of its properties.
fn leaves(text: &str) -> Vec<(String, String)> {
    fn walk(path: &str, text: &str, found: &mut Vec<(String, String)>) {
        match text.as_bytes()[0] {
            b'{' => {
                let members = serde_json::from_str::<Members<'_>>(text).unwrap().0;
                found.push((path.to_owned(), "{}".to_owned()));
                members.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value.get(), found));
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).unwrap();
                found.push((path.to_owned(), "[]".to_owned()));
                items.iter().enumerate().for_each(|(at, item)| walk(&format!("{path}[{at}]"), item.get(), found));
            }
            _ => found.push((path.to_owned(), text.to_owned())),
        }
    }
    let mut found = Vec::new();
    walk("", text, &mut found);
    found.sort();
    found
}

/// The members of an object, as they are written, repeated ones included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

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
