//! The loop of whoever writes a connector: a file is saved, the connector runs from its sources, and what changed is told.
//!
//! [`plan`] decides what runs next, [`round`] runs it, [`watch`] says when to begin anew. [`happening`] is what is told;
//! [`difference`], [`reading`] and [`sample`] are what is known of specs, catalogs, records and messages.

mod difference;
mod happening;
mod plan;
mod reading;
mod round;
mod sample;
mod verb;
mod watch;

pub use difference::Difference;
pub use happening::{Cost, Happening, StreamOffered, StreamRead, StreamWritten};

use crate::{ConnectorType, Project, Start, Tools, Variables};
use longshore_protocol::FailureReason;
use longshore_runner::Settings;
use round::{Known, Round};
use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use watch::Watch;

/// How many lines of tools are told in a round.
const TOLD_TOOL_LINES: usize = 500;

/// What a loop needs.
pub struct Dev<'a> {
    /// The project's folder.
    pub dir: &'a Path,
    /// Where connectors run.
    pub settings: &'a Settings,
    /// What the project's tools see.
    pub tool_environment: Vec<(OsString, OsString)>,
    /// The variables of connectors.
    pub variables: Variables,
    /// Reads the configuration anew.
    pub config: &'a dyn Fn() -> Result<String, FailureReason>,
    /// Only these streams; all when empty.
    pub streams: Vec<String>,
    /// How many records of each stream are shown.
    pub limit: u64,
}

/// Who is told.
pub(crate) type Tell<'a> = &'a dyn Fn(Happening);

impl Dev<'_> {
    /// One round; whether nothing went wrong.
    ///
    /// # Errors
    /// When the folder is no project.
    pub async fn once(&self, tell: &dyn Fn(Happening)) -> Result<bool, FailureReason> {
        let dir = absolute(self.dir);
        Project::open(&dir)?;
        Ok(self.round(&dir, &RefCell::default(), 1, Vec::new(), tell).await)
    }

    /// A round now, and one after each change, until the future is dropped. A change ends the round that runs.
    ///
    /// # Errors
    /// When the folder is no project that can be started, or cannot be watched.
    pub async fn watch(&self, tell: &dyn Fn(Happening)) -> Result<(), FailureReason> {
        let dir = absolute(self.dir);
        let project = Project::open(&dir)?;
        let start = Start::of(&project)?;
        let mut watch = Watch::new(&start, &dir)?;
        let known = RefCell::default();
        let (mut number, mut changed) = (1, Vec::<PathBuf>::new());
        loop {
            let names = changed.iter().map(|path| shown(&dir, path)).collect();
            changed = tokio::select! {
                biased;
                changed = watch.changed() => changed,
                _ = self.round(&dir, &known, number, names, tell) => watch.changed().await,
            };
            number += 1;
        }
    }

    async fn round(
        &self,
        dir: &Path,
        known: &RefCell<Known>,
        number: u64,
        changed: Vec<String>,
        tell: &dyn Fn(Happening),
    ) -> bool {
        tell(Happening::Round { number, changed });
        let (lines, mut told) = unbounded_channel();
        let notice = move |line: &str| _ = lines.send(line.to_owned()); // nobody listens when the round is over
        let tools = Tools { environment: self.tool_environment.clone(), notice: Arc::new(notice) };
        let round = Round::new(self, known, number, tell);
        tokio::select! {
            healthy = round.run(dir, &tools) => healthy,
            never = hand_on(&mut told, tell) => never,
        }
    }
}

/// Tells what tools print; never ends.
async fn hand_on(lines: &mut UnboundedReceiver<String>, tell: Tell<'_>) -> bool {
    let mut count = 0;
    loop {
        match lines.recv().await {
            Some(line) if count < TOLD_TOOL_LINES => tell(Happening::Tool { line }),
            Some(_) => {}
            None => return std::future::pending().await,
        }
        count += 1;
    }
}

/// The same folder for whoever works elsewhere: the watcher tells whole paths, and connectors are started with them.
fn absolute(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}

fn shown(dir: &Path, path: &Path) -> String {
    path.strip_prefix(dir).unwrap_or(path).display().to_string()
}

/// Whether a project reads or writes.
fn is_source(project: &Project) -> bool {
    project.metadata().connector_type == ConnectorType::Source
}
