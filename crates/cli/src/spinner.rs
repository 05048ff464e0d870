//! Shows on a terminal that something is waited for; elsewhere nothing.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How often it turns.
const TURN: Duration = Duration::from_millis(120);

/// A line with what is waited for and since when, which goes away with its value.
pub(crate) struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// Begins to turn.
    pub(crate) fn begin(text: impl Into<String>) -> Self {
        let bar = ProgressBar::new_spinner(); // draws to stderr, and only if that is a terminal
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(text.into());
        bar.enable_steady_tick(TURN);
        Self { bar }
    }

    /// Says something else from here on.
    pub(crate) fn say(&self, text: impl Into<String>) {
        self.bar.set_message(text.into());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
