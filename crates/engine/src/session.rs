//! Decides what becomes of each line of a sync. Pure: no I/O, no clock, no await.
//!
//! The loop in [`crate::sync`] feeds it lines and exits, writes what it gathers, and stores what it acknowledges. The
//! source's lines are here; the destination's are in `session/acknowledgements.rs`.

mod acknowledgements;
mod text;

use crate::checkpoint::{Checkpoint, Checkpoints, Count};
use crate::map::StreamMap;
use crate::plan::SyncPlan;
use crate::write::Gather;
use longshore_protocol::line::{Broken, RawText};
use longshore_protocol::message::{state_line, stream_status_line};
use longshore_protocol::trace::{Estimate, TraceError};
use longshore_protocol::{
    Classifier, FailureOrigin, Line, Log, Message, RawJson, RecordLine, State, StreamDescriptor, StreamStatus, Trace,
    line,
};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use text::{descriptor, empty_object, enriched, is_cut_off, rest};

/// How far one stream is.
#[derive(Debug, Clone, Default)]
pub struct StreamProgress {
    /// The stream, by the source's name.
    pub stream: StreamDescriptor,
    /// Records that went to the destination.
    pub emitted: Count,
    /// Of those, what the destination has acknowledged and the store has kept.
    pub committed: Count,
    /// Records that this run will move in all, as the source estimates.
    pub estimated_records: Option<u64>,
    /// What the source last said of it.
    pub status: Option<StreamStatus>,
}

/// What a count is of that belongs to no single stream.
pub(crate) const ALL_STREAMS: &str = "all streams";

/// Something that happened and that people or other parts want to know.
#[derive(Debug)]
pub(crate) enum Notice {
    Log(FailureOrigin, Log),
    Stray(FailureOrigin, String),
    Problem(String),
    Status(usize, StreamStatus),
    Config(FailureOrigin, RawJson),
}

/// Everything known about a running sync.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    plan: &'a SyncPlan,
    maps: Vec<StreamMap>,
    index: HashMap<StreamDescriptor, usize>,
    last: LastStream,
    classifier: Classifier,
    pub(crate) streams: Vec<StreamProgress>,
    /// Records of each stream since the last state that covers it.
    since_state: Vec<Count>,
    pub(crate) states_seen: Vec<u64>,
    only_stream_states: bool,
    /// The last state of each stream, and the last state of all streams: what closing states repeat.
    last_states: Vec<Option<State>>,
    last_common_state: Option<State>,
    /// Streams that the store has been told to be complete.
    told_complete: Vec<bool>,
    pub(crate) checkpoints: Checkpoints,
    acknowledged: Checkpoint,
    acknowledged_counts: Vec<(usize, Count)>,
    pub(crate) dropped: BTreeMap<(Option<StreamDescriptor>, &'static str), u64>,
    pub(crate) errors: Vec<(FailureOrigin, TraceError)>,
    /// Whether the source counts more records into a state than arrived here; by stream name.
    pub(crate) source_miscounts: BTreeMap<String, (u64, u64)>,
    /// Whether the destination counts fewer records into an echo than it was sent; by stream name.
    pub(crate) destination_miscounts: BTreeMap<String, (u64, u64)>,
    pub(crate) notices: Vec<Notice>,
    /// Records and states seen: the source's heartbeat.
    pub(crate) beats: u64,
}

