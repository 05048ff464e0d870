//! Sources that read local files (feature `files`): which files there are, and which of them are new.
//!
//! What is in a file is read by the source. [`Files`] finds them in the order of their modification, oldest first, so that
//! the last one that was read to its end is a state to go on from.
//!
//! ```
//! use longshore_connector_kit::files::{FileCursor, Files};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("a.csv"), "id\n1\n")?;
//! let pattern = folder.path().join("**/*.csv");
//!
//! let mut state = FileCursor::default();
//! for file in Files::matching(&pattern.to_string_lossy())?.after(&state) {
//!     // read it, emit its records, then:
//!     state = file.cursor();
//! }
//! assert_eq!(Files::matching(&pattern.to_string_lossy())?.after(&state).count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::Failure;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Local files, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Files(Vec<LocalFile>);

/// A file as it was when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    path: PathBuf,
    /// Nanoseconds since the epoch.
    modified: i64,
    /// In bytes.
    length: u64,
}

/// The file that was read last: the state of a source of files.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileCursor {
    /// Nanoseconds since the epoch.
    modified: i64,
    path: String,
}

impl Files {
    /// The files that match a pattern: `*` and `?` within a name, `**` for any folders, `[abc]`. A path without any of these
    /// is one file.
    ///
    /// # Errors
    /// When the pattern is wrong, or a file cannot be looked at.
    pub fn matching(pattern: &str) -> Result<Self, Failure> {
        let wrong = |error| Failure::config(format!("`{pattern}` is not a pattern of paths: {error}"));
        let mut files = Vec::new();
        for path in glob::glob(pattern).map_err(wrong)? {
            let path =
                path.map_err(|error| Failure::config(format!("a folder of `{pattern}` cannot be read: {error}")))?;
            files.extend(LocalFile::look_at(path)?);
        }
        files.sort_by_key(LocalFile::cursor);
        Ok(Self(files))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &LocalFile> {
        self.0.iter()
    }

    /// Those that were modified after the one that was read last, or at the same instant but sort behind it.
    ///
    /// A file that is modified while it is read comes again in the next run. A file whose modification time lies in the past
    /// when it appears (`cp -p`, `tar`) is not seen: such folders are read in full.
    pub fn after<'a>(&'a self, cursor: &FileCursor) -> impl Iterator<Item = &'a LocalFile> + use<'a> {
        let cursor = cursor.clone();
        self.0.iter().filter(move |file| file.cursor() > cursor)
    }
}

impl LocalFile {
    /// `None` for folders and whatever else is no file.
    fn look_at(path: PathBuf) -> Result<Option<Self>, Failure> {
        let failure = |error| Failure::config(format!("cannot look at {}: {error}", path.display()));
        let metadata = std::fs::metadata(&path).map_err(failure)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let modified = metadata.modified().map_err(failure)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = i64::try_from(modified.as_nanos()).unwrap_or(i64::MAX);
        Ok(Some(Self { length: metadata.len(), path, modified }))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The state after it was read to its end.
    #[must_use]
    pub fn cursor(&self) -> FileCursor {
        FileCursor { modified: self.modified, path: self.path.to_string_lossy().into_owned() }
    }
}
