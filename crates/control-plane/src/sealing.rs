//! Takes the secrets out of a configuration before it is stored, and puts them back; what changed is decided here, purely.

use crate::configuration::secret_places;
use crate::{Error, MASK, Problem, Result, WorkspaceId, outside_name};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The key of the object that stands for a secret.
const KEY: &str = "_secret";

/// A stored configuration together with its secrets.
#[derive(Default)]
pub(crate) struct Opened {
    /// As it is stored.
    pub(crate) stored: Value,
    /// Each secret under its id.
    pub(crate) secrets: HashMap<String, Value>,
}

/// A configuration ready to be stored.
pub(crate) struct Sealed {
    /// With ids in place of secrets.
    pub(crate) stored: Value,
    /// Secrets to be added, each under its id.
    pub(crate) added: Vec<(String, Value)>,
    /// Ids that are not used any more.
    pub(crate) dropped: Vec<String>,
}

/// The ids of all secrets of a stored configuration.
pub(crate) fn ids(stored: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each(stored, "", &mut |_, value| match id_of(value) {
        Some(id) => {
            found.push(id.to_owned());
            false
        }
        None => true,
    });
    found
}

/// A stored configuration with something in place of each id.
pub(crate) fn replaced(stored: &Value, with: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
    if let Some(value) = id_of(stored).and_then(&mut *with) {
        return value;
    }
    match stored {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), replaced(value, with))).collect(),
        Value::Array(items) => items.iter().map(|item| replaced(item, with)).collect(),
        other => other.clone(),
    }
}

impl Opened {
    /// The configuration with its secrets.
    pub(crate) fn clear(&self) -> Value {
        replaced(&self.stored, &mut |id| self.secrets.get(id).cloned())
    }

    /// What somebody sends, with what they cannot see in place of masks and ids.
    ///
    /// # Errors
    /// `configuration.secret_missing` where there is nothing behind a mask, or an id that is not of this configuration: nobody
    /// gets at somebody else's secret by naming it.
    pub(crate) fn unmasked(&self, schema: &Value, sent: &Value) -> Result<Value> {
        let (mut found, mut problems) = (sent.clone(), Vec::new());
        let secret: HashSet<_> = secret_places(schema, sent).into_iter().collect();
        each(sent, "", &mut |pointer, value| {
            let is_masked = value == MASK;
            let old = self.stored.pointer(pointer);
            let kept = match id_of(value) {
                Some(id) => self.secrets.get(id),
                None if is_masked => old.and_then(|old| id_of(old).map_or(Some(old), |id| self.secrets.get(id))),
                None => return true,
            };
            match (kept, found.pointer_mut(pointer)) {
                (Some(kept), Some(place)) => *place = kept.clone(),
                // Ten stars in a field that is no secret are ten stars.
                _ if is_masked && !secret.contains(pointer) => {}
                _ => problems.push(problem(pointer)),
            }
            false
        });
        if problems.is_empty() {
            return Ok(found);
        }
        let message = "a secret is masked that is not stored; send its value".to_owned();
        Err(Error::Invalid { code: "configuration.secret_missing", message, problems })
    }

    /// Takes the secrets out. One that has not changed keeps its id; one that has gets the next version of it.
    pub(crate) fn seal(&self, workspace: Option<WorkspaceId>, schema: &Value, clear: &Value) -> Sealed {
        let mut places = secret_places(schema, clear);
        // What was a secret stays one, also when a new version of the connector does not call it so.
        each(&self.stored, "", &mut |pointer, value| {
            let is_secret = id_of(value).is_some();
            let covered = places.iter().any(|place| *place == pointer || pointer.starts_with(&format!("{place}/")));
            if is_secret && !covered && clear.pointer(pointer).is_some_and(|value| value.is_string()) {
                places.push(pointer.to_owned());
            }
            !is_secret
        });
        let (mut stored, mut added) = (clear.clone(), Vec::new());
        for pointer in places {
            let Some(place) = stored.pointer_mut(&pointer) else { continue };
            if place.is_null() || place.as_str().is_some_and(|text| outside_name(text).is_some()) {
                continue;
            }
            let value = place.take();
            let old = self.stored.pointer(&pointer).and_then(id_of);
            let id = match old {
                Some(id) if self.secrets.get(id) == Some(&value) => id.to_owned(),
                old => {
                    let id = old.and_then(next_version).unwrap_or_else(|| new_id(workspace));
                    added.push((id.clone(), value));
                    id
                }
            };
            *place = Value::Object([(KEY.to_owned(), Value::String(id))].into_iter().collect());
        }
        let used: HashSet<_> = ids(&stored).into_iter().collect();
        let dropped = ids(&self.stored).into_iter().filter(|id| !used.contains(id)).collect();
        Sealed { stored, added, dropped }
    }
}

