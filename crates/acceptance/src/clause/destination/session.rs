//! Writing to a destination and reading back: a script of lines, as a platform would send them.
//!
//! A [`Script`] is a catalog of [`Target`] streams and the lines of input. It numbers states and counts records,
//! as a platform does. [`Bench::write`] sends it to its end; [`Bench::begin_write`] hands out the running connector.

mod echoes;

pub(crate) use echoes::{Echo, echoes, same};

use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::messages;
use crate::reader::Row;
use crate::take::{Recorder, Take};
use longshore_protocol::object::Extra;
use longshore_protocol::{
    ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, Stream, StreamDescriptor, SyncMode,
};
use longshore_runner::Verb;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

/// A stream to write, and how.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) stream: StreamDescriptor,
    pub(crate) json_schema: Value,
    pub(crate) mode: DestinationSyncMode,
    /// Paths.
    pub(crate) primary_key: Vec<Vec<String>>,
    /// A path; empty for none.
    pub(crate) cursor: Vec<String>,
    pub(crate) generation: i64,
    /// 0, or the generation itself: then older rows are gone once the stream is complete.
    pub(crate) minimum_generation: i64,
    pub(crate) sync_id: i64,
}

impl Target {
    /// Rows are added.
    pub(crate) fn append(stream: StreamDescriptor, json_schema: Value) -> Self {
        Self {
            stream,
            json_schema,
            mode: DestinationSyncMode::Append,
            primary_key: Vec::new(),
            cursor: Vec::new(),
            generation: 1,
            minimum_generation: 0,
            sync_id: 1,
        }
    }

    /// Rows replace those of older generations once the stream is complete.
    pub(crate) fn overwrite(stream: StreamDescriptor, json_schema: Value, generation: i64) -> Self {
        Self { mode: DestinationSyncMode::Overwrite, ..Self::append(stream, json_schema) }.truncating(generation)
    }

    /// Rows are added, and the newest of each key is kept. `cursor` may be empty.
    pub(crate) fn dedup(stream: StreamDescriptor, json_schema: Value, primary_key: &[&str], cursor: &str) -> Self {
        Self {
            mode: DestinationSyncMode::AppendDedup,
            primary_key: primary_key.iter().map(|name| vec![(*name).to_owned()]).collect(),
            cursor: Some(cursor).filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect(),
            ..Self::append(stream, json_schema)
        }
    }

    /// The same, in a generation that keeps the rows of older ones.
    pub(crate) fn generation(self, generation: i64) -> Self {
        Self { generation, minimum_generation: 0, sync_id: generation, ..self }
    }

    /// The same, in a generation that replaces older ones.
    pub(crate) fn truncating(self, generation: i64) -> Self {
        Self { generation, minimum_generation: generation, sync_id: generation, ..self }
    }

    /// The same, in another sync.
    pub(crate) fn sync(self, sync_id: i64) -> Self {
        Self { sync_id, ..self }
    }

    fn configured(&self) -> ConfiguredStream {
        let path = |path: &Vec<String>| (!path.is_empty()).then(|| path.clone());
        let stream = Stream {
            name: self.stream.name.clone(),
            json_schema: to_raw_value(&self.json_schema).unwrap_or_default(),
            supported_sync_modes: vec![SyncMode::FullRefresh, SyncMode::Incremental],
            source_defined_cursor: None,
            default_cursor_field: None,
            source_defined_primary_key: None,
            namespace: self.stream.namespace.clone(),
            is_resumable: None,
            is_file_based: None,
            extra: Extra::default(),
        };
        ConfiguredStream {
            stream,
            sync_mode: match self.mode {
                DestinationSyncMode::Overwrite => SyncMode::FullRefresh,
                _ => SyncMode::Incremental,
            },
            cursor_field: path(&self.cursor),
            destination_sync_mode: self.mode,
            primary_key: (!self.primary_key.is_empty()).then(|| self.primary_key.clone()),
            generation_id: Some(self.generation),
            minimum_generation_id: Some(self.minimum_generation),
            sync_id: Some(self.sync_id),
            destination_object_name: None,
            include_files: None,
            extra: Extra::default(),
        }
    }
}

