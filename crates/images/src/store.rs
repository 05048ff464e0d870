//! The store of images on this machine: contents by their digests, and names. It is an OCI image layout, and several
//! processes may use it at once: what is written appears whole or not at all, and names are changed under a lock.

mod ingest;
mod names;
mod sweep;

pub(crate) use ingest::{Ended, Ingest};
pub use sweep::Hold;

use crate::Digest;
use crate::digest::Hasher;
use crate::failure::{config_failure, system_failure};
use crate::image::{Descriptor, MOST_MANIFEST_BYTES};
use longshore_protocol::FailureReason;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A store. Cheap to clone. Its calls block; none but [`Store::add_from`] for long.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

/// What the file `oci-layout` of every layout says.
const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// The most bytes of a content that is read as a whole.
const MOST_READ_BYTES: u64 = 4 * MOST_MANIFEST_BYTES;

/// How much is copied at once.
const PIECE_BYTES: usize = 1 << 17;

impl Store {
    /// Opens the store of a folder, which is made when it is missing.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub fn open(dir: &Path) -> Result<Self, FailureReason> {
        let store = Self { dir: dir.to_owned() };
        store.make().map_err(|error| store.failure(&error))?;
        Ok(store)
    }

    fn make(&self) -> io::Result<()> {
        fs::create_dir_all(self.blobs_dir())?;
        fs::create_dir_all(self.ingest_dir())?;
        let marker = self.dir.join("oci-layout");
        if !marker.exists() {
            write_whole(&self.ingest_dir(), &marker, LAYOUT.as_bytes())?;
        }
        Ok(())
    }

    /// Whether a content is there.
    #[must_use]
    pub fn has(&self, digest: &Digest) -> bool {
        self.blob_path(digest).is_file()
    }

    /// Whether a content is there with the size that it should have.
    #[must_use]
    pub(crate) fn holds(&self, descriptor: &Descriptor) -> bool {
        let found = fs::metadata(self.blob_path(&descriptor.digest));
        found.is_ok_and(|found| found.is_file() && found.len() == descriptor.size)
    }

    /// Where a content is, or would be.
    #[must_use]
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs_dir().join(digest.hex())
    }

    /// A content of at most 16 MiB, a manifest or a configuration. What is not what its digest says is removed.
    ///
    /// # Errors
    /// `image.store_damaged` when it is missing or was damaged, `image.manifest_invalid` when it is too large.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, FailureReason> {
        let mut bytes = Vec::new();
        self.open_blob(digest)?
            .take(MOST_READ_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failure(&error))?;
        if bytes.len() as u64 > MOST_READ_BYTES {
            let message = format!("{digest} is larger than a manifest or a configuration may be");
            return Err(config_failure("image.manifest_invalid", message));
        }
        if Digest::of(&bytes) != *digest {
            return Err(self.discard(digest));
        }
        Ok(bytes)
    }

    /// A content of any size, opened; whether it is what its digest says is for the reader to find out.
    ///
    /// # Errors
    /// `image.store_damaged` when it is missing.
    pub(crate) fn open_blob(&self, digest: &Digest) -> Result<File, FailureReason> {
        File::open(self.blob_path(digest)).map_err(|error| self.unreadable(digest, &error))
    }

    /// Removes a content that is not what its digest says, and gives the failure that says so.
    pub(crate) fn discard(&self, digest: &Digest) -> FailureReason {
        // Somebody else may have removed it already.
        let _ = fs::remove_file(self.blob_path(digest));
        self.damaged(&format!("{digest} was not what its digest says, and has been removed"))
    }

    /// Whether a content still is what its digest says; it is removed when not.
    pub(crate) fn verify(&self, digest: &Digest) -> Result<(), FailureReason> {
        let mut file = self.open_blob(digest)?;
        let (found, _) = copy_hashed(&mut file, &mut io::sink()).map_err(|error| self.failure(&error))?;
        if found == *digest { Ok(()) } else { Err(self.discard(digest)) }
    }

    /// Adds a content.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub fn add(&self, bytes: &[u8]) -> Result<Digest, FailureReason> {
        let digest = Digest::of(bytes);
        let path = self.blob_path(&digest);
        if !fs::metadata(&path).is_ok_and(|found| found.len() == bytes.len() as u64) {
            write_whole(&self.ingest_dir(), &path, bytes).map_err(|error| self.failure(&error))?;
        }
        Ok(digest)
    }

    /// Adds a content whose digest is not known yet, and gives digest and size.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`, and `image.archive_unreadable` when `content` cannot be read.
    pub(crate) fn add_from(&self, content: &mut dyn Read) -> Result<(Digest, u64), FailureReason> {
        let fail = |error: io::Error| self.failure(&error);
        let mut file = NamedTempFile::new_in(self.ingest_dir()).map_err(fail)?;
        let mut reader = Noting { content, failed: false };
        let (digest, size) = match copy_hashed(&mut reader, file.as_file_mut()) {
            Ok(copied) => copied,
            Err(error) if reader.failed => {
                return Err(config_failure("image.archive_unreadable", format!("the content cannot be read: {error}")));
            }
            Err(error) => return Err(self.failure(&error)),
        };
        if !self.holds(&Descriptor::new("", digest.clone(), size)) {
            persist(file, &self.blob_path(&digest)).map_err(fail)?;
        }
        Ok((digest, size))
    }

    fn blobs_dir(&self) -> PathBuf {
        self.dir.join("blobs").join("sha256")
    }

    fn ingest_dir(&self) -> PathBuf {
        self.dir.join("ingest")
    }

    fn unreadable(&self, digest: &Digest, error: &io::Error) -> FailureReason {
        match error.kind() {
            io::ErrorKind::NotFound => self.damaged(&format!("{digest} is missing")),
            _ => self.failure(error),
        }
    }

    fn damaged(&self, what: &str) -> FailureReason {
        let message = format!("in the store of images {} {what}; run the command again", self.dir.display());
        system_failure("image.store_damaged", message)
    }

    /// The failure that an error of the file system is.
    pub(crate) fn failure(&self, error: &io::Error) -> FailureReason {
        let dir = self.dir.display();
        if is_full(error) {
            let message = format!(
                "no space is left for images in {dir}; free some, or remove images by `longshore image remove IMAGE`, \
                 and run the command again: it goes on where it stopped"
            );
            return system_failure("image.disk_full", message).with_detail(error.to_string());
        }
        let message = format!("the store of images {dir} cannot be used: {error}; see `ls -ld {dir}`");
        system_failure("image.store_unusable", message)
    }
}

/// Whether an error says that a disk, a quota or a limit has no room.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Remembers that it was the reading that failed.
struct Noting<'a> {
    content: &'a mut dyn Read,
    failed: bool,
}

impl Read for Noting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer);
        self.failed |= read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        read
    }
}

/// Copies all of it, and gives digest and size.
pub(crate) fn copy_hashed(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE_BYTES];
    let mut size = 0;
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok((hasher.finish(), size)),
            Ok(count) => {
                hasher.update(&piece[..count]);
                to.write_all(&piece[..count])?;
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes a file that appears whole or not at all, also when the power fails; `near` is on the same file system.
fn write_whole(near: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(near)?;
    file.write_all(bytes)?;
    persist(file, path)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// Makes a new name in a folder outlast a power failure.
fn sync_folder(of: &Path) -> io::Result<()> {
    of.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Waits for a lock of a file, which lasts until the file is closed.
fn lock(file: &File, operation: FlockOperation) -> io::Result<()> {
    Ok(rustix::io::retry_on_intr(|| flock(file, operation))?)
}

#[cfg(test)]
mod tests;