/// Whether a value stands for a secret.
pub(crate) fn is_id(value: &Value) -> bool {
    id_of(value).is_some()
}

/// The id that an object stands for.
fn id_of(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(KEY)?.as_str()
}

fn new_id(workspace: Option<WorkspaceId>) -> String {
    let workspace = workspace.map_or_else(Uuid::nil, |id| id.0);
    format!("airbyte_workspace_{workspace}_secret_{}_v1", Uuid::new_v4())
}

fn next_version(id: &str) -> Option<String> {
    let (stem, number) = id.rsplit_once("_v")?;
    let next = number.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{stem}_v{next}"))
}

fn problem(pointer: &str) -> Problem {
    Problem { path: format!("/configuration{pointer}"), message: "there is no stored secret to keep".to_owned() }
}

/// Visits each value with its place; a visitor says whether to go on into it.
fn each(value: &Value, pointer: &str, visit: &mut dyn FnMut(&str, &Value) -> bool) {
    if !visit(pointer, value) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                each(member, &format!("{pointer}/{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                each(item, &format!("{pointer}/{at}"), visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Opened, Sealed};
    use serde_json::{Value, json};
    use std::collections::HashMap;

    fn schema() -> Value {
        json!({ "properties": { "host": {}, "password": { "airbyte_secret": true },
            "keys": { "items": { "properties": { "key": { "airbyte_secret": true } } } } } })
    }

    fn sealed(old: &Opened, clear: &Value) -> (Opened, Sealed) {
        let sealed = old.seal(None, &schema(), clear);
        let mut secrets: HashMap<_, _> = old.secrets.clone();
        secrets.retain(|id, _| !sealed.dropped.contains(id));
        secrets.extend(sealed.added.iter().cloned());
        (Opened { stored: sealed.stored.clone(), secrets }, sealed)
    }

    fn first() -> Opened {
        let clear = json!({ "host": "h", "password": "one", "keys": [{ "key": "a" }, { "key": "b" }] });
        let (opened, sealed) = sealed(&Opened::default(), &clear);
        assert_eq!((sealed.added.len(), sealed.dropped.len()), (3, 0));
        assert_eq!(opened.clear(), clear);
        opened
    }

    #[test]
    fn no_secret_is_left_in_what_is_stored() {
        let text = first().stored.to_string();
        assert!(!text.contains("one") && text.contains("\"host\":\"h\"") && text.matches("_v1").count() == 3, "{text}");
    }

    #[test]
    fn a_masked_secret_keeps_its_value_and_its_id() {
        let old = first();
        let sent =
            json!({ "host": "other", "password": "**********", "keys": [{ "key": "**********" }, { "key": "c" }] });
        let clear = old.unmasked(&schema(), &sent).unwrap();
        let (new, sealed) = sealed(&old, &clear);
        assert_eq!(
            new.clear(),
            json!({ "host": "other", "password": "one", "keys": [{ "key": "a" }, { "key": "c" }] })
        );
        assert_eq!(new.stored["password"], old.stored["password"]);
        assert_eq!(new.stored["keys"][0], old.stored["keys"][0]);
        assert_eq!((sealed.added.len(), sealed.dropped.len()), (1, 1));
        let id = sealed.added[0].0.as_str();
        assert!(id.ends_with("_v2") && sealed.dropped[0].ends_with("_v1"), "{id}");
    }

    #[test]
    fn a_mask_with_nothing_behind_it_is_refused() {
        let error = Opened::default().unmasked(&schema(), &json!({ "password": "**********" })).unwrap_err();
        assert_eq!(error.code(), "configuration.secret_missing");
    }

    #[test]
    fn nobody_gets_at_a_secret_of_another_by_its_id() {
        let id = json!({ "_secret": "airbyte_workspace_x_secret_y_v1" });
        for sent in [json!({ "password": id }), json!({ "host": id }), json!({ "host": { "deep": [id] } })] {
            let error = first().unmasked(&schema(), &sent).unwrap_err();
            assert_eq!(error.code(), "configuration.secret_missing", "{sent}");
        }
    }

    #[test]
    fn a_name_of_a_secret_elsewhere_is_stored_as_it_is() {
        let clear = json!({ "password": "${NAME}", "keys": [{ "key": "secret_coordinate::x" }] });
        let (opened, sealed) = sealed(&first(), &clear);
        assert_eq!(opened.stored, clear);
        assert_eq!((sealed.added.len(), sealed.dropped.len()), (0, 3));
    }

    #[test]
    fn a_secret_that_its_spec_calls_so_no_more_stays_one() {
        let old = first();
        let sealed = old.seal(None, &json!({}), &old.clear());
        assert_eq!(sealed.stored, old.stored);
    }
}