/// What a destination is told in one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) targets: Vec<Target>,
    pub(crate) lines: Vec<String>,
    /// The states among the lines.
    pub(crate) states: Vec<SentState>,
    /// Records of each target.
    pub(crate) sent: Vec<u64>,
    /// Records of each target that some state covers; none before its first state.
    covered: Vec<Option<u64>>,
    /// The targets that get no state at the end.
    pub(crate) silent_at_end: Vec<bool>,
}

/// A script that was sent, and how it went.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) script: Script,
    pub(crate) take: Rc<Take>,
}

/// A state that was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentState {
    /// The object under `state`.
    pub(crate) state: Value,
    /// How many records it covers that no state before covered.
    pub(crate) records: u64,
    /// The targets that it is about, each with the count of its records from the first on that the state covers.
    pub(crate) covers: Vec<(usize, u64)>,
}

impl Script {
    /// No line yet.
    pub(crate) fn new(targets: Vec<Target>) -> Self {
        let count = targets.len();
        Self { targets, sent: vec![0; count], covered: vec![None; count], ..Self::default() }
    }

    /// The same, whose records are counted from behind this number on.
    pub(crate) fn behind(mut self, number: u64) -> Self {
        self.sent.iter_mut().for_each(|sent| *sent = number);
        self.covered.iter_mut().for_each(|covered| *covered = Some(number));
        self
    }

    /// The stream of a target.
    pub(crate) fn stream(&self, target: usize) -> &StreamDescriptor {
        &self.targets[target].stream
    }

    /// A record of the target with that number. Its data is written as it stands: numbers of any length.
    pub(crate) fn record_text(&mut self, target: usize, data: &str) -> &mut Self {
        self.record_at(target, data, messages::EMITTED_AT_MS)
    }

    /// A record with its time of emission.
    pub(crate) fn record_at(&mut self, target: usize, data: &str, emitted_at_ms: i64) -> &mut Self {
        let line = messages::record_at(self.stream(target), data, emitted_at_ms);
        self.record_line(target, line)
    }

    /// A whole RECORD line, which counts for the next state.
    pub(crate) fn record_line(&mut self, target: usize, line: String) -> &mut Self {
        self.sent[target] += 1;
        self.line(line)
    }

    /// A STREAM state that covers the target's records so far, with the next id and the count of records.
    pub(crate) fn state(&mut self, target: usize, stream_state: &Value) -> &mut Self {
        let stream = self.stream(target).clone();
        self.any_state(&[target], |id, records| {
            let line = messages::state(&stream, stream_state, id, records);
            serde_json::from_str::<Value>(&line).unwrap_or_default()["state"].take()
        })
    }

    /// A GLOBAL state that covers all records so far.
    pub(crate) fn global_state(&mut self, shared: &Value, stream_state: &Value) -> &mut Self {
        let entry = |target: &Target| json!({"stream_descriptor": target.stream, "stream_state": stream_state});
        let streams: Vec<Value> = self.targets.iter().map(entry).collect();
        let all: Vec<usize> = (0..self.targets.len()).collect();
        self.any_state(&all, |id, records| {
            json!({
                "type": "GLOBAL",
                "global": {"shared_state": shared, "stream_states": streams},
                "id": id,
                "sourceStats": {"recordCount": records as f64},
            })
        })
    }

    /// Any state about these targets, made of its id and of the count of records since the last one.
    pub(crate) fn any_state(&mut self, targets: &[usize], make: impl FnOnce(u64, u64) -> Value) -> &mut Self {
        let mut records = 0;
        let mut covers = Vec::new();
        for target in targets {
            let sent = self.sent[*target];
            records += sent - self.covered[*target].unwrap_or_default();
            self.covered[*target] = Some(sent);
            covers.push((*target, sent));
        }
        let state = make(self.states.len() as u64 + 1, records);
        self.line(json!({"type": "STATE", "state": state}).to_string());
        self.states.push(SentState { state, records, covers });
        self
    }

