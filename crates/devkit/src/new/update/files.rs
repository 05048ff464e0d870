//! Makes the changes of an update, each file at once or not at all.

use super::{Change, ChangeKind};
use crate::failure::config_failure;
use crate::new::record::{self, Record};
use longshore_protocol::FailureReason;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) fn apply(dir: &Path, change: &Change) -> Result<(), FailureReason> {
    let path = dir.join(&change.path);
    let done = match (change.kind, &change.after) {
        (ChangeKind::Kept, _) => Ok(()),
        (ChangeKind::Removed, _) => remove(dir, &path),
        (_, text) => replace(&path, text.as_deref().unwrap_or_default(), change.is_executable),
    };
    done.map_err(|error| unwritable(&path, &error))
}

pub(super) fn record(dir: &Path, record: &Record) -> Result<(), FailureReason> {
    let path = dir.join(record::FILE);
    replace(&path, &record.file().text, false).map_err(|error| unwritable(&path, &error))
}

/// With the folders that are empty then.
fn remove(dir: &Path, path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    let folders = path.ancestors().skip(1).take_while(|folder| *folder != dir);
    // The first one that holds something else ends it.
    let _ = folders.map(fs::remove_dir).find(Result::is_err);
    Ok(())
}

fn replace(path: &Path, text: &str, is_executable: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let present = fs::metadata(path).map_or(0o644, |file| file.permissions().mode());
    let mode = if is_executable { present | 0o111 } else { present };
    let mut file = tempfile::Builder::new().prefix(".new.").tempfile_in(folder)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> FailureReason {
    let shown = path.display();
    let message = format!("cannot write {shown}: {error}; look at it with `ls -l {shown}`, then run this again");
    config_failure("connector.unwritable", message)
}
