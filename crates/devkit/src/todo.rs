//! `connector todo`: every place of a project that needs a person, which is where a text says `TODO`.

use crate::failure::{config_failure, unreadable};
use ignore::{DirEntry, WalkBuilder};
use longshore_protocol::FailureReason;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The word.
pub(crate) const WORD: &str = "TODO";
/// Folders of what others made, wherever they are.
const NOT_OURS: [&str; 8] = ["vendor", ".git", "target", "node_modules", ".venv", ".longshore", "__pycache__", "dist"];
/// Files that tools write.
const LOCKS: [&str; 3] = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml"];
/// A text that people write is not longer.
const LARGEST_BYTES: u64 = 4 << 20;
/// A file with a zero so early is no text.
const LOOKED_AT_BYTES: usize = 8 << 10;

/// A place that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Todo {
    /// The file, relative to the project.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// What is to do: the line from the word on.
    pub text: String,
}

/// Every place of a folder that needs a person, in the order of paths and lines.
///
/// # Errors
/// `connector.not_a_folder`, `connector.unreadable`.
pub fn todos(dir: &Path) -> Result<Vec<Todo>, FailureReason> {
    if !dir.is_dir() {
        let message = format!("{} is no folder; name the folder of the project", dir.display());
        return Err(config_failure("connector.not_a_folder", message));
    }
    let mut found = Vec::new();
    for path in files(dir)? {
        // A link whose file is gone holds no text.
        let Ok(about) = fs::metadata(&path) else { continue };
        if about.len() > LARGEST_BYTES {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        if bytes[..bytes.len().min(LOOKED_AT_BYTES)].contains(&0) {
            continue;
        }
        let below = path.strip_prefix(dir).unwrap_or(&path);
        let lines = todos_in(&String::from_utf8_lossy(&bytes));
        found.extend(lines.into_iter().map(|(line, text)| Todo { path: below.to_owned(), line, text }));
    }
    Ok(found)
}

/// The lines of a text that need a person: number and what is to do.
#[must_use]
pub fn todos_in(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, without_end(&line[word_in(line)?..]).to_owned()))).collect()
}

/// The end of a comment is no part of what it says.
fn without_end(line: &str) -> &str {
    let line = line.trim_end();
    let ended = ["-->", "*/", "%>", "\",", "\""].iter().find_map(|end| line.strip_suffix(end));
    ended.unwrap_or(line).trim_end()
}

/// Where the word begins, as a word: `TODOS` and `MY_TODO` are others.
fn word_in(line: &str) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(WORD).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back();
        let after = line[at + WORD.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The files that people write, without what git ignores.
fn files(dir: &Path) -> Result<Vec<PathBuf>, FailureReason> {
    let mut walk = WalkBuilder::new(dir);
    // What the project itself ignores counts, wherever it lies, and whether or not it is a repository.
    walk.hidden(false).parents(false).git_global(false).git_exclude(false).require_git(false);
    walk.filter_entry(|entry| entry.depth() == 0 || !is_not_ours(entry));
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = entry.map_err(|error| {
            let message = format!("cannot look through {}: {error}; look at it with `ls -l`", dir.display());
            config_failure("connector.unreadable", message)
        })?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

fn is_not_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if is_folder { NOT_OURS.contains(&&*name) } else { LOCKS.contains(&&*name) || name.ends_with(".lock") }
}

#[cfg(test)]
mod tests {
    use super::todos_in;

    #[test]
    fn the_word_is_a_word() {
        let text = "# TODO: one\nTODOS\nMY_TODO TODO(x): two  \nToDo\n<!-- TODO -->\n";
        let wanted = [(1, "TODO: one"), (3, "TODO(x): two"), (5, "TODO")];
        assert_eq!(todos_in(text), wanted.map(|(line, text)| (line, text.to_owned())));
    }
}
