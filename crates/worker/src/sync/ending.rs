//! What became of an attempt, and how the control plane is told.

use super::tally::{Tally, number};
use super::{Attempt, JobRun, LEASE_LOST};
use crate::pulse::Signal;
use longshore_control_plane::{AttemptEnd, AttemptStream, Dropped, EndStatus, Error};
use longshore_engine::{Outcome, SyncStatus};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, LogLevel};
use std::time::Duration;

/// More reasons than this are not kept.
const MOST_FAILURES: usize = 10;

/// A database that is away is told again this often, so many times.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 240;

/// Why records of a stream count as progress although they did not arrive: the destination has looked at them.
const REJECTED: &str = "rejected_by_destination";

/// What became of an attempt.
pub(super) enum Ending {
    /// It ended.
    Ended(AttemptEnd),
    /// It goes back, for another worker to take.
    Released,
    /// Somebody else has it: nothing more is written.
    Lost,
}

impl Ending {
    /// It failed before the engine could judge it.
    pub(super) fn failed(tally: &Tally, reason: FailureReason) -> Self {
        Self::Ended(end(EndStatus::Failed, vec![reason], Vec::new(), tally.ended()))
    }

    /// The connection has been switched off since.
    pub(super) fn not_to_run(tally: &Tally) -> Self {
        let message =
            "the source's schema has changed, and by its policy the connection waits until somebody has looked at it";
        let reason =
            FailureReason::new(FailureOrigin::Source, FailureKind::Cancelled, "connection.schema_changed", message);
        Self::Ended(end(EndStatus::Cancelled, vec![reason], Vec::new(), tally.ended()))
    }

    fn cancelled(tally: &Tally) -> Self {
        let message = "the job was cancelled; what was acknowledged is kept, and the next one goes on from there";
        let reason = FailureReason::new(FailureOrigin::Platform, FailureKind::Cancelled, "sync.cancelled", message);
        Self::Ended(end(EndStatus::Cancelled, vec![reason], Vec::new(), tally.ended()))
    }
}

impl Attempt<'_> {
    /// It was asked to end before the engine could say how it ended.
    pub(super) fn interrupted(&self) -> Ending {
        match self.signals.told() {
            Signal::Lost => Ending::Lost,
            Signal::Release => Ending::Released,
            Signal::Cancel | Signal::GoOn => Ending::cancelled(self.tally),
        }
    }

    /// The engine has judged it. A proof counts, even if somebody asked for the end meanwhile.
    pub(super) fn ended(&self, outcome: Outcome) -> Ending {
        let status = match (outcome.status, self.signals.told()) {
            (_, Signal::Lost) => return Ending::Lost,
            (SyncStatus::Succeeded, _) => EndStatus::Succeeded,
            (SyncStatus::Cancelled, Signal::Release) => return Ending::Released,
            (SyncStatus::Cancelled, _) => EndStatus::Cancelled,
            (SyncStatus::Incomplete, _) => EndStatus::Incomplete,
            (SyncStatus::Failed, _) => EndStatus::Failed,
        };
        let mut streams = self.tally.ended();
        for stream in &mut streams {
            let of = |o: &&longshore_engine::StreamOutcome| {
                o.name == stream.stream.name && o.namespace == stream.stream.namespace
            };
            if let Some(judged) = outcome.streams.iter().find(of) {
                take_over(stream, judged);
            }
        }
        let dropped = outcome.dropped.into_iter().map(|dropped| Dropped {
            stream: dropped.stream,
            reason: dropped.reason,
            count: number(dropped.count),
        });
        let failures = outcome.failure.into_iter().chain(outcome.further_failures).collect();
        Ending::Ended(end(status, failures, dropped.collect(), streams))
    }
}

fn take_over(stream: &mut AttemptStream, judged: &longshore_engine::StreamOutcome) {
    use longshore_control_plane::StreamRunStatus::{Complete, Incomplete};
    use longshore_engine::outcome::StreamResult;
    stream.records_emitted = number(judged.records_emitted);
    stream.records_committed = number(judged.records_committed);
    stream.bytes_committed = number(judged.bytes_committed);
    stream.bytes_emitted = stream.bytes_emitted.max(stream.bytes_committed);
    stream.status = match judged.status {
        StreamResult::Complete => Complete,
        StreamResult::Incomplete => Incomplete,
    };
}

fn end(
    status: EndStatus,
    failures: Vec<FailureReason>,
    dropped: Vec<Dropped>,
    streams: Vec<AttemptStream>,
) -> AttemptEnd {
    let has_progress = streams.iter().any(|stream| stream.records_committed > 0)
        || dropped.iter().any(|dropped| dropped.reason == REJECTED && dropped.count > 0);
    AttemptEnd { status, failures: few(failures), dropped, streams, has_progress }
}

/// The first reasons, and how many there were besides.
fn few(mut failures: Vec<FailureReason>) -> Vec<FailureReason> {
    let more = failures.len().saturating_sub(MOST_FAILURES);
    failures.truncate(MOST_FAILURES);
    if more > 0 {
        let message = format!("{more} further reasons are left out");
        let (origin, kind) = (FailureOrigin::Platform, FailureKind::SystemError);
        failures.push(FailureReason::new(origin, kind, "sync.more_failures", message));
    }
    failures
}

impl Ending {
    /// Tells the control plane. What cannot be told in time is found out by whoever takes the job over.
    pub(super) async fn tell(self, run: JobRun) {
        let JobRun { desk, claimed, journal, pulse, .. } = run;
        let lease = claimed.lease;
        let ended = match self {
            Self::Lost => return,
            Self::Released => None,
            Self::Ended(mut end) => {
                end.failures = end.failures.into_iter().map(|reason| journal.hide_in(reason)).collect();
                end.failures.iter().for_each(|reason| journal.note(reason.origin, LogLevel::Error, &shown(reason)));
                Some(end)
            }
        };
        for _ in 0..TRIES {
            let (its_journal, its_lease, its_end) = (journal.clone(), lease.clone(), ended.clone());
            let told = desk.ask(move |plane| async move {
                its_journal.write(&plane, &its_lease).await?;
                match its_end {
                    Some(end) => plane.finish_attempt(&its_lease, end).await.map(drop),
                    None => plane.release(&its_lease).await,
                }
            });
            match told.await {
                Err(Error::Database { .. }) => tokio::time::sleep(PAUSE).await,
                Err(error) if error.code() != LEASE_LOST => {
                    journal.note(FailureOrigin::Platform, LogLevel::Error, &error.to_string());
                    break;
                }
                _ => break,
            }
        }
        drop(pulse);
    }
}

fn shown(reason: &FailureReason) -> String {
    let detail = reason.detail.as_deref().unwrap_or_default();
    format!("{}: {}\n{detail}", reason.code, reason.message)
}
