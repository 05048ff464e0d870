//! The connector index: one JSON document that lists definitions, and what is known of each of their versions.
//!
//! An entry has the fields of today's `oss_registry.json`, in their order and with those that nobody here knows, and a
//! few of ours: `dockerImageDigest`, `changelog`, `versions`. A reader that knows only the old fields can read it.

mod add;
mod definition;
mod directory;
mod entry;
mod export;
mod find;
mod import;
mod place;
mod remote;
mod yaml;

pub use add::Added;
pub use definition::{BreakingChange, Change, Definition, Kind, Version};
pub use directory::Directory;
pub use entry::{Release, entry_from_metadata, entry_of_project};
pub use export::{Form, export};
pub use find::Filter;
pub use import::{Import, import};
pub use place::{IndexPlace, Stored, Transport, Written, init, is_outdated, read, read_only, update};
pub use remote::IndexAt;

use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value, json};

/// What this version writes; it reads no later one.
const FORMAT_VERSION: u64 = 1;
const FORMAT_KEY: &str = "formatVersion";

/// An index: its document, whose lists hold objects with an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    document: Map<String, Value>,
}

impl Index {
    /// An index that lists nothing.
    #[must_use]
    pub fn empty() -> Self {
        let mut document = Map::new();
        document.insert(FORMAT_KEY.to_owned(), json!(FORMAT_VERSION));
        for kind in Kind::BOTH {
            document.insert(kind.list_key().to_owned(), json!([]));
        }
        Self { document }
    }

    /// Understands an `index.json`. `shown` is what messages call it.
    ///
    /// # Errors
    /// `index.invalid`, with the entry that is none; `index.too_new`.
    pub fn parse(bytes: &[u8], shown: &str) -> Result<Self, FailureReason> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| invalid(shown, &error.to_string()))?;
        let Value::Object(mut document) = value else { return Err(invalid(shown, "it is no JSON object")) };
        match document.get(FORMAT_KEY) {
            Some(version) if version.as_u64() == Some(FORMAT_VERSION) => {}
            Some(version) => return Err(too_new(shown, version)),
            None => drop(document.shift_insert(0, FORMAT_KEY.to_owned(), json!(FORMAT_VERSION))),
        }
        for kind in Kind::BOTH {
            let list = document.entry(kind.list_key()).or_insert_with(|| json!([]));
            check_list(list, kind).map_err(|problem| invalid(shown, &problem))?;
        }
        Ok(Self { document })
    }

    /// The document, the same for the same index.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty(&Value::Object(self.document.clone()))
    }

    /// The entries of a kind, in their order.
    #[must_use]
    pub fn entries(&self, kind: Kind) -> &[Value] {
        self.document.get(kind.list_key()).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// All definitions: first the sources.
    pub fn definitions(&self) -> impl Iterator<Item = Definition<'_>> {
        Kind::BOTH.into_iter().flat_map(|kind| {
            let entries = self.entries(kind).iter().filter_map(Value::as_object);
            entries.map(move |map| Definition::new(kind, map))
        })
    }

    /// The keys of the document that are neither lists nor the version of the format.
    pub(crate) fn other_keys(&self) -> impl Iterator<Item = (&String, &Value)> {
        let ours = |key: &str| key == FORMAT_KEY || Kind::BOTH.iter().any(|kind| kind.list_key() == key);
        self.document.iter().filter(move |(key, _)| !ours(key))
    }

    pub(crate) fn set_key(&mut self, key: &str, value: Value) {
        self.document.insert(key.to_owned(), value);
    }

    /// The list of a kind, to change.
    pub(crate) fn list_mut(&mut self, kind: Kind) -> &mut Vec<Value> {
        let list = self.document.entry(kind.list_key()).or_insert_with(|| json!([]));
        if !list.is_array() {
            *list = json!([]);
        }
        match list {
            Value::Array(entries) => entries,
            _ => unreachable!("it has just been made an array"),
        }
    }
}

/// Says what is wrong with a list of entries.
pub(crate) fn check_list(list: &Value, kind: Kind) -> Result<(), String> {
    let key = kind.list_key();
    let entries = list.as_array().ok_or_else(|| format!("`{key}` is no list"))?;
    let mut seen = std::collections::HashSet::new();
    for (number, entry) in entries.iter().enumerate() {
        let id = check_entry(entry, kind).map_err(|problem| format!("entry {} of `{key}` {problem}", number + 1))?;
        if !seen.insert(id) {
            return Err(format!("entry {} of `{key}` has the id {id} of an earlier one", number + 1));
        }
    }
    Ok(())
}

/// The id of an entry; or what it lacks.
pub(crate) fn check_entry(entry: &Value, kind: Kind) -> Result<&str, String> {
    let map = entry.as_object().ok_or("is no object")?;
    let id = map.get(kind.id_key()).and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| format!("has no `{}`{}", kind.id_key(), called(map)))?;
    if map.contains_key(kind.other().id_key()) {
        return Err(format!("has the id of a source and that of a destination{}", called(map)));
    }
    Ok(id)
}

fn called(map: &Map<String, Value>) -> String {
    map.get("name").and_then(Value::as_str).map(|name| format!(" (it is called {name})")).unwrap_or_default()
}

pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn invalid(shown: &str, problem: &str) -> FailureReason {
    let advice = "restore it from a copy, or begin anew with `longshore index init`";
    config_failure("index.invalid", format!("{shown} is no connector index: {problem}; {advice}"))
}

fn too_new(shown: &str, version: &Value) -> FailureReason {
    let message = format!("{shown} has the format {version}, this Longshore knows {FORMAT_VERSION}; take a newer one");
    config_failure("index.too_new", message)
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn what_nobody_knows_stays_where_it_was() {
        let text = r#"{"zeta":1,"formatVersion":1,"destinations":[],"alpha":{"b":2,"a":1},"sources":[]}"#;
        let index = Index::parse(text.as_bytes(), "x").unwrap();
        let again = Index::parse(index.to_json().as_bytes(), "x").unwrap();
        assert_eq!(serde_json::to_string(&again.document).unwrap(), text);
    }

    #[test]
    fn what_is_no_index_is_refused_with_the_entry_that_is_wrong() {
        let of = |text: &str| Index::parse(text.as_bytes(), "x").unwrap_err();
        for (text, part) in [
            ("[]", "no JSON object"),
            ("{", "EOF"),
            (r#"{"sources":{}}"#, "`sources` is no list"),
            (r#"{"sources":[1]}"#, "entry 1 of `sources` is no object"),
            (r#"{"destinations":[{"name":"X"}]}"#, "has no `destinationDefinitionId` (it is called X)"),
            (r#"{"sources":[{"sourceDefinitionId":"a","destinationDefinitionId":"b"}]}"#, "id of a source and"),
            (
                r#"{"sources":[{"sourceDefinitionId":"a"},{"sourceDefinitionId":"a"}]}"#,
                "entry 2 of `sources` has the id a",
            ),
        ] {
            let failure = of(text);
            assert_eq!(failure.code, "index.invalid");
            assert!(failure.message.contains(part), "{}", failure.message);
        }
        assert_eq!(of(r#"{"formatVersion":2}"#).code, "index.too_new");
    }
}
