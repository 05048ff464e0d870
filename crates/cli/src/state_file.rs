//! The file after `--state`: a JSON array of state messages, replaced as a whole at each checkpoint.
//!
//! It is what connectors accept after their `--state`. While a sync is unfinished, Longshore adds one property of its own
//! to some states: `"longshore":{"generation_id":N}` to those of a full refresh, so that the next sync goes on with the
//! same generation, and `"longshore":{"complete":true}` to those of streams that need not be read again. A sync that
//! succeeds leaves no mark. See docs/adr/0004-state-file.md.

use crate::failure::{Result, environment, usage};
use longshore_engine::{Checkpoint, CheckpointStore};
use longshore_protocol::{FailureReason, RawJson, State, StateKind, StreamDescriptor};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The states of one state file, or of a sync without one.
pub(crate) struct StateFile {
    path: Option<PathBuf>,
    states: Vec<State>,
    /// What this sync has to mark.
    marks: HashMap<StreamDescriptor, Mark>,
}

/// What an unfinished sync leaves at the state of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The generation of the full refresh that the state belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) generation_id: Option<i64>,
    /// All of the stream is acknowledged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) complete: bool,
}

const MARK: &str = "longshore";

impl StateFile {
    /// Reads the file; one that does not exist holds no state. It is written once at the start, so that a place that
    /// cannot be written fails before anything moves.
    ///
    /// # Errors
    /// When it cannot be read or written, or does not hold states.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self> {
        let mut file = Self { path: path.map(Path::to_owned), states: Vec::new(), marks: HashMap::new() };
        let Some(path) = path else { return Ok(file) };
        match read_regular(path) {
            Ok(text) => file.states = parse(&text).map_err(|problem| not_states(path, &problem))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(usage("state.unreadable", format!("cannot read {}: {error}", path.display()))),
        }
        file.save()?;
        Ok(file)
    }

    /// What an unfinished sync left at the state of a stream.
    pub(crate) fn unfinished(&self, stream: &StreamDescriptor) -> Mark {
        let state = self.states.iter().find(|state| state.descriptor() == Some(stream));
        state.and_then(|state| serde_json::from_str(state.extra.get(MARK)?).ok()).unwrap_or_default()
    }

    /// Says with what the states of a stream are marked from now on.
    pub(crate) fn mark(&mut self, stream: StreamDescriptor, mark: Mark) {
        self.marks.insert(stream, mark);
    }

    /// The text of the state file that a source starts from: without the states of the streams that start over.
    /// `None` when there is no state: then the source gets no `--state` at all.
    pub(crate) fn for_source(&self, starts_over: impl Fn(&StreamDescriptor) -> bool) -> Option<String> {
        let kept = |state: &State| match state.kind() {
            StateKind::Stream => state.descriptor().is_some_and(|stream| !starts_over(stream)).then(|| state.stored()),
            StateKind::Global => {
                let mut state = state.stored();
                state.global.as_mut()?.stream_states.retain(|stream| !starts_over(&stream.stream_descriptor));
                Some(state)
            }
            StateKind::Legacy => Some(state.stored()),
        };
        let states: Vec<State> = self.states.iter().filter_map(kept).collect();
        match states.as_slice() {
            [] => None,
            [legacy] if legacy.kind() == StateKind::Legacy => legacy.data.as_ref().map(|data| data.get().to_owned()),
            states => serde_json::to_string(states).ok(),
        }
    }

    /// The sync has succeeded: the next one is a new one. What says so is written, and is to be put in its place as the
    /// very last thing: whoever is killed before that has not ended, and goes on with what is left, which is nothing.
    pub(crate) fn finish(&mut self) -> Result<Option<Replacement>> {
        if self.unmark(|_| true) { self.replacement() } else { Ok(None) }
    }

    /// The source itself failed, and may do so for days: the streams that it did read must not stand still meanwhile, so
    /// the next sync reads them as a new one would.
    pub(crate) fn forget_completions(&mut self) -> Result<()> {
        if self.unmark(|mark| mark.complete) { self.save() } else { Ok(()) }
    }

    /// Takes marks off; says whether that changes the file.
    fn unmark(&mut self, which: impl Fn(&Mark) -> bool) -> bool {
        let mut changed = false;
        for (stream, mark) in &mut self.marks {
            if which(mark) {
                *mark = Mark::default();
                changed |= self.states.iter().any(|s| s.descriptor() == Some(stream) && s.extra.get(MARK).is_some());
            }
        }
        self.states = self.states.iter().map(|state| self.marked(state)).collect();
        changed
    }

    /// The state with the mark of its stream; streams that are not in this sync keep theirs.
    fn marked(&self, state: &State) -> State {
        let Some(mark) = state.descriptor().and_then(|stream| self.marks.get(stream)) else { return state.clone() };
        let mut state = state.stored();
        if *mark != Mark::default()
            && let Ok(raw) = serde_json::value::to_raw_value(mark)
        {
            state.extra.0.push((MARK.to_owned(), raw));
        }
        state
    }

    fn merge(&mut self, state: State) {
        match state.kind() {
            StateKind::Stream => {
                self.states.retain(|old| old.kind() == StateKind::Stream && old.descriptor() != state.descriptor());
            }
            StateKind::Global | StateKind::Legacy => self.states.clear(),
        }
        self.states.push(state);
    }

    /// Writes a new file beside the old one and puts it in its place: at any time the file is whole.
    fn save(&self) -> Result<()> {
        let Some(replacement) = self.replacement()? else { return Ok(()) };
        let target = replacement.target.clone();
        replacement.put()?;
        let synced = std::fs::File::open(folder_of(&target)).and_then(|folder| folder.sync_all());
        synced.map_err(|error| unwritable(&target, &error))
    }

    /// Writes the new file, durably, beside the old one.
    fn replacement(&self) -> Result<Option<Replacement>> {
        let Some(path) = &self.path else { return Ok(None) };
        let failed = |error| unwritable(path, &error);
        let target = path.canonicalize().unwrap_or_else(|_| path.clone()); // a link stays a link
        let folder = folder_of(&target);
        // An error of making it would name the new file, which nobody typed.
        let made = tempfile::Builder::new().prefix(".longshore-state-").tempfile_in(folder);
        let mut file = made.map_err(|error| failed(error.kind().into()))?;
        if let Ok(old) = std::fs::metadata(&target) {
            if !old.is_file() {
                return Err(failed(std::io::Error::other("it is not a regular file")));
            }
            file.as_file().set_permissions(old.permissions()).map_err(failed)?;
        }
        let text = self.text().map_err(|error| failed(error.into()))?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        Ok(Some(Replacement { file, target }))
    }

    /// One state a line.
    fn text(&self) -> serde_json::Result<String> {
        let lines: Vec<String> = self.states.iter().map(serde_json::to_string).collect::<serde_json::Result<_>>()?;
        Ok(if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) })
    }
}

