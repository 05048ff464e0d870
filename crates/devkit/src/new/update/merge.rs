//! Decides what becomes of each file: pure, but for reading what is there.

use super::{Change, ChangeKind};
use crate::failure::unreadable;
use crate::new::record::{Record, digest};
use crate::new::render::{RenderedFile, Rendering};
use diffy::DiffOptions;
use longshore_protocol::FailureReason;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Lines of a diff around what changed.
const CONTEXT_LINES: usize = 3;

/// A file as it was rendered, as it is, and as it is rendered now.
struct Texts<'a> {
    path: &'a str,
    base: Option<&'a str>,
    ours: Option<Vec<u8>>,
    theirs: Option<&'a RenderedFile>,
}

/// Every file that is not as it is to be, in the order of paths.
pub(super) fn changes(dir: &Path, record: &Record, now: &Rendering) -> Result<Vec<Change>, FailureReason> {
    let paths: BTreeSet<&String> = record.files.keys().chain(record.vendored.keys()).chain(now.files.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let theirs = now.files.get(path);
        let texts = Texts { path, base: record.files.get(path).map(String::as_str), ours: read(dir, path)?, theirs };
        let is_vendored = theirs.map_or(record.vendored.contains_key(path), |file| file.is_vendored);
        let change = if is_vendored { texts.replaced(record.vendored.get(path)) } else { texts.merged() };
        changes.extend(change);
    }
    Ok(changes)
}

fn read(dir: &Path, path: &str) -> Result<Option<Vec<u8>>, FailureReason> {
    let path = dir.join(path);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

impl Texts<'_> {
    /// A file that a template rendered, and that a person may have changed.
    fn merged(&self) -> Option<Change> {
        let theirs = self.theirs.map(|file| file.text.as_str());
        let ours = match self.ours.as_deref().map(str::from_utf8) {
            Some(Err(_)) => return Some(self.kept("it is no text any more; look at what the template has")),
            Some(Ok(ours)) => Some(ours),
            None => None,
        };
        match (self.base, ours, theirs) {
            _ if ours == theirs || self.base == theirs => None,
            (None, None, Some(theirs)) => Some(self.to(ChangeKind::Added, Some(theirs.to_owned()))),
            (Some(_), None, Some(_)) => {
                Some(self.kept("you removed it, and the newer template changes it: it stays away"))
            }
            (Some(base), Some(ours), None) if base == ours => Some(self.to(ChangeKind::Removed, None)),
            (_, Some(_), None) => Some(self.kept("you changed it, and the newer template has it no more: it stays")),
            (base, Some(ours), Some(theirs)) => Some(self.three(base.unwrap_or_default(), ours, theirs)),
            (_, None, None) => None,
        }
    }

    fn three(&self, base: &str, ours: &str, theirs: &str) -> Change {
        match diffy::merge(base, ours, theirs) {
            Ok(merged) => self.to(ChangeKind::Changed, Some(merged)),
            Err(marked) => Change {
                conflict: Some(
                    "both changed the same lines: choose between the marks `<<<<<<<` and `>>>>>>>`".to_owned(),
                ),
                ..self.to(ChangeKind::Changed, Some(marked))
            },
        }
    }

    /// A file that is taken along as it is; `then` is its digest when it was.
    fn replaced(&self, then: Option<&String>) -> Option<Change> {
        let theirs = self.theirs.map(|file| file.text.as_bytes());
        if self.ours.as_deref() == theirs {
            return None;
        }
        let is_edited = self.ours.as_deref().is_some_and(|ours| then != Some(&digest(ours)));
        if is_edited {
            return Some(
                self.kept("it was changed here: move your change out of vendor/, remove the file, and run this again"),
            );
        }
        let kind = match (&self.ours, theirs) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        Some(self.to(kind, self.theirs.map(|file| file.text.clone())))
    }

    fn to(&self, kind: ChangeKind, after: Option<String>) -> Change {
        let before = self.ours.as_deref().map(|ours| String::from_utf8_lossy(ours).into_owned());
        Change {
            path: self.path.to_owned(),
            kind,
            conflict: None,
            is_vendored: self.theirs.is_some_and(|file| file.is_vendored)
                || self.base.is_none() && self.theirs.is_none(),
            before,
            after,
            is_executable: self.theirs.is_some_and(|file| file.is_executable),
        }
    }

    fn kept(&self, why: &str) -> Change {
        let change = self.to(ChangeKind::Kept, None);
        Change { after: change.before.clone(), conflict: Some(why.to_owned()), ..change }
    }
}

/// What changes, as `diff -u` shows it.
pub(super) fn unified_diff(change: &Change) -> String {
    if change.before == change.after {
        return String::new();
    }
    let name = |side: &str, text: &Option<String>| match text {
        Some(_) => format!("{side}/{}", change.path),
        None => "/dev/null".to_owned(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (before, after) = (text(&change.before), text(&change.after));
    let mut options = DiffOptions::new();
    options.set_context_len(CONTEXT_LINES);
    options.set_original_filename(name("a", &change.before)).set_modified_filename(name("b", &change.after));
    options.create_patch(&before, &after).to_string()
}
