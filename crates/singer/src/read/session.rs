//! What a tap's messages become, and what may be said of its streams at the end.
//!
//! *No proof, no green.* A line that was meant as a record and cannot be read is a lost record. From then on no state is
//! passed on: one would say that the record has been read. The stream ends INCOMPLETE, and the next run reads it again.

mod batches;
mod ending;

use super::chosen::Chosen;
use super::comparison::listed;
use super::message::{Message, shown, stream_named, was_a_record};
use super::state;
use crate::discover::Found;
use crate::json::{string, without_nan};
use crate::lines::Cut;
use crate::time::{now_ms, parse_ms};
use crate::{Failure, Wrapper, schema};
use longshore_protocol::line::is_utf8;
use longshore_protocol::{LogLevel, RawValue, StreamStatus};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

const BUFFER_BYTES: usize = 256 * 1024;
/// Further lines of the same kind are counted, not shown.
const SHOWN_LINES: u64 = 20;

/// How far one stream is.
struct Progress {
    stream: Chosen,
    /// The text of a record's line before its data.
    head: Vec<u8>,
    records: u64,
    since_state: u64,
    lost: u64,
    /// The last SCHEMA, as it was written.
    schema: Option<String>,
    /// The tap has said that the table was read to its end, and sent nothing of it since: then a state.
    activated: bool,
    ended: bool,
}

/// The run of a tap.
pub(super) struct Session<'a> {
    wrapper: &'a Wrapper,
    streams: Vec<Progress>,
    /// By each name that messages may carry; `None` for streams that were not asked for.
    by_name: HashMap<String, Option<usize>>,
    /// The raw name of the last record's stream, and what it means.
    last: (String, Option<usize>),
    out: Vec<u8>,
    now: i64,
    /// The last `time_extracted`, and what it means.
    time: (String, i64),
    /// The tap's state: the one it was given, then the last that it sent.
    state: Option<String>,
    given: Option<String>,
    states: u64,
    lost: u64,
    /// Lost records whose stream cannot be told.
    lost_unknown: u64,
    strays: u64,
    /// Records of streams that were not asked for, and of names that the catalog does not know.
    left_out: BTreeMap<String, u64>,
    /// The tap has a catalog, so a name that is not in it means that we misunderstand the tap.
    has_catalog: bool,
    unknown: BTreeMap<String, u64>,
}

impl<'a> Session<'a> {
    pub(super) fn new(wrapper: &'a Wrapper, chosen: Vec<Chosen>, found: &Found, state: Option<String>) -> Self {
        let others = found.entries.iter().flat_map(|entry| entry.message_names().into_iter().map(|name| (name, None)));
        let mut by_name: HashMap<String, Option<usize>> = others.collect();
        // The first names are the better ones: a name that two streams claim belongs to the one that has it as its first.
        let most = chosen.iter().map(|stream| stream.names.len()).max().unwrap_or_default();
        for rank in (0..most).rev() {
            let ranked =
                chosen.iter().enumerate().filter_map(|(at, stream)| Some((stream.names.get(rank)?.clone(), Some(at))));
            by_name.extend(ranked);
        }
        Self {
            wrapper,
            streams: chosen.into_iter().map(Progress::new).collect(),
            by_name,
            last: (String::new(), None),
            out: Vec::with_capacity(BUFFER_BYTES + 64 * 1024),
            now: now_ms(),
            time: (String::new(), 0),
            given: state.clone(),
            state,
            states: 0,
            lost: 0,
            lost_unknown: 0,
            strays: 0,
            left_out: BTreeMap::new(),
            has_catalog: found.catalog.is_some(),
            unknown: BTreeMap::new(),
        }
    }

    /// Records that say no time of their own were emitted now.
    pub(super) fn look_at_the_clock(&mut self) {
        self.now = now_ms();
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = self.wrapper.output.lines(&self.out);
        self.out.clear();
        self.out.shrink_to(4 * BUFFER_BYTES); // after a giant record
        written
    }

    /// Takes one line of the tap's stdout.
    pub(super) fn take(&mut self, cut: Cut<'_>) -> Result<(), Failure> {
        let line = match cut {
            Cut::Whole(line) if is_utf8(line) => line,
            Cut::Whole(line) => return self.unreadable(line, "it is not UTF-8"),
            Cut::TooLong(line) => return self.unreadable(line, "it is too long"),
        };
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Some(message) = Message::one(text) {
            return self.message(&message, text);
        }
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if let Some(messages) = Message::all(text) {
            return messages.iter().try_for_each(|message| self.message(message, text));
        }
        // Python writes NaN, which is no JSON; a value that is no number is null everywhere else.
        if let Some(repaired) = without_nan(text)
            && let Some(message) = Message::one(&repaired)
        {
            self.stray("a record holds NaN or Infinity; it is passed on with null in their place");
            return self.message(&message, &repaired);
        }
        self.unreadable(line, "it is not JSON")
    }

