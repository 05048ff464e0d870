//! Tells which files of a project changed, a moment after the last of them did.

use crate::Start;
use crate::failure::system_failure;
use longshore_protocol::FailureReason;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// How long it must be quiet before a change is told: an editor writes, renames and touches in one go.
const QUIET: Duration = Duration::from_millis(20);

/// The most that a change is held back while more come.
const LONGEST: Duration = Duration::from_millis(50);

/// How files end that connectors, compilers and editors write and nobody compiles.
const WRITTEN: [&str; 16] = [
    "~",
    ".db",
    ".db-journal",
    ".db-shm",
    ".db-wal",
    ".duckdb",
    ".log",
    ".parquet",
    ".pyc",
    ".sqlite",
    ".sqlite-journal",
    ".sqlite3",
    ".swp",
    ".swx",
    ".tmp",
    "4913",
];

/// Files that package managers write while they install.
const LOCKS: [&str; 6] = ["Cargo.lock", "package-lock.json", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "yarn.lock"];

/// The files of one project.
pub(super) struct Watch<'a> {
    start: &'a Start<'a>,
    watcher: RecommendedWatcher,
    changes: UnboundedReceiver<PathBuf>,
    /// Seen, and not told yet.
    changed: BTreeSet<PathBuf>,
    folders: HashSet<PathBuf>,
    /// What the project's `.gitignore` names.
    written: Option<ignore::gitignore::Gitignore>,
}

impl<'a> Watch<'a> {
    /// Watches from now on.
    ///
    /// # Errors
    /// `dev.watch_failed`.
    pub(super) fn new(start: &'a Start<'a>, dir: &Path) -> Result<Self, FailureReason> {
        let (tell, changes) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if is_change(event.kind) {
                // Nobody listens any more when the loop has ended.
                event.paths.into_iter().for_each(|path| _ = tell.send(path));
            }
        });
        let watcher = watcher.map_err(|error| failed(dir, &error))?;
        let (written, _) = ignore::gitignore::Gitignore::new(dir.join(".gitignore"));
        let mut watch =
            Self { start, watcher, changes, changed: BTreeSet::new(), folders: HashSet::new(), written: Some(written) };
        for path in start.watched() {
            watch.add(&path, &path)?;
        }
        Ok(watch)
    }

    /// The files that changed, once it is quiet again. Cancel-safe: what was seen is told by the next call.
    pub(super) async fn changed(&mut self) -> Vec<PathBuf> {
        while self.changed.is_empty() {
            match self.changes.recv().await {
                Some(path) => self.note(path),
                None => std::future::pending().await,
            }
        }
        let until_quiet = async {
            while let Ok(Some(path)) = timeout(QUIET, self.changes.recv()).await {
                self.note(path);
            }
        };
        // What comes later begins another round.
        let _ = timeout(LONGEST, until_quiet).await;
        std::mem::take(&mut self.changed).into_iter().collect()
    }

    fn note(&mut self, path: PathBuf) {
        if self.is_of_no_concern(&path) {
            return;
        }
        if !path.exists() {
            self.folders.remove(&path);
        } else if path.is_dir() {
            // A folder that cannot be watched is no reason to end; its files are seen with the next change.
            let _ = self.add(&path, &path);
        }
        self.changed.insert(path);
    }

    fn is_of_no_concern(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_secret = path.components().any(|part| part.as_os_str() == "secrets");
        let is_written = || {
            let written = self.written.as_ref().filter(|rules| path.starts_with(rules.path()));
            written.is_some_and(|rules| rules.matched_path_or_any_parents(path, path.is_dir()).is_ignore())
        };
        self.start.is_ignored(path)
            || LOCKS.contains(&&*name)
            || WRITTEN.iter().any(|end| name.ends_with(end))
            || (!is_secret && is_written())
    }

    /// Watches a file, or a folder with those below it that count: each by itself, since what is ignored may be large.
    fn add(&mut self, path: &Path, root: &Path) -> Result<(), FailureReason> {
        if self.folders.contains(path) || (path != root && self.is_of_no_concern(path)) || !path.exists() {
            return Ok(());
        }
        self.watcher.watch(path, RecursiveMode::NonRecursive).map_err(|error| failed(path, &error))?;
        self.folders.insert(path.to_owned());
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.add(&entry.path(), root)?;
            }
        }
        Ok(())
    }
}

/// Whether something is written, made, removed or renamed; reading is none of these.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Other | EventKind::Any => false,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => true,
    }
}

fn failed(path: &Path, error: &notify::Error) -> FailureReason {
    let message = format!(
        "{} cannot be watched for changes: {error}; allow more watches with `sudo sysctl fs.inotify.max_user_watches=524288`",
        path.display()
    );
    system_failure("dev.watch_failed", message)
}
