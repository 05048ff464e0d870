//! Changes every place of a project that names its version, together or not at all.
//!
//! [`places`] finds them, each as bytes of a file, so that a change touches nothing else; [`bump`] decides the next
//! version, refuses places that disagree, makes the new texts, checks them, and writes.

pub(crate) mod changelog;
mod dockerfile;
mod manifests;
mod pom;
mod scripts;
mod write;

use crate::failure::{config_failure, system_failure};
use crate::version::{self, Bump};
use crate::{Project, metadata};
use jiff::civil::Date;
use longshore_protocol::FailureReason;
use semver::Version;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The lock file of cargo, which a workspace has once.
const LOCK: &str = "Cargo.lock";

/// Files that may name the version, the source of truth first.
const FILES: [&str; 14] = [
    metadata::FILE,
    "Dockerfile",
    "Cargo.toml",
    LOCK,
    "pyproject.toml",
    "uv.lock",
    "setup.py",
    "setup.cfg",
    "package.json",
    "package-lock.json",
    "build.gradle",
    "build.gradle.kts",
    "gradle.properties",
    "pom.xml",
];

/// A version in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the project.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// The version as it stands there.
    pub version: String,
}

/// A changed version, or a new line of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file, relative to the project.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// The version before; none where a line is new.
    pub from: Option<String>,
    /// What stands there now.
    pub to: String,
}

/// What a bump is to do beside the version.
#[derive(Debug, Clone)]
pub struct BumpOptions {
    /// The day that a changelog names.
    pub date: Date,
    /// What changed, for the changelog; `TODO` when absent.
    pub message: Option<String>,
    /// The pull request, for the changelog.
    pub pull_request: Option<String>,
    /// Decide and check, and write nothing.
    pub dry_run: bool,
}

/// What a bump did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bumped {
    /// The version before, as metadata.yaml had it.
    pub from: Version,
    /// The version now.
    pub to: Version,
    /// Every changed line, in the order of files.
    pub changes: Vec<Change>,
    /// What a person has still to do.
    pub notes: Vec<String>,
}

/// Everywhere that a project names its version.
///
/// # Errors
/// `connector.unreadable`, `connector.metadata_invalid`, `version.file_invalid`.
pub fn places(project: &Project) -> Result<Vec<Place>, FailureReason> {
    Ok(read(project)?.iter().flat_map(Source::places).collect())
}

/// Gives a project another version.
///
/// # Errors
/// Those of [`places`]; `version.disagrees` when the places name several versions and `bump` names none itself; those of
/// [`Bump::next`]; `version.write_failed` when a file cannot be written, after the others were put back.
pub fn bump(project: &Project, bump: &Bump, options: &BumpOptions) -> Result<Bumped, FailureReason> {
    let from = project.metadata().docker_image_tag.clone();
    let sources = read(project)?;
    if !matches!(bump, Bump::To(_)) {
        refuse_disagreement(project, &sources)?;
    }
    let to = bump.next(&from)?;
    let mut changes: Vec<Change> = sources.iter().flat_map(|source| source.changes(&to)).collect();
    let mut texts = new_texts(project, &sources, &to)?;
    if to != from {
        for entry in changelog::entries(project, &to, options)? {
            changes.push(entry.change);
            texts.push(entry.text);
        }
    }
    if !options.dry_run {
        write::all(&texts)?;
    }
    let notes = notes(project, &from, &to);
    Ok(Bumped { from, to, changes, notes })
}

/// Refuses a project whose places disagree.
///
/// # Errors
/// Those of [`places`]; `version.disagrees`.
pub(crate) fn check_agreement(project: &Project) -> Result<(), FailureReason> {
    refuse_disagreement(project, &read(project)?)
}

/// A file that names the version.
struct Source {
    /// Relative to the project.
    file: PathBuf,
    text: String,
    spans: Vec<Range<usize>>,
}

impl Source {
    fn places(&self) -> impl Iterator<Item = Place> {
        self.spans.iter().map(|span| Place {
            file: self.file.clone(),
            line: line_of(&self.text, span.start),
            version: self.text[span.clone()].to_owned(),
        })
    }

    fn changes(&self, to: &Version) -> impl Iterator<Item = Change> {
        let to = to.to_string();
        self.places().filter_map(move |place| {
            let Place { file, line, version } = place;
            (version != to).then(|| Change { file, line, from: Some(version), to: to.clone() })
        })
    }

    fn replaced(&self, to: &Version) -> String {
        let mut text = self.text.clone();
        for span in self.spans.iter().rev() {
            text.replace_range(span.clone(), &to.to_string());
        }
        text
    }
}

fn read(project: &Project) -> Result<Vec<Source>, FailureReason> {
    let mut sources = Vec::new();
    for file in FILES.map(|name| place_of(project, name)) {
        let Some(text) = project.read(&file)? else { continue };
        let mut spans = spans(project, &file, &text)?;
        spans.sort_by_key(|span| span.start);
        sources.push(Source { file, text, spans });
    }
    Ok(sources)
}

