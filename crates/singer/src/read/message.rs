//! One line of a tap's stdout. Values stay as they were written.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The parts of any Singer message.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) stream: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) record: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) time_extracted: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) schema: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) key_properties: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) encoding: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) manifest: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// The messages of a line: nearly always one. Threads of a tap that print at once may glue two together, or set a
    /// log text before one. `None` when the line holds anything else.
    pub(super) fn all(line: &'a str) -> Option<Vec<Self>> {
        let start = line.find('{')?;
        let start = if line[..start].trim().is_empty() { start } else { line.find(r#"{"type""#)? };
        let messages = serde_json::Deserializer::from_str(&line[start..]).into_iter::<Self>();
        messages.collect::<Result<Vec<_>, _>>().ok()
    }

    /// The message of a line that holds nothing else.
    #[inline]
    pub(super) fn one(line: &'a str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// Whether a line that cannot be read was meant as a record. Then data is lost.
pub(super) fn was_a_record(line: &[u8]) -> bool {
    let holds = |text: &[u8]| memchr::memmem::find(line, text).is_some();
    holds(b"{") && holds(b"\"type\"") && holds(b"\"RECORD\"")
}

/// The stream that a broken line names, if that much can be read.
pub(super) fn stream_named(line: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(line, b"\"stream\"")? + b"\"stream\"".len();
    let rest = line[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let end = (1..rest.len()).find(|at| rest[*at] == b'"' && rest[at - 1] != b'\\')?;
    serde_json::from_slice(&rest[..=end]).ok()
}

/// The beginning of a line, for people. Records are data that belongs into no log.
pub(super) fn shown(line: &[u8]) -> String {
    const SHOWN: usize = 300;
    let text = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]);
    format!("{}{}", text.trim_end(), if line.len() > SHOWN { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_where_taps_leave_them() {
        let count = |line| Message::all(line).map(|messages| messages.len());
        assert_eq!(count(r#"{"type":"STATE","value":{}}"#), Some(1));
        assert_eq!(count(r#"{"type":"STATE","value":{}}{"type":"STATE","value":{}}"#), Some(2));
        assert_eq!(count(r#"loading {x} {"type":"STATE","value":{}}"#), Some(1));
        assert_eq!(count(r#"{"type":"RECORD","stream":"a","record":{"#), None);
        assert_eq!(count("hello"), None);
    }

    #[test]
    fn a_broken_record_still_names_its_stream() {
        let line = br#"{"type": "RECORD", "stream" : "a\"b", "record": {"x"#;
        assert!(was_a_record(line));
        assert_eq!(stream_named(line).unwrap(), "a\"b");
        assert_eq!(stream_named(br#"{"type":"RECORD","stre"#), None);
        assert!(!was_a_record(b"a RECORD of sorts"));
    }
}
