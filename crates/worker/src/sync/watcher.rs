//! Listens to a running sync: its log, its counts, and configurations that connectors set themselves.

use super::tally::Tally;
use crate::journal::Journal;
use crate::keeper::Keeper;
use longshore_engine::{Event, Observer};
use longshore_protocol::{FailureOrigin, LogLevel};

/// What is to be known of a running sync.
pub(super) struct Watcher<'a> {
    pub(super) journal: &'a Journal,
    pub(super) tally: &'a Tally,
    /// Where the configuration of each side is kept; nobody's for a source without a process.
    pub(super) source: Option<Keeper>,
    pub(super) destination: Keeper,
}

impl Observer for Watcher<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Log { level, .. } if level < LogLevel::Info => {}
            Event::Log { origin, level, text } => self.journal.note(origin, level, text),
            Event::Status { stream, status } => {
                let word = format!("{status:?}").to_lowercase();
                self.journal.say(format!("{stream}: {word}"));
            }
            Event::Checkpoint(streams) | Event::Progress(streams) => self.tally.progress(streams),
            Event::Configuration { origin, config } => {
                self.journal.keep_secret(|secrets| secrets.add(config.get()));
                self.journal.say(format!("the {origin} changed its configuration"));
                let keeper = match origin {
                    FailureOrigin::Source => self.source.as_ref(),
                    FailureOrigin::Destination => Some(&self.destination),
                    FailureOrigin::Platform => None,
                };
                if let Some(keeper) = keeper {
                    keeper.keep(config.get());
                }
            }
            _ => {}
        }
    }
}

impl Watcher<'_> {
    /// Waits until everything is kept.
    pub(super) async fn finish(self) {
        if let Some(keeper) = self.source {
            keeper.finish().await;
        }
        self.destination.finish().await;
    }
}