/// A new state file, written and not yet in its place.
pub(crate) struct Replacement {
    file: tempfile::NamedTempFile,
    target: PathBuf,
}

impl Replacement {
    /// Puts it there, at once; a power cut may bring the old one back.
    pub(crate) fn put(self) -> Result<()> {
        self.file.persist(&self.target).map(drop).map_err(|error| unwritable(&self.target, &error.error))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: &std::io::Error) -> FailureReason {
    let shown = path.display();
    let kept = "nothing is lost, the last state that was written is kept";
    environment("state.unwritable", format!("cannot write the state to {shown}: {error}; {kept}"))
}

impl CheckpointStore for StateFile {
    fn commit(&mut self, checkpoint: &Checkpoint) -> std::result::Result<(), FailureReason> {
        for stream in &checkpoint.complete {
            self.marks.entry(stream.clone()).or_default().complete = true;
        }
        checkpoint.states.iter().for_each(|state| self.merge(state.stored()));
        self.states = self.states.iter().map(|state| self.marked(state)).collect();
        self.save()
    }
}

/// The text of a file. What is no file, such as a device, may have no end.
fn read_regular(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    std::fs::read_to_string(path)
}

/// An array of states (or of whole STATE messages), or one object from before states had types.
fn parse(text: &str) -> std::result::Result<Vec<State>, String> {
    #[derive(Deserialize)]
    struct Message {
        state: State,
    }
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    if text.trim_start().starts_with('{') {
        let data: RawJson = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut legacy = State::of_stream(StreamDescriptor::default(), None);
        (legacy.wire_kind, legacy.stream, legacy.data) = (Some(StateKind::Legacy), None, Some(data));
        return Ok(vec![legacy]);
    }
    let items: Vec<RawJson> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let one = |item: &RawJson| {
        let state = serde_json::from_str::<Message>(item.get())
            .map(|message| message.state)
            .or_else(|_| serde_json::from_str::<State>(item.get()))
            .map_err(|error| error.to_string())?;
        if state.is_valid() { Ok(state) } else { Err("an entry is not a state".to_owned()) }
    };
    items.iter().map(one).collect()
}

fn not_states(path: &Path, problem: &str) -> FailureReason {
    let message = format!("{} does not hold an array of states: {problem}; remove it to start over", path.display());
    usage("state.not_states", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(stream: &str, cursor: u64) -> Checkpoint {
        let raw = serde_json::value::to_raw_value(&serde_json::json!({ "c": cursor })).unwrap();
        let states = vec![State::of_stream(StreamDescriptor::named(stream), Some(raw))];
        Checkpoint { states, ..Checkpoint::default() }
    }

    #[test]
    fn marks_stay_until_the_sync_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let users = StreamDescriptor::named("users");
        let refresh = Mark { generation_id: Some(7), complete: false };
        let mut file = StateFile::open(Some(&path)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[]\n");
        file.mark(users.clone(), refresh);
        file.commit(&checkpoint("users", 1)).unwrap();
        file.commit(&checkpoint("orders", 5)).unwrap();
        assert_eq!(StateFile::open(Some(&path)).unwrap().unfinished(&users), refresh);
        file.commit(&Checkpoint { complete: vec![users.clone()], ..Checkpoint::default() }).unwrap();

        let mut again = StateFile::open(Some(&path)).unwrap();
        assert_eq!(again.unfinished(&users), Mark { complete: true, ..refresh });
        assert_eq!(again.unfinished(&StreamDescriptor::named("orders")), Mark::default());
        let source = again.for_source(|stream| stream.name == "orders").unwrap();
        assert_eq!(
            source,
            r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},"stream_state":{"c":1}}}]"#
        );
        assert_eq!(again.for_source(|_| true), None);
        again.mark(users.clone(), Mark { complete: true, ..refresh });
        again.forget_completions().unwrap();
        assert_eq!(StateFile::open(Some(&path)).unwrap().unfinished(&users), Mark::default());
        again.mark(users.clone(), refresh);
        again.commit(&checkpoint("users", 2)).unwrap();
        again.forget_completions().unwrap();
        assert_eq!(StateFile::open(Some(&path)).unwrap().unfinished(&users), refresh);
        again.finish().unwrap().unwrap().put().unwrap();
        assert_eq!(StateFile::open(Some(&path)).unwrap().unfinished(&users), Mark::default());
    }

    #[test]
    fn a_bare_object_is_a_legacy_state_and_goes_to_the_source_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        std::fs::write(&path, r#"{"cursor": 1e400}"#).unwrap();
        let file = StateFile::open(Some(&path)).unwrap();
        assert_eq!(file.for_source(|_| false).unwrap(), r#"{"cursor": 1e400}"#);
    }

    #[test]
    fn what_is_not_a_state_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        for text in ["nonsense", r#"[{"type":"STREAM"}]"#, "[1]"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(StateFile::open(Some(&path)).err().unwrap().code, "state.not_states", "{text}");
        }
    }
}
