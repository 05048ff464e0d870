//! A tap's state as a state of the protocol, and back.
//!
//! A Singer STATE covers every record before it, of all streams. So it becomes a GLOBAL state: what stands under
//! `bookmarks.<stream>` is that stream's, all else is shared. In the shared part a placeholder keeps the place of each
//! bookmark, so that what the tap gets back is what it wrote, in its order, with its numbers.

use super::chosen::Chosen;
use crate::Failure;
use crate::entry::Entry;
use crate::json::{RawObject, object};
use crate::output::Output;
use longshore_protocol::{State, StateKind};
use serde_json::{Value, json};

/// Stands for a bookmark that is an object, and is the stream's state.
const OBJECT: &str = r#"{"longshore":"stream_state"}"#;
/// Stands for any other bookmark: a stream's state must be an object, so it is the member `bookmark` of one.
const OTHER: &str = r#"{"longshore":"stream_state.bookmark"}"#;

/// The line of a GLOBAL state. `refreshing`: the full refreshes that this state leaves unfinished.
pub(super) fn line(value: Option<&str>, chosen: &[&Chosen], refreshing: bool, records: u64) -> String {
    let (value, states) = value.map_or((None, Vec::new()), |value| split(value, chosen));
    let unfinished = chosen.iter().filter(|stream| refreshing && stream.full_refresh);
    let unfinished = object(unfinished.map(|stream| (&stream.id, json!(stream.generation).to_string())));
    let mut shared = Vec::new();
    if let Some(value) = value {
        shared.push(("singer", value));
    }
    if unfinished != "{}" {
        shared.push(("refreshing", unfinished));
    }
    let states: Vec<String> = states
        .into_iter()
        .map(|(at, state)| {
            format!(r#"{{"stream_descriptor":{},"stream_state":{state}}}"#, json!(chosen[at].descriptor))
        })
        .collect();
    format!(
        r#"{{"type":"STATE","state":{{"type":"GLOBAL","global":{{"shared_state":{},"stream_states":[{}]}},"sourceStats":{{"recordCount":{records}.0}}}}}}"#,
        object(shared),
        states.join(",")
    )
}

/// The value with placeholders for the bookmarks of the chosen streams, and these bookmarks.
fn split(value: &str, chosen: &[&Chosen]) -> (Option<String>, Vec<(usize, String)>) {
    let mut states = Vec::new();
    let members = RawObject::parse(value);
    let Some((members, bookmarks)) = members.and_then(|m| {
        let bookmarks = RawObject::parse(m.get("bookmarks")?.get())?;
        Some((m, bookmarks))
    }) else {
        return (Some(value.to_owned()), states);
    };
    let kept = object(bookmarks.0.iter().map(|(id, bookmark)| {
        let Some(at) = chosen.iter().position(|stream| stream.id == *id) else {
            return (id, bookmark.get().to_owned());
        };
        if bookmark.get().starts_with('{') {
            states.push((at, bookmark.get().to_owned()));
            (id, OBJECT.to_owned())
        } else {
            states.push((at, object([("bookmark", bookmark.get())])));
            (id, OTHER.to_owned())
        }
    }));
    let text = |name: &str, raw: &str| if name == "bookmarks" { kept.clone() } else { raw.to_owned() };
    (Some(object(members.0.iter().map(|(name, raw)| (name, text(name, raw.get()))))), states)
}

/// What the file of `--state` holds.
#[derive(Default)]
struct Stored {
    /// The tap's state, with placeholders.
    value: Option<String>,
    /// The streams' states, by the streams' names.
    streams: Vec<(String, String)>,
    /// The ids and generations of the full refreshes that were left unfinished.
    refreshing: Option<String>,
}

/// The tap's state for this run; nothing when the tap is to begin anew.
///
/// # Errors
/// When the file holds no states.
pub(super) fn restore(
    text: &str,
    chosen: &[Chosen],
    entries: &[Entry],
    output: &Output,
) -> Result<Option<String>, Failure> {
    let stored = stored(text)?;
    let Some(value) = &stored.value else { return Ok(None) };
    let Some(members) = RawObject::parse(value) else { return Ok(Some(value.clone())) };
    let starts_over =
        |id: &str| chosen.iter().any(|stream| stream.id == id && stream.full_refresh && !stored.resumes(stream));
    let Some(bookmarks) = members.get("bookmarks").and_then(|raw| RawObject::parse(raw.get())) else {
        return Ok(without_bookmarks(value, chosen, starts_over, output));
    };
    let name_of = |id: &str| {
        let chosen = chosen.iter().find(|stream| stream.id == id).map(|stream| stream.descriptor.name.clone());
        let known = || entries.iter().find(|entry| entry.id() == id).map(|entry| entry.name.clone());
        chosen.or_else(known).unwrap_or_else(|| id.to_owned())
    };
    let mut kept: Vec<(String, String)> = Vec::new();
    for (id, raw) in bookmarks.0.iter().filter(|(id, _)| !starts_over(id)) {
        let bookmark = match placeholder(raw.get()).as_deref() {
            Some("stream_state") => stored.of(&name_of(id)),
            Some("stream_state.bookmark") => stored.of(&name_of(id)).and_then(|state| inner_bookmark(&state)),
            _ => Some(raw.get().to_owned()),
        };
        kept.extend(bookmark.map(|bookmark| (id.to_string(), bookmark)));
    }
    // A person may have written a state of a stream that the tap had none for.
    for stream in chosen.iter().filter(|stream| !starts_over(&stream.id)) {
        if !bookmarks.0.iter().any(|(id, _)| *id == stream.id) {
            kept.extend(stored.of(&stream.descriptor.name).map(|state| (stream.id.clone(), state)));
        }
    }
    let nothing =
        kept.is_empty() && members.0.iter().all(|(name, _)| name == "bookmarks" || name == "currently_syncing");
    let text = |name: &str, raw: &str| if name == "bookmarks" { object(kept.clone()) } else { raw.to_owned() };
    Ok((!nothing).then(|| object(members.0.iter().map(|(name, raw)| (name, text(name, raw.get()))))))
}

/// A state without bookmarks is that of all streams at once: it can be handed over or not, but not in part.
fn without_bookmarks(
    value: &str,
    chosen: &[Chosen],
    starts_over: impl Fn(&str) -> bool,
    output: &Output,
) -> Option<String> {
    let over: Vec<&Chosen> = chosen.iter().filter(|stream| starts_over(&stream.id)).collect();
    if over.len() == chosen.len() || value == "{}" {
        return None;
    }
    if let Some(stream) = over.first() {
        output.warn(&format!(
            "the tap keeps one state for all streams, so it is handed over also for stream {}, which is to be read from \
             its beginning; sync that stream apart from the others",
            stream.descriptor
        ));
    }
    Some(value.to_owned())
}

/// What a placeholder says, however a platform has spaced it.
fn placeholder(raw: &str) -> Option<String> {
    let members = RawObject::parse(raw).filter(|members| members.0.len() == 1)?;
    serde_json::from_str(members.get("longshore")?.get()).ok()
}

fn inner_bookmark(state: &str) -> Option<String> {
    RawObject::parse(state)?.get("bookmark").map(|raw| raw.get().to_owned())
}

impl Stored {
    fn of(&self, name: &str) -> Option<String> {
        self.streams.iter().find(|(known, _)| known == name).map(|(_, state)| state.clone())
    }

    /// Whether this run goes on with a refresh that was interrupted: the same one, as far as anybody says.
    fn resumes(&self, stream: &Chosen) -> bool {
        let refreshing = self.refreshing.as_deref().and_then(RawObject::parse);
        let generation = refreshing.and_then(|ids| ids.get(&stream.id).map(|raw| raw.get().to_owned()));
        generation.is_some_and(|text| serde_json::from_str(&text).ok() == Some(json!(stream.generation)))
    }
}

/// Reads an array of states, or the state of a wrapper from before states had types: the tap's own.
fn stored(text: &str) -> Result<Stored, Failure> {
    let wrong = |error: String| Failure::config(format!("the state cannot be used: {error}"));
    if !text.trim_start().starts_with('[') {
        return RawObject::parse(text)
            .map(|_| Stored { value: Some(text.trim().to_owned()), ..Stored::default() })
            .ok_or_else(|| wrong("it is neither an array of states nor an object".to_owned()));
    }
    let states: Vec<State> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let mut stored = Stored::default();
    for state in states {
        match (state.kind(), state.global, state.stream, state.data) {
            (StateKind::Global, Some(global), ..) => {
                let shared = global.shared_state.as_ref().and_then(|raw| RawObject::parse(raw.get()));
                let part = |name| shared.as_ref().and_then(|shared| shared.get(name)).map(|raw| raw.get().to_owned());
                (stored.value, stored.refreshing) = (part("singer"), part("refreshing"));
                let streams = global.stream_states.into_iter();
                stored.streams = streams
                    .filter_map(|s| Some((s.stream_descriptor.name, s.stream_state?.get().to_owned())))
                    .collect();
            }
            (StateKind::Stream, _, Some(stream), _) => {
                let state = stream.stream_state.map(|state| (stream.stream_descriptor.name, state.get().to_owned()));
                stored.streams.extend(state);
            }
            (StateKind::Legacy, _, _, Some(data)) => stored.value = Some(data.get().to_owned()),
            _ => {}
        }
    }
    if stored.value.is_none() && !stored.streams.is_empty() {
        stored.value = Some(r#"{"bookmarks":{}}"#.to_owned());
    }
    Ok(stored)
}

/// Whether the bookmark of a stream that was handed over to the tap is of another version than this one. A stream without
/// a version has not been read before, or its tap keeps none.
pub(super) fn is_of_another_version(state: &str, id: &str, version: &str) -> bool {
    let state: Value = serde_json::from_str(state).unwrap_or_default();
    let known = &state["bookmarks"][id]["version"];
    !known.is_null() && known.to_string().trim_matches('"') != version.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_protocol::StreamDescriptor;

    fn stream(name: &str, full_refresh: bool) -> Chosen {
        Chosen {
            descriptor: StreamDescriptor::named(name),
            id: format!("id-{name}"),
            names: Vec::new(),
            full_refresh,
            generation: Some(3),
            cursor: None,
            key: Vec::new(),
            dedup: false,
            schema: Value::Null,
            discovered: Value::Null,
        }
    }

    /// The file of `--state` after this value, with what a platform keeps of it.
    fn file(value: &str, chosen: &[Chosen], refreshing: bool) -> String {
        let line = line(Some(value), &chosen.iter().collect::<Vec<_>>(), refreshing, 7);
        let state = RawObject::parse(&line).unwrap().get("state").unwrap().get().to_owned();
        let state: State = serde_json::from_str(&state).unwrap();
        assert_eq!(state.source_stats.as_ref().unwrap().record_count, Some(7.0));
        serde_json::to_string(&[state.stored()]).unwrap()
    }

    fn back(value: &str, chosen: &[Chosen]) -> Option<String> {
        restore(&file(value, chosen, true), chosen, &[], &Output::default()).unwrap()
    }

    #[test]
    fn only_a_stream_that_had_a_version_starts_over() {
        let state = r#"{"bookmarks":{"new":{"method":"INCREMENTAL"},"old":{"version":5}}}"#;
        for (id, version, over) in [("new", "5", false), ("old", "5", false), ("old", "6", true), ("other", "6", false)]
        {
            assert_eq!(is_of_another_version(state, id, version), over, "{id} {version}");
        }
    }

    #[test]
    fn what_comes_back_is_what_the_tap_wrote() {
        let chosen = [stream("a", false), stream("b", false)];
        for value in [
            r#"{"z":1.10,"bookmarks":{"id-b":{"at":1e400,"x":{}},"other":{"k":[1]},"id-a":"2020-01-01"},"currently_syncing":"id-a"}"#,
            r#"{"bookmarks":{"id-a":null,"id-b":{}}}"#,
            r#"{"start_date":"2020-01-01","n":12345678901234567890}"#,
            r#"{"bookmarks":[1],"x":2}"#,
            r#"["odd"]"#,
        ] {
            assert_eq!(back(value, &chosen).as_deref(), Some(value));
        }
    }

    #[test]
    fn each_stream_has_its_own_part() {
        let chosen = [stream("a", false), stream("b", false)];
        let file = file(r#"{"bookmarks":{"id-a":{"at":1},"id-b":{"at":2}}}"#, &chosen, false);
        let cleared = file.replace(r#"{"stream_descriptor":{"name":"a"},"stream_state":{"at":1}},"#, "");
        assert_ne!(file, cleared);
        let restored = restore(&cleared, &chosen, &[], &Output::default()).unwrap();
        assert_eq!(restored.as_deref(), Some(r#"{"bookmarks":{"id-b":{"at":2}}}"#));
    }

    #[test]
    fn a_full_refresh_gets_its_bookmark_only_to_go_on() {
        let value = r#"{"bookmarks":{"id-a":{"at":1},"id-b":{"at":2}}}"#;
        let chosen = [stream("a", true), stream("b", false)];
        assert_eq!(back(value, &chosen).as_deref(), Some(value));
        let finished = file(value, &chosen, false);
        let restored = restore(&finished, &chosen, &[], &Output::default()).unwrap();
        assert_eq!(restored.as_deref(), Some(r#"{"bookmarks":{"id-b":{"at":2}}}"#));
        let next = [Chosen { generation: Some(4), ..stream("a", true) }];
        assert_eq!(
            restore(&file(value, &chosen[..1], true), &next, &[], &Output::default()).unwrap(),
            Some(r#"{"bookmarks":{"id-b":{"at":2}}}"#.to_owned())
        );
        let alone = [stream("a", true)];
        let ended = file(r#"{"bookmarks":{"id-a":{"at":1}},"currently_syncing":null}"#, &alone, false);
        assert_eq!(restore(&ended, &alone, &[], &Output::default()).unwrap(), None);
    }

    #[test]
    fn states_of_other_kinds_are_taken_too() {
        let chosen = [stream("a", false)];
        let restored = |text: &str| restore(text, &chosen, &[], &Output::default()).unwrap();
        let singer = r#"{"bookmarks":{"id-a":{"at":1}}}"#;
        assert_eq!(restored(singer).as_deref(), Some(singer));
        assert_eq!(restored(&format!(r#"[{{"type":"LEGACY","data":{singer}}}]"#)).as_deref(), Some(singer));
        let typed = r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"at":1}}}]"#;
        assert_eq!(restored(typed).as_deref(), Some(singer));
        assert_eq!(restored("[]"), None);
        assert!(restore("7", &chosen, &[], &Output::default()).is_err());
    }
}
