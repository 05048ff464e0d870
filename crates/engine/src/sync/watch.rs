//! The watch over time: who has been silent for too long.
//!
//! Time in which the source waits for the destination is the destination's, so that nobody is blamed for another's hang.

use super::{Sync, TICK};
use crate::observer::Event;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// What the watch over time looks at.
#[derive(Default)]
pub(super) struct Watch {
    /// When the way forward began to wait for the destination; `None` while it does not.
    pub(super) blocked_since: Cell<Option<Instant>>,
    /// Counts up with everything that the destination prints.
    pub(super) destination_beats: Cell<u64>,
    pub(super) phase: Cell<Phase>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// The source may still send.
    #[default]
    Moving,
    /// The source has ended; the destination finishes.
    Finishing,
}

impl Sync<'_, '_> {
    /// Resolves when somebody has been silent for too long, with who it was. Reports progress meanwhile.
    pub(super) async fn overdue(&self) -> FailureReason {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut source = (self.session.borrow().beats, Instant::now());
        let mut destination = (self.watch.destination_beats.get(), Instant::now());
        ticks.tick().await;
        loop {
            ticks.tick().await;
            self.observer.borrow_mut().event(Event::Progress(&self.session.borrow().streams));
            let beats = self.session.borrow().beats;
            if beats != source.0 || self.watch.blocked_since.get().is_some() {
                source = (beats, Instant::now());
            }
            if self.watch.destination_beats.get() != destination.0 {
                destination = (self.watch.destination_beats.get(), Instant::now());
            }
            if let Some(failure) = self.verdict(source.1, destination.1) {
                return failure;
            }
        }
    }

    /// Whose silence has lasted too long, given when each side was last heard.
    fn verdict(&self, source_heard: Instant, destination_heard: Instant) -> Option<FailureReason> {
        use FailureOrigin::{Destination, Source};
        let silence = self.timeouts.silence;
        let too_long = |since: Instant| since.elapsed() > silence;
        let (origin, code, what) = match self.watch.phase.get() {
            Phase::Moving if self.watch.blocked_since.get().is_some_and(too_long) => {
                (Destination, "destination.timeout", "took no input")
            }
            Phase::Moving if too_long(source_heard) => {
                (Source, "source.heartbeat_timeout", "sent neither record nor state")
            }
            Phase::Finishing if too_long(destination_heard) => {
                (Destination, "destination.timeout", "did not end after its input had")
            }
            _ => return None,
        };
        Some(timeout(origin, code, what, silence))
    }
}

fn timeout(origin: FailureOrigin, code: &str, what: &str, silence: Duration) -> FailureReason {
    let message =
        format!("the {origin} {what} for {} s; give it longer with --silence-timeout SECONDS", silence.as_secs());
    FailureReason::new(origin, FailureKind::HeartbeatTimeout, code, message)
}
