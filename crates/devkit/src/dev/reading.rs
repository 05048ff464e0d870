//! What was read of each stream so far, and whether it is enough.

use super::difference::kind;
use super::happening::{StreamOffered, StreamRead};
use longshore_protocol::{
    Catalog, ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, Extra, Message, RecordLine, Stream, SyncMode,
};
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The most bytes of a record that are shown; of a longer one its beginning.
const SHOWN_BYTES: usize = 16 * 1024;

/// How long records of a stream that has shown enough may hold up the other streams.
const PATIENCE: Duration = Duration::from_secs(1);

/// The streams that are read.
#[derive(Debug)]
pub(super) struct Reading {
    limit: u64,
    streams: Vec<StreamRead>,
    places: HashMap<String, usize>,
    /// Since when a stream is full that still goes on.
    full_since: Option<Instant>,
}

impl Reading {
    pub(super) fn of(catalog: &ConfiguredCatalog, limit: u64) -> Self {
        let streams: Vec<StreamRead> = catalog
            .streams
            .iter()
            .map(|stream| StreamRead { name: stream.descriptor().to_string(), ..StreamRead::default() })
            .collect();
        let places = streams.iter().enumerate().map(|(at, stream)| (stream.name.clone(), at)).collect();
        Self { limit, streams, places, full_since: None }
    }

    /// Notes a record; whether the process has said enough for now.
    pub(super) fn record(&mut self, record: &RecordLine<'_>) -> bool {
        let name = match record.namespace() {
            Some(namespace) => format!("{}.{}", namespace.decode(), record.stream().decode()),
            None => record.stream().decode().into_owned(),
        };
        let Some(at) = self.places.get(&name) else { return false };
        let stream = &mut self.streams[*at];
        stream.count += 1;
        if stream.count <= self.limit {
            stream.records.push(shown(record.data_text()));
        }
        if stream.count < self.limit {
            self.full_since = None;
            return false;
        }
        let since = *self.full_since.get_or_insert_with(Instant::now);
        self.is_done() || since.elapsed() > PATIENCE
    }

    /// Notes another message; whether the process has said enough for now.
    pub(super) fn message(&mut self, message: &Message) -> bool {
        match message {
            Message::State(state) => {
                let named = state.descriptor().and_then(|it| self.places.get(&it.to_string()).copied());
                let value = serde_json::to_value(state).ok();
                // A state of all streams is shown with each.
                let all = 0..self.streams.len();
                for at in named.map_or(all, |at| at..at + 1) {
                    self.streams[at].states += 1;
                    self.streams[at].state.clone_from(&value);
                }
            }
            Message::Trace(trace) => {
                if let Some(status) = &trace.stream_status
                    && let Some(at) = self.places.get(&status.stream_descriptor.to_string())
                {
                    self.streams[*at].status = Some(format!("{:?}", status.status).to_uppercase());
                }
            }
            _ => {}
        }
        self.is_done()
    }

    fn is_done(&self) -> bool {
        self.streams.iter().all(|stream| self.is_enough(stream))
    }

    fn is_enough(&self, stream: &StreamRead) -> bool {
        stream.count >= self.limit || matches!(stream.status.as_deref(), Some("COMPLETE" | "INCOMPLETE"))
    }

    /// The streams of which a process that was ended early has not shown enough.
    pub(super) fn missing(&self) -> Vec<String> {
        self.streams.iter().filter(|stream| !self.is_enough(stream)).map(|stream| stream.name.clone()).collect()
    }

    /// Takes over what another process read of the streams that were missing.
    pub(super) fn take(&mut self, other: Self) {
        for stream in other.streams {
            if let Some(at) = self.places.get(&stream.name) {
                self.streams[*at] = stream;
            }
        }
    }

    pub(super) fn records(&self) -> u64 {
        self.streams.iter().map(|stream| stream.count).sum()
    }

    pub(super) fn streams(self) -> Vec<StreamRead> {
        self.streams
    }
}

fn shown(data: &str) -> Value {
    match data.len() > SHOWN_BYTES {
        true => Value::from(data.chars().take(SHOWN_BYTES).collect::<String>()),
        false => serde_json::from_str(data).unwrap_or_else(|_| Value::from(data)),
    }
}

