//! An attempt ends: its worker says how, gives it back, or has not been heard of. What becomes of the job is decided here.

use super::{AttemptEnd, EndStatus, Lease};
use crate::attempt::{AttemptStream, Dropped};
use crate::store::job::{Settled, Worked};
use crate::store::{self, Change, moment};
use crate::{
    AttemptStatus, By, Connection, ConnectionStatus, ControlPlane, Error, Failures, Job, JobId, JobStatus, Next, Result,
};
use jiff::SignedDuration;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use std::time::Duration;

/// So many failures in a row, and so long without success, switch a connection off; the smaller ones warn.
const DISABLED_AFTER: (i64, SignedDuration) = (30, SignedDuration::from_hours(7 * 24));
const WARNED_AFTER: (i64, SignedDuration) = (20, SignedDuration::from_hours(4 * 24));

/// How an attempt ends, whoever says so.
pub(crate) struct Ending {
    status: EndStatus,
    failures: Vec<FailureReason>,
    dropped: Vec<Dropped>,
    streams: Vec<AttemptStream>,
    has_progress: bool,
    /// The connectors are not to blame: another worker takes the job at once.
    is_worker_gone: bool,
    /// It is no failure at all.
    is_free: bool,
}

impl Ending {
    fn of(status: EndStatus, failures: Vec<FailureReason>) -> Self {
        let (dropped, streams) = (Vec::new(), Vec::new());
        Self { status, failures, dropped, streams, has_progress: false, is_worker_gone: false, is_free: false }
    }

    pub(crate) fn of_cancelled(failures: Vec<FailureReason>) -> Self {
        Self::of(EndStatus::Cancelled, failures)
    }

    pub(crate) fn of_failed(failure: FailureReason) -> Self {
        Self::of(EndStatus::Failed, vec![failure])
    }

    fn of_worker_lost() -> Self {
        let message = "the worker was not heard of any more; another one goes on from the last checkpoint";
        let reason =
            FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, "job.worker_lost", message);
        Self { is_worker_gone: true, ..Self::of_failed(reason) }
    }

    fn of_worker_stopped() -> Self {
        let message = "the worker was stopped; another one goes on from the last checkpoint";
        let reason =
            FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, "job.worker_stopped", message);
        Self { is_worker_gone: true, is_free: true, ..Self::of_failed(reason) }
    }
}

impl From<AttemptEnd> for Ending {
    fn from(end: AttemptEnd) -> Self {
        let AttemptEnd { status, failures, dropped, streams, has_progress } = end;
        Self { dropped, streams, has_progress, ..Self::of(status, failures) }
    }
}

