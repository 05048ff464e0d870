//! The counts of an attempt, as the run sees them and its heartbeat tells them.

use longshore_control_plane::{AttemptStream, PlannedStream, StreamRunStatus};
use longshore_engine::{Checkpoint, StreamProgress};
use longshore_protocol::StreamDescriptor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts of one attempt; clones are of the same.
#[derive(Clone)]
pub(crate) struct Tally(Arc<Mutex<Vec<AttemptStream>>>);

impl Tally {
    /// Nothing has moved yet.
    pub(crate) fn of(streams: &[PlannedStream]) -> Self {
        let one = |planned: &PlannedStream| AttemptStream {
            stream: planned.configured.descriptor(),
            status: if planned.already_complete { StreamRunStatus::Complete } else { StreamRunStatus::Pending },
            records_emitted: 0,
            bytes_emitted: 0,
            records_committed: 0,
            bytes_committed: 0,
            estimated_records: None,
        };
        Self(Arc::new(Mutex::new(streams.iter().map(one).collect())))
    }

    fn streams(&self) -> MutexGuard<'_, Vec<AttemptStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is now.
    pub(crate) fn snapshot(&self) -> Vec<AttemptStream> {
        self.streams().clone()
    }

    /// Takes over what has been sent; what is committed is known better here.
    pub(crate) fn progress(&self, progress: &[StreamProgress]) {
        for stream in self.streams().iter_mut() {
            let Some(seen) = progress.iter().find(|seen| seen.stream == stream.stream) else { continue };
            stream.records_emitted = number(seen.emitted.records).max(stream.records_committed);
            stream.bytes_emitted = number(seen.emitted.bytes).max(stream.bytes_committed);
            stream.estimated_records = seen.estimated_records.map(number);
            if stream.status == StreamRunStatus::Pending && (seen.status.is_some() || seen.emitted.records > 0) {
                stream.status = StreamRunStatus::Running;
            }
        }
    }

    /// The streams of a checkpoint as they are once it is stored.
    pub(super) fn after(&self, checkpoint: &Checkpoint) -> Vec<AttemptStream> {
        let mut streams = self.snapshot();
        for (of, count) in &checkpoint.committed {
            if let Some(stream) = streams.iter_mut().find(|stream| stream.stream == *of) {
                stream.records_committed += number(count.records);
                stream.bytes_committed += number(count.bytes);
                stream.records_emitted = stream.records_emitted.max(stream.records_committed);
                stream.bytes_emitted = stream.bytes_emitted.max(stream.bytes_committed);
            }
        }
        for stream in streams.iter_mut().filter(|stream| checkpoint.complete.contains(&stream.stream)) {
            stream.status = StreamRunStatus::Complete;
        }
        let is_of = |stream: &StreamDescriptor| {
            checkpoint.complete.contains(stream) || checkpoint.committed.iter().any(|(of, _)| of == stream)
        };
        streams.retain(|stream| is_of(&stream.stream));
        streams
    }

    /// It is stored.
    pub(super) fn stored(&self, changed: Vec<AttemptStream>) {
        let mut streams = self.streams();
        for new in changed {
            if let Some(stream) = streams.iter_mut().find(|stream| stream.stream == new.stream) {
                *stream = new;
            }
        }
    }

    /// The counts at the end; what is not complete then is incomplete.
    pub(super) fn ended(&self) -> Vec<AttemptStream> {
        let mut streams = self.snapshot();
        for stream in streams.iter_mut().filter(|stream| stream.status != StreamRunStatus::Complete) {
            stream.status = StreamRunStatus::Incomplete;
        }
        streams
    }
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
