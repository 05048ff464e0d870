//! Jobs that the schedule asks for.

use super::{JobKind, StreamRequest, Trigger};
use crate::store::{self, Change, moment};
use crate::{By, Connection, ConnectionId, ConnectionStatus, ControlPlane, Result};
use jiff::{SignedDuration, Timestamp};

/// A clock that is this much behind what it was has been set back; less is a clock that is kept in step.
const SET_BACK: SignedDuration = SignedDuration::from_secs(60);

/// The longest that a lease and a pause are meant to be.
const LONGEST_LEASE: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(30 * 60);

impl ControlPlane {
    /// Makes the jobs of the connections that are due, each once however many processes ask. A connection that has a job is
    /// due right after that. Says how many were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_schedules(&self, limit: u32) -> Result<usize> {
        let now = self.now();
        self.follow_clock(now).await?;
        let due = store::connection::due(self.store().reader(), moment::milliseconds(now), limit).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let made = self.run_due(due).await?;
        if made > 0 {
            self.wake().tell_work();
        }
        Ok(made)
    }

    async fn run_due(&self, mut due: Vec<ConnectionId>) -> Result<usize> {
        // Everybody locks in the same order.
        due.sort();
        let mut made = 0;
        let mut change = self.store().change().await?;
        for id in due {
            if let Some(connection) = store::connection::lock(&mut change, id).await? {
                made += usize::from(self.run_if_due(&mut change, connection).await?);
            }
        }
        change.commit().await?;
        Ok(made)
    }

    /// Another process may have done it since it was looked for.
    async fn run_if_due(&self, change: &mut Change<'_>, connection: Connection) -> Result<bool> {
        let now = self.now();
        let Some(due) = connection.next_run_at.filter(|due| *due <= now) else { return Ok(false) };
        if connection.status != ConnectionStatus::Active || connection.deleted_at.is_some() {
            store::connection::set_next_run(change, connection.id, None).await?;
            return Ok(false);
        }
        let (kind, streams) = self.what_is_due(change, &connection).await?;
        let job = self.add_job(change, &connection, kind, Trigger::Schedule, streams, None).await?;
        let Some(job) = job else { return Ok(false) };
        let next = connection.schedule.next_after_run(due, job.created_at);
        store::connection::set_next_run(change, connection.id, next.map(moment::milliseconds)).await?;
        self.note_job(change, By::platform(), &job, "started").await?;
        Ok(true)
    }

    /// A clear that failed comes first, unless the sync itself can make up for it.
    async fn what_is_due(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
    ) -> Result<(JobKind, Vec<StreamRequest>)> {
        let open = store::state::open_clears(change, connection.id).await?;
        let selected: Vec<_> =
            connection.streams.iter().filter(|stream| stream.is_selected).map(|s| s.descriptor()).collect();
        let open = open.into_iter().filter(|stream| selected.contains(stream));
        let open: Vec<StreamRequest> = open.map(|stream| StreamRequest { stream, refresh: None }).collect();
        if open.is_empty() || self.takes_refreshes(change, connection).await? {
            return Ok((JobKind::Sync, Vec::new()));
        }
        Ok((JobKind::Clear, open))
    }

    /// When the clock has been set back, nothing waits for the time that it showed before.
    async fn follow_clock(&self, now: Timestamp) -> Result<()> {
        let seen = match self.clock_seen(now) {
            Some(seen) => seen,
            None => {
                let newest = store::job::newest_created(self.store().reader()).await?;
                newest.map_or(now, moment::timestamp)
            }
        };
        if seen.duration_since(now) <= SET_BACK {
            return Ok(());
        }
        let mut waiting = store::connection::scheduled(self.store().reader()).await?;
        waiting.sort();
        let mut change = self.store().change().await?;
        let bounds = (moment::milliseconds(now + LONGEST_LEASE), moment::milliseconds(now + LONGEST_PAUSE));
        for id in waiting {
            let Some(connection) = store::connection::lock(&mut change, id).await? else { continue };
            let Some(next) = connection.next_run_at else { continue };
            let new = connection.schedule.next_after_clock_change(next, now);
            if new != Some(next) {
                store::connection::set_next_run(&mut change, id, new.map(moment::milliseconds)).await?;
            }
        }
        store::job::bound_waits(&mut change, moment::milliseconds(now), bounds.0, bounds.1).await?;
        change.commit().await?;
        Ok(())
    }
}