impl ControlPlane {
    /// Ends the attempt, and decides what becomes of the job.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn finish_attempt(&self, lease: &Lease, end: AttemptEnd) -> Result<Job> {
        self.finish(lease, end.into()).await
    }

    /// Gives the job back, since the worker is stopping: another takes it at once, and it is not counted as a failure.
    ///
    /// # Errors
    /// `job.lease_lost`.
    pub async fn release(&self, lease: &Lease) -> Result<()> {
        self.finish(lease, Ending::of_worker_stopped()).await.map(|_| ())
    }

    /// Takes jobs from workers that have not been heard of. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_over_expired(&self) -> Result<usize> {
        let now = moment::milliseconds(self.now());
        let mut taken = 0;
        for (id, token) in store::job::expired(self.store().reader(), now).await? {
            taken += usize::from(self.take_over(id, &token).await?);
        }
        Ok(taken)
    }

    async fn take_over(&self, id: JobId, token: &str) -> Result<bool> {
        let connection_id = self.job(id).await?.connection_id;
        let mut change = self.store().change().await?;
        let connection = store::connection::lock(&mut change, connection_id).await?;
        let now = moment::milliseconds(self.now());
        let Some(worked) = store::job::lock(&mut change, id, Some(token)).await? else { return Ok(false) };
        if worked.lease_until.is_none_or(|until| until >= now) {
            return Ok(false);
        }
        self.end_attempt(&mut change, connection.as_ref(), worked, Ending::of_worker_lost()).await?;
        change.commit().await?;
        self.tell_ended();
        Ok(true)
    }

    pub(crate) async fn finish(&self, lease: &Lease, ending: Ending) -> Result<Job> {
        let mut change = self.store().change().await?;
        let connection = store::connection::lock(&mut change, lease.connection_id).await?;
        let worked = store::job::lock(&mut change, lease.job_id, Some(&lease.token())).await?;
        let mut worked = worked.ok_or_else(|| lease.lost())?;
        if !ending.streams.is_empty() {
            self.count(&mut change, lease, &ending.streams, 0).await?;
            let counted = store::job::get(&mut *change, lease.job_id).await?;
            worked.job = counted.ok_or_else(|| Error::not_found("job", lease.job_id))?;
        }
        let job = self.end_attempt(&mut change, connection.as_ref(), worked, ending).await?;
        change.commit().await?;
        self.tell_ended();
        Ok(job)
    }

    fn tell_ended(&self) {
        self.wake().tell_changed();
        self.wake().tell_work();
    }

    /// The caller has locked connection and job, in this order.
    pub(crate) async fn end_attempt(
        &self,
        change: &mut Change<'_>,
        connection: Option<&Connection>,
        worked: Worked,
        ending: Ending,
    ) -> Result<Job> {
        let now = moment::milliseconds(self.now());
        let key = (worked.job.id, worked.job.attempts - 1);
        let committed = store::attempt::committed(change, key).await?;
        let (status, failures, pause) = decide(&worked, &ending, committed > 0);
        let attempt = store::attempt::Ended {
            status: if status == JobStatus::Succeeded { AttemptStatus::Succeeded } else { AttemptStatus::Failed },
            failures: &ending.failures,
            dropped: &ending.dropped,
        };
        // The attempt of a job that waits for its next one has ended before.
        if worked.job.status != JobStatus::Incomplete {
            store::attempt::end(change, key, now, attempt).await?;
        }
        let failure = ending.failures.first().filter(|_| status != JobStatus::Succeeded);
        let settled = Settled {
            status: &store::sql::word(status),
            failures,
            failure: failure.or(worked.job.failure.as_ref().filter(|_| status == JobStatus::Cancelled)),
            claimable_at: pause.map(|pause| now.saturating_add(super::milliseconds(pause))),
            ended_at: status.is_terminal().then_some(now),
        };
        store::job::settle(change, worked.job.id, now, settled).await?;
        let job = store::job::get(&mut **change, worked.job.id).await?;
        let job = job.ok_or_else(|| Error::not_found("job", worked.job.id))?;
        if status.is_terminal() {
            self.job_ended(change, connection, &job).await?;
        }
        Ok(job)
    }

    async fn job_ended(&self, change: &mut Change<'_>, connection: Option<&Connection>, job: &Job) -> Result<()> {
        self.note_job(change, By::platform(), job, &store::sql::word(job.status)).await?;
        let Some(connection) = connection else { return Ok(()) };
        let mut cleared: Vec<StreamDescriptor> = job.streams.iter().map(|request| request.stream.clone()).collect();
        if job.status == JobStatus::Succeeded && !job.kind.clears() {
            cleared = self.carried_out(change, connection).await?;
        }
        let is_done = job.status == JobStatus::Succeeded || (job.kind.clears() && job.status == JobStatus::Cancelled);
        if is_done && !cleared.is_empty() {
            store::state::delete_clears(change, connection.id, &cleared).await?;
        }
        if connection.deleted_at.is_some() {
            return Ok(());
        }
        self.tell_of_job(change, connection, job).await?;
        if job.status == JobStatus::Failed && connection.status == ConnectionStatus::Active {
            self.disable_if_hopeless(change, connection, job).await?;
        }
        Ok(())
    }

    /// Clears that were left open and that a sync has made up for, which only a destination with generations can.
    async fn carried_out(&self, change: &mut Change<'_>, connection: &Connection) -> Result<Vec<StreamDescriptor>> {
        let open = store::state::open_clears(change, connection.id).await?;
        let can = !open.is_empty() && self.takes_refreshes(change, connection).await?;
        Ok(if can { open } else { Vec::new() })
    }

    /// Switches a connection off that has failed for long.
    async fn disable_if_hopeless(&self, change: &mut Change<'_>, connection: &Connection, job: &Job) -> Result<()> {
        let (failed, since, streak) = store::job::failed_in_a_row(change, connection.id).await?;
        let since = since.map_or(self.now(), moment::timestamp);
        let for_long = self.now().duration_since(since);
        let is = |(times, long): (i64, SignedDuration)| failed >= times && for_long >= long;
        if is(DISABLED_AFTER) {
            let days = for_long.as_hours() / 24;
            let mut disabled = connection.clone();
            disabled.status = ConnectionStatus::Inactive;
            disabled.status_reason = Some(format!("switched off after {failed} failed jobs in a row over {days} days"));
            disabled.next_run_at = None;
            disabled.updated_at = self.now();
            store::connection::update(change, &disabled).await?;
            self.note_job(change, By::platform(), job, "disabled_connection").await?;
            self.tell_of_disabling(change, &disabled, job).await
        } else if is(WARNED_AFTER) {
            self.tell_of_coming_disabling(change, connection, job, streak).await
        } else {
            Ok(())
        }
    }
}

/// What becomes of the job: its status, its failures so far, and how long it waits for another attempt.
fn decide(worked: &Worked, ending: &Ending, has_committed: bool) -> (JobStatus, Failures, Option<Duration>) {
    match ending.status {
        EndStatus::Succeeded => return (JobStatus::Succeeded, worked.failures, None),
        EndStatus::Cancelled => return (JobStatus::Cancelled, worked.failures, None),
        EndStatus::Failed | EndStatus::Incomplete if worked.cancel_requested => {
            return (JobStatus::Cancelled, worked.failures, None);
        }
        EndStatus::Failed | EndStatus::Incomplete => {}
    }
    if ending.is_free {
        return (JobStatus::Incomplete, worked.failures, Some(Duration::ZERO));
    }
    let kind = ending.failures.first().map(|failure| failure.kind);
    match worked.failures.after(has_committed || ending.has_progress, kind) {
        (failures, Next::Attempt { pause }) => {
            let pause = if ending.is_worker_gone { Duration::ZERO } else { pause };
            (JobStatus::Incomplete, failures, Some(pause))
        }
        (failures, Next::GiveUp) => (JobStatus::Failed, failures, None),
    }
}
