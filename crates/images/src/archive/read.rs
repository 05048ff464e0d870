//! Reading an archive of images once, from the front to the end: contents go into the store as they come, layers
//! without compression gzipped on their way, always to the same bytes.

use super::{digest_of_path, unreadable, unsafe_entry};
use crate::digest::Hashing;
use crate::{Digest, Store};
use flate2::read::{GzEncoder, MultiGzDecoder};
use flate2::{Compression, GzBuilder};
use longshore_protocol::FailureReason;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Component, Path};
use tar::{Archive, Entry, EntryType};

/// The most bytes of all manifests and configurations of an archive, which are held in memory.
const MOST_TEXTS_BYTES: u64 = 64 << 20;

/// How hard layers are compressed; another level would give other digests.
const LEVEL: u32 = 6;

/// A layer in the store, and what it is without compression.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) diff_id: Digest,
}

/// One file of an archive.
enum Content {
    /// Held in memory.
    Text(Vec<u8>),
    /// A layer, gzipped into the store.
    Layer(Layer),
    /// In the store as it is.
    Blob(Digest),
    /// The same as another file.
    Link(String),
}

/// The files of an archive, by their paths.
pub(super) struct Contents(HashMap<String, Content>);

/// Reads an archive to its end.
pub(super) fn read(store: &Store, archive: &mut dyn Read) -> Result<Contents, FailureReason> {
    let mut archive = Archive::new(archive);
    let mut contents = HashMap::new();
    let mut room = MOST_TEXTS_BYTES;
    for entry in archive.entries().map_err(|error| broken(&error))? {
        let mut entry = entry.map_err(|error| broken(&error))?;
        let path = path_of(&entry)?;
        let content = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => take(store, &mut entry, &path, &mut room)?,
            EntryType::Symlink | EntryType::Link => Content::Link(target_of(&entry, &path)?),
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            _ => return Err(unsafe_entry(&path, "is neither a file nor a folder")),
        };
        contents.insert(path, content);
    }
    Ok(Contents(contents))
}

fn broken(error: &io::Error) -> FailureReason {
    unreadable(&error.to_string())
}

fn take(store: &Store, entry: &mut dyn Read, path: &str, room: &mut u64) -> Result<Content, FailureReason> {
    if let Some(wanted) = digest_of_path(path) {
        let (digest, _) = store.add_from(entry)?;
        let is_good = digest == wanted;
        return if is_good {
            Ok(Content::Blob(digest))
        } else {
            Err(unreadable(&format!("{path} is not what it says")))
        };
    }
    if path.ends_with(".tar") || path.ends_with(".tar.gz") {
        return layer(store, entry).map(Content::Layer);
    }
    let mut text = Vec::new();
    entry.take(*room + 1).read_to_end(&mut text).map_err(|error| broken(&error))?;
    let left = room.checked_sub(text.len() as u64);
    *room = left.ok_or_else(|| unreadable(&format!("{path} is larger than manifests and configurations may be")))?;
    Ok(Content::Text(text))
}

/// Takes a layer into the store: as it is when it is gzipped, else gzipped.
fn layer(store: &Store, content: &mut dyn Read) -> Result<Layer, FailureReason> {
    let mut start = Vec::new();
    content.take(2).read_to_end(&mut start).map_err(|error| broken(&error))?;
    let is_gzipped = start == [0x1f, 0x8b];
    let mut whole = start.as_slice().chain(content);
    if is_gzipped {
        let (digest, size) = store.add_from(&mut whole)?;
        return Ok(Layer { diff_id: diff_id(store, &digest)?, digest, size });
    }
    let mut hashed = Hashing::new(&mut whole);
    let mut gzipped: GzEncoder<_> = GzBuilder::new().read(&mut hashed, Compression::new(LEVEL));
    let (digest, size) = store.add_from(&mut gzipped)?;
    Ok(Layer { digest, size, diff_id: hashed.finish().1 })
}

fn diff_id(store: &Store, gzipped: &Digest) -> Result<Digest, FailureReason> {
    let file = store.open_blob(gzipped)?;
    let copied = crate::store::copy_hashed(&mut MultiGzDecoder::new(file), &mut io::sink());
    copied.map(|(digest, _)| digest).map_err(|error| broken(&error))
}

/// The path of an entry, in one form only: names joined by `/`.
fn path_of(entry: &Entry<'_, impl Read>) -> Result<String, FailureReason> {
    let shown = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    inside(Path::new(""), Path::new(&shown)).ok_or_else(|| unsafe_entry(&shown, "lies outside of the archive"))
}

/// Where a link leads, which is a path of this archive.
fn target_of(entry: &Entry<'_, impl Read>, path: &str) -> Result<String, FailureReason> {
    let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let from = match entry.header().entry_type() {
        EntryType::Symlink => Path::new(path).parent().unwrap_or(Path::new("")),
        _ => Path::new(""),
    };
    inside(from, Path::new(&target))
        .ok_or_else(|| unsafe_entry(path, &format!("leads out of the archive, to `{target}`")))
}

/// A path below the root of the archive; none when it leads out of it. Only links may have `..`, from a folder on.
fn inside(from: &Path, path: &Path) -> Option<String> {
    let mut names: Vec<String> =
        from.components().map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
            Component::CurDir => {}
            Component::ParentDir => drop(names.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let has_parent = path.components().any(|component| component == Component::ParentDir);
    (!has_parent || !from.as_os_str().is_empty()).then(|| names.join("/"))
}

impl Contents {
    fn get(&self, path: &str) -> Option<&Content> {
        match self.0.get(path) {
            Some(Content::Link(target)) => self.0.get(target),
            found => found,
        }
    }

    /// A small file.
    pub(super) fn text(&self, path: &str) -> Option<&[u8]> {
        match self.get(path) {
            Some(Content::Text(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// A small file, or a content of the layout.
    pub(super) fn bytes(&self, store: &Store, path: &str) -> Result<Vec<u8>, FailureReason> {
        match self.get(path) {
            Some(Content::Text(bytes)) => Ok(bytes.clone()),
            Some(Content::Blob(digest)) => store.read(digest),
            _ => Err(unreadable(&format!("there is no `{path}` in it"))),
        }
    }

    /// A layer, which is gzipped now if it was not.
    pub(super) fn layer(&self, store: &Store, path: &str) -> Result<Layer, FailureReason> {
        match self.get(path) {
            Some(Content::Layer(layer)) => Ok(layer.clone()),
            Some(Content::Blob(digest)) => layer(store, &mut store.open_blob(digest)?),
            _ => Err(unreadable(&format!("there is no `{path}` in it"))),
        }
    }
}