/// The stream of the record before: most records have the same.
#[derive(Debug, Default)]
struct LastStream {
    name: Vec<u8>,
    namespace: Option<Vec<u8>>,
    at: Option<usize>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(plan: &'a SyncPlan) -> Self {
        let descriptors: Vec<_> = plan.streams.iter().map(crate::plan::PlannedStream::descriptor).collect();
        let count = descriptors.len();
        Self {
            plan,
            maps: (0..count).map(|stream| StreamMap::new(plan, stream)).collect(),
            index: descriptors.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect(),
            last: LastStream::default(),
            classifier: Classifier::default(),
            streams: descriptors
                .into_iter()
                .map(|stream| StreamProgress { stream, ..StreamProgress::default() })
                .collect(),
            since_state: vec![Count::default(); count],
            states_seen: vec![0; count],
            only_stream_states: true,
            last_states: vec![None; count],
            last_common_state: None,
            told_complete: vec![false; count],
            checkpoints: Checkpoints::default(),
            acknowledged: Checkpoint::default(),
            acknowledged_counts: Vec::new(),
            dropped: BTreeMap::new(),
            errors: Vec::new(),
            source_miscounts: BTreeMap::new(),
            destination_miscounts: BTreeMap::new(),
            notices: Vec::new(),
            beats: 0,
        }
    }

    /// Takes whole lines of the source; what goes to the destination is gathered.
    pub(crate) fn source_lines(&mut self, chunk: &[u8], gather: &mut Gather) {
        let is_utf8 = line::is_utf8(chunk);
        let mut start = 0;
        while start < chunk.len() {
            if is_utf8 && let Some(record) = self.classifier.like_the_last(&chunk[start..]) {
                let end = start + record.line.len();
                self.record(&record, chunk, start..end, gather);
                start = end + 1;
                continue;
            }
            let end = memchr::memchr(b'\n', &chunk[start..]).map_or(chunk.len(), |at| start + at);
            self.source_line(chunk, start..end, is_utf8, gather);
            start = end + 1;
        }
    }

    /// A line is one message. What follows it on its line is taken like a line of its own: log output, or the message of
    /// a source whose threads lose newlines.
    #[inline]
    fn source_line(&mut self, chunk: &[u8], mut range: Range<usize>, is_utf8: bool, gather: &mut Gather) {
        loop {
            let text = &chunk[range.clone()];
            let message = match self.classifier.classify(text, is_utf8) {
                Line::Record(record) => {
                    self.record(&record, chunk, range.clone(), gather);
                    record.line
                }
                Line::Message(message) => {
                    self.source_message(message, gather);
                    message.as_bytes()
                }
                Line::Stray(line) if range.end == chunk.len() && is_cut_off(line) => {
                    return self.drop_lines(None, "unparsable", 1);
                }
                Line::Stray(line) => return self.stray(FailureOrigin::Source, line),
                Line::Broken(broken) => return self.broken(&broken),
            };
            match rest(message, text) {
                Some(after) => range.start += after,
                None => return,
            }
        }
    }

    #[inline]
    fn record(&mut self, record: &RecordLine<'_>, chunk: &[u8], range: Range<usize>, gather: &mut Gather) {
        self.beats += 1;
        let Some(stream) = self.stream_of(record.stream(), record.namespace()) else {
            return self.drop_record(record.stream(), record.namespace(), "undeclared_stream");
        };
        let map = &self.maps[stream];
        if map.is_identity() {
            if range.end < chunk.len() && rest(record.line, &chunk[range.clone()]).is_none() {
                gather.forward(range.start..range.end + 1);
            } else {
                gather.push_line(record.line);
            }
        } else {
            let mut written = false;
            gather.push_with(|own| {
                written = map.write(record, own);
                if written {
                    own.push(b'\n');
                }
            });
            if !written {
                return self.drop_record(record.stream(), record.namespace(), "unparsable");
            }
        }
        let count = Count { records: 1, bytes: record.data().len() as u64 };
        self.streams[stream].emitted += count;
        self.since_state[stream] += count;
    }

    /// The index of a stream; `None` when the plan does not have it.
    #[inline]
    fn stream_of(&mut self, name: RawText<'_>, namespace: Option<RawText<'_>>) -> Option<usize> {
        if self.last.name == name.0 && self.last.namespace.as_deref() == namespace.map(|n| n.0) {
            return self.last.at;
        }
        let at = self.index.get(&descriptor(name, namespace)).copied();
        self.last = LastStream { name: name.0.to_vec(), namespace: namespace.map(|n| n.0.to_vec()), at };
        at
    }

