//! What a session asks of, and writes into, the text of a line.

use longshore_protocol::line::RawText;
use longshore_protocol::{RawJson, State, StreamDescriptor, splice};

/// Where the text behind a message on its line begins; `None` when nothing but JSON's white space stands there.
#[inline]
pub(super) fn rest(message: &[u8], line: &[u8]) -> Option<usize> {
    if message.len() == line.len() {
        return None;
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let end = line.iter().take_while(|byte| is_space(byte)).count() + message.len();
    (!line[end..].iter().all(is_space)).then_some(end)
}

/// Whether a last line without newline is the beginning of an object: the source ended in the middle of a message.
pub(super) fn is_cut_off(line: &[u8]) -> bool {
    let parsed = serde_json::from_slice::<serde::de::IgnoredAny>(line);
    line.trim_ascii_start().starts_with(b"{") && parsed.is_err_and(|error| error.is_eof())
}

pub(super) fn descriptor(name: RawText<'_>, namespace: Option<RawText<'_>>) -> StreamDescriptor {
    StreamDescriptor { namespace: namespace.map(|text| text.decode().into_owned()), name: name.decode().into_owned() }
}

/// The line of a state for the destination: as the source wrote it, with the destination's name of its stream, and with a
/// number and a count where they are missing.
pub(super) fn enriched(state: &State, target: Option<&StreamDescriptor>, text: &str, id: u64, counted: u64) -> String {
    let mut line = text.to_owned();
    let mut set = |path: &[&str], value: &str| {
        if let Some(changed) = splice::set(&line, path, value) {
            line = changed;
        }
    };
    if let Some(target) = target {
        let name = serde_json::to_string(target).unwrap_or_default();
        set(&["state", "stream", "stream_descriptor"], &name);
    }
    if state.source_stats.is_none() {
        set(&["state", "sourceStats"], &format!(r#"{{"recordCount":{counted}.0}}"#));
    }
    if state.extra.get("id").is_none_or(|own| own == "null") {
        set(&["state", "id"], &id.to_string());
    }
    line
}

/// The state of a stream that was read to its end and has nothing to say about it.
pub(super) fn empty_object() -> RawJson {
    serde_json::value::to_raw_value(&serde_json::Map::new()).unwrap_or_default()
}
