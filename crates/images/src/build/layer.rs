//! One layer: files with owners and modes, packed in the order of their names.

use crate::digest::Hashing;
use crate::failure::{config_failure, system_failure};
use crate::image::media_type;
use crate::{Descriptor, Digest, Store};
use flate2::{Compression, GzBuilder};
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Seek as _, Write};
use std::path::{Path, PathBuf};
use tar::{EntryType, Header};

/// A compression that is never changed: it is part of the digest.
const LEVEL: Compression = Compression::new(6);
/// What gzip writes for "unknown".
const NO_SYSTEM: u8 = 255;

/// Who owns a file, by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Owner {
    /// The one who may do everything.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };
}

/// What a file holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What a file of this machine holds when the layer is finished.
    File(PathBuf),
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    mode: u32,
    owner: Owner,
}

#[derive(Debug, Clone)]
enum Kind {
    Folder,
    File(Content),
    Link(String),
}

/// A layer that is being put together.
#[derive(Debug, Clone, Default)]
pub struct LayerBuilder {
    entries: BTreeMap<String, Entry>,
    source_date: u64,
}

/// A layer in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltLayer {
    /// The gzipped archive.
    pub descriptor: Descriptor,
    /// The digest of the archive as it is without compression.
    pub diff_id: Digest,
}

impl LayerBuilder {
    /// A layer without files. Every file gets the time `source_date`, in seconds since 1970; 0 says nothing.
    #[must_use]
    pub fn new(source_date: u64) -> Self {
        Self { entries: BTreeMap::new(), source_date }
    }

    /// Adds a folder, or changes the mode and owner of one.
    ///
    /// # Errors
    /// `build.invalid_path`.
    pub fn folder(&mut self, path: &str, mode: u32, owner: Owner) -> Result<&mut Self, FailureReason> {
        self.add(path, Entry { kind: Kind::Folder, mode, owner })
    }

    /// Adds a file.
    ///
    /// # Errors
    /// `build.invalid_path`.
    pub fn file(&mut self, path: &str, content: Content, mode: u32, owner: Owner) -> Result<&mut Self, FailureReason> {
        self.add(path, Entry { kind: Kind::File(content), mode, owner })
    }

    /// Adds a symbolic link.
    ///
    /// # Errors
    /// `build.invalid_path`.
    pub fn link(&mut self, path: &str, target: &str) -> Result<&mut Self, FailureReason> {
        self.add(path, Entry { kind: Kind::Link(target.to_owned()), mode: 0o777, owner: Owner::ROOT })
    }

    fn add(&mut self, path: &str, entry: Entry) -> Result<&mut Self, FailureReason> {
        check(path)?;
        for (at, _) in path.match_indices('/') {
            let parent = self.entries.entry(path[..at].to_owned()).or_insert_with(|| Entry {
                kind: Kind::Folder,
                mode: 0o755,
                owner: Owner::ROOT,
            });
            if !matches!(parent.kind, Kind::Folder) {
                return Err(invalid(path, "lies below what is no folder"));
            }
        }
        let is_folder = matches!(entry.kind, Kind::Folder);
        let was_folder = self.entries.get(path).map(|old| matches!(old.kind, Kind::Folder));
        if was_folder.is_some_and(|was_folder| was_folder != is_folder) {
            return Err(invalid(path, "is a folder and something else"));
        }
        self.entries.insert(path.to_owned(), entry);
        Ok(self)
    }

    /// Packs the layer into a store.
    ///
    /// # Errors
    /// `build.unreadable` when a file cannot be read, and the errors of [`Store::add_from`].
    pub fn finish(&self, store: &Store) -> Result<BuiltLayer, FailureReason> {
        let mut packed = tempfile::tempfile().map_err(|error| no_room(&error))?;
        let diff_id = self.pack(&mut packed)?;
        packed.rewind().map_err(|error| no_room(&error))?;
        let (digest, size) = store.add_from(&mut packed)?;
        Ok(BuiltLayer { descriptor: Descriptor::new(media_type::OCI_LAYER_GZIP, digest, size), diff_id })
    }

    fn pack(&self, packed: &mut File) -> Result<Digest, FailureReason> {
        let gzip = GzBuilder::new().mtime(0).operating_system(NO_SYSTEM).write(packed, LEVEL);
        let mut archive = tar::Builder::new(Hashing::new(gzip));
        for (path, entry) in &self.entries {
            self.append(&mut archive, path, entry).map_err(|error| unreadable(path, entry, &error))?;
        }
        let ended = archive.into_inner().and_then(|hashing| {
            let (gzip, digest) = hashing.finish();
            gzip.finish()?;
            Ok(digest)
        });
        ended.map_err(|error| no_room(&error))
    }

    fn append(&self, archive: &mut tar::Builder<impl Write>, path: &str, entry: &Entry) -> io::Result<()> {
        let mut header = self.header(entry);
        match &entry.kind {
            Kind::Folder => {
                header.set_entry_type(EntryType::Directory);
                archive.append_data(&mut header, format!("{path}/"), io::empty())
            }
            Kind::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                archive.append_link(&mut header, path, target)
            }
            Kind::File(Content::Bytes(bytes)) => {
                header.set_size(bytes.len() as u64);
                archive.append_data(&mut header, path, bytes.as_slice())
            }
            Kind::File(Content::File(source)) => append_file(archive, header, path, source),
        }
    }

    fn header(&self, entry: &Entry) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(entry.mode);
        header.set_uid(entry.owner.uid.into());
        header.set_gid(entry.owner.gid.into());
        header.set_mtime(self.source_date);
        header.set_size(0);
        header
    }
}

fn append_file(
    archive: &mut tar::Builder<impl Write>,
    mut header: Header,
    path: &str,
    source: &Path,
) -> io::Result<()> {
    let file = File::open(source)?;
    header.set_size(file.metadata()?.len());
    archive.append_data(&mut header, path, BufReader::new(file))
}

fn check(path: &str) -> Result<(), FailureReason> {
    for word in path.split('/') {
        if matches!(word, "" | "." | "..") || word.contains('\0') {
            return Err(invalid(path, "is no plain path; write usr/bin/x"));
        }
        if word.starts_with(".wh.") {
            return Err(invalid(path, "would remove a file in an image instead of adding one"));
        }
    }
    Ok(())
}

fn invalid(path: &str, why: &str) -> FailureReason {
    config_failure("build.invalid_path", format!("`{path}` cannot be put into an image: it {why}"))
}

fn unreadable(path: &str, entry: &Entry, error: &io::Error) -> FailureReason {
    let source = match &entry.kind {
        Kind::File(Content::File(source)) => source.display().to_string(),
        _ => path.to_owned(),
    };
    system_failure(
        "build.unreadable",
        format!("cannot put {source} into the image: {error}; look at it with `ls -l {source}`"),
    )
}

fn no_room(error: &io::Error) -> FailureReason {
    system_failure("build.no_room", format!("cannot pack a layer of the image: {error}; look at the disk with `df -h`"))
}
