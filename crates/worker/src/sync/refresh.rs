//! Before a sync: has the source's schema changed since somebody looked at it last?

use super::Attempt;
use crate::failure::Result;
use jiff::SignedDuration;
use longshore_control_plane::{
    By, Connection, ConnectionState, ConnectionStatus, ControlPlane, PlannedStream, StoredStreamState,
};
use longshore_protocol::{FailureOrigin, LogLevel, State, StateKind, StreamDescriptor};
use std::collections::HashSet;

/// A catalog that was fetched so long ago is fetched anew.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// What is moved, and from which states on.
pub(super) type Work = (Vec<PlannedStream>, Option<String>);

impl Attempt<'_> {
    /// The streams and states of this attempt, after the schema was looked at if it is time to; none when the connection is
    /// not to run any more.
    pub(super) async fn refreshed(&self) -> Result<Option<Work>> {
        let work = (self.claimed.streams.clone(), self.claimed.states.clone());
        let is_first = self.claimed.lease.attempt_number == 0;
        if self.claimed.job.kind.clears() || !is_first || !self.is_time().await {
            return Ok(Some(work));
        }
        self.journal.say("looking whether the source's schema has changed");
        let id = self.claimed.connection.id;
        let asked = self.desk.ask(move |plane| async move {
            let diff = plane.refresh_schema(By::platform(), id, false).await?;
            Ok((diff, plane.connection(id).await?, plane.states(id).await?))
        });
        match asked.await {
            Ok((_, connection, _)) if connection.status != ConnectionStatus::Active => Ok(None),
            Ok((_, connection, states)) => Ok(Some(followed(work, &connection, &states))),
            Err(error) => {
                // The sync itself will tell whether the source works.
                let text = format!("the source's schema cannot be looked at: {error}");
                self.journal.note(FailureOrigin::Platform, LogLevel::Warn, &text);
                Ok(Some(work))
            }
        }
    }

    async fn is_time(&self) -> bool {
        let source = self.claimed.connection.source_id;
        let is_old = move |plane: ControlPlane| async move {
            let last = plane.last_catalog(source).await?;
            Ok(last.is_some_and(|last| plane.now().duration_since(last.fetched_at) > OLDEST))
        };
        self.desk.ask(is_old).await.unwrap_or(false)
    }
}

/// What was planned, as the connection is now: streams that it does not take any more are left out, schemas and fields are
/// new, and a stream that is to be filled again has no state. Streams that it takes only now come with the next job.
fn followed((streams, states): Work, connection: &Connection, stored: &ConnectionState) -> Work {
    let follow = |mut planned: PlannedStream| {
        let descriptor = planned.configured.descriptor();
        let is_it = |configured: &longshore_protocol::ConfiguredStream| configured.descriptor() == descriptor;
        let now = connection.streams.iter().find(|now| now.is_selected && is_it(&now.configured))?;
        planned.configured.stream = now.configured.stream.clone();
        let top = |path: &Vec<String>| path.first().cloned();
        planned.selected_fields = now.selected_fields.as_ref().map(|fields| fields.iter().filter_map(top).collect());
        Some(planned)
    };
    (streams.into_iter().filter_map(follow).collect(), states.and_then(|text| still_stored(text, stored)))
}

/// Without the states of streams that are stored no more.
fn still_stored(text: String, stored: &ConnectionState) -> Option<String> {
    let ConnectionState::Stream(stored) = stored else { return Some(text) };
    let names: HashSet<&StreamDescriptor> = stored.iter().map(|StoredStreamState { stream, .. }| stream).collect();
    let Ok(mut states) = serde_json::from_str::<Vec<State>>(&text) else { return Some(text) };
    let before = states.len();
    states.retain(|state| {
        state.kind() != StateKind::Stream || state.descriptor().is_some_and(|stream| names.contains(stream))
    });
    match states.len() {
        0 => None,
        left if left == before => Some(text), // byte for byte
        _ => serde_json::to_string(&states).ok(),
    }
}
