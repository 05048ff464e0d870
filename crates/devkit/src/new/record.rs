//! `.longshore/template.json`: what a project was made from, so that a newer template can be merged into it.

use super::answers::Answers;
use super::render::{RenderedFile, Rendering};
use crate::failure::{config_failure, unreadable};
use longshore_protocol::FailureReason;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

/// The file, by its path in the project.
pub(super) const FILE: &str = ".longshore/template.json";

/// What a project was made from, and with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The template.
    pub template: String,
    /// Its version.
    pub version: u32,
    /// The version of this program that rendered it.
    pub longshore: String,
    /// The connector's name, with its prefix.
    pub connector: String,
    /// The name as people read it.
    pub title: String,
    /// What the project's folder was called.
    pub dir: String,
    /// The answers by their keys.
    pub answers: BTreeMap<String, String>,
    /// What was rendered, by path: where the next merge begins.
    pub files: BTreeMap<String, String>,
    /// The digests of the files that were taken along as they are.
    pub vendored: BTreeMap<String, String>,
}

impl Record {
    /// What is to be written beside a rendering.
    #[must_use]
    pub fn of(rendering: &Rendering) -> Self {
        let Answers { name, values } = &rendering.answers;
        let files = |is_vendored| rendering.files.iter().filter(move |(_, file)| file.is_vendored == is_vendored);
        let path = |path: &String| path.clone();
        Self {
            template: rendering.template.name.clone(),
            version: rendering.template.version,
            longshore: env!("CARGO_PKG_VERSION").to_owned(),
            connector: name.connector.clone(),
            title: name.title.clone(),
            dir: rendering.dir_name.clone(),
            answers: values.clone(),
            files: files(false).map(|(at, file)| (path(at), file.text.clone())).collect(),
            vendored: files(true).map(|(at, file)| (path(at), digest(file.text.as_bytes()))).collect(),
        }
    }

    /// Reads the record of a project.
    ///
    /// # Errors
    /// `connector.no_record`, `connector.record_invalid`, `connector.unreadable`.
    pub fn read(dir: &Path) -> Result<Self, FailureReason> {
        let path = dir.join(FILE);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => no_record(dir),
            _ => unreadable(&path, &error),
        })?;
        let read: Self = serde_json::from_str(&text).map_err(|error| invalid(&path, &error.to_string()))?;
        let is_below = |path: &&String| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        match read.files.keys().chain(read.vendored.keys()).find(|path| !is_below(path)) {
            Some(outside) => Err(invalid(&path, &format!("{outside} leads out of the project"))),
            None => Ok(read),
        }
    }

    pub(super) fn file(&self) -> RenderedFile {
        // All of it is text and numbers, which JSON can always say.
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        RenderedFile { text, is_executable: false, is_vendored: false }
    }
}

pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn invalid(path: &Path, why: &str) -> FailureReason {
    let message = format!(
        "{} is not what `longshore connector new` wrote: {why}; bring it back with `git checkout -- {FILE}`",
        path.display()
    );
    config_failure("connector.record_invalid", message)
}

fn no_record(dir: &Path) -> FailureReason {
    let message = format!(
        "{} has no {FILE}, so nobody knows which template it was made from; make a new project beside it with \
         `longshore connector new` and compare",
        dir.display()
    );
    config_failure("connector.no_record", message)
}
