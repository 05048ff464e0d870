//! The private folder of one run: configuration, catalog, state, and for a container the FIFOs.
//!
//! Each is made below [`Settings::work_dir`](crate::Settings::work_dir) with mode 0700 and removed when the run ends.
//! What a killed Longshore left behind is removed when the next folder is made.

use crate::InputFile;
use crate::owner::Owner;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How the names of our folders begin, among those of others.
const PREFIX: &str = "longshore-";

/// The mode of a folder in which everybody may replace only what is theirs.
const STICKY: u32 = 0o1000;

/// A folder that only this user can enter, removed with all that is in it on drop.
pub(crate) struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a folder, and removes those of Longshore processes that have ended.
    pub(crate) fn create(work_dir: &Path) -> Result<Self, FailureReason> {
        make(work_dir).map_err(|error| failure(work_dir, &error))
    }

    /// The folder's path on this machine.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder below, open to those who can enter this one.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, FailureReason> {
        let path = self.path.join(name);
        fs::create_dir(&path)
            .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o755)))
            .map_err(|error| failure(&path, &error))?;
        Ok(path)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Writes the files of a launch into a folder.
pub(crate) fn write_inputs(folder: &Path, files: &[InputFile], mode: u32) -> Result<(), FailureReason> {
    files.iter().try_for_each(|file| write_file(&folder.join(file.name), &file.content, mode))
}

/// Writes a new file with exactly this mode, whatever the umask says.
pub(crate) fn write_file(path: &Path, content: &[u8], mode: u32) -> Result<(), FailureReason> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        file.set_permissions(Permissions::from_mode(mode))
    };
    write().map_err(|error| failure(path, &error))
}

/// What the folder of runs cannot give, as a failure.
pub(crate) fn failure(path: &Path, error: &io::Error) -> FailureReason {
    let message = format!(
        "cannot write {}: {error}; free some space there, or name another folder in the variable XDG_RUNTIME_DIR",
        path.display()
    );
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "runner.work_dir_failed", message)
}

fn make(work_dir: &Path) -> io::Result<RunFolder> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    DirBuilder::new().recursive(true).mode(0o700).create(work_dir)?;
    let this = Owner::this_process()?;
    // Its owner could put a folder of theirs in the place of ours, unless it is one that all share, such as /tmp.
    let shared = fs::metadata(work_dir)?;
    if shared.uid() != rustix::process::geteuid().as_raw() && shared.mode() & STICKY == 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    remove_leftovers(work_dir, &this);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = work_dir.join(format!("{PREFIX}{}.{number}", this.to_string().replace(':', ".")));
    DirBuilder::new().mode(0o700).create(&path)?;
    // The engine and a connector that changes its folder need the whole path.
    Ok(RunFolder { path: std::path::absolute(path)? })
}

/// Best effort: what cannot be read or removed now is tried again by the next run.
fn remove_leftovers(work_dir: &Path, this: &Owner) {
    for entry in fs::read_dir(work_dir).into_iter().flatten().flatten() {
        let owner = entry.file_name().to_str().and_then(owner_of);
        if owner.is_some_and(|owner| this.knows_as_ended(&owner)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The owner in a folder's name, `longshore-BOOT.NAMESPACE.PID.START.NUMBER`.
fn owner_of(name: &str) -> Option<Owner> {
    name.strip_prefix(PREFIX)?.rsplit_once('.')?.0.replace('.', ":").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{RunFolder, write_file};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nobody_else_enters_and_nothing_stays() {
        let work = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(&work.path().join("runs")).unwrap();
        let file = folder.path().join("config.json");
        write_file(&file, b"{}", 0o600).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        drop(folder);
        assert_eq!(fs::read_dir(work.path().join("runs")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_of_a_killed_process_is_removed_and_nothing_else() {
        let work = tempfile::tempdir().unwrap();
        let ended = work.path().join("longshore-00000000-0000-0000-0000-000000000000.4026531836.1.1.0");
        let foreign = work.path().join("notes.d");
        fs::create_dir(&ended).unwrap();
        fs::create_dir(&foreign).unwrap();
        let first = RunFolder::create(work.path()).unwrap();
        let _second = RunFolder::create(work.path()).unwrap();
        assert!(!ended.exists());
        assert!(foreign.exists() && first.path().exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_names_its_path() {
        let work = tempfile::tempdir().unwrap();
        fs::write(work.path().join("file"), "").unwrap();
        let reason = RunFolder::create(&work.path().join("file/runs")).err().unwrap();
        assert_eq!(reason.code, "runner.work_dir_failed");
        assert!(reason.message.contains("file/runs"), "{reason}");
    }
}
