//! Named events: how scripts and tests wait for each other without sleeping.

use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

/// A board on which everybody of one test announces what has happened. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Events(Arc<watch::Sender<BTreeSet<String>>>);

impl Events {
    /// Says that `name` has happened; it stays so.
    pub fn announce(&self, name: impl Into<String>) {
        self.0.send_modify(|happened| {
            happened.insert(name.into());
        });
    }

    /// Waits until `name` has happened.
    pub async fn wait_for(&self, name: &str) {
        let mut board = self.0.subscribe();
        let _ = board.wait_for(|happened| happened.contains(name)).await; // the sender lives as long as `self`
    }
}
