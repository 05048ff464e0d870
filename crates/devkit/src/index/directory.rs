//! An index in a folder: `index.json`, replaced as a whole by whoever holds the lock beside it.

use super::place::{Stored, Transport, Written, is_outdated};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

pub(crate) const FILE: &str = "index.json";
const LOCK: &str = ".index.lock";

/// A folder with an index.
#[derive(Debug, Clone)]
pub struct Directory {
    folder: PathBuf,
}

impl Directory {
    /// The index in this folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn present(&self) -> io::Result<Option<Stored>> {
        match fs::read(self.path()) {
            Ok(bytes) => Ok(Some(Stored { revision: revision(&bytes), bytes })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, bytes: &[u8], expected: Option<&str>) -> io::Result<Written> {
        fs::create_dir_all(&self.folder)?;
        let lock = fs::File::options().create(true).append(true).open(self.folder.join(LOCK))?;
        // It is given back when the file is closed, also by a kill.
        lock.lock()?;
        if is_outdated(self.present()?.as_ref(), expected) {
            return Ok(Written::Outdated);
        }
        write_atomically(&self.folder, &self.path(), bytes)?;
        Ok(Written::Stored)
    }
}

fn revision(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts a new file where the old one was, with the permissions of the old one.
fn write_atomically(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_or(0o644, |old| old.permissions().mode());
    let mut file = tempfile::Builder::new().prefix(".index.").tempfile_in(folder)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}

impl Transport for Directory {
    async fn load(&self) -> Result<Option<Stored>, FailureReason> {
        self.present().map_err(|error| {
            let path = self.path();
            let path = path.display();
            config_failure("index.unreadable", format!("cannot read {path}: {error}; look at it: ls -l {path}"))
        })
    }

    async fn store(&self, bytes: Vec<u8>, expected: Option<&str>) -> Result<Written, FailureReason> {
        let (here, expected) = (self.clone(), expected.map(str::to_owned));
        // Whoever holds the lock may be on a slow disk; the runtime does not wait for it.
        let replaced = tokio::task::spawn_blocking(move || here.replace(&bytes, expected.as_deref())).await;
        replaced.map_err(io::Error::other).flatten().map_err(|error| {
            let folder = self.folder.display();
            let advice = format!("make room and allow writing: df -h {folder}; ls -ld {folder}");
            config_failure("index.unwritable", format!("cannot write {folder}/{FILE}: {error}; {advice}"))
        })
    }
}