/// The streams that are wished for, all when none are, read in the way that shows the most: incremental where it goes by
/// itself. The wishes that name no stream are told, too.
pub(super) fn configure(catalog: &Catalog, wishes: &[String]) -> (ConfiguredCatalog, Vec<String>) {
    let is_named = |stream: &Stream, name: &String| stream.name == *name || stream.descriptor().to_string() == *name;
    let wished = |stream: &&Stream| wishes.is_empty() || wishes.iter().any(|name| is_named(stream, name));
    let streams = catalog.streams.iter().filter(wished).map(configured).collect();
    let unknown = wishes.iter().filter(|name| !catalog.streams.iter().any(|stream| is_named(stream, name)));
    (ConfiguredCatalog { streams, extra: Extra::default() }, unknown.cloned().collect())
}

fn configured(stream: &Stream) -> ConfiguredStream {
    let has_cursor = stream.source_defined_cursor == Some(true)
        || stream.default_cursor_field.as_ref().is_some_and(|cursor| !cursor.is_empty());
    let is_incremental = stream.supported_sync_modes.contains(&SyncMode::Incremental) && has_cursor;
    ConfiguredStream {
        sync_mode: if is_incremental { SyncMode::Incremental } else { SyncMode::FullRefresh },
        cursor_field: stream.default_cursor_field.clone().filter(|_| is_incremental),
        destination_sync_mode: DestinationSyncMode::Append,
        primary_key: stream.source_defined_primary_key.clone(),
        stream: stream.clone(),
        generation_id: None,
        minimum_generation_id: None,
        sync_id: None,
        destination_object_name: None,
        include_files: None,
        extra: Extra::default(),
    }
}

/// A stream in a few words.
pub(super) fn offered(stream: &Stream) -> StreamOffered {
    let schema: Value = serde_json::from_str(stream.json_schema.get()).unwrap_or_default();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let word = |mode: &SyncMode| match mode {
        SyncMode::FullRefresh => "full_refresh".to_owned(),
        SyncMode::Incremental => "incremental".to_owned(),
    };
    StreamOffered {
        name: stream.descriptor().to_string(),
        fields: fields.map(|(name, property)| (name.clone(), kind(property))).collect(),
        sync_modes: stream.supported_sync_modes.iter().map(word).collect(),
        cursor: stream.default_cursor_field.as_ref().map(|path| path.join(".")).filter(|path| !path.is_empty()),
        primary_key: stream.source_defined_primary_key.iter().flatten().map(|path| path.join(".")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, configure};
    use longshore_protocol::{Catalog, Line, Message, SyncMode, classify};

    fn catalog() -> Catalog {
        serde_json::from_str(
            r#"{"streams":[{"name":"a","json_schema":{},"supported_sync_modes":["full_refresh","incremental"],"source_defined_cursor":true},
                {"name":"b","namespace":"n","json_schema":{},"supported_sync_modes":["full_refresh"]}]}"#,
        )
        .unwrap()
    }

    fn tell(reading: &mut Reading, line: &str) -> bool {
        match classify(line.as_bytes(), true) {
            Line::Record(record) => reading.record(&record),
            Line::Message(text) => reading.message(&Message::decode(text).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn streams_are_chosen_by_either_name_and_unknown_ones_told() {
        let (chosen, unknown) = configure(&catalog(), &["n.b".to_owned(), "c".to_owned()]);
        assert_eq!((chosen.streams.len(), chosen.streams[0].sync_mode), (1, SyncMode::FullRefresh));
        assert_eq!(unknown, ["c"]);
        let (all, _) = configure(&catalog(), &[]);
        assert_eq!((all.streams.len(), all.streams[0].sync_mode), (2, SyncMode::Incremental));
    }

    #[test]
    fn it_is_enough_when_each_stream_is_full_or_complete() {
        let mut reading = Reading::of(&configure(&catalog(), &[]).0, 2);
        let record =
            |stream: &str| format!(r#"{{"type":"RECORD","record":{{{stream},"data":{{"id":1}},"emitted_at":1}}}}"#);
        let (a, b) = (record(r#""stream":"a""#), record(r#""stream":"b","namespace":"n""#));
        assert!(!tell(&mut reading, &b));
        assert!(!tell(&mut reading, &a) && !tell(&mut reading, &a) && !tell(&mut reading, &a));
        assert_eq!(reading.missing(), ["n.b"]);
        let complete = r#"{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"b","namespace":"n"},"status":"COMPLETE"}}}"#;
        assert!(tell(&mut reading, complete));
        let streams = reading.streams();
        assert_eq!((streams[0].count, streams[0].records.len(), streams[1].count), (3, 2, 1));
    }
}
