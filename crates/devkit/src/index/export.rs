//! Writing an index in the forms that other programs read. Entries are written as they are, with every key.

use super::{Index, Kind, pretty, yaml};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A form of other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document with both lists: `oss_registry.json`, `cloud_registry.json`.
    Registry,
    /// A YAML list of one kind: `source_definitions.yaml`, `destination_definitions.yaml`.
    Yaml(Kind),
    /// A folder with `<uuid>.json` for each definition of one kind: `STANDARD_SOURCE_DEFINITION`.
    Folder(Kind),
}

/// Writes a form to a file, or for [`Form::Folder`] below a folder; says which files it wrote. Files that a folder has
/// besides stay.
///
/// # Errors
/// `index.export_failed` when something cannot be written; `index.id_invalid` when an id cannot name a file.
pub fn export(index: &Index, form: Form, out: &Path) -> Result<Vec<PathBuf>, FailureReason> {
    match form {
        Form::Registry => write(out, &registry(index)).map(|path| vec![path]),
        Form::Yaml(kind) => {
            let text = yaml::write_list(index.entries(kind)).map_err(|problem| failed(out, &problem))?;
            write(out, &text).map(|path| vec![path])
        }
        Form::Folder(kind) => folder(index, kind, out),
    }
}

/// The document without what only an `index.json` has.
fn registry(index: &Index) -> String {
    let mut document: Map<String, Value> = index.document.clone();
    document.shift_remove(super::FORMAT_KEY);
    pretty(&Value::Object(document))
}

fn folder(index: &Index, kind: Kind, out: &Path) -> Result<Vec<PathBuf>, FailureReason> {
    let mut files = Vec::new();
    for entry in index.entries(kind) {
        let id = entry.get(kind.id_key()).and_then(Value::as_str).unwrap_or_default();
        files.push((out.join(format!("{}.json", checked_id(id)?)), pretty(entry)));
    }
    fs::create_dir_all(out).map_err(|error| failed(out, &error.to_string()))?;
    files.iter().map(|(path, text)| write(path, text)).collect()
}

/// Ids come out of files of other people: one with a slash would name a file elsewhere.
fn checked_id(id: &str) -> Result<&str, FailureReason> {
    let is_plain =
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let message =
        || format!("the id `{}` cannot name a file; an id is a UUID, make one with `uuidgen`", id.escape_debug());
    if is_plain { Ok(id) } else { Err(config_failure("index.id_invalid", message())) }
}

fn write(path: &Path, text: &str) -> Result<PathBuf, FailureReason> {
    let written = || -> io::Result<()> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".export.").tempfile_in(folder)?;
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    written().map(|()| path.to_owned()).map_err(|error| failed(path, &error.to_string()))
}

fn failed(path: &Path, problem: &str) -> FailureReason {
    let path = path.display();
    let advice = "name a place that can be written with `--out`";
    config_failure("index.export_failed", format!("cannot write {path}: {problem}; {advice}"))
}
