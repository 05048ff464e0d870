//! Docker's `config.json` and podman's `auth.json`: what they say about a registry, and changing them without losing
//! anything that others keep there.

use super::{entry, host};
use crate::Credentials;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value};
use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The most symbolic links on the way to a file.
const MOST_LINKS: usize = 40;

/// A file, read.
pub(super) struct ConfigFile {
    path: PathBuf,
    root: Map<String, Value>,
}

/// Where a file names a helper for a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// What follows `docker-credential-` in its name.
    pub(super) helper: String,
    /// The file.
    pub(super) file: PathBuf,
    /// The host's key below `credHelpers`; none when `credsStore` names the helper for all.
    pub(super) key: Option<String>,
}

impl Place {
    /// The line that would have to go for the helper not to be asked.
    pub(super) fn line(&self) -> String {
        match &self.key {
            Some(key) => format!("\"{key}\": \"{}\"", self.helper),
            None => format!("\"credsStore\": \"{}\"", self.helper),
        }
    }

    fn member(&self) -> &'static str {
        if self.key.is_some() { "credHelpers" } else { "credsStore" }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} (docker-credential-{})", self.member(), self.file.display(), self.helper)
    }
}

impl ConfigFile {
    /// Reads a file; none when there is no such file.
    ///
    /// # Errors
    /// `registry.config_invalid`.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, FailureReason> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| invalid(path, &format!("it cannot be read: {error}")))?,
        };
        let root = parse(&bytes).map_err(|why| invalid(path, &why))?;
        Ok(Some(Self { path: path.to_owned(), root }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The helpers to ask about a registry, in order: the one of `credHelpers`, then `credsStore`.
    ///
    /// # Errors
    /// `registry.config_invalid`.
    pub(super) fn helpers_for(&self, host: &str, repository: Option<&str>) -> Result<Vec<Place>, FailureReason> {
        let own = match best(self.object("credHelpers")?, host, repository) {
            Some((key, helper)) => self.place(helper, Some(key))?,
            None => None,
        };
        let all = self.root.get("credsStore").map(|helper| self.place(helper, None)).transpose()?.flatten();
        Ok(own.into_iter().chain(all).collect())
    }

    /// Every helper that the file names.
    ///
    /// # Errors
    /// `registry.config_invalid`.
    pub(super) fn helpers(&self) -> Result<Vec<Place>, FailureReason> {
        let mut places = Vec::new();
        for (key, helper) in self.object("credHelpers")?.into_iter().flatten() {
            places.extend(self.place(helper, Some(key))?);
        }
        if let Some(helper) = self.root.get("credsStore") {
            places.extend(self.place(helper, None)?);
        }
        Ok(places)
    }

    /// The credentials that the file itself keeps for a registry.
    ///
    /// # Errors
    /// `registry.config_invalid`.
    pub(super) fn kept_for(&self, host: &str, repository: Option<&str>) -> Result<Option<Credentials>, FailureReason> {
        let found = best(self.object("auths")?, host, repository);
        found.map_or(Ok(None), |(key, value)| self.entry(key, value))
    }

    /// Everything that the file itself keeps, by its key.
    ///
    /// # Errors
    /// `registry.config_invalid`.
    pub(super) fn kept(&self) -> Result<Vec<(&str, Credentials)>, FailureReason> {
        let entries = self.object("auths")?.into_iter().flatten();
        let read = entries.map(|(key, value)| Ok(self.entry(key, value)?.map(|kept| (key.as_str(), kept))));
        Ok(read.collect::<Result<Vec<_>, FailureReason>>()?.into_iter().flatten().collect())
    }

    fn entry(&self, key: &str, value: &Value) -> Result<Option<Credentials>, FailureReason> {
        entry::understand(value).map_err(|why| invalid(&self.path, &format!("auths, `{key}`: {why}")))
    }

    fn object(&self, member: &str) -> Result<Option<&Map<String, Value>>, FailureReason> {
        match self.root.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(invalid(&self.path, &format!("`{member}` is no object"))),
        }
    }

    fn place(&self, helper: &Value, key: Option<&str>) -> Result<Option<Place>, FailureReason> {
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        match helper {
            Value::Null => Ok(None),
            Value::String(helper) if helper.is_empty() => Ok(None),
            Value::String(helper) if is_name(helper) => {
                Ok(Some(Place { helper: helper.clone(), file: self.path.clone(), key: key.map(str::to_owned) }))
            }
            _ => Err(invalid(&self.path, &format!("`{}` names no helper", key.unwrap_or("credsStore")))),
        }
    }
}

