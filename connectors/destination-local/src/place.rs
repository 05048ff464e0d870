//! Where a stream's files are.
//!
//! `FOLDER/NAME.jsonl`, or `FOLDER/NAMESPACE/NAME.jsonl` for a stream with a namespace. Everything else is under
//! `FOLDER/.longshore/`, by the same rule: the books (`….json`), rows that are staged, files that are being written anew.
//!
//! In names, every byte is written as `%XX` that is not a letter, a digit, `-`, `_`, or a `.` after the first
//! character; an empty name is `%`. So different streams have different files, and none is outside of the folder.

use longshore_connector_kit::{Failure, StreamDescriptor};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// File systems take names of 255 bytes; ours get a few more at the end.
const MAX_NAME_BYTES: usize = 230;

/// One of the files of a stream that hold rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slot {
    /// The file that a user looks at.
    Final,
    /// Rows that wait for their stream to be complete.
    Staged,
    /// A copy that is to take the place of one of the others.
    Copy,
}

/// The paths of a stream's files.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    visible: PathBuf,
    /// Without the last extension.
    hidden: PathBuf,
}

impl Place {
    pub(crate) fn of(folder: &Path, stream: &StreamDescriptor, extension: &str) -> Result<Self, Failure> {
        let mut relative = PathBuf::new();
        relative.extend(stream.namespace.as_deref().map(encoded));
        relative.push(format!("{}.{extension}", encoded(&stream.name)));
        if relative.iter().any(|part| part.len() > MAX_NAME_BYTES) {
            return Err(Failure::config(format!("the name of stream {stream} is too long for a file; use an alias")));
        }
        Ok(Self { visible: folder.join(&relative), hidden: folder.join(".longshore").join(relative) })
    }

    /// The path of a file with rows.
    pub(crate) fn slot(&self, slot: Slot) -> PathBuf {
        match slot {
            Slot::Final => self.visible.clone(),
            Slot::Staged => self.hidden("staged"),
            Slot::Copy => self.hidden("copy"),
        }
    }

    /// The path of a file beside the rows.
    pub(crate) fn hidden(&self, extension: &str) -> PathBuf {
        let mut path = self.hidden.clone().into_os_string();
        path.push(".");
        path.push(extension);
        path.into()
    }

    /// The folders in which the files are.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        [&self.visible, &self.hidden].into_iter().filter_map(|path| path.parent())
    }

    /// Whether two streams would share a file on a file system that ignores case.
    pub(crate) fn collides(&self, other: &Self) -> bool {
        self.visible.to_string_lossy().to_lowercase() == other.visible.to_string_lossy().to_lowercase()
    }
}

fn encoded(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let mut text = String::with_capacity(name.len());
    for (at, letter) in name.char_indices() {
        if letter.is_alphanumeric() || matches!(letter, '-' | '_') || (letter == '.' && at > 0) {
            text.push(letter);
        } else {
            let mut bytes = [0; 4];
            let bytes = letter.encode_utf8(&mut bytes).bytes();
            text.extend(bytes.map(|byte| format!("%{byte:02X}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for (namespace, name, path) in [
            (None, "users", "out/users.jsonl"),
            (Some("public"), "users", "out/public/users.jsonl"),
            (None, "../../etc/passwd", "out/%2E.%2F..%2Fetc%2Fpasswd.jsonl"),
            (Some(".."), "", "out/%2E./%.jsonl"),
            (Some(""), ".", "out/%/%2E.jsonl"),
            (Some(".longshore"), "a%b", "out/%2Elongshore/a%25b.jsonl"),
            (None, "a b\0日本", "out/a%20b%00日本.jsonl"),
        ] {
            let stream = StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() };
            let place = Place::of(Path::new("out"), &stream, "jsonl").unwrap();
            assert_eq!(place.slot(Slot::Final), Path::new(path));
        }
    }

    #[test]
    fn a_name_that_no_file_can_have_is_refused() {
        let stream = StreamDescriptor::named("n".repeat(300));
        assert!(Place::of(Path::new("out"), &stream, "csv").unwrap_err().message.contains("too long"));
    }

    #[test]
    fn streams_that_differ_in_case_collide() {
        let place = |name: &str| Place::of(Path::new("out"), &StreamDescriptor::named(name), "csv").unwrap();
        assert!(place("Users").collides(&place("users")));
        assert!(!place("users").collides(&place("user")));
    }
}
