//! Adding an entry: what it does to the one that is there, if there is one.

use super::{Definition, Index, Kind, check_entry};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use semver::Version as Semver;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

const VERSIONS: &str = "versions";
const RELEASES: &str = "releases";
const CANDIDATES: &str = "releaseCandidates";

/// What adding an entry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Added {
    /// The index did not have the definition.
    New,
    /// It is the current version now.
    Replaced,
    /// It is older than the current version: it is listed among the versions, and nothing else changes.
    BackPort,
    /// It is offered as a release candidate beside the current version.
    Candidate,
    /// The index said so already.
    Unchanged,
}

impl Index {
    /// Adds the entry of a version that was published. Adding it again changes nothing.
    ///
    /// # Errors
    /// `index.entry_invalid`; `index.conflict` when another definition has its id or its repository.
    pub fn add(&mut self, entry: Value) -> Result<Added, FailureReason> {
        let (kind, entry) = understood(entry)?;
        let added = Definition::new(kind, &entry);
        self.refuse_another_with_its_id(&added)?;
        let Some(position) = self.position(kind, added.id()) else {
            self.refuse_another_with_its_repository(&added)?;
            let entry = with_versions(&entry, &Map::new(), &entry);
            self.list_mut(kind).push(Value::Object(entry));
            return Ok(Added::New);
        };
        let Some(current) = self.entries(kind)[position].as_object() else { return Ok(Added::Unchanged) };
        let (done, merged) = merged(&Definition::new(kind, current), &added);
        if merged == *current {
            return Ok(Added::Unchanged);
        }
        self.list_mut(kind)[position] = Value::Object(merged);
        Ok(done)
    }

    /// Takes in all that another index lists: what is new as it is, the rest as by [`Index::add`]. Whoever made that
    /// index may have had several definitions of one repository on purpose, so that is no conflict here.
    ///
    /// # Errors
    /// Those of [`Index::add`]; then nothing was taken in.
    pub fn absorb(&mut self, other: &Self) -> Result<Vec<Added>, FailureReason> {
        let mut grown = self.clone();
        let mut done = Vec::new();
        for definition in other.definitions() {
            let entry = Value::Object(definition.map().clone());
            let known = grown.position(definition.kind(), definition.id());
            if known.is_some_and(|at| grown.entries(definition.kind())[at] == entry) {
                done.push(Added::Unchanged);
            } else if known.is_some() {
                done.push(grown.add(entry)?);
            } else {
                grown.refuse_another_with_its_id(&definition)?;
                grown.list_mut(definition.kind()).push(entry);
                done.push(Added::New);
            }
        }
        for (key, value) in other.other_keys() {
            grown.set_key(key, value.clone());
        }
        *self = grown;
        Ok(done)
    }

    fn position(&self, kind: Kind, id: &str) -> Option<usize> {
        self.entries(kind).iter().position(|entry| {
            entry.get(kind.id_key()).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id))
        })
    }

    /// An id means one connector for good.
    fn refuse_another_with_its_id(&self, added: &Definition<'_>) -> Result<(), FailureReason> {
        let has_id = |one: &Definition<'_>| one.id().eq_ignore_ascii_case(added.id());
        let is_another = |one: &Definition<'_>| one.kind() != added.kind() || one.repository() != added.repository();
        let other = self.definitions().find(|one| has_id(one) && is_another(one));
        let differs = |other: &Definition<'_>| format!("it is {} {}", other.kind().word(), other.repository());
        other.map_or(Ok(()), |other| Err(conflict(&other, &format!("the id {}", added.id()), &differs(&other))))
    }

    /// A project that was copied and got a new id, but no name of its own.
    fn refuse_another_with_its_repository(&self, added: &Definition<'_>) -> Result<(), FailureReason> {
        let other = self.definitions().find(|one| one.repository() == added.repository());
        let shared = format!("the repository {}", added.repository());
        other.map_or(Ok(()), |other| Err(conflict(&other, &shared, &format!("its id is {}", other.id()))))
    }
}

fn conflict(other: &Definition<'_>, shared: &str, differs: &str) -> FailureReason {
    let message = format!(
        "the definition {} has {shared} too, and {differs}; correct `definitionId` or `dockerRepository` in \
         metadata.yaml, or take the other one off the index: `longshore index remove PLACE {}`",
        other.name(),
        other.id()
    );
    config_failure("index.conflict", message)
}

/// The kind of an entry that has all that an entry needs.
fn understood(entry: Value) -> Result<(Kind, Map<String, Value>), FailureReason> {
    let invalid = |problem: &str| {
        let message = format!("the entry {problem}; correct the connector's metadata.yaml");
        config_failure("index.entry_invalid", message)
    };
    let Some(kind) = entry.as_object().and_then(Kind::of_entry) else {
        return Err(invalid("has neither `sourceDefinitionId` nor `destinationDefinitionId`"));
    };
    check_entry(&entry, kind).map_err(|problem| invalid(&problem))?;
    for key in ["name", "dockerRepository", "dockerImageTag"] {
        if entry.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid(&format!("has no `{key}`")));
        }
    }
    match entry {
        Value::Object(map) => Ok((kind, map)),
        _ => Err(invalid("is no object")),
    }
}