    /// Any line.
    pub(crate) fn line(&mut self, line: impl Into<String>) -> &mut Self {
        self.lines.push(line.into());
        self
    }

    /// A line that says how the source stands with the target's stream: STARTED, RUNNING, INCOMPLETE.
    pub(crate) fn status(&mut self, target: usize, status: longshore_protocol::StreamStatus) -> &mut Self {
        let stream = self.stream(target);
        let line = longshore_protocol::message::stream_status_line(stream, status, messages::EMITTED_AT_MS);
        self.line(line)
    }

    /// The line that says that the source has read the target's stream to its end.
    pub(crate) fn complete(&mut self, target: usize) -> &mut Self {
        let line = messages::complete(self.stream(target));
        self.line(line)
    }

    /// What a platform sends when the source ended well: a state for each stream that lacks one, and COMPLETE for all.
    pub(crate) fn finished(mut self) -> Self {
        for target in 0..self.targets.len() {
            let is_silent = self.silent_at_end.get(target) == Some(&true);
            if !is_silent && self.covered[target] != Some(self.sent[target]) {
                self.state(target, &json!({"end": true}));
            }
        }
        for target in 0..self.targets.len() {
            self.complete(target);
        }
        self
    }

    /// The configured catalog.
    pub(crate) fn catalog(&self) -> ConfiguredCatalog {
        ConfiguredCatalog { streams: self.targets.iter().map(Target::configured).collect(), extra: Extra::default() }
    }
}

impl Bench<'_> {
    /// Nothing when a plain sync succeeds; else why nothing that needs one can be judged.
    pub(crate) async fn writes(&self) -> Result<(), Unavailable> {
        let take = Rc::clone(&self.written().await?.take);
        match take.is_success() {
            true => Ok(()),
            false => Err(Unavailable(format!("a plain sync {}: see write.succeeds", take.how_it_ended()))),
        }
    }

    /// The name of a stream of this run: the same for the same word, another one in another run. The word is short and
    /// of lower-case ASCII.
    pub(crate) fn stream_name(&self, word: &str) -> String {
        format!("{word}_{}", self.suffix)
    }

    /// [`stream_name`](Self::stream_name) without a namespace.
    pub(crate) fn stream(&self, word: &str) -> StreamDescriptor {
        StreamDescriptor::named(self.stream_name(word))
    }

    /// Sends a script, with what a platform sends at the [end](Script::finished), and waits for the end. The take tells
    /// how it went, which may be badly: see [`well`].
    pub(crate) async fn write(&self, name: &str, script: Script) -> Result<Rc<Take>, Unavailable> {
        self.write_lines(name, &script.finished(), Expects::Success).await
    }

    /// Sends the lines of a script and nothing else, and waits for the end.
    pub(crate) async fn write_lines(
        &self,
        name: &str,
        script: &Script,
        expects: Expects,
    ) -> Result<Rc<Take>, Unavailable> {
        let _place = self.place().await;
        let mut recorder = self.begin_write(name, script).await?;
        recorder.close_input();
        Ok(self.keep(recorder.end().await, expects))
    }

    /// The same for a sync that breaks off: how much is to be said about that is nobody's rule.
    pub(crate) async fn write_incomplete(&self, name: &str, script: &Script) -> Result<Rc<Take>, Unavailable> {
        self.write_lines(name, script, Expects::Either).await
    }

    /// The same for what shall be refused: only a run that fails is held to what every failed run has to say.
    pub(crate) async fn write_refused(&self, name: &str, script: &Script) -> Result<Rc<Take>, Unavailable> {
        let _place = self.place().await;
        let mut recorder = self.begin_write(name, script).await?;
        recorder.close_input();
        let take = recorder.end().await;
        let expects = if take.is_success() { Expects::Either } else { Expects::Failure };
        Ok(self.keep(take, expects))
    }

    /// Starts `write` with the script's catalog and hands it the lines; the caller drives it on. Like with
    /// [`start`](Self::start), the caller holds a place and keeps the take.
    pub(crate) async fn begin_write(&self, name: &str, script: &Script) -> Result<Recorder, Unavailable> {
        let catalog = self.catalog_of(script);
        let mut recorder = self.start(Call::new(Verb::Write, format!("write ({name})")).catalog(catalog)).await?;
        script.lines.iter().for_each(|line| recorder.send(line));
        Ok(recorder)
    }

    /// The catalog of a script; without generations for a destination that is declared to know none.
    pub(crate) fn catalog_of(&self, script: &Script) -> ConfiguredCatalog {
        let mut catalog = script.catalog();
        if self.is_declared_old() {
            for stream in &mut catalog.streams {
                (stream.generation_id, stream.minimum_generation_id, stream.sync_id) = (None, None, None);
            }
        }
        catalog
    }

    /// All rows of a stream, as the reader sees them; none for one that was never written.
    pub(crate) async fn rows(&self, stream: &StreamDescriptor) -> Result<Vec<Row>, Unavailable> {
        match &self.plan.reader {
            Some(reader) => reader.rows(self, stream).await,
            None => Err(Unavailable(NO_READER.to_owned())),
        }
    }

    /// The modes that the spec says a destination knows; all three when it says none.
    pub(crate) async fn modes(&self) -> Result<Vec<DestinationSyncMode>, Unavailable> {
        let spec = self.spec().await?;
        let named = spec["supported_destination_sync_modes"].as_array().cloned().unwrap_or_default();
        let modes: Vec<_> = named.into_iter().filter_map(|mode| serde_json::from_value(mode).ok()).collect();
        let all = [DestinationSyncMode::Append, DestinationSyncMode::Overwrite, DestinationSyncMode::AppendDedup];
        Ok(if modes.is_empty() { all.to_vec() } else { modes })
    }

    /// A target for what has nothing to do with modes: append where the destination knows it, else what it knows. Its
    /// schema, if it has one, needs the key `id`, for destinations that only deduplicate.
    pub(crate) async fn plain(&self, stream: StreamDescriptor, json_schema: Value) -> Result<Target, Unavailable> {
        let modes = self.modes().await?;
        let knows = |mode| modes.contains(&mode);
        Ok(match () {
            () if knows(DestinationSyncMode::Append) => Target::append(stream, json_schema),
            () if knows(DestinationSyncMode::Overwrite) => Target::overwrite(stream, json_schema, 1),
            () => Target::dedup(stream, json_schema, &["id"], ""),
        })
    }
}

