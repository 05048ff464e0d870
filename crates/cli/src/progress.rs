//! Shows how blobs move: a bar for each on a terminal, nothing without one.

use crate::config;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use longshore_images::Progress;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bars on stderr, by what they show.
pub(crate) struct Transfers {
    screen: MultiProgress,
    bars: Mutex<HashMap<String, ProgressBar>>,
}

impl Transfers {
    pub(crate) fn new() -> Self {
        Self { screen: MultiProgress::new(), bars: Mutex::default() }
    }

    fn bars(&self) -> MutexGuard<'_, HashMap<String, ProgressBar>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Transfers {
    fn begin(&self, what: &str, bytes: u64, done: u64) {
        if !config::stderr_is_terminal() {
            return;
        }
        let bar = self.screen.add(ProgressBar::new(bytes).with_position(done).with_message(what.to_owned()));
        bar.set_style(style());
        self.bars().insert(what.to_owned(), bar);
    }

    fn moved(&self, what: &str, bytes: u64) {
        if let Some(bar) = self.bars().get(what) {
            bar.inc(bytes);
        }
    }

    fn end(&self, what: &str) {
        if let Some(bar) = self.bars().remove(what) {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg:20!} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
