//! The templates that there are: those in this program, and those of a folder.

use super::template::{Template, invalid};
use crate::failure::{config_failure, unreadable};
use longshore_protocol::FailureReason;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// All that is embedded, by its path in our repository.
static EMBEDDED: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

const FOLDER: &str = "templates";
/// What every template renders, unless it has a file of the same path.
const SHARED: &str = "shared";
const ABOUT: &str = "template.yaml";

/// A file of this program, by its path in our repository.
pub(super) fn embedded(path: &str) -> Option<&'static [u8]> {
    EMBEDDED.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

/// The files below a folder of our repository, by their paths in that folder.
pub(super) fn embedded_below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    EMBEDDED.iter().filter_map(move |(path, bytes)| {
        let below = path.strip_prefix(folder)?.strip_prefix('/')?;
        Some((below, *bytes))
    })
}

/// Templates, each a folder of files.
#[derive(Debug, Clone)]
pub struct Templates {
    /// `rust-source/files/src/main.rs` and so on.
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Templates {
    /// Those that are in this program.
    #[must_use]
    pub fn bundled() -> Self {
        let files = embedded_below(FOLDER).map(|(path, bytes)| (path.to_owned(), Cow::Borrowed(bytes)));
        Self { files: files.collect() }
    }

    /// With those of a folder beside them; one of the same name takes the place of ours.
    ///
    /// # Errors
    /// `connector.unreadable`.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, FailureReason> {
        let mut found = BTreeMap::new();
        read(folder, "", &mut found)?;
        let names: Vec<String> = found.keys().filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
        self.files.retain(|path, _| !names.iter().any(|name| path.split('/').next() == Some(name)));
        self.files.extend(found);
        Ok(self)
    }

    /// All of them, sources first, in the order of their names.
    ///
    /// # Errors
    /// `connector.template_invalid`.
    pub fn list(&self) -> Result<Vec<Template>, FailureReason> {
        let mut all = self.names().map(|name| self.open(name)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|template| (template.kind.as_str() != "source", template.name.clone()));
        Ok(all)
    }

    /// One of them by its name.
    ///
    /// # Errors
    /// `connector.template_unknown`, `connector.template_invalid`.
    pub fn find(&self, name: &str) -> Result<Template, FailureReason> {
        if self.names().any(|known| known == name) { self.open(name) } else { Err(self.unknown(name)) }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.files
            .keys()
            .filter_map(|path| path.strip_suffix(ABOUT)?.strip_suffix('/'))
            .filter(|name| !name.contains('/'))
    }

    fn open(&self, name: &str) -> Result<Template, FailureReason> {
        let text = self.files.get(&format!("{name}/{ABOUT}")).ok_or_else(|| self.unknown(name))?;
        Template::parse(name, text)
    }

    /// What a template renders: path below `files/`, text.
    pub(super) fn sources(&self, template: &str) -> Result<BTreeMap<&str, &str>, FailureReason> {
        let mut sources = BTreeMap::new();
        for folder in [SHARED, template] {
            let prefix = format!("{folder}/files/");
            for (path, bytes) in &self.files {
                let Some(below) = path.strip_prefix(&prefix) else { continue };
                let text = str::from_utf8(bytes).map_err(|error| invalid(template, &format!("{path}: {error}")))?;
                // `x` and `x.tmpl` are one file.
                sources.retain(|other: &&str, _| trimmed(other) != trimmed(below));
                sources.insert(below, text);
            }
        }
        Ok(sources)
    }

    fn unknown(&self, name: &str) -> FailureReason {
        let nearest = nearest(name, self.names()).map(|near| format!(", the nearest is `{near}`")).unwrap_or_default();
        let message =
            format!("there is no template `{name}`{nearest}; `longshore connector new --list` shows all of them");
        config_failure("connector.template_unknown", message)
    }
}

/// A path without the ending that keeps tools away from files of our repository.
pub(super) fn trimmed(path: &str) -> &str {
    path.strip_suffix(".tmpl").unwrap_or(path)
}

/// The word that is most alike, if any is alike at all.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|known| (strsim::jaro_winkler(word, known), known));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

fn read(folder: &Path, below: &str, files: &mut BTreeMap<String, Cow<'static, [u8]>>) -> Result<(), FailureReason> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let name = format!("{below}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files)?;
        } else {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            files.insert(name, Cow::Owned(bytes));
        }
    }
    Ok(())
}