const NO_READER: &str = "nobody can read what this destination wrote: give a reader with `--reader`";

/// The schema of records that have nothing special: a key and a text.
pub(crate) fn plain_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"id": {"type": "integer"}, "text": {"type": ["null", "string"]}},
    })
}

/// The data of such a record, with a text of that many letters that do not compress well; at most half of the [noise].
pub(crate) fn plain_data(id: u64, letters: usize) -> String {
    let noise = noise();
    let places = (noise.len() - letters) as u64;
    let from = (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) % places) as usize;
    format!(r#"{{"id":{id},"text":"{}"}}"#, &noise[from..from + letters])
}

/// A mebibyte of digits without order, always the same.
fn noise() -> &'static str {
    static NOISE: OnceLock<String> = OnceLock::new();
    NOISE.get_or_init(|| {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let next = std::iter::repeat_with(move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        });
        next.take(1 << 16).fold(String::with_capacity(1 << 20), |text, number| text + &format!("{number:016x}"))
    })
}

/// How often each `id` is among rows.
pub(crate) fn ids(rows: &[Row]) -> BTreeMap<u64, usize> {
    let mut ids = BTreeMap::new();
    for row in rows {
        let value = row.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, value)| value);
        let number = match value {
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64().or_else(|| value.as_f64().map(|number| number as u64)),
            None => None,
        };
        *ids.entry(number.unwrap_or(u64::MAX)).or_default() += 1;
    }
    ids
}

/// The take if the run ended well; else why what it should have written cannot be judged.
pub(crate) fn well(take: Rc<Take>) -> Result<Rc<Take>, Unavailable> {
    match take.is_success() {
        true => Ok(take),
        false => Err(Unavailable(format!("the run itself went wrong: {}", take.last_words()))),
    }
}
