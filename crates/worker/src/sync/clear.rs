//! The source of a clear: it has no records. It says of each stream that it has begun, that it has no state any more, and
//! that it is complete, so that the destination removes what an earlier generation wrote.

use longshore_protocol::message::{state_line, stream_status_line};
use longshore_protocol::{State, StateKind, StreamDescriptor, StreamStatus};

/// Everything that it says. `kept` are the states of the connection that stay, as a source would get them.
pub(super) fn lines(cleared: &[StreamDescriptor], kept: Option<&str>, now_ms: i64) -> Vec<u8> {
    let global = kept.and_then(|text| global_of(text, cleared));
    let mut lines = Vec::new();
    let mut say = |line: String| {
        lines.extend(line.into_bytes());
        lines.push(b'\n');
    };
    for stream in cleared {
        say(stream_status_line(stream, StreamStatus::Started, now_ms));
        if global.is_none() {
            say(line_of(&State::of_stream(stream.clone(), None)));
        }
    }
    if let Some(state) = &global {
        say(line_of(state));
    }
    for stream in cleared {
        say(stream_status_line(stream, StreamStatus::Complete, now_ms));
    }
    lines
}

fn line_of(state: &State) -> String {
    state_line(&serde_json::to_string(state).unwrap_or_default())
}

/// A state of all streams together: what is left of it, and nothing for the streams that are cleared.
fn global_of(text: &str, cleared: &[StreamDescriptor]) -> Option<State> {
    let states: Vec<State> = serde_json::from_str(text).ok()?;
    let mut state = states.into_iter().find(|state| state.kind() == StateKind::Global)?.stored();
    let global = state.global.as_mut()?;
    global.stream_states.retain(|stream| !cleared.contains(&stream.stream_descriptor));
    let nothing = |stream: &StreamDescriptor| State::of_stream(stream.clone(), None).stream;
    global.stream_states.extend(cleared.iter().filter_map(nothing));
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::lines;
    use longshore_protocol::StreamDescriptor;
    use serde_json::{Value, json};

    fn said(kept: Option<&str>) -> Vec<Value> {
        let cleared = [StreamDescriptor::named("a"), StreamDescriptor::named("b")];
        let text = String::from_utf8(lines(&cleared, kept, 5)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn each_stream_begins_loses_its_state_and_is_complete() {
        let said = said(None);
        let kinds: Vec<_> = said.iter().map(|message| message["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["TRACE", "STATE", "TRACE", "STATE", "TRACE", "TRACE"]);
        assert_eq!(said[1]["state"], json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": "a"}}}));
        assert_eq!(said[4]["trace"]["stream_status"]["status"], "COMPLETE");
    }

    #[test]
    fn a_state_of_all_streams_keeps_what_is_not_cleared() {
        let kept = r#"[{"type":"GLOBAL","global":{"shared_state":{"lsn":17},"stream_states":[
            {"stream_descriptor":{"name":"c"},"stream_state":{"x":1}}]}}]"#;
        let said = said(Some(kept));
        let states: Vec<_> = said.iter().filter(|message| message["type"] == "STATE").collect();
        let [state] = states.as_slice() else { panic!("one state for all, not {}", states.len()) };
        let names: Vec<_> = state["state"]["global"]["stream_states"].as_array().unwrap().iter().collect();
        assert_eq!(names[0]["stream_state"], json!({"x": 1}));
        assert_eq!([&names[1]["stream_descriptor"]["name"], &names[2]["stream_descriptor"]["name"]], ["a", "b"]);
        assert_eq!(names[1].get("stream_state"), None);
    }
}
