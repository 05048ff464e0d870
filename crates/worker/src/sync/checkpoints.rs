//! Stores what the destination has acknowledged: states and counts in one transaction, as long as the lease is ours.

use super::tally::Tally;
use crate::desk::Desk;
use crate::pulse::{Signal, Signals};
use longshore_control_plane::{self as plane, Error, Lease};
use longshore_engine::{Checkpoint, CheckpointStore};
use longshore_protocol::FailureReason;
use std::time::Duration;

/// A database that is away is asked again this often, until the lease is lost.
const PAUSE: Duration = Duration::from_millis(250);

/// The states and counts of one attempt.
pub(super) struct Checkpoints {
    pub(super) desk: Desk,
    pub(super) lease: Lease,
    pub(super) tally: Tally,
    pub(super) signals: Signals,
}

impl CheckpointStore for Checkpoints {
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), FailureReason> {
        let streams = self.tally.after(checkpoint);
        let text = |state| serde_json::to_string(&longshore_protocol::State::stored(state)).unwrap_or_default();
        let stored = plane::Checkpoint {
            states: checkpoint.states.iter().map(text).collect(),
            complete: checkpoint.complete.clone(),
            streams: streams.clone(),
        };
        loop {
            let (lease, stored) = (self.lease.clone(), stored.clone());
            match self.desk.ask_and_block(|plane| async move { plane.commit_checkpoint(&lease, &stored).await }) {
                Ok(()) => {
                    self.tally.stored(streams);
                    return Ok(());
                }
                Err(Error::Database { .. }) if self.signals.told() < Signal::Lost => std::thread::sleep(PAUSE),
                Err(error) => {
                    if error.code() == super::LEASE_LOST {
                        self.signals.raise(Signal::Lost);
                    }
                    return Err(error.into_reason());
                }
            }
        }
    }
}
