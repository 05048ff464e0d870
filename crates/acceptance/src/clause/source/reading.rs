//! What was read: the records, states and statuses of a run, grouped by stream, each with its place in the run.

mod comparison;
mod cursors;
mod ignored;
mod keys;
mod positions;
mod reads;
#[cfg(test)]
pub(crate) mod script;

pub(crate) use comparison::Comparison;
pub(crate) use cursors::{compare_cursors, instant_of, is_epoch_of_the_present};
pub(crate) use ignored::without_ignored;
pub(crate) use keys::canonical;
pub(crate) use positions::cursor_in_state;
pub(crate) use reads::{Read, Reads, full_refresh, incremental};

use crate::take::Take;
use longshore_protocol::{ConfiguredCatalog, ConfiguredStream, StateKind, StreamDescriptor};
use serde_json::Value;

/// A run of `read`, by stream.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) take: &'a Take,
    /// The streams that were asked for, in the order of the catalog.
    pub(crate) streams: Vec<StreamReading<'a>>,
    /// Every STATE message, in order.
    pub(crate) states: Vec<StateMessage<'a>>,
    /// What was said of streams that were not asked for.
    pub(crate) strangers: Vec<Stranger>,
}

/// What a run said of one stream.
#[derive(Debug)]
pub(crate) struct StreamReading<'a> {
    pub(crate) descriptor: StreamDescriptor,
    pub(crate) configured: &'a ConfiguredStream,
    pub(crate) records: Vec<Record<'a>>,
    /// Its states; a GLOBAL state counts for every stream, with Null for those it does not name.
    pub(crate) states: Vec<StreamState<'a>>,
    pub(crate) statuses: Vec<StreamStatus<'a>>,
}

/// A record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Its place in `take.heard`.
    pub(crate) at: usize,
    /// What is under `data`; Null when there is none.
    pub(crate) data: &'a Value,
    /// What is under `record`.
    pub(crate) payload: &'a Value,
}

/// What a STATE message says of one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamState<'a> {
    /// Its place in `take.heard`.
    pub(crate) at: usize,
    /// STREAM or GLOBAL.
    pub(crate) kind: StateKind,
    /// What is under `stream_state`; Null when there is none.
    pub(crate) stream_state: &'a Value,
    /// What is under `state`: what a platform stores and hands back.
    pub(crate) payload: &'a Value,
}

/// A STATE message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateMessage<'a> {
    /// Its place in `take.heard`.
    pub(crate) at: usize,
    /// None when its `type` is none that the protocol knows.
    pub(crate) kind: Option<StateKind>,
    /// What is under `state`.
    pub(crate) payload: &'a Value,
}

/// A STREAM_STATUS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamStatus<'a> {
    /// Its place in `take.heard`.
    pub(crate) at: usize,
    /// `STARTED`, `RUNNING`, `COMPLETE`, `INCOMPLETE`, or whatever was said.
    pub(crate) status: &'a str,
}

/// A message about a stream that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stranger {
    /// Its place in `take.heard`.
    pub(crate) at: usize,
    /// `record`, `state` or `status`.
    pub(crate) what: &'static str,
    pub(crate) descriptor: StreamDescriptor,
}

impl<'a> Reading<'a> {
    /// Groups what a run said by the streams of the catalog that it was given.
    pub(crate) fn of(take: &'a Take, catalog: &'a ConfiguredCatalog) -> Self {
        let streams = catalog.streams.iter().map(StreamReading::new).collect();
        let mut reading = Self { take, streams, states: Vec::new(), strangers: Vec::new() };
        for (at, heard) in take.heard.iter().enumerate() {
            if let Some(message) = heard.message("RECORD") {
                reading.hear_record(at, &message["record"]);
            } else if let Some(message) = heard.message("STATE") {
                reading.hear_state(at, &message["state"]);
            } else if let Some(message) = heard.message("TRACE").filter(|it| it["trace"]["type"] == "STREAM_STATUS") {
                reading.hear_status(at, &message["trace"]["stream_status"]);
            }
        }
        reading
    }