/// Changes the entries of `auths`. Other members, and the order of all, stay; another `longshore` waits.
///
/// # Errors
/// `registry.config_invalid`, `registry.config_unwritable`.
pub(super) fn change_entries<T>(
    path: &Path,
    change: impl FnOnce(&mut Map<String, Value>) -> T,
) -> Result<T, FailureReason> {
    let unwritable = |error: &io::Error| {
        let message = format!("{} cannot be written: {error}; see `ls -ld {0}`", path.display());
        config_failure("registry.config_unwritable", message)
    };
    let target = follow(path);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| unwritable(&error))?;
    let lock = File::open(folder).map_err(|error| unwritable(&error))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).map_err(|error| unwritable(&error.into()))?;
    let mut root = ConfigFile::read(path)?.map(|file| file.root).unwrap_or_default();
    let before = root.clone();
    let answer = change(entries(&mut root, path)?);
    if !before.contains_key("auths") && root.get("auths") == Some(&Value::Object(Map::new())) {
        root.shift_remove("auths");
    }
    if root != before {
        replace(&target, folder, &root).and_then(|()| lock.sync_all()).map_err(|error| unwritable(&error))?;
    }
    Ok(answer)
}

/// Where a file is that may be a link, even one to nothing.
fn follow(path: &Path) -> PathBuf {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else { break };
        target = target.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
    }
    target
}

fn entries<'a>(root: &'a mut Map<String, Value>, path: &Path) -> Result<&'a mut Map<String, Value>, FailureReason> {
    let auths = root.entry("auths").or_insert(Value::Null);
    if auths.is_null() {
        *auths = Value::Object(Map::new());
    }
    auths.as_object_mut().ok_or_else(|| invalid(path, "`auths` is no object"))
}

/// Puts a new file in the place of the old one, at once, with the same owner and for nobody else.
fn replace(target: &Path, folder: &Path, root: &Map<String, Value>) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".config.json.").tempfile_in(folder)?;
    file.write_all(&print(root)?)?;
    if let Ok(old) = fs::metadata(target) {
        // Only root may give files away; another user's file stays readable for this one alone.
        let _ = std::os::unix::fs::fchown(file.as_file(), Some(old.uid()), Some(old.gid()));
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

/// As Docker prints it: with tabs.
fn print(root: &Map<String, Value>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(root, &mut serializer)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    // The error's own text might quote the file.
    let broken = |error: serde_json::Error| format!("line {}, column {} is no JSON", error.line(), error.column());
    match serde_json::from_slice(bytes).map_err(broken)? {
        Value::Object(root) => Ok(root),
        _ => Err("line 1 begins no object".to_owned()),
    }
}

/// The member whose key fits best.
fn best<'a>(
    members: Option<&'a Map<String, Value>>,
    host: &str,
    repository: Option<&str>,
) -> Option<(&'a str, &'a Value)> {
    let fitting = members?.iter().filter_map(|(key, value)| Some((host::fit(key, host, repository)?, key, value)));
    fitting.max_by_key(|(fit, ..)| *fit).map(|(_, key, value)| (key.as_str(), value))
}

fn invalid(path: &Path, why: &str) -> FailureReason {
    let message = format!("{} cannot be used: {why}; mend it, or move it away and log in again", path.display());
    config_failure("registry.config_invalid", message)
}
