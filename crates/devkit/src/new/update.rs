//! `connector new --update`: a newer template brought into a project that was made before.
//!
//! What was rendered then is recorded, what is rendered now is made with the same answers, and what a person did lies
//! between: three texts of each file, merged as git does it. Files that are taken along as they are take no merge: they
//! are replaced, or, where somebody changed one, left.

mod files;
mod merge;

use super::answers::{Answers, Asked, resolve};
use super::name::ProjectName;
use super::record::Record;
use super::render::Rendering;
use super::template::Template;
use super::templates::Templates;
use crate::Tools;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use semver::Version;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is to be done to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The file, relative to the project.
    pub path: String,
    /// What is done.
    pub kind: ChangeKind,
    /// What a person has to do about it, where it is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Whether it is one of the files that are taken along as they are.
    pub is_vendored: bool,
    /// What is there; none when nothing is.
    #[serde(skip)]
    pub before: Option<String>,
    /// What is to be there; none when nothing is.
    #[serde(skip)]
    pub after: Option<String>,
    #[serde(skip)]
    is_executable: bool,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its text changes.
    Changed,
    /// It goes.
    Removed,
    /// It stays as it is, though the newer template has it otherwise.
    Kept,
}

/// A newer template, and what it changes in a project.
#[derive(Debug)]
pub struct Update {
    dir: PathBuf,
    rendering: Rendering,
    /// The version of the template that the project was made from.
    pub from: u32,
    /// Every file that is not as it is to be.
    pub changes: Vec<Change>,
}

impl Update {
    /// Finds what a newer template changes; `given` are answers that take the place of those of then, and `ask` is
    /// asked what nobody asked then.
    ///
    /// # Errors
    /// `connector.no_record`, `connector.record_invalid`, `connector.record_newer`, `connector.unreadable`, and those
    /// of [`Templates::find`], [`resolve`] and [`Templates::render`].
    pub fn plan(
        templates: &Templates,
        dir: &Path,
        given: &BTreeMap<String, String>,
        ask: &mut dyn FnMut(&Asked<'_>) -> Result<String, FailureReason>,
    ) -> Result<Self, FailureReason> {
        let record = Record::read(dir)?;
        let template = templates.find(&record.template)?;
        refuse_older(dir, &record, &template)?;
        let answers = answers(&template, &record, given, ask)?;
        let rendering = templates.render(&template, &answers, &record.dir)?;
        let changes = merge::changes(dir, &record, &rendering)?;
        Ok(Self { dir: dir.to_owned(), rendering, from: record.version, changes })
    }

    /// The template, as it is now.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.rendering.template
    }

    /// The changes that a person has to look at.
    pub fn conflicts(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.conflict.is_some())
    }

    /// The changes as a unified diff, without the files that are taken along as they are.
    #[must_use]
    pub fn diff(&self) -> String {
        let own = self.changes.iter().filter(|change| !change.is_vendored);
        own.map(merge::unified_diff).collect()
    }

    /// Makes the changes, and records the newer template last.
    ///
    /// # Errors
    /// `connector.unwritable`.
    pub fn write(&self) -> Result<(), FailureReason> {
        self.changes.iter().try_for_each(|change| files::apply(&self.dir, change))?;
        files::record(&self.dir, &Record::of(&self.rendering))
    }
}

/// Refuses a project with changes that git does not have: a merge could not be told from them, nor undone.
///
/// # Errors
/// `connector.uncommitted`, `tool.not_started`.
pub async fn refuse_uncommitted(tools: &Tools, dir: &Path) -> Result<(), FailureReason> {
    let asked = tools.quiet().answer("git", dir, &["status", "--porcelain", "--", "."]).await;
    let changed = match asked {
        // Nobody who has no git, or no repository here, has commits to keep apart.
        Ok(None) => return Ok(()),
        Err(failure) if failure.code == "tool.not_installed" => return Ok(()),
        asked => asked?.unwrap_or_default(),
    };
    if changed.trim().is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} has changes that are not committed, and the update would mix with them; commit them with `git commit`, or \
         go on with `--yes`",
        dir.display()
    );
    Err(config_failure("connector.uncommitted", message).with_detail(changed))
}

/// The answers of then, as far as they are asked now, and the new ones.
fn answers(
    template: &Template,
    record: &Record,
    given: &BTreeMap<String, String>,
    ask: &mut dyn FnMut(&Asked<'_>) -> Result<String, FailureReason>,
) -> Result<Answers, FailureReason> {
    let is_asked = |key: &str| {
        template.questions.iter().any(|question| question.key == key) || ["definition_id", "year"].contains(&key)
    };
    let kept = record.answers.iter().filter(|(key, _)| is_asked(key));
    let mut known: BTreeMap<_, _> = kept.map(|(key, answer)| (key.clone(), answer.clone())).collect();
    known.extend(given.iter().map(|(key, answer)| (key.clone(), answer.clone())));
    let prefix = format!("{}-", template.kind.as_str());
    let dash = record.connector.strip_prefix(&prefix).unwrap_or(&record.connector).to_owned();
    let name = ProjectName { title: record.title.clone(), dash, connector: record.connector.clone() };
    resolve(template, name, &known, 1970, ask)
}

fn refuse_older(dir: &Path, record: &Record, template: &Template) -> Result<(), FailureReason> {
    let own = env!("CARGO_PKG_VERSION");
    let parse = |version: &str| Version::parse(version).ok();
    if template.version >= record.version && parse(own) >= parse(&record.longshore) {
        return Ok(());
    }
    let message = format!(
        "{} was made from version {} of the template {} by longshore {}, and this is longshore {own} with version {}; \
         install the newer one and run this again",
        dir.display(),
        record.version,
        record.template,
        record.longshore,
        template.version
    );
    Err(config_failure("connector.record_newer", message))
}