    /// What was said of a stream.
    pub(crate) fn stream(&self, descriptor: &StreamDescriptor) -> Option<&StreamReading<'a>> {
        self.streams.iter().find(|stream| stream.descriptor == *descriptor)
    }

    /// Whether records came under the name of a stream but in another namespace: another rule says so, and counts are moot.
    pub(crate) fn has_misplaced_records(&self, stream: &StreamDescriptor) -> bool {
        self.strangers.iter().any(|it| it.what == "record" && it.descriptor.name == stream.name)
    }

    /// How many records of all streams there are.
    pub(crate) fn record_count(&self) -> usize {
        self.streams.iter().map(|stream| stream.records.len()).sum()
    }

    /// A line of the run, as the connector printed it.
    pub(crate) fn line(&self, at: usize) -> String {
        self.take.heard.get(at).map(|heard| heard.text()).unwrap_or_default()
    }

    fn hear_record(&mut self, at: usize, payload: &'a Value) {
        let descriptor = descriptor_of(&payload["stream"], &payload["namespace"]);
        if let Some(stream) = self.place(&descriptor, at, "record") {
            stream.records.push(Record { at, data: &payload["data"], payload });
        }
    }

    fn hear_state(&mut self, at: usize, payload: &'a Value) {
        let kind = kind_of(payload);
        self.states.push(StateMessage { at, kind, payload });
        match kind {
            Some(StateKind::Stream) => {
                let of = &payload["stream"];
                if let Some(stream) = self.place(&described(of), at, "state") {
                    let stream_state = &of["stream_state"];
                    stream.states.push(StreamState { at, kind: StateKind::Stream, stream_state, payload });
                }
            }
            Some(StateKind::Global) => self.hear_global(at, payload),
            Some(StateKind::Legacy) | None => {}
        }
    }

    fn hear_global(&mut self, at: usize, payload: &'a Value) {
        let parts: Vec<&Value> = payload["global"]["stream_states"].as_array().into_iter().flatten().collect();
        for part in &parts {
            self.place(&described(part), at, "state");
        }
        for stream in &mut self.streams {
            let part = parts.iter().find(|part| described(part).as_ref() == Some(&stream.descriptor));
            let stream_state = part.map_or(&Value::Null, |part| &part["stream_state"]);
            stream.states.push(StreamState { at, kind: StateKind::Global, stream_state, payload });
        }
    }

    fn hear_status(&mut self, at: usize, payload: &'a Value) {
        let status = payload["status"].as_str().unwrap_or_default();
        if let Some(stream) = self.place(&described(payload), at, "status") {
            stream.statuses.push(StreamStatus { at, status });
        }
    }

    /// The stream of a message. One that was not asked for is noted; one without a name is for other rules.
    fn place(
        &mut self,
        descriptor: &Option<StreamDescriptor>,
        at: usize,
        what: &'static str,
    ) -> Option<&mut StreamReading<'a>> {
        let descriptor = descriptor.as_ref()?;
        let found = self.streams.iter().position(|stream| stream.descriptor == *descriptor);
        if found.is_none() {
            self.strangers.push(Stranger { at, what, descriptor: descriptor.clone() });
        }
        self.streams.get_mut(found?)
    }
}

impl<'a> StreamReading<'a> {
    fn new(configured: &'a ConfiguredStream) -> Self {
        Self {
            descriptor: configured.descriptor(),
            configured,
            records: Vec::new(),
            states: Vec::new(),
            statuses: Vec::new(),
        }
    }

    /// The paths of the primary key: the configured one, else the stream's own; empty when there is none.
    pub(crate) fn primary_key(&self) -> &'a [Vec<String>] {
        keys::primary_key(self.configured)
    }

    /// What a record is told apart by, in one text: its primary key, or all of it when its stream has none.
    pub(crate) fn key_of(&self, record: &Record<'_>) -> String {
        keys::key_of(self.primary_key(), record.data)
    }

    /// The value of the cursor field; none when the stream has no cursor field or the record lacks it.
    pub(crate) fn cursor_of<'r>(&self, record: &Record<'r>) -> Option<&'r Value> {
        value_at(record.data, self.configured.cursor()?)
    }
}

/// The value at a path; none when something on the way is missing.
pub(crate) fn value_at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// What a STATE message covers; none when its `type` is unknown.
pub(crate) fn kind_of(payload: &Value) -> Option<StateKind> {
    match &payload["type"] {
        Value::Null => Some(StateKind::Legacy),
        Value::String(kind) => match kind.as_str() {
            "STREAM" => Some(StateKind::Stream),
            "GLOBAL" => Some(StateKind::Global),
            "LEGACY" => Some(StateKind::Legacy),
            _ => None,
        },
        _ => None,
    }
}

fn described(value: &Value) -> Option<StreamDescriptor> {
    let descriptor = &value["stream_descriptor"];
    descriptor_of(&descriptor["name"], &descriptor["namespace"])
}

fn descriptor_of(name: &Value, namespace: &Value) -> Option<StreamDescriptor> {
    let namespace = namespace.as_str().map(str::to_owned);
    Some(StreamDescriptor { namespace, name: name.as_str()?.to_owned() })
}

/// A number of things, in words: `1 record`, `12 records`.
pub(crate) fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