    fn message(&mut self, message: &Message<'_>, line: &str) -> Result<(), Failure> {
        match message.kind.map(RawValue::get) {
            Some(r#""RECORD""#) => self.record(message, line),
            Some(r#""STATE""#) => self.state(message),
            Some(r#""SCHEMA""#) => self.schema(message),
            Some(r#""ACTIVATE_VERSION""#) => self.activate(message),
            Some(r#""BATCH""#) => self.batch(message),
            _ => {
                self.stray(&format!("a line on the tap's stdout is no Singer message: {}", shown(line.as_bytes())));
                Ok(())
            }
        }
    }

    #[inline]
    fn record(&mut self, message: &Message<'_>, line: &str) -> Result<(), Failure> {
        let (Some(stream), Some(record)) = (message.stream, message.record) else {
            return self.unreadable(line.as_bytes(), "it has no stream or no record");
        };
        if !record.get().starts_with('{') {
            return self.unreadable(line.as_bytes(), "its record is no object");
        }
        let Some(at) = self.stream_of(stream) else { return Ok(()) };
        let emitted_at = message.time_extracted.map_or(self.now, |raw| self.moment(raw.get()));
        self.emit(at, record.get(), emitted_at)
    }

    /// Writes a record; its data are the bytes that the tap wrote.
    #[inline]
    fn emit(&mut self, at: usize, data: &str, emitted_at: i64) -> Result<(), Failure> {
        let progress = &mut self.streams[at];
        if progress.records == 0 {
            let running = longshore_protocol::message::stream_status_line(
                &progress.stream.descriptor,
                StreamStatus::Running,
                self.now,
            );
            self.out.extend_from_slice(running.as_bytes());
            self.out.push(b'\n');
        }
        progress.records += 1;
        progress.since_state += 1;
        (progress.activated, progress.ended) = (false, false);
        self.out.extend_from_slice(&progress.head);
        self.out.extend_from_slice(data.as_bytes());
        self.out.extend_from_slice(b",\"emitted_at\":");
        self.out.extend_from_slice(emitted_at.to_string().as_bytes());
        self.out.extend_from_slice(b"}}\n");
        if self.out.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    /// Milliseconds of a `time_extracted`; consecutive records mostly share it.
    fn moment(&mut self, raw: &str) -> i64 {
        if self.time.0 != raw {
            self.time = (raw.to_owned(), parse_ms(raw.trim_matches('"')).unwrap_or(self.now));
        }
        self.time.1
    }

    /// The chosen stream that a raw name means. Records of others are counted and left out.
    #[inline]
    fn stream_of(&mut self, raw: &RawValue) -> Option<usize> {
        if self.last.0 != raw.get() || self.last.1.is_none() {
            let name: String = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
            let known = self.by_name.get(&name).copied();
            self.last = (raw.get().to_owned(), known.flatten());
            if known != Some(self.last.1) || self.last.1.is_none() {
                let count = if known.is_some() || !self.has_catalog { &mut self.left_out } else { &mut self.unknown };
                *count.entry(name).or_default() += 1;
            }
        }
        self.last.1
    }

    fn find(&self, message: &Message<'_>) -> Option<usize> {
        let name: String = serde_json::from_str(message.stream?.get()).ok()?;
        self.by_name.get(&name).copied().flatten()
    }

    /// A state covers everything before it; nothing covers what was lost.
    fn state(&mut self, message: &Message<'_>) -> Result<(), Failure> {
        let Some(value) = message.value else { return Ok(()) };
        self.state = Some(value.get().to_owned());
        if self.lost > 0 {
            return Ok(());
        }
        self.write_state(true)
    }

    /// `more`: the run goes on after this state.
    fn write_state(&mut self, more: bool) -> Result<(), Failure> {
        let records = self.streams.iter().map(|progress| progress.since_state).sum();
        let chosen: Vec<&Chosen> = self.streams.iter().map(|progress| &progress.stream).collect();
        let line = state::line(self.state.as_deref(), &chosen, more, records);
        self.out.extend_from_slice(line.as_bytes());
        self.out.push(b'\n');
        self.states += 1;
        for progress in &mut self.streams {
            progress.since_state = 0;
            progress.ended |= progress.activated;
        }
        Ok(())
    }

    /// Compares what the tap says of a stream with what was configured, and says what a person should know.
    fn schema(&mut self, message: &Message<'_>) -> Result<(), Failure> {
        let (Some(at), Some(raw)) = (self.find(message), message.schema) else { return Ok(()) };
        let progress = &mut self.streams[at];
        let before = progress.schema.replace(raw.get().to_owned());
        if before.as_deref() == Some(raw.get()) {
            return Ok(());
        }
        let now = schema::of_record(&serde_json::from_str(raw.get()).unwrap_or_default());
        let name = &progress.stream.descriptor;
        let mut told = Vec::new();
        match before {
            Some(before) => {
                let before = schema::of_record(&serde_json::from_str(&before).unwrap_or_default());
                let found = schema::differences(&before, &now);
                told.push(format!("the tap changes the schema of stream {name} midway: {}", listed(&found)));
            }
            None => told.extend(progress.stream.unlike_the_catalog(&now)),
        }
        told.extend(progress.stream.unlike_the_key(message.key_properties, &now));
        told.iter().try_for_each(|text| self.log(LogLevel::Warn, text))
    }

    /// Logs in the order of the messages around it.
    fn log(&mut self, level: LogLevel, text: &str) -> Result<(), Failure> {
        self.flush()?;
        self.wrapper.output.log(level, text)
    }

    /// The tap has started a stream over, and has now read it to the end, as far as it says.
    fn activate(&mut self, message: &Message<'_>) -> Result<(), Failure> {
        let Some(at) = self.find(message) else { return Ok(()) };
        let version = message.version.map_or("", RawValue::get);
        let progress = &mut self.streams[at];
        progress.activated = progress.stream.full_refresh && progress.records > 0;
        let name = progress.stream.descriptor.clone();
        let is_new = |given: &String| state::is_of_another_version(given, &progress.stream.id, version);
        if !progress.stream.full_refresh && self.given.as_ref().is_some_and(is_new) {
            let text = format!(
                "the tap has started stream {name} over (version {version}) though it was to go on; records of earlier \
                 versions stay in the destination until the stream is refreshed"
            );
            return self.log(LogLevel::Warn, &text);
        }
        Ok(())
    }

    /// A line that cannot be read: a lost record, or something that never was one.
    fn unreadable(&mut self, line: &[u8], why: &str) -> Result<(), Failure> {
        if !was_a_record(line) {
            self.stray(&format!("a line on the tap's stdout is no Singer message ({why}): {}", shown(line)));
            return Ok(());
        }
        let name = stream_named(line);
        match name.map(|name| self.by_name.get(&name).copied()) {
            Some(Some(None)) => Ok(()), // of a stream that was not asked for
            known => self.lose(known.flatten().flatten(), why),
        }
    }

    fn lose(&mut self, at: Option<usize>, why: &str) -> Result<(), Failure> {
        let of = at.map_or("of an unknown stream".to_owned(), |at| {
            format!("of stream {}", self.streams[at].stream.descriptor)
        });
        self.stray(&format!("a record {of} cannot be read and is lost: {why}"));
        if self.wrapper.settings.skip_broken_records != Some(true) {
            self.lost += 1;
            match at {
                Some(at) => self.streams[at].lost += 1,
                None => self.lost_unknown += 1,
            }
        }
        Ok(())
    }

    fn stray(&mut self, text: &str) {
        self.strays += 1;
        if self.strays <= SHOWN_LINES {
            // In its place among the records; a stdout that is gone is noticed when they are written.
            let text = self.wrapper.output.redacted(text);
            let log = json!({"type": "LOG", "log": {"level": "WARN", "message": text}});
            self.out.extend_from_slice(format!("{log}\n").as_bytes());
        }
    }
}

impl Progress {
    fn new(stream: Chosen) -> Self {
        let namespace = stream.descriptor.namespace.as_ref().map(|name| format!(r#""namespace":{},"#, string(name)));
        let head = format!(
            r#"{{"type":"RECORD","record":{{{}"stream":{},"data":"#,
            namespace.unwrap_or_default(),
            string(&stream.descriptor.name)
        );
        Self {
            stream,
            head: head.into_bytes(),
            records: 0,
            since_state: 0,
            lost: 0,
            schema: None,
            activated: false,
            ended: false,
        }
    }
}
