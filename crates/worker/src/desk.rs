//! The way from a run's thread to the control plane: its database belongs to the runtime that opened it, so everything is
//! done there, and a run waits for the answer.

use longshore_control_plane::{ControlPlane, Error, Result};
use std::future::Future;
use std::sync::mpsc;
use tokio::runtime::Handle;

/// Asks the control plane from anywhere.
#[derive(Clone)]
pub(crate) struct Desk {
    plane: ControlPlane,
    runtime: Handle,
}

impl Desk {
    /// To be made on the runtime of the control plane.
    pub(crate) fn new(plane: ControlPlane) -> Self {
        Self { plane, runtime: Handle::current() }
    }

    /// The control plane, for what does not touch its database.
    pub(crate) fn plane(&self) -> &ControlPlane {
        &self.plane
    }

    /// Does `work` there, and waits.
    pub(crate) async fn ask<T, F>(&self, work: impl FnOnce(ControlPlane) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let asked = self.runtime.spawn(work(self.plane.clone()));
        asked.await.unwrap_or_else(|_| Err(gone()))
    }

    /// The same for whoever cannot await: blocks its thread. Must not be called on the runtime of the control plane.
    pub(crate) fn ask_and_block<T, F>(&self, work: impl FnOnce(ControlPlane) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (answer, answered) = mpsc::channel();
        let asked = work(self.plane.clone());
        self.runtime.spawn(async move { answer.send(asked.await) });
        answered.recv().unwrap_or_else(|_| Err(gone()))
    }
}

/// The runtime ends, and with it this process.
fn gone() -> Error {
    Error::Database { code: "database.unreachable", message: "this worker is being ended".to_owned() }
}
