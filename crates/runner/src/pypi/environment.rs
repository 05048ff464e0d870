//! Where one Python environment lies, whether it is complete, and who may make it.

use crate::Settings;
use crate::run_folder;
use longshore_protocol::FailureReason;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Holds the name of the connector's program once everything is installed.
const MARKER: &str = ".longshore-program";

/// One environment of one version of one package and one Python.
pub(super) struct Environment {
    folder: PathBuf,
}

impl Environment {
    pub(super) fn of(cache_dir: &Path, package: &str, version: Option<&str>, python: &str) -> Self {
        let name = format!("{}-{}-py{python}", package.to_ascii_lowercase(), version.unwrap_or("latest"));
        Self { folder: cache_dir.join("pypi").join(name) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program of this environment.
    pub(super) fn file(&self, program: &str) -> PathBuf {
        self.folder.join("bin").join(program)
    }

    /// The connector's program, when the environment is complete and the program is still there.
    pub(super) fn program(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.folder.join(MARKER)).ok()?;
        Some(self.file(name.trim())).filter(|file| file.is_file())
    }

    /// Waits until nobody else makes this environment. The lock is free again when the file is dropped, also when
    /// its holder is killed.
    pub(super) async fn lock(&self, settings: &Settings) -> Result<File, FailureReason> {
        let failed = |error: io::Error| run_folder::failure(&self.folder, &error);
        if let Some(parent) = self.folder.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed)?;
        }
        let mut path = OsString::from(&self.folder);
        path.push(".lock");
        let file = File::create(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        (settings.notice)("waiting for another longshore that installs the same package");
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        locked.map_err(io::Error::other).flatten().map_err(failed)
    }

    /// Marks the environment as complete.
    pub(super) fn complete(&self, program: &str) -> Result<PathBuf, FailureReason> {
        run_folder::write_file(&self.folder.join(MARKER), program.as_bytes(), 0o600)?;
        Ok(self.file(program))
    }
}
