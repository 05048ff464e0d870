//! Downloads into the store. A part of a content lies in `ingest/HEX` and is held under a lock: two who want the same
//! content download it once, and what a killed process has left is gone on with.

use super::{PIECE_BYTES, Store, lock, sync_folder};
use crate::digest::Hasher;
use crate::image::Descriptor;
use longshore_protocol::FailureReason;
use rustix::fs::FlockOperation;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// The right to write one content, and what is there of it.
pub(crate) struct Ingest {
    store: Store,
    wanted: Descriptor,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    length: u64,
}

/// How a content ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It is in the store.
    Whole,
    /// Its bytes are others than those of its digest; they are gone.
    Mismatch,
}

impl Store {
    /// The right to write a content, waited for as long as another has it; none when the content is there by then.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub(crate) fn ingest(&self, wanted: &Descriptor) -> Result<Option<Ingest>, FailureReason> {
        self.begin(wanted).map_err(|error| self.failure(&error))
    }

    fn begin(&self, wanted: &Descriptor) -> io::Result<Option<Ingest>> {
        let path = self.ingest_dir().join(wanted.digest.hex());
        loop {
            if self.holds(wanted) {
                return Ok(None);
            }
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            lock(&file, FlockOperation::LockExclusive)?;
            // Whoever had the lock before has moved the file away or removed it when they came to an end.
            if is_still_at(&file, &path)? && !self.holds(wanted) {
                return Ingest::resume(self, wanted, path, file).map(Some);
            }
            if self.holds(wanted) && is_still_at(&file, &path)? {
                fs::remove_file(&path)?;
            }
        }
    }
}

fn is_still_at(file: &File, path: &std::path::Path) -> io::Result<bool> {
    let held = file.metadata()?;
    Ok(fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (held.dev(), held.ino())))
}

impl Ingest {
    /// Reads what is there already.
    fn resume(store: &Store, wanted: &Descriptor, path: PathBuf, mut file: File) -> io::Result<Self> {
        if file.metadata()?.len() > wanted.size {
            file.set_len(0)?;
        }
        let mut hasher = Hasher::default();
        let mut piece = vec![0; PIECE_BYTES];
        let mut length = 0;
        loop {
            match file.read(&mut piece)? {
                0 => break,
                count => hasher.update(&piece[..count]),
            }
            length = file.stream_position()?;
        }
        Ok(Self { store: store.clone(), wanted: wanted.clone(), path, file, hasher, length })
    }

    /// How many bytes are there.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Adds the next bytes; those beyond the wanted size make it a mismatch.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FailureReason> {
        self.file.write_all(bytes).map_err(|error| self.store.failure(&error))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Begins again from nothing.
    ///
    /// # Errors
    /// `image.store_unusable`.
    pub(crate) fn restart(&mut self) -> Result<(), FailureReason> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        self.hasher = Hasher::default();
        self.length = 0;
        emptied.map_err(|error| self.store.failure(&error))
    }

    /// Takes the content into the store when all of it is there and it is what its digest says; otherwise it begins
    /// again from nothing.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub(crate) fn finish(&mut self) -> Result<Ended, FailureReason> {
        let found = std::mem::take(&mut self.hasher).finish();
        if found != self.wanted.digest || self.length != self.wanted.size {
            self.restart()?;
            return Ok(Ended::Mismatch);
        }
        self.settle().map_err(|error| self.store.failure(&error))?;
        Ok(Ended::Whole)
    }

    fn settle(&self) -> io::Result<()> {
        self.file.sync_all()?;
        let blob = self.store.blob_path(&self.wanted.digest);
        fs::rename(&self.path, &blob)?;
        sync_folder(&blob)
    }
}
