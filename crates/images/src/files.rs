//! Single files of an image, read out of its layers without unpacking them.

use crate::failure::config_failure;
use crate::{Descriptor, Store};
use flate2::read::MultiGzDecoder;
use longshore_protocol::FailureReason;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

/// What begins the name of a file that says: what lower layers have under the rest of the name is gone.
const WHITEOUT: &str = ".wh.";

/// Says the same of everything in its folder.
const OPAQUE: &str = ".wh..wh..opq";

/// Copies a regular file of an image, which is the topmost layer's that has it. Links are not followed.
///
/// # Errors
/// `image.file_not_found` when there is none, `image.layer_unreadable` when a layer is no archive.
pub fn copy_file(store: &Store, layers: &[Descriptor], path: &str, to: &mut dyn Write) -> Result<(), FailureReason> {
    let wanted = normal(Path::new(path)).unwrap_or_default();
    for layer in layers.iter().rev() {
        let found = look_in(store, layer, &wanted, to).map_err(|error| {
            let message = format!("the layer {} cannot be read: {error}", layer.digest);
            config_failure("image.layer_unreadable", message)
        })?;
        match found {
            Sight::Copied => return Ok(()),
            Sight::Gone => break,
            Sight::Nothing => {}
        }
    }
    Err(config_failure("image.file_not_found", format!("the image has no regular file {path}")))
}

enum Sight {
    Copied,
    Gone,
    Nothing,
}

fn look_in(store: &Store, layer: &Descriptor, wanted: &Path, to: &mut dyn Write) -> io::Result<Sight> {
    let mut archive = tar::Archive::new(opened(store, layer)?);
    let mut sight = Sight::Nothing;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let Some(path) = normal(&entry.path()?) else { continue };
        if path == wanted {
            if !entry.header().entry_type().is_file() {
                return Ok(Sight::Gone);
            }
            io::copy(&mut entry, to)?;
            return Ok(Sight::Copied);
        }
        if hides(&path, wanted) {
            sight = Sight::Gone;
        }
    }
    Ok(sight)
}

fn opened(store: &Store, layer: &Descriptor) -> io::Result<Box<dyn Read>> {
    let file = BufReader::new(File::open(store.blob_path(&layer.digest))?);
    match layer.media_type.rsplit_once(['.', '+']).map(|(_, form)| form) {
        Some("gzip") => Ok(Box::new(MultiGzDecoder::new(file))),
        Some("tar" | "v1") => Ok(Box::new(file)),
        _ => Err(io::Error::other(format!("layers of the form {} are not read", layer.media_type))),
    }
}

/// A path below the image's root. None for one that leads out of it.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(word) => normal.push(word),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

/// Whether an entry takes `wanted`, or a folder that it lies in, out of the layers below.
fn hides(entry: &Path, wanted: &Path) -> bool {
    let (Some(folder), Some(name)) = (entry.parent(), entry.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    match name.strip_prefix(WHITEOUT) {
        Some(_) if name == OPAQUE => wanted.starts_with(folder),
        Some(hidden) => wanted.starts_with(folder.join(hidden)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{hides, normal};
    use std::path::{Path, PathBuf};

    #[test]
    fn a_path_that_leads_out_of_the_image_is_none_of_its_files() {
        assert_eq!(normal(Path::new("./a/b")), Some(PathBuf::from("a/b")));
        assert_eq!(normal(Path::new("/a/../../b")), None);
    }

    #[test]
    fn a_whiteout_hides_what_lies_below() {
        assert!(hides(Path::new("a/.wh.b"), Path::new("a/b/c")));
        assert!(hides(Path::new("a/.wh..wh..opq"), Path::new("a/b")));
        assert!(!hides(Path::new("a/.wh.b"), Path::new("a/bc")));
    }
}
