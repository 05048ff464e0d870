//! One attempt of a job, from its claim to its end. Start reading here.
//!
//! `prepare` makes both connectors ready and, after a failure, checks them; `refresh` looks whether the source's schema has
//! changed; `start` starts both; the engine moves the records; `checkpoints` keeps what the destination acknowledged;
//! `ending` says what became of it. *No proof, no green* is the engine's: here its word is only handed on.

mod checkpoints;
mod clear;
mod ending;
mod plan;
mod refresh;
mod start;
mod tally;
mod watcher;

use crate::connector::RunNumber;
use crate::desk::Desk;
use crate::failure::Result;
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::pulse::{Pulse, Signal, Signals};
use crate::settings::WorkerSettings;
use crate::side::{Machine, Side};
use checkpoints::Checkpoints;
use ending::Ending;
use longshore_control_plane::{ClaimedJob, ControlPlane, Hydrated, Lease, LeaseStatus};
use longshore_engine::{Outcome, SyncPlan, Timeouts};
use longshore_protocol::FailureReason;
use longshore_runner::Settings;
use std::sync::Arc;
use std::time::Duration;
use tally::Tally;
use tokio::sync::watch;
use watcher::Watcher;

/// The code of a write that came too late.
const LEASE_LOST: &str = "job.lease_lost";

/// How long a bundled destination is given to acknowledge before it is told that a stream is complete.
const SETTLE: Duration = Duration::from_secs(30);

/// How long a connector has between being asked to end and being ended: short, so that a cancelled job ends in time.
const GRACE: Duration = Duration::from_secs(1);

/// A job that was claimed, with what keeps it ours; made where it was claimed, and run on a thread of its own.
pub(crate) struct JobRun {
    desk: Desk,
    settings: Arc<WorkerSettings>,
    claimed: ClaimedJob,
    journal: Journal,
    tally: Tally,
    signals: Signals,
    pulse: Pulse,
}

impl JobRun {
    /// Takes the job over from its claim: from now on its lease is renewed.
    pub(crate) fn new(
        desk: &Desk,
        settings: &Arc<WorkerSettings>,
        claimed: ClaimedJob,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let (journal, signals, tally) = (Journal::default(), Signals::default(), Tally::of(&claimed.streams));
        let (plane, lease) = (desk.plane().clone(), claimed.lease.clone());
        let (its_journal, its_tally) = (journal.clone(), tally.clone());
        let beat = move || beat(plane.clone(), lease.clone(), its_journal.clone(), its_tally.clone());
        let pulse = Pulse::start(settings.timing, signals.clone(), stopped, beat);
        let (desk, settings) = (desk.clone(), Arc::clone(settings));
        Self { desk, settings, claimed, journal, tally, signals, pulse }
    }

    /// Makes the attempt, and says what became of it.
    pub(crate) async fn run(self) {
        let ending = match (self.settings.runner)() {
            Ok(runner) => Attempt::new(&self, &runner).make().await,
            Err(reason) => Ending::failed(&self.tally, reason),
        };
        // Nothing of it may be left when the next attempt begins.
        longshore_runner::all_removed().await;
        ending.tell(self).await;
    }
}

/// Renews the lease, and hands on what there is to tell.
async fn beat(
    plane: ControlPlane,
    lease: Lease,
    journal: Journal,
    tally: Tally,
) -> longshore_control_plane::Result<LeaseStatus> {
    let status = plane.heartbeat(&lease, Some(&tally.snapshot())).await?;
    if status != LeaseStatus::Lost {
        journal.write(&plane, &lease).await?;
    }
    Ok(status)
}

/// An attempt that is being made, on the thread of its connectors.
struct Attempt<'a> {
    desk: &'a Desk,
    settings: &'a WorkerSettings,
    runner: &'a Settings,
    claimed: &'a ClaimedJob,
    journal: &'a Journal,
    tally: &'a Tally,
    signals: &'a Signals,
}

/// Both sides, and what is to be moved between them.
struct Prepared {
    /// None for a job that clears.
    source: Option<Side>,
    destination: Side,
    plan: SyncPlan,
    states: Option<String>,
}

impl<'a> Attempt<'a> {
    fn new(run: &'a JobRun, runner: &'a Settings) -> Self {
        let JobRun { desk, settings, claimed, journal, tally, signals, .. } = run;
        Self { desk, settings, runner, claimed, journal, tally, signals }
    }

