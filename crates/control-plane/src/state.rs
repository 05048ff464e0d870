//! The states of a connection, as they were sent, byte for byte.

use crate::{By, ConnectionId, ControlPlane, Result};
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
        let _ = id;
        unimplemented!()
    }

    /// Puts others in their place, all of them.
    ///
    /// # Errors
    /// `state.sync_running`.
    pub async fn replace_states(&self, by: By, id: ConnectionId, state: ConnectionState) -> Result<ConnectionState> {
        let _ = (by, id, state);
        unimplemented!()
    }
}