    fn drop_record(&mut self, name: RawText<'_>, namespace: Option<RawText<'_>>, reason: &'static str) {
        self.drop_lines(Some(descriptor(name, namespace)), reason, 1);
    }

    /// Counts what does not reach the destination. A source that invents ever new streams does not fill the memory.
    fn drop_lines(&mut self, stream: Option<StreamDescriptor>, reason: &'static str, lines: u64) {
        const NAMED: usize = 1000;
        let stream = stream.filter(|name| self.dropped.len() < NAMED || self.index.contains_key(name));
        *self.dropped.entry((stream, reason)).or_default() += lines;
    }

    fn broken(&mut self, broken: &Broken<'_>) {
        let stream = broken.stream.map(|name| descriptor(name, broken.namespace));
        self.drop_lines(stream, broken.reason.as_str(), 1);
    }

    /// A line that is no message: a log line. Its text is shown up to a readable length.
    fn stray(&mut self, origin: FailureOrigin, line: &[u8]) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if origin == FailureOrigin::Source {
            self.drop_lines(None, "not_a_message", 1);
        }
        let text = String::from_utf8_lossy(&line[..line.len().min(2000)]).into_owned();
        self.notices.push(Notice::Stray(origin, text));
    }

    fn source_message(&mut self, text: &str, gather: &mut Gather) {
        match Message::decode(text) {
            Ok(Message::State(state)) if state.is_valid() => self.source_state(*state, text, gather),
            Ok(Message::State(_)) => self.drop_lines(None, "invalid_state", 1),
            Ok(Message::Trace(trace)) => self.source_trace(*trace),
            Ok(other) => self.common_message(FailureOrigin::Source, other),
            Err(error) => {
                let reason = if error.kind == "STATE" { "invalid_state" } else { "invalid_message" };
                self.drop_lines(None, reason, 1);
                self.notices.push(Notice::Problem(format!("source: {error}")));
            }
        }
    }

    /// Numbers a state, adds counts that are missing, and notes what it covers.
    fn source_state(&mut self, state: State, text: &str, gather: &mut Gather) {
        self.beats += 1;
        let stream = match state.descriptor().map(|name| (name, self.index.get(name).copied())) {
            Some((name, None)) => {
                return self.drop_lines(Some(name.clone()), "state_of_undeclared_stream", 1);
            }
            Some((_, at)) => at,
            None => None,
        };
        let covers = self.take_counts(stream);
        let counted: u64 = covers.iter().map(|(_, count)| count.records).sum();
        self.compare_source_count(&state, stream, counted);
        let id = self.checkpoints.number(state.id());
        let mapped = stream.and_then(|at| self.maps[at].state(&state));
        let target = mapped.as_ref().and_then(State::descriptor);
        match stream {
            Some(at) => self.last_states[at] = Some(state.stored()),
            None => self.last_common_state = Some(state.stored()),
        }
        gather.push_line(enriched(&state, target, text, id, counted).as_bytes());
        self.checkpoints.sent(id, stream, state, mapped, covers);
    }

    /// The records since the last state: of one stream, or of all.
    fn take_counts(&mut self, stream: Option<usize>) -> Vec<(usize, Count)> {
        self.only_stream_states &= stream.is_some();
        let streams = stream.map_or(0..self.streams.len(), |at| at..at + 1);
        streams
            .map(|at| {
                self.states_seen[at] += 1;
                (at, std::mem::take(&mut self.since_state[at]))
            })
            .collect()
    }

    fn compare_source_count(&mut self, state: &State, stream: Option<usize>, counted: u64) {
        let Some(claimed) = state.source_stats.as_ref().and_then(|stats| stats.record_count) else { return };
        if claimed > counted as f64 {
            let name = self.name(stream);
            let miscount = self.source_miscounts.entry(name).or_default();
            *miscount = (miscount.0.saturating_add(claimed as u64), miscount.1 + counted);
        }
    }

    fn name(&self, stream: Option<usize>) -> String {
        stream.map_or_else(|| ALL_STREAMS.to_owned(), |at| self.streams[at].stream.to_string())
    }

    fn source_trace(&mut self, trace: Trace) {
        if let Some(status) = trace.stream_status {
            if let Some(at) = self.index.get(&status.stream_descriptor).copied() {
                self.streams[at].status = Some(status.status);
                self.notices.push(Notice::Status(at, status.status));
            }
        } else if let Some(estimate) = trace.estimate {
            self.estimate(estimate);
        } else {
            self.error(FailureOrigin::Source, trace.error);
        }
    }

    fn estimate(&mut self, estimate: Estimate) {
        let stream = StreamDescriptor { namespace: estimate.namespace, name: estimate.name };
        if let (Some(at), "STREAM") = (self.index.get(&stream), estimate.kind.as_str()) {
            self.streams[*at].estimated_records = estimate.row_estimate.map(|rows| rows as u64);
        }
    }

    fn error(&mut self, origin: FailureOrigin, error: Option<TraceError>) {
        const KEPT: usize = 10;
        let Some(error) = error else { return };
        if self.errors.len() < KEPT {
            self.errors.push((origin, error));
        }
    }

    /// What is handled alike for both sides.
    fn common_message(&mut self, origin: FailureOrigin, message: Message) {
        match message {
            Message::Log(log) => self.notices.push(Notice::Log(origin, log)),
            Message::Control(control) => {
                if let Some(config) = control.connector_config {
                    self.notices.push(Notice::Config(origin, config.config));
                }
            }
            _ => {} // nothing else has a meaning in the middle of a sync
        }
    }

    /// The source has ended well. Records that no state covers are covered now: by an empty state for a full refresh that
    /// sent none, else by the last state once more. See docs/adr/0005-closing-states.md.
    pub(crate) fn closing_states(&mut self, gather: &mut Gather) {
        let closing: Vec<State> = if self.only_stream_states {
            (0..self.streams.len()).filter_map(|at| self.closing_state(at)).collect()
        } else {
            let uncovered = (0..self.streams.len()).any(|at| self.uncovered(at) > 0);
            self.last_common_state.clone().filter(|_| uncovered).into_iter().collect()
        };
        for state in closing {
            let text = state_line(&serde_json::to_string(&state).unwrap_or_default());
            self.source_state(state, &text, gather);
        }
    }

    fn closing_state(&self, at: usize) -> Option<State> {
        let planned = &self.plan.streams[at];
        if planned.already_complete || !self.is_complete(at) {
            return None;
        }
        match &self.last_states[at] {
            Some(state) => (self.uncovered(at) > 0).then(|| state.clone()),
            None => planned.is_full_refresh().then(|| State::of_stream(planned.descriptor(), Some(empty_object()))),
        }
    }

    /// The source has ended well: COMPLETE for each stream that is complete, under the destination's names.
    pub(crate) fn completions(&self, now_ms: i64, gather: &mut Gather) {
        for at in (0..self.streams.len()).filter(|at| self.is_complete(*at)) {
            let line = stream_status_line(&self.maps[at].target, StreamStatus::Complete, now_ms);
            gather.push_line(line.as_bytes());
        }
    }

    /// Whether a source that ended well has read the stream to its end: it said so, or it is of the kind that says
    /// nothing about its streams.
    pub(crate) fn is_complete(&self, stream: usize) -> bool {
        match self.streams[stream].status {
            _ if self.plan.streams[stream].already_complete => true,
            Some(status) => status == StreamStatus::Complete,
            None => self.streams.iter().all(|other| other.status.is_none()),
        }
    }

    /// Records of the stream that no state covers.
    pub(crate) fn uncovered(&self, stream: usize) -> u64 {
        self.since_state[stream].records
    }
}

#[cfg(test)]
mod tests;
