//! Forgetting images: the name goes, and with it the contents that nothing else refers to.

use super::{Store, lock};
use crate::image::Document;
use crate::{Digest, ImageName};
use longshore_protocol::FailureReason;
use rustix::fs::FlockOperation;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::time::Duration;

/// Contents without a name stay this long: somebody may be about to name them.
const KEPT_WITHOUT_NAME: Duration = Duration::from_secs(24 * 60 * 60);

/// As long as one of these is held, nobody removes contents. Whoever adds contents that get their name later holds one.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "the lock goes with the file")] File);

impl Store {
    /// Keeps contents from being removed.
    ///
    /// # Errors
    /// `image.store_unusable`.
    pub fn hold(&self) -> Result<Hold, FailureReason> {
        let held = self.hold_file().and_then(|file| {
            lock(&file, FlockOperation::LockShared)?;
            Ok(Hold(file))
        });
        held.map_err(|error| self.failure(&error))
    }

    /// Takes a name away, and removes the contents that nothing else refers to; says whether the name was there.
    ///
    /// While another process adds contents nothing but the name is removed; the rest goes with the next image.
    ///
    /// # Errors
    /// `image.store_unusable`.
    pub fn forget(&self, name: &ImageName) -> Result<bool, FailureReason> {
        let named = self.names()?.into_iter().find(|(it, _)| it == name);
        let gone = self.unname(name)?;
        let candidates = named.map(|(_, root)| self.reachable([root.digest])).unwrap_or_default();
        let swept = self.hold_file().and_then(|file| match lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => self.sweep(&candidates),
            Err(_) => Ok(()),
        });
        swept.map_err(|error| self.failure(&error))?;
        Ok(gone)
    }

    fn hold_file(&self) -> io::Result<File> {
        File::create(self.dir.join("contents.lock"))
    }

    fn sweep(&self, candidates: &HashSet<Digest>) -> io::Result<()> {
        let names = self.names().map_err(io::Error::other)?;
        let used = self.reachable(names.into_iter().map(|(_, root)| root.digest));
        for entry in fs::read_dir(self.blobs_dir())?.flatten() {
            let digest = format!("sha256:{}", entry.file_name().to_string_lossy()).parse::<Digest>();
            let is_used = digest.as_ref().is_ok_and(|digest| used.contains(digest));
            let is_candidate = digest.is_ok_and(|digest| candidates.contains(&digest));
            if !is_used && (is_candidate || is_old(&entry)) {
                fs::remove_file(entry.path())?;
            }
        }
        for entry in fs::read_dir(self.ingest_dir())?.flatten().filter(is_old) {
            fs::remove_file(entry.path())?;
        }
        Ok(())
    }

    /// Everything that these refer to, and they themselves. What is missing refers to nothing.
    fn reachable(&self, roots: impl IntoIterator<Item = Digest>) -> HashSet<Digest> {
        let mut reached = HashSet::new();
        let mut open: Vec<Digest> = roots.into_iter().collect();
        while let Some(digest) = open.pop() {
            if reached.insert(digest.clone()) {
                open.extend(self.children(&digest));
            }
        }
        reached
    }

    fn children(&self, digest: &Digest) -> Vec<Digest> {
        let is_document = |bytes: &Vec<u8>| bytes.first() == Some(&b'{');
        let small = fs::metadata(self.blob_path(digest)).is_ok_and(|found| found.len() <= super::MOST_MANIFEST_BYTES);
        let bytes = small.then(|| self.read(digest).ok()).flatten().filter(is_document);
        let document = bytes.and_then(|bytes| Document::parse(&bytes, None, digest.as_str()).ok());
        document
            .map(|(it, _)| it.children().into_iter().map(|child| child.digest.clone()).collect())
            .unwrap_or_default()
    }
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let changed = entry.metadata().and_then(|found| found.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > KEPT_WITHOUT_NAME))
}
