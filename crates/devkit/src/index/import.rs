//! Reading the forms that other programs wrote. Which form it is, the file's name and what it holds say.

use super::directory::FILE;
use super::{Index, Kind, check_list, yaml};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

const REGISTRIES: [&str; 2] = ["oss_registry.json", "cloud_registry.json"];
const LISTS: [&str; 4] = [
    "source_definitions.yaml",
    "destination_definitions.yaml",
    "source_definitions.yml",
    "destination_definitions.yml",
];
const FOLDERS: [&str; 2] = ["STANDARD_SOURCE_DEFINITION", "STANDARD_DESTINATION_DEFINITION"];

/// What was read, and of which files.
#[derive(Debug)]
pub struct Import {
    /// All of it, as it was.
    pub index: Index,
    /// Its files, in the order in which they were read.
    pub files: Vec<PathBuf>,
}

/// Reads a file, or a folder that holds any of these: an `index.json`, an `oss_registry.json` or `cloud_registry.json`,
/// the two lists in YAML, the two folders of JSON definitions. Order, keys and values stay as they are.
///
/// # Errors
/// `index.import_invalid`, with the file and the entry; `index.import_unknown` when it is none of these forms.
pub fn import(path: &Path) -> Result<Import, FailureReason> {
    let mut import = Import { index: Index::empty(), files: Vec::new() };
    if path.is_dir() {
        import.folder(path)?;
    } else {
        import.file(path)?;
    }
    Ok(import)
}

impl Import {
    fn folder(&mut self, path: &Path) -> Result<(), FailureReason> {
        if path.join(FILE).is_file() {
            return self.file(&path.join(FILE));
        }
        let registries: Vec<_> = REGISTRIES.iter().map(|name| path.join(name)).filter(|file| file.is_file()).collect();
        if let [first, second] = registries.as_slice() {
            let problem = format!("it holds {} and {}; name the one that you want", first.display(), second.display());
            return Err(invalid(path, &problem));
        }
        for file in registries.into_iter().chain(present(path, &LISTS)) {
            self.file(&file)?;
        }
        for folder in FOLDERS.iter().map(|name| path.join(name)).filter(|folder| folder.is_dir()) {
            self.definitions(&folder)?;
        }
        if self.files.is_empty() {
            self.definitions(path)?;
        }
        if self.files.is_empty() { Err(unknown(path)) } else { Ok(()) }
    }

    fn file(&mut self, path: &Path) -> Result<(), FailureReason> {
        let text = fs::read_to_string(path).map_err(|error| invalid(path, &format!("it cannot be read: {error}")))?;
        self.files.push(path.to_owned());
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "yaml" | "yml" => self.list(path, &text),
            "json" => self.json(path, &text),
            _ => Err(unknown(path)),
        }
    }

    fn json(&mut self, path: &Path, text: &str) -> Result<(), FailureReason> {
        let value = serde_json::from_str(text).map_err(|error| invalid(path, &error.to_string()))?;
        match value {
            Value::Object(map) if Kind::of_entry(&map).is_some() => self.definition(path, map),
            Value::Object(map) if map.contains_key("sources") || map.contains_key("destinations") => {
                self.document(path, text)
            }
            Value::Array(entries) => self.entries(path, entries),
            _ => Err(unknown(path)),
        }
    }

    /// The only document of an import keeps the order of its keys too.
    fn document(&mut self, path: &Path, text: &str) -> Result<(), FailureReason> {
        let read = Index::parse(text.as_bytes(), "it").map_err(|failure| match failure.code.as_str() {
            "index.too_new" => failure,
            _ => invalid(path, &failure.message),
        })?;
        self.index = read;
        Ok(())
    }

    fn list(&mut self, path: &Path, text: &str) -> Result<(), FailureReason> {
        let entries = yaml::read_list(text).map_err(|problem| invalid(path, &problem))?;
        self.entries(path, entries)
    }

    /// A list of one kind, which its first entry says, and the others must have too.
    fn entries(&mut self, path: &Path, entries: Vec<Value>) -> Result<(), FailureReason> {
        let Some(first) = entries.first() else { return Ok(()) };
        let Some(kind) = first.as_object().and_then(Kind::of_entry) else {
            let keys = "`sourceDefinitionId` or `destinationDefinitionId`";
            return Err(invalid(path, &format!("entry 1 has no {keys}")));
        };
        let list = self.index.list_mut(kind);
        list.extend(entries);
        check_list(&Value::Array(list.clone()), kind).map_err(|problem| invalid(path, &problem))
    }

    /// A folder of definitions, in the order of their file names.
    fn definitions(&mut self, folder: &Path) -> Result<(), FailureReason> {
        let listed = fs::read_dir(folder).map_err(|error| invalid(folder, &format!("it cannot be read: {error}")))?;
        let mut files: Vec<_> = listed.flatten().map(|file| file.path()).collect();
        files.retain(|file| file.extension().is_some_and(|it| it == "json") && file.is_file());
        files.sort();
        files.iter().try_for_each(|file| self.file(file))
    }

    /// One definition, whose file is named by its id.
    fn definition(&mut self, path: &Path, map: Map<String, Value>) -> Result<(), FailureReason> {
        let Some(kind) = Kind::of_entry(&map) else { return Err(unknown(path)) };
        let id = map.get(kind.id_key()).and_then(Value::as_str).unwrap_or_default();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if !stem.eq_ignore_ascii_case(id) {
            return Err(invalid(path, &format!("its `{}` is {id}, and its name is {stem}", kind.id_key())));
        }
        self.entries(path, vec![Value::Object(map)])
    }
}

fn present<'a>(folder: &'a Path, names: &'a [&str]) -> impl Iterator<Item = PathBuf> + 'a {
    names.iter().map(|name| folder.join(name)).filter(|file| file.is_file())
}

fn invalid(path: &Path, problem: &str) -> FailureReason {
    let message = format!("{} cannot be imported: {problem}; correct it, then run the command again", path.display());
    config_failure("index.import_invalid", message)
}

fn unknown(path: &Path) -> FailureReason {
    let forms = "index.json, oss_registry.json, *_definitions.yaml, STANDARD_*_DEFINITION/<uuid>.json";
    let message = format!("{} has none of the forms that can be imported ({forms}); name one of those", path.display());
    config_failure("index.import_unknown", message)
}
