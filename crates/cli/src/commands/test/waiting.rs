//! What is shown while a suite runs: on a terminal one line that says what is being done, else nothing.

use crate::config;
use crate::print::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How often the line moves.
const TICK: Duration = Duration::from_millis(120);

/// The line; it goes away with its value.
pub(super) struct Waiting(ProgressBar);

impl Waiting {
    pub(super) fn new() -> Self {
        if !config::stderr_is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// What is being done now.
    pub(super) fn tell(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Prints a line of stderr above it.
    pub(super) fn notice(&self) -> Box<dyn Fn(&str) + Send + Sync> {
        let bar = self.0.clone();
        Box::new(move |text| bar.suspend(|| note(text)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
