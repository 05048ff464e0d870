//! The states of a connection, as they were sent, byte for byte.

use crate::event::Happened;
use crate::store::state::StateRow;
use crate::store::{self, moment};
use crate::{By, ConnectionId, ControlPlane, Error, Result};
use longshore_protocol::{RawJson, StreamDescriptor};

/// All that is stored of how far a connection's source got.
#[derive(Debug, Clone)]
pub enum ConnectionState {
    /// Nothing.
    NotSet,
    /// One blob for everything.
    Legacy(RawJson),
    /// One for each stream.
    Stream(Vec<StoredStreamState>),
    /// One for all streams together.
    Global {
        /// What belongs to no stream in particular.
        shared: Option<RawJson>,
        /// What belongs to each stream.
        streams: Vec<StoredStreamState>,
    },
}

/// The state of a stream.
#[derive(Debug, Clone)]
pub struct StoredStreamState {
    /// The stream.
    pub stream: StreamDescriptor,
    /// The source's own note.
    pub state: RawJson,
}

impl ControlPlane {
    /// The states of a connection.
    ///
    /// # Errors
    /// When there is no such connection.
    pub async fn states(&self, id: ConnectionId) -> Result<ConnectionState> {
        self.connection(id).await?;
        store::state::get(&mut *self.store().reader().acquire().await?, id).await
    }

    /// Puts others in their place, all of them.
    ///
    /// # Errors
    /// `state.sync_running`.
    pub async fn replace_states(&self, by: By, id: ConnectionId, state: ConnectionState) -> Result<ConnectionState> {
        let mut change = self.store().change().await?;
        let connection = self.locked_connection(&mut change, id).await?;
        if store::job::active_of(&mut *change, id).await?.is_some() {
            let message = "a job of the connection is running: its states cannot be changed before that has ended";
            return Err(Error::conflict("state.sync_running", message));
        }
        store::state::delete_all(&mut change, id).await?;
        let (kind, rows) = rows(&state);
        store::state::put(&mut change, id, kind, &rows, (None, moment::milliseconds(self.now()))).await?;
        let what = Happened::new("connection", id, "state_replaced", &connection.name);
        self.note(&mut change, by, what.within(Some(connection.workspace_id))).await?;
        let stored = store::state::get(&mut change, id).await?;
        change.commit().await?;
        Ok(stored)
    }
}

/// A null blob is no state.
fn rows(state: &ConnectionState) -> (&'static str, Vec<StateRow<'_>>) {
    let is_state = |row: &StateRow<'_>| row.state.trim() != "null";
    let shared = |blob| StateRow { stream: None, state: blob };
    let of_streams = |streams| {
        let rows = <[StoredStreamState]>::iter(streams);
        rows.map(|row| StateRow { stream: Some(&row.stream), state: row.state.get() }).filter(is_state)
    };
    match state {
        ConnectionState::NotSet => ("stream", Vec::new()),
        ConnectionState::Legacy(blob) => ("legacy", vec![shared(blob.get())].into_iter().filter(is_state).collect()),
        ConnectionState::Stream(streams) => ("stream", of_streams(streams).collect()),
        ConnectionState::Global { shared: blob, streams } => {
            let blob = blob.iter().map(|blob| shared(blob.get())).filter(is_state);
            ("global", blob.chain(of_streams(streams)).collect())
        }
    }
}