/// The entry that stands in the index once both are known.
fn merged(current: &Definition<'_>, added: &Definition<'_>) -> (Added, Map<String, Value>) {
    let (old, new) = (current.map(), added.map());
    let is_current_stable = !is_pre_release(current.tag());
    match order(added.tag(), current.tag()) {
        Ordering::Greater if is_candidate(added.tag()) && is_current_stable => {
            (Added::Candidate, with_versions(&with_candidate(old, added), old, new))
        }
        Ordering::Less => (Added::BackPort, with_versions(old, old, new)),
        // Neither a candidate nor a version for everyone: a preview.
        Ordering::Greater if is_pre_release(added.tag()) && is_current_stable => {
            (Added::BackPort, with_versions(old, old, new))
        }
        _ => (Added::Replaced, with_versions(&succeeded(old, new), old, new)),
    }
}

/// The new entry, with what only the old one knows: breaking changes, a changelog, candidates that are still ahead.
fn succeeded(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let mut entry = new.clone();
    for key in ["changelog", "dockerImageDigest"] {
        let is_same_version = key == "changelog" || old.get("dockerImageTag") == new.get("dockerImageTag");
        if let Some(value) = old.get(key).filter(|_| is_same_version && !new.contains_key(key)) {
            entry.insert(key.to_owned(), value.clone());
        }
    }
    let releases = merged_releases(old, new);
    if !releases.is_empty() {
        entry.insert(RELEASES.to_owned(), Value::Object(releases));
    }
    entry
}

fn merged_releases(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let of = |map: &Map<String, Value>| map.get(RELEASES).and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, mut releases) = (of(old), of(new));
    if let Some(changes) = old.get("breakingChanges").filter(|_| !releases.contains_key("breakingChanges")) {
        releases.insert("breakingChanges".to_owned(), changes.clone());
    }
    let tag = new.get("dockerImageTag").and_then(Value::as_str).unwrap_or_default();
    let candidates = old.get(CANDIDATES).and_then(Value::as_object).into_iter().flatten();
    let ahead: Map<_, _> = candidates
        .filter(|(version, _)| order(version, tag) == Ordering::Greater)
        .map(|(version, entry)| (version.clone(), entry.clone()))
        .collect();
    if !ahead.is_empty() && !releases.contains_key(CANDIDATES) {
        releases.insert(CANDIDATES.to_owned(), Value::Object(ahead));
    }
    releases
}

/// Only the newest candidate is offered; the others stay among the versions.
fn with_candidate(old: &Map<String, Value>, added: &Definition<'_>) -> Map<String, Value> {
    let mut entry = old.clone();
    let releases = entry.entry(RELEASES).or_insert_with(|| json!({}));
    let Some(releases) = releases.as_object_mut() else { return entry };
    let offered = releases.get(CANDIDATES).and_then(Value::as_object);
    let is_newest = offered.is_none_or(|all| all.keys().all(|tag| order(added.tag(), tag) != Ordering::Less));
    if is_newest {
        let mut candidate = added.map().clone();
        candidate.shift_remove(VERSIONS);
        releases.insert(CANDIDATES.to_owned(), json!({ added.tag(): candidate }));
    }
    entry
}

/// The entry with the versions that were known, and those that are new.
fn with_versions(
    entry: &Map<String, Value>,
    known: &Map<String, Value>,
    new: &Map<String, Value>,
) -> Map<String, Value> {
    let mut versions: Vec<Value> = Vec::new();
    for map in [known, new] {
        let listed = map.get(VERSIONS).and_then(Value::as_array).into_iter().flatten();
        listed.cloned().chain(own_version(map)).for_each(|version| take_in(&mut versions, version));
    }
    versions.sort_by(|a, b| order(tag_of(b), tag_of(a)));
    let mut entry = entry.clone();
    entry.insert(VERSIONS.to_owned(), Value::Array(versions));
    entry
}

fn own_version(map: &Map<String, Value>) -> Option<Value> {
    let mut version = Map::new();
    version.insert("dockerImageTag".to_owned(), map.get("dockerImageTag").filter(|tag| tag.is_string())?.clone());
    if let Some(digest) = map.get("dockerImageDigest").filter(|digest| digest.is_string()) {
        version.insert("dockerImageDigest".to_owned(), digest.clone());
    }
    Some(Value::Object(version))
}

/// A version that is listed keeps what is said of it, and gains what was not said; unless its tag names another image now.
fn take_in(versions: &mut Vec<Value>, version: Value) {
    let Some(known) = versions.iter_mut().find(|known| tag_of(known) == tag_of(&version)) else {
        return versions.push(version);
    };
    let digests = [&*known, &version].map(|one| one.get("dockerImageDigest").and_then(Value::as_str));
    if matches!(digests, [Some(old), Some(new)] if old != new) {
        *known = version;
    } else if let (Some(known), Value::Object(more)) = (known.as_object_mut(), version) {
        more.into_iter().for_each(|(key, value)| {
            known.entry(key).or_insert(value);
        });
    }
}

fn tag_of(version: &Value) -> &str {
    version.get("dockerImageTag").and_then(Value::as_str).unwrap_or_default()
}

/// Semantic versions by their order. A tag that is none (`dev`) is as new as any other: the last one added counts.
fn order(a: &str, b: &str) -> Ordering {
    match (Semver::parse(a), Semver::parse(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => Ordering::Equal,
    }
}

fn is_pre_release(tag: &str) -> bool {
    Semver::parse(tag).is_ok_and(|version| !version.pre.is_empty())
}

fn is_candidate(tag: &str) -> bool {
    Semver::parse(tag).is_ok_and(|version| version.pre.starts_with("rc"))
}
