//! Writes a project into a folder that is not there yet, or is empty: into another one beside it or in it first, so that
//! a cut leaves nothing half, and never over what somebody has.

use super::record::{self, Record};
use super::render::{RenderedFile, Rendering};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

const FOLDER_MODE: u32 = 0o755;

/// Says whether a project can be written there, before anybody is asked anything.
///
/// # Errors
/// `connector.exists`, `connector.unwritable`.
pub fn refuse_existing(dir: &Path) -> Result<(), FailureReason> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(exists(dir, "is there and is not empty")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound && dir.symlink_metadata().is_err() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory && dir.symlink_metadata().is_ok() => {
            Err(exists(dir, "is there and is no folder"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(exists(dir, "is a link to nothing")),
        Err(error) => Err(unwritable(dir, &error)),
    }
}

impl Rendering {
    /// Writes the project, with the record of what it was made from.
    ///
    /// # Errors
    /// `connector.exists`, `connector.unwritable`.
    pub fn write(&self, dir: &Path) -> Result<(), FailureReason> {
        refuse_existing(dir)?;
        self.write_beside(dir).map_err(|error| match error.kind() {
            ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists => exists(dir, "is there and is not empty"),
            _ => unwritable(dir, &error),
        })
    }

    fn write_beside(&self, dir: &Path) -> io::Result<()> {
        // A folder that is there may be all that this user can write to, or a disk of its own.
        let place = if dir.is_dir() { dir.to_owned() } else { parent(dir)? };
        fs::create_dir_all(&place)?;
        let making = tempfile::Builder::new().prefix(".longshore-new-").tempdir_in(&place)?;
        for (path, file) in &self.files {
            write(&making.path().join(path), file)?;
        }
        write(&making.path().join(record::FILE), &Record::of(self).file())?;
        fs::set_permissions(making.path(), Permissions::from_mode(FOLDER_MODE))?;
        if dir.is_dir() { move_into(making.path(), dir) } else { fs::rename(making.path(), dir) }
    }
}

/// Into an empty folder that somebody made, and may stand in: what says that the project is whole comes last.
fn move_into(made: &Path, dir: &Path) -> io::Result<()> {
    let mut names = fs::read_dir(made)?.map(|entry| entry.map(|it| it.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_by_key(|name| Path::new(record::FILE).starts_with(name));
    names.iter().try_for_each(|name| fs::rename(made.join(name), dir.join(name)))
}

fn write(path: &Path, file: &RenderedFile) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    fs::write(path, &file.text)?;
    fs::set_permissions(path, Permissions::from_mode(file.mode()))
}

impl RenderedFile {
    /// Its permissions, whatever the umask is: others build from the same files.
    #[must_use]
    pub fn mode(&self) -> u32 {
        if self.is_executable { 0o755 } else { 0o644 }
    }
}

fn parent(dir: &Path) -> io::Result<PathBuf> {
    let dir = std::path::absolute(dir)?;
    let dir = match dir.components().next_back() {
        Some(Component::Normal(_)) => dir,
        _ => dir.canonicalize()?,
    };
    Ok(dir.parent().map_or(dir.clone(), Path::to_owned))
}

fn exists(dir: &Path, why: &str) -> FailureReason {
    let message =
        format!("{} {why}, and nothing is ever overwritten; name another folder with `--out DIR`", dir.display());
    config_failure("connector.exists", message)
}

fn unwritable(dir: &Path, error: &io::Error) -> FailureReason {
    let message =
        format!("{} cannot be written: {error}; name a folder that you may write into with `--out DIR`", dir.display());
    config_failure("connector.unwritable", message)
}
