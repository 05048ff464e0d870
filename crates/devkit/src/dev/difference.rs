//! What changed between two specs or two catalogs, in words.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How deep properties of properties are followed.
const DEEPEST: usize = 8;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It is new.
    Added(String),
    /// It is gone.
    Removed(String),
    /// It is another.
    Changed {
        /// What.
        what: String,
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
}

/// What changed of a spec's properties, and of the rest of it.
pub(super) fn of_specs(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found =
        of_maps("property", &properties(&old["connectionSpecification"]), &properties(&new["connectionSpecification"]));
    let rest = |spec: &Value| -> BTreeMap<String, String> {
        let members = spec.as_object().into_iter().flatten();
        members
            .filter(|(name, _)| *name != "connectionSpecification")
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect()
    };
    found.extend(of_maps("", &rest(old), &rest(new)));
    found
}

/// What changed of the streams: which there are, their fields and types, keys, cursors, modes.
pub(super) fn of_catalogs(old: &Value, new: &Value) -> Vec<Difference> {
    let (old, new) = (streams(old), streams(new));
    let mut found = Vec::new();
    found.extend(
        new.keys().filter(|name| !old.contains_key(*name)).map(|name| Difference::Added(format!("stream {name}"))),
    );
    found.extend(
        old.keys().filter(|name| !new.contains_key(*name)).map(|name| Difference::Removed(format!("stream {name}"))),
    );
    for (name, stream) in &new {
        if let Some(before) = old.get(name) {
            found.extend(of_streams(name, before, stream));
        }
    }
    found
}

fn streams(catalog: &Value) -> BTreeMap<String, Value> {
    let streams = catalog["streams"].as_array().into_iter().flatten();
    let name = |stream: &Value| match stream["namespace"].as_str() {
        Some(namespace) => format!("{namespace}.{}", stream["name"].as_str().unwrap_or_default()),
        None => stream["name"].as_str().unwrap_or_default().to_owned(),
    };
    streams.map(|stream| (name(stream), stream.clone())).collect()
}

fn of_streams(name: &str, old: &Value, new: &Value) -> Vec<Difference> {
    let mut found =
        of_maps(&format!("field {name}"), &properties(&old["json_schema"]), &properties(&new["json_schema"]));
    let rest = |stream: &Value| -> BTreeMap<String, String> {
        let members = stream.as_object().into_iter().flatten();
        members
            .filter(|(key, _)| !["name", "namespace", "json_schema"].contains(&key.as_str()))
            .map(|(key, value)| (format!("{name}: {key}"), value.to_string()))
            .collect()
    };
    found.extend(of_maps("", &rest(old), &rest(new)));
    found
}

fn of_maps(what: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Difference> {
    let called =
        |name: &String| if what.is_empty() { name.clone() } else { format!("{what} {name}").replace(" .", ".") };
    let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
    let added = added.map(|(name, to)| Difference::Added(format!("{} ({to})", called(name))));
    let removed = old.keys().filter(|name| !new.contains_key(*name)).map(|name| Difference::Removed(called(name)));
    let changed = new.iter().filter_map(|(name, to)| {
        let from = old.get(name).filter(|from| *from != to)?;
        Some(Difference::Changed { what: called(name), from: from.clone(), to: to.clone() })
    });
    added.chain(removed).chain(changed).collect()
}

/// The properties of a schema by their paths, each with what it says in a few words.
fn properties(schema: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(schema, "", DEEPEST, &mut found);
    found
}

fn collect(schema: &Value, path: &str, depth: usize, found: &mut BTreeMap<String, String>) {
    if depth == 0 {
        return;
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.insert(path.clone(), described(property, required.contains(&name.as_str())));
        collect(property, &path, depth - 1, found);
        collect(&property["items"], &format!("{path}[]"), depth - 1, found);
        for choice in property["oneOf"].as_array().into_iter().flatten() {
            let title = choice["title"].as_str().unwrap_or("?");
            collect(choice, &format!("{path}<{title}>"), depth - 1, found);
        }
    }
}

fn described(property: &Value, is_required: bool) -> String {
    let mut words = vec![kind(property)];
    words.extend(property["format"].as_str().map(str::to_owned));
    words.extend(property["airbyte_type"].as_str().map(str::to_owned));
    words.extend(is_required.then(|| "required".to_owned()));
    words.extend((property["airbyte_secret"] == true).then(|| "secret".to_owned()));
    words.extend(property.get("default").map(|default| format!("default {default}")));
    words.extend(property.get("enum").map(|values| format!("one of {values}")));
    words.extend(property.get("const").map(|value| format!("always {value}")));
    words.join(", ")
}

/// The type in a few words, `null` left out.
pub(super) fn kind(property: &Value) -> String {
    match &property["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<_>>().join("|")
        }
        _ if property.get("oneOf").is_some() => "one of several".to_owned(),
        _ => "any".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Difference::{Added, Changed, Removed};
    use super::{of_catalogs, of_specs};
    use serde_json::json;

    #[test]
    fn a_spec_differs_by_its_properties() {
        let old = json!({"connectionSpecification": {"required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}});
        let new = json!({"documentationUrl": "https://x.test", "connectionSpecification": {"properties": {
            "a": {"type": "string", "airbyte_secret": true}, "c": {"type": "object", "properties": {"d": {"type": ["null", "number"]}}}}}});
        let found = of_specs(&old, &new);
        let changed =
            Changed { what: "property a".into(), from: "string, required".into(), to: "string, secret".into() };
        let added = ["property c (object)", "property c.d (number)", "documentationUrl (\"https://x.test\")"];
        assert!(found.contains(&changed) && found.contains(&Removed("property b".into())), "{found:?}");
        assert!(added.iter().all(|it| found.contains(&Added((*it).to_owned()))) && found.len() == 5, "{found:?}");
        assert_eq!(of_specs(&new, &new), []);
    }

    #[test]
    fn a_catalog_differs_by_streams_fields_types_and_keys() {
        let stream = |name: &str, properties: serde_json::Value, key: &str| json!({"name": name, "json_schema": {"properties": properties}, "source_defined_primary_key": [[key]]});
        let old = json!({"streams": [stream("a", json!({"id": {"type": "integer"}, "x": {"type": "string"}}), "id"), stream("b", json!({}), "id")]});
        let new = json!({"streams": [stream("a", json!({"id": {"type": "string"}, "y": {"type": "string"}}), "y"), stream("c", json!({}), "id")]});
        let expected = [
            Added("stream c".into()),
            Removed("stream b".into()),
            Added("field a y (string)".into()),
            Removed("field a x".into()),
            Changed { what: "field a id".into(), from: "integer".into(), to: "string".into() },
            Changed {
                what: "a: source_defined_primary_key".into(),
                from: r#"[["id"]]"#.into(),
                to: r#"[["y"]]"#.into(),
            },
        ];
        assert_eq!(of_catalogs(&old, &new), expected);
    }
}
