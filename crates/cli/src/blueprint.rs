//! A workspace as a document: what is in it, with names in place of ids, and without secrets.
//!
//! What stands on a server and what a file wishes have the same form, so that the plan between the two is a comparison
//! ([`plan`]) that asks nobody; [`carry_out`] then does it.

pub(crate) mod carry_out;
pub(crate) mod compare;
pub(crate) mod gather;
pub(crate) mod plan;
mod streams;

use crate::args::definition::KindArg;
use crate::commands::connection::words::Wishes;
use crate::failure::{Result, usage};
use longshore_protocol::FailureReason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands for a secret: whoever sends it back keeps the one that is there.
pub(crate) const MASK: &str = "**********";

/// A workspace, or a part of one.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Blueprint {
    /// Those that were added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) definitions: Vec<DefinitionEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<ActorEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) destinations: Vec<ActorEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<TagEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) connections: Vec<ConnectionEntry>,
}

/// A kind of connector that was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefinitionEntry {
    pub(crate) kind: KindArg,
    pub(crate) name: String,
    /// Of the image, without its tag.
    pub(crate) repository: String,
    pub(crate) tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) documentation_url: Option<String>,
}

/// A source or a destination. Its configuration may hold secrets: no `Debug` of its values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActorEntry {
    pub(crate) name: String,
    /// The name of its definition, or the image where two have the name.
    pub(crate) definition: String,
    #[serde(default)]
    pub(crate) configuration: Value,
}

impl std::fmt::Debug for ActorEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActorEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A label of connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagEntry {
    pub(crate) name: String,
    pub(crate) color: String,
}

/// A source joined to a destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionEntry {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) destination: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schema_changes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Vec<String>>,
    /// As the public API has them; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) streams: Option<Vec<Value>>,
}

impl ConnectionEntry {
    /// What the API is told.
    pub(crate) fn wishes(&self) -> Wishes {
        Wishes {
            name: Some(self.name.clone()),
            streams: self.streams.clone(),
            schedule: self.schedule.clone(),
            namespace: self.namespace.clone(),
            prefix: self.prefix.clone(),
            schema_changes: self.schema_changes.clone(),
            status: self.status.clone(),
            tags: self.tags.clone(),
        }
    }
}

impl Blueprint {
    /// Reads documents of YAML or JSON; several make one whole.
    ///
    /// # Errors
    /// `apply.file_invalid`, with the place and never with what stands there.
    pub(crate) fn read(text: &str, shown: &str) -> Result<Self> {
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        let parts: Vec<Self> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
            usage("apply.file_invalid", format!("{shown} cannot be understood: {}", error.without_snippet()))
        })?;
        let mut whole = Self::default();
        for part in parts {
            whole.definitions.extend(part.definitions);
            whole.sources.extend(part.sources);
            whole.destinations.extend(part.destinations);
            whole.tags.extend(part.tags);
            whole.connections.extend(part.connections);
        }
        for actor in whole.sources.iter_mut().chain(&mut whole.destinations) {
            if actor.configuration.is_null() {
                actor.configuration = Value::Object(serde_json::Map::new());
            }
        }
        whole.expect_names().map(|()| whole)
    }

    /// The document.
    ///
    /// # Errors
    /// `apply.file_invalid` when it cannot be written as YAML.
    pub(crate) fn write(&self) -> Result<String> {
        serde_saphyr::to_string(self)
            .map_err(|error| usage("apply.file_invalid", format!("the workspace cannot be written as YAML: {error}")))
    }

    /// Things are told apart by their names.
    ///
    /// # Errors
    /// `apply.name_twice`.
    pub(crate) fn expect_names(&self) -> Result<()> {
        let definitions = self.definitions.iter().map(|it| (it.kind.word(), it.name.as_str()));
        once("definition", definitions.map(|(kind, name)| format!("{kind} {name}")))?;
        once("source", self.sources.iter().map(|it| it.name.clone()))?;
        once("destination", self.destinations.iter().map(|it| it.name.clone()))?;
        once("tag", self.tags.iter().map(|it| it.name.clone()))?;
        once("connection", self.connections.iter().map(|it| it.name.clone()))
    }
}

fn once(word: &str, names: impl Iterator<Item = String>) -> Result<()> {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(twice(word, &pair[0])),
    }
}

fn twice(word: &str, name: &str) -> FailureReason {
    let message =
        format!("two {word}s are called `{name}`; here things are told apart by their names: rename one of them");
    usage("apply.name_twice", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
definitions:
  - {kind: source, name: Shop, repository: host/source-shop, tag: '1.0'}
sources:
  - name: shop
    definition: Shop
    configuration: {key: '**********', flag: no, count: 3}
---
connections:
  - name: c
    source: shop
    destination: lake
    schedule: every 6 hours
    streams: [{name: users}]
";

    #[test]
    fn documents_make_one_whole_which_reads_as_it_was_written() {
        let read = Blueprint::read(TEXT, "file").unwrap();
        assert_eq!((read.definitions.len(), read.sources.len(), read.connections.len()), (1, 1, 1));
        assert_eq!(read.definitions[0].tag, "1.0");
        assert_eq!(read.sources[0].configuration["flag"], "no");
        let written = read.write().unwrap();
        assert!(Blueprint::read(&written, "file").unwrap() == read, "{written}");
    }

    #[test]
    fn a_slip_in_a_key_is_told_without_the_values() {
        let reason = Blueprint::read("sources:\n  - {name: a, definitoin: b, configuration: {key: hunter2}}", "file")
            .unwrap_err();
        assert_eq!(reason.code, "apply.file_invalid");
        assert!(!reason.message.contains("hunter2") && reason.message.contains("definitoin"), "{}", reason.message);
    }

    #[test]
    fn a_name_twice_is_refused() {
        let text = "tags: [{name: a, color: '000000'}, {name: a, color: '000000'}]";
        assert_eq!(Blueprint::read(text, "file").unwrap_err().code, "apply.name_twice");
    }

    #[test]
    fn an_empty_file_wishes_nothing() {
        assert!(Blueprint::read("", "file").unwrap() == Blueprint::default());
    }
}