/// Where a file is, relative to the project: beside metadata.yaml, but for the lock file of a workspace that it is in.
fn place_of(project: &Project, name: &str) -> PathBuf {
    let dir = project.dir().canonicalize().unwrap_or_default();
    let is_workspace = |dir: &&Path| dir.join(LOCK).is_file() && dir.join("Cargo.toml").is_file();
    match dir.ancestors().position(|dir| is_workspace(&dir)) {
        Some(depth) if name == LOCK && project.has("Cargo.toml") => Path::new(&"../".repeat(depth)).join(LOCK),
        _ => PathBuf::from(name),
    }
}

/// The bytes of a file that are the version.
fn spans(project: &Project, file: &Path, text: &str) -> Result<Vec<Range<usize>>, FailureReason> {
    let path = project.dir().join(file);
    let found = match file.file_name().and_then(OsStr::to_str).unwrap_or_default() {
        metadata::FILE => return metadata::versions(text, &path).map(|spans| following_the_first(text, spans)),
        "Dockerfile" => Ok(dockerfile::versions(text)),
        "Cargo.toml" => manifests::in_tables(text, &[&["package", "version"]]),
        "pyproject.toml" => manifests::in_tables(text, &[&["project", "version"], &["tool", "poetry", "version"]]),
        LOCK => manifests::in_lock(text, &package_name(project, "Cargo.toml")?),
        "uv.lock" => manifests::in_lock(text, &package_name(project, "pyproject.toml")?),
        "setup.py" => Ok(scripts::in_setup_py(text)),
        "setup.cfg" => Ok(scripts::in_setup_cfg(text)),
        "package.json" | "package-lock.json" => manifests::in_package_json(text),
        "build.gradle" | "build.gradle.kts" => Ok(scripts::in_gradle(text)),
        "gradle.properties" => Ok(scripts::in_properties(text)),
        _ => Ok(pom::versions(text)),
    };
    found.map_err(|why| {
        let message = format!("{} cannot be read: {why}; correct it, then run this again", path.display());
        config_failure("version.file_invalid", message)
    })
}

/// An override that names another version than the connector does so on purpose.
fn following_the_first(text: &str, spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let first = spans.first().cloned().unwrap_or_default();
    spans.into_iter().filter(|span| text[span.clone()] == text[first.clone()]).collect()
}

fn package_name(project: &Project, manifest: &str) -> Result<String, FailureReason> {
    let text = project.read(manifest)?.unwrap_or_default();
    Ok(manifests::name(&text).unwrap_or_default())
}

fn refuse_disagreement(project: &Project, sources: &[Source]) -> Result<(), FailureReason> {
    let version = &project.metadata().docker_image_tag;
    let places: Vec<Place> = sources.iter().flat_map(Source::places).collect();
    if places.iter().all(|place| version::names(&place.version, version)) {
        return Ok(());
    }
    let listed = places.iter().fold(String::new(), |mut listed, place| {
        let _ = write!(listed, "{}:{}: {}, ", place.file.display(), place.line, place.version);
        listed
    });
    let message = format!(
        "the places that name the version disagree: {}; set all of them with `longshore connector bump {} {version}`",
        listed.trim_end_matches(", "),
        project.dir().display()
    );
    Err(config_failure("version.disagrees", message))
}

/// The new texts of the files that change, each looked at again before anything is written.
fn new_texts(project: &Project, sources: &[Source], to: &Version) -> Result<Vec<write::NewText>, FailureReason> {
    let mut texts = Vec::new();
    for source in sources {
        let text = source.replaced(to);
        if text == source.text {
            continue;
        }
        let again = spans(project, &source.file, &text)?;
        let is_right = |span: &Range<usize>| text[span.clone()] == to.to_string();
        if again.len() != source.spans.len() || !again.iter().all(is_right) {
            let message =
                format!("{} does not take the version {to}; set it by hand and report this", source.file.display());
            return Err(system_failure("version.not_taken", message));
        }
        texts.push(write::NewText { path: project.dir().join(&source.file), before: source.text.clone(), after: text });
    }
    Ok(texts)
}

fn notes(project: &Project, from: &Version, to: &Version) -> Vec<String> {
    let releases = &project.metadata().releases;
    let key = format!("{}.0.0", to.major);
    if to.major == from.major || releases.breaking_changes.contains_key(&key) {
        return Vec::new();
    }
    let mut notes = vec![format!(
        "metadata.yaml has no releases.breakingChanges[\"{key}\"]: write there what breaks (message) and until when \
         people may wait (upgradeDeadline)"
    )];
    if releases.migration_documentation_url.is_none() {
        notes.push("metadata.yaml has no releases.migrationDocumentationUrl: say there how people migrate".to_owned());
    }
    notes
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1
}