    async fn make(&self) -> Ending {
        let prepared = tokio::select! {
            prepared = self.prepare() => prepared,
            () = self.signals.at_least(Signal::Release) => return self.interrupted(),
        };
        let prepared = match prepared {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return Ending::not_to_run(self.tally),
            Err(reason) => return Ending::failed(self.tally, reason),
        };
        let too_late = async {
            tokio::select! {
                () = self.signals.at_least(Signal::Lost) => {}
                () = self.overdue() => {}
            }
        };
        tokio::select! {
            moved = self.transfer(prepared) => match moved {
                Ok(outcome) => self.ended(outcome),
                Err(reason) => Ending::failed(self.tally, reason),
            },
            () = too_late => self.interrupted(), // what still runs ends with its handles
        }
    }

    /// Waits until whoever was asked to end has had the time to.
    async fn overdue(&self) {
        self.signals.at_least(Signal::Release).await;
        let stop = tokio::time::sleep(self.settings.timing.stop_grace);
        let cancel = async {
            self.signals.at_least(Signal::Cancel).await;
            tokio::time::sleep(self.settings.timing.cancel_grace).await;
        };
        tokio::select! {
            () = stop => {}
            () = cancel => {}
        }
    }

    fn machine(&self) -> Machine<'_> {
        let run = RunNumber { job: self.claimed.job.id.0, attempt: self.claimed.lease.attempt_number };
        Machine { desk: self.desk, settings: self.settings, runner: self.runner, journal: self.journal, run }
    }

    /// Makes everything ready; none when the connection is not to run any more.
    async fn prepare(&self) -> Result<Option<Prepared>> {
        let machine = self.machine();
        let connection = &self.claimed.connection;
        let source = self.source();
        let source = async {
            match source {
                Some(hydrated) => machine.side(hydrated, Some(connection.source_id)).await.map(Some),
                None => Ok(None),
            }
        };
        let destination = machine.side(&self.claimed.destination, Some(connection.destination_id));
        let (source, destination) = tokio::try_join!(source, destination)?;
        if self.claimed.needs_check {
            self.check(&machine, source.as_ref(), &destination).await?;
        }
        let Some((streams, states)) = self.refreshed().await? else { return Ok(None) };
        let plan = self.plan(&streams, destination.supports_refreshes)?;
        Ok(Some(Prepared { source, destination, plan, states }))
    }

    /// Whom to read from.
    fn source(&self) -> Option<&'a Hydrated> {
        self.claimed.source.as_ref().filter(|_| !self.claimed.job.kind.clears())
    }

    /// After a failure nothing is begun that cannot work.
    async fn check(&self, machine: &Machine<'_>, source: Option<&Side>, destination: &Side) -> Result<()> {
        for side in source.into_iter().chain([destination]) {
            self.journal.say(format!("checking the {}", side.origin));
            let keeper = self.keeper(side);
            let status = machine.check(side, Some(&keeper)).await;
            keeper.finish().await;
            if let Some(reason) = side.check_failed(&status?) {
                return Err(reason);
            }
        }
        Ok(())
    }

    fn keeper(&self, side: &Side) -> Keeper {
        let connection = &self.claimed.connection;
        let actor = match side.origin {
            longshore_protocol::FailureOrigin::Source => connection.source_id,
            _ => connection.destination_id,
        };
        Keeper::new(self.desk, actor, side.configuration.clone(), self.journal)
    }

    /// Moves the records; returns when both connectors have ended.
    async fn transfer(&self, prepared: Prepared) -> std::result::Result<Outcome, FailureReason> {
        let (source, destination) = tokio::try_join!(self.start_source(&prepared), self.start_destination(&prepared))?;
        let mut store = Checkpoints {
            desk: self.desk.clone(),
            lease: self.claimed.lease.clone(),
            tally: self.tally.clone(),
            signals: self.signals.clone(),
        };
        let mut watcher = Watcher {
            journal: self.journal,
            tally: self.tally,
            source: prepared.source.as_ref().map(|side| self.keeper(side)),
            destination: self.keeper(&prepared.destination),
        };
        let settle = if prepared.destination.ready.is_bundled { SETTLE } else { Duration::ZERO };
        let timeouts = Timeouts { silence: self.settings.timing.silence, grace: GRACE, settle };
        let cancelled = self.signals.at_least(Signal::Release);
        let plan = &prepared.plan;
        let outcome = longshore_engine::run(plan, source, destination, &mut store, &mut watcher, timeouts, cancelled);
        let outcome = outcome.await;
        watcher.finish().await;
        Ok(outcome)
    }
}
