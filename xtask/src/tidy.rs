//! The rules of the house that no compiler knows, checked on the text of the tree in well under a second.
//!
//! Each rule is a function from the [`Tree`] to its findings:
//!
//! * [`words`]: words that only some files may hold, and so who may print, read the environment, start a process, wait;
//! * [`names`]: what files, types and tests are called;
//! * [`shape`]: how long a file is, how it begins, and where tests are;
//! * [`codes`]: each failure code has its page, and each page its code;
//! * [`map`]: the map in docs/architecture.md names what there is;
//! * [`links`]: links between our documents lead somewhere;
//! * [`dependencies`]: the part of deny.toml that needs no network.

mod codes;
mod dependencies;
mod links;
mod map;
mod names;
mod shape;
mod words;

use crate::command::{command, output};
use crate::places;
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::fs;

type Rule = fn(&Tree) -> Vec<String>;

const RULES: [Rule; 6] = [words::check, names::check, shape::check, codes::check, map::check, links::check];

/// Checks every rule and prints what was found, a line each.
///
/// # Errors
/// When anything was found, or the tree cannot be read.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::of_checkout()?;
    let mut findings: Vec<String> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.extend(dependencies::check()?);
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("tidy has {count} findings"),
    }
}

/// The text files that git knows or would know.
struct Tree {
    files: Vec<File>,
}

/// One file. Paths are relative to the root and have forward slashes.
struct File {
    path: String,
    text: String,
}

impl Tree {
    fn of_checkout() -> Result<Self> {
        let listed = output(&mut command("git", ["ls-files", "--cached", "--others", "--exclude-standard"]))?;
        let read = |path: &str| {
            let text = fs::read_to_string(places::workspace().join(path)).ok()?;
            Some(File { path: path.to_owned(), text })
        };
        // What is no text, or was removed and not yet committed, is nothing to read.
        let paths: BTreeSet<&str> = listed.lines().collect();
        Ok(Self { files: paths.into_iter().filter_map(read).collect() })
    }

    /// Our Rust; what templates render follows the rules of whom it is for.
    fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs") && !file.path.starts_with("templates/"))
    }

    fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// The file's name without its extension.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether the file holds nothing but tests, or what only tests use.
    fn is_test(&self) -> bool {
        let path = self.path.as_str();
        path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("crates/test-support/")
    }

    /// The lines with their numbers from 1, and whether each is in a test.
    fn lines(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let mut in_test = self.is_test();
        self.text.lines().enumerate().map(move |(at, line)| {
            // Tests stand at the end of their file.
            in_test |= line == "#[cfg(test)]";
            (at + 1, line, in_test)
        })
    }
}

#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
    Tree { files: files.iter().map(file).collect() }
}
