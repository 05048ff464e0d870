//! Names in the store: the descriptors of `index.json`, each with its name as an annotation.

use super::{Store, lock, write_whole};
use crate::image::{Descriptor, Document, Index, media_type};
use crate::{Digest, ImageName};
use longshore_protocol::FailureReason;
use rustix::fs::FlockOperation;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;

/// The annotation by which a descriptor of a layout is named.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

impl Store {
    /// Gives a name to what is in the store; what had the name before keeps no name.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub fn name(&self, name: &ImageName, descriptor: &Descriptor) -> Result<(), FailureReason> {
        let mut named = descriptor.clone();
        named.annotations.insert(REF_NAME.to_owned(), name.to_string());
        self.change_names(|entries| {
            entries.retain(|entry| !is_named(entry, name));
            entries.push(named);
        })
    }

    /// What has a name. A name with a digest is found by the digest alone, whatever name it came by.
    ///
    /// # Errors
    /// `image.store_unusable`.
    pub fn find(&self, name: &ImageName) -> Result<Option<Descriptor>, FailureReason> {
        let entries = self.entries().map_err(|error| self.failure(&error))?;
        let found = match name.digest() {
            Some(digest) => entries.into_iter().find(|entry| entry.digest == *digest).or_else(|| self.unnamed(digest)),
            None => entries.into_iter().find(|entry| is_named(entry, name)),
        };
        Ok(found.map(without_name))
    }

    /// All names with what they name.
    ///
    /// # Errors
    /// `image.store_unusable`.
    pub fn names(&self) -> Result<Vec<(ImageName, Descriptor)>, FailureReason> {
        let entries = self.entries().map_err(|error| self.failure(&error))?;
        let named = |entry: Descriptor| {
            let name = entry.annotations.get(REF_NAME)?.parse().ok()?;
            Some((name, without_name(entry)))
        };
        Ok(entries.into_iter().filter_map(named).collect())
    }

    /// Takes a name away; says whether it was there.
    pub(super) fn unname(&self, name: &ImageName) -> Result<bool, FailureReason> {
        let mut was_there = false;
        self.change_names(|entries| {
            let before = entries.len();
            entries.retain(|entry| !is_named(entry, name));
            was_there = entries.len() != before;
        })?;
        Ok(was_there)
    }

    /// A manifest that is in the store without a name of its own, such as one of an index.
    fn unnamed(&self, digest: &Digest) -> Option<Descriptor> {
        let bytes = self.has(digest).then(|| self.read(digest).ok())??;
        let (_, media_type) = Document::parse(&bytes, None, digest.as_str()).ok()?;
        Some(Descriptor::of(&media_type, &bytes))
    }

    fn change_names(&self, change: impl FnOnce(&mut Vec<Descriptor>)) -> Result<(), FailureReason> {
        self.change_entries(change).map_err(|error| self.failure(&error))
    }

    fn change_entries(&self, change: impl FnOnce(&mut Vec<Descriptor>)) -> io::Result<()> {
        let guard = File::create(self.dir.join("index.lock"))?;
        lock(&guard, FlockOperation::LockExclusive)?;
        let mut entries = self.entries()?;
        change(&mut entries);
        let media_type = Some(media_type::OCI_INDEX.to_owned());
        let index = Index { schema_version: 2, media_type, manifests: entries, annotations: BTreeMap::new() };
        write_whole(&self.ingest_dir(), &self.dir.join("index.json"), &serde_json::to_vec_pretty(&index)?)
    }

    fn entries(&self) -> io::Result<Vec<Descriptor>> {
        match fs::read(self.dir.join("index.json")) {
            Ok(bytes) => Ok(serde_json::from_slice::<Index>(&bytes)?.manifests),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn is_named(entry: &Descriptor, name: &ImageName) -> bool {
    entry.annotations.get(REF_NAME).is_some_and(|it| *it == name.to_string())
}

fn without_name(mut entry: Descriptor) -> Descriptor {
    entry.annotations.remove(REF_NAME);
    entry
}
