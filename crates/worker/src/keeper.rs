//! Keeps configurations that a connector sets itself, such as one with rotated tokens: at once, since the old one may be
//! worth nothing any more, and without holding the run up.

use crate::desk::Desk;
use crate::journal::Journal;
use longshore_control_plane::{ActorId, Configuration};
use longshore_protocol::{FailureOrigin, LogLevel};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::JoinHandle;

/// Keeps the configuration of one source or destination.
pub(crate) struct Keeper {
    new: UnboundedSender<Configuration>,
    kept: JoinHandle<()>,
}

impl Keeper {
    /// `given` is what the connector was started with.
    pub(crate) fn new(desk: &Desk, actor: ActorId, given: Configuration, journal: &Journal) -> Self {
        let (new, mut told) = mpsc::unbounded_channel();
        let (desk, journal) = (desk.clone(), journal.clone());
        let kept = tokio::spawn(async move {
            let mut given = given;
            while let Some(new) = told.recv().await {
                let (old, kept): (Configuration, Configuration) = (given.clone(), Clone::clone(&new));
                let done =
                    desk.ask(move |plane| async move { plane.keep_configuration(actor, &old, kept).await }).await;
                match done {
                    Ok(()) => given = new,
                    Err(error) => {
                        let text = format!("the new configuration cannot be kept: {error}");
                        journal.note(FailureOrigin::Platform, LogLevel::Error, &text);
                    }
                }
            }
        });
        Self { new, kept }
    }

    /// Keeps another one.
    pub(crate) fn keep(&self, configuration: &str) {
        // It is received as long as this lives.
        let _ = self.new.send(Configuration::new(configuration.to_owned()));
    }

    /// Waits until everything is kept.
    pub(crate) async fn finish(self) {
        drop(self.new);
        let _ = self.kept.await;
    }
}
