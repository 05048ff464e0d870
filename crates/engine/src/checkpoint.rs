//! The way back: which states were sent to the destination, and what an echo of one of them proves.
//!
//! An echo says: everything before this state is durable. So it acknowledges its own state and every earlier one that
//! covers the same streams, with the records counted up to it. Pure: no I/O, no clock.

use longshore_protocol::{FailureReason, State, StateKind, StreamDescriptor};
use std::collections::VecDeque;

/// States that the destination has acknowledged and that are to be stored together.
#[derive(Debug, Default)]
pub struct Checkpoint {
    /// In the order in which the source sent them, under the source's names, at most one for each stream; or one state
    /// for all of them.
    pub states: Vec<State>,
    /// Streams that their source has read to the end, and of which everything is acknowledged now.
    pub complete: Vec<StreamDescriptor>,
    /// What becomes committed together with the states: records of each stream, beyond those of earlier checkpoints.
    pub committed: Vec<(StreamDescriptor, Count)>,
}

/// Where acknowledged states are kept.
pub trait CheckpointStore {
    /// Stores the states durably; they replace earlier ones of the same streams.
    ///
    /// # Errors
    /// Why they could not be stored. The sync fails then: it must not promise what it cannot resume.
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), FailureReason>;
}

/// Records and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Records.
    pub records: u64,
    /// Bytes of their data.
    pub bytes: u64,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
    }
}

/// A state on its way: sent to the destination, not yet echoed.
#[derive(Debug)]
struct Sent {
    id: Option<u64>,
    /// The index of its stream; `None` for a state of all streams.
    stream: Option<usize>,
    /// As the source wrote it.
    state: State,
    /// As the destination got it, where the names differ.
    mapped: Option<State>,
    /// What it covers beyond the state before it: records of each stream.
    covers: Vec<(usize, Count)>,
}

/// What an echo proved.
#[derive(Debug, PartialEq)]
pub(crate) enum Echo {
    /// The state `id` and those before it that cover the same streams are acknowledged.
    Acknowledged(Box<Acknowledged>),
    /// The state had been acknowledged before: an echo came twice, or after the echo of a later state.
    Late,
    /// No such state was sent.
    Unknown,
}

/// What became durable with an echo.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// The newest state of it, as the source wrote it.
    pub(crate) state: Option<State>,
    /// Its stream; `None` for a state of all streams.
    pub(crate) stream: Option<usize>,
    /// Records of each stream, in all.
    pub(crate) covers: Vec<(usize, Count)>,
    /// Whether one state alone is acknowledged: else the destination's count may be of several.
    pub(crate) single: bool,
}

impl Acknowledged {
    /// All records that it covers.
    pub(crate) fn records(&self) -> u64 {
        self.covers.iter().map(|(_, count)| count.records).sum()
    }

    /// Takes `records` that the destination refused out of what it covers, the newest first.
    pub(crate) fn refuse(&mut self, mut records: u64) {
        for (_, count) in self.covers.iter_mut().rev() {
            let taken = records.min(count.records);
            count.records -= taken;
            records -= taken;
        }
    }
}

impl PartialEq for Acknowledged {
    fn eq(&self, other: &Self) -> bool {
        self.covers == other.covers && self.stream == other.stream
    }
}

/// All states on their way.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    sent: VecDeque<Sent>,
    last_id: u64,
    /// A source that numbers states itself may repeat a number; then echoes are told apart by their content.
    ids_repeat: bool,
    highest_acknowledged: u64,
}

impl Checkpoints {
    /// Numbers a state that has no number of its own.
    pub(crate) fn number(&mut self, own: Option<u64>) -> u64 {
        let id = own.unwrap_or(self.last_id + 1);
        self.ids_repeat |= id <= self.last_id;
        self.last_id = self.last_id.max(id);
        id
    }

    /// Notes a state that goes to the destination.
    pub(crate) fn sent(
        &mut self,
        id: u64,
        stream: Option<usize>,
        state: State,
        mapped: Option<State>,
        covers: Vec<(usize, Count)>,
    ) {
        self.sent.push_back(Sent { id: Some(id), stream, state, mapped, covers });
    }

    /// Takes an echo: matches it by number, or by content where the destination did not keep the number.
    pub(crate) fn echo(&mut self, echo: &State) -> Echo {
        let Some(at) = self.find(echo) else {
            let known = echo.id().is_some_and(|id| id <= self.highest_acknowledged);
            return if known && !self.ids_repeat { Echo::Late } else { Echo::Unknown };
        };
        let stream = self.sent[at].stream;
        let covered = |sent: &Sent| stream.is_none() || sent.stream == stream;
        let mut acknowledged = Acknowledged { stream, ..Acknowledged::default() };
        let mut others = Vec::new();
        let mut states = 0;
        for sent in self.sent.drain(..=at) {
            if !covered(&sent) {
                others.push(sent);
                continue;
            }
            states += 1;
            self.highest_acknowledged = self.highest_acknowledged.max(sent.id.unwrap_or_default());
            acknowledged.covers.extend(sent.covers);
            acknowledged.state = Some(sent.state);
        }
        acknowledged.single = states == 1;
        others.into_iter().rev().for_each(|sent| self.sent.push_front(sent));
        Echo::Acknowledged(Box::new(acknowledged))
    }

    fn find(&self, echo: &State) -> Option<usize> {
        let by_id = |sent: &Sent| sent.id == echo.id() && sent.state.kind() == echo.kind();
        let by_content = |sent: &Sent| sent.mapped.as_ref().unwrap_or(&sent.state).same_content(echo);
        if echo.id().is_some() && !self.ids_repeat {
            return self.sent.iter().position(by_id);
        }
        // The newest equal state would claim too much if the destination meant an older one.
        self.sent.iter().position(by_content)
    }

    /// Whether any state has not been echoed.
    pub(crate) fn are_waiting(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Whether a state of this stream, or of all streams, has not been echoed.
    pub(crate) fn is_waiting(&self, stream: usize) -> bool {
        self.sent.iter().any(|sent| sent.stream.is_none_or(|of| of == stream))
    }
}

impl Checkpoint {
    /// Adds an acknowledged state; it takes the place of an earlier one that covers the same.
    pub(crate) fn add(&mut self, state: State) {
        if state.kind() == StateKind::Stream {
            self.states.retain(|earlier| earlier.descriptor() != state.descriptor());
        } else {
            self.states.clear();
        }
        self.states.push(state);
    }
}

#[cfg(test)]
mod tests;
