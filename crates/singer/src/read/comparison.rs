//! What a tap says of a stream while it reads, beside what was configured.

use super::chosen::Chosen;
use crate::entry::names;
use crate::schema;
use longshore_protocol::RawValue;
use serde_json::Value;

impl Chosen {
    /// How the tap's schema differs from the one that was configured, which may leave fields out.
    pub(super) fn unlike_the_catalog(&self, now: &Value) -> Option<String> {
        let mut catalog = self.schema.clone();
        let known = |name: &String| {
            catalog["properties"].get(name).is_some() || self.discovered["properties"].get(name).is_none()
        };
        let mut seen = now.clone();
        if let Some(properties) = seen["properties"].as_object_mut() {
            properties.retain(|name, _| known(name));
        }
        catalog = schema::of_record(&catalog);
        let found = schema::differences(&catalog, &seen);
        let name = &self.descriptor;
        (!found.is_empty()).then(|| {
            format!("the schema of stream {name} is not that of the catalog: {}; discover it again", listed(&found))
        })
    }

    /// How the tap's key differs from the one that was configured.
    pub(super) fn unlike_the_key(&self, said: Option<&RawValue>, now: &Value) -> Option<String> {
        let name = &self.descriptor;
        let said = said.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()).filter(|said| !said.is_null());
        let Some(said) = said.as_ref().map(names) else {
            let key = &self.key;
            return (!key.is_empty()).then(|| {
                format!("the tap omits key_properties of stream {name}; the key of the catalog is used: {key:?}")
            });
        };
        let missing = said.iter().find(|field| now["properties"].get(field.as_str()).is_none());
        if let Some(field) = missing {
            return Some(format!("the tap names `{field}` as a key of stream {name}, which its schema does not have"));
        }
        let (mut said, mut key) = (said, self.key.clone());
        said.sort();
        key.sort();
        let matters = self.dedup || !said.is_empty();
        (matters && !key.is_empty() && said != key).then(|| {
            format!("the tap's key of stream {name} is {said:?}, the configured one is {key:?}; records are told apart by the configured one")
        })
    }
}

/// Differences, for a log line.
pub(super) fn listed(found: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = if found.len() > SHOWN { format!(", and {} more", found.len() - SHOWN) } else { String::new() };
    match found.is_empty() {
        true => "in details only".to_owned(),
        false => format!("{}{more}", found[..found.len().min(SHOWN)].join(", ")),
    }
}
