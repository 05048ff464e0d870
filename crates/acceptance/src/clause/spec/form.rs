//! The form that a spec describes, as a list of all the schemas in it.

use serde_json::Value;

/// How deep schemas are followed.
const DEEPEST: usize = 24;

/// Where a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the whole form.
    Root,
    /// Below `properties`.
    Property,
    /// Below `items`.
    Item,
    /// One of `oneOf`, `anyOf`, `allOf`.
    Choice,
    /// Below another keyword.
    Other,
}

/// A schema, and where it stands.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// For people: `auth.oneOf[0].token`.
    pub(crate) path: String,
    /// The name of a property.
    pub(crate) name: Option<&'a str>,
    pub(crate) role: Role,
    /// How many schemas are above it.
    pub(crate) depth: usize,
    pub(crate) schema: &'a Value,
}

impl Place<'_> {
    /// The schema as evidence.
    pub(crate) fn shown(&self) -> String {
        format!("{}: {}", self.named(), self.schema)
    }

    /// Its path, with a word for the root.
    pub(crate) fn named(&self) -> &str {
        if self.path.is_empty() { "connectionSpecification" } else { &self.path }
    }
}

/// A spec and all places of its form.
pub(crate) struct Form<'a> {
    /// The object under `spec`.
    pub(crate) spec: &'a Value,
    /// Its `connectionSpecification`.
    pub(crate) schema: &'a Value,
    pub(crate) places: Vec<Place<'a>>,
}

impl<'a> Form<'a> {
    pub(crate) fn of(spec: &'a Value) -> Self {
        let schema = &spec["connectionSpecification"];
        Self { spec, schema, places: places(schema) }
    }

    /// The places of properties.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &Place<'a>> {
        self.places.iter().filter(|place| place.role == Role::Property)
    }

    /// How many properties there are, in words.
    pub(crate) fn counted(&self) -> String {
        match self.properties().count() {
            1 => "1 property".to_owned(),
            count => format!("{count} properties"),
        }
    }
}

/// A schema and all schemas in it.
pub(crate) fn places(schema: &Value) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    walk(Place { path: String::new(), name: None, role: Role::Root, depth: 0, schema }, &mut places);
    places
}

fn walk<'a>(place: Place<'a>, places: &mut Vec<Place<'a>>) {
    let (schema, depth) = (place.schema, place.depth + 1);
    let path = place.path.clone();
    places.push(place);
    let Some(members) = schema.as_object().filter(|_| depth <= DEEPEST) else { return };
    for (word, value) in members {
        match word.as_str() {
            "properties" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(Place { path, name: Some(name), role: Role::Property, depth, schema }, places);
                }
            }
            "oneOf" | "anyOf" | "allOf" => each(value, Role::Choice, depth, &format!("{path}.{word}"), places),
            "items" if value.is_array() => each(value, Role::Item, depth, &format!("{path}.items"), places),
            "items" => {
                let path = format!("{path}[]");
                walk(Place { path, name: None, role: Role::Item, depth, schema: value }, places);
            }
            "additionalProperties" | "not" | "if" | "then" | "else" if value.is_object() => {
                let path = format!("{path}.{word}");
                walk(Place { path, name: None, role: Role::Other, depth, schema: value }, places);
            }
            _ => {}
        }
    }
}

fn each<'a>(list: &'a Value, role: Role, depth: usize, path: &str, places: &mut Vec<Place<'a>>) {
    for (at, schema) in list.as_array().into_iter().flatten().enumerate() {
        let path = format!("{}[{at}]", path.trim_start_matches('.'));
        walk(Place { path, name: None, role, depth, schema }, places);
    }
}

/// The types of a schema, as a list.
pub(crate) fn types_of(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Role};
    use serde_json::json;

    #[test]
    fn every_schema_has_a_path_that_people_can_follow() {
        let spec = json!({"connectionSpecification": {"properties": {
            "properties": {"type": "string"},
            "auth": {"oneOf": [{"properties": {"token": {}}}]},
            "rows": {"items": {"properties": {"a": {}}}}}}});
        let form = Form::of(&spec);
        let mut paths: Vec<(&str, Role)> = form.places.iter().map(|place| (place.path.as_str(), place.role)).collect();
        paths.sort_by_key(|(path, _)| *path);
        let expected = [
            ("", Role::Root),
            ("auth", Role::Property),
            ("auth.oneOf[0]", Role::Choice),
            ("auth.oneOf[0].token", Role::Property),
            ("properties", Role::Property),
            ("rows", Role::Property),
            ("rows[]", Role::Item),
            ("rows[].a", Role::Property),
        ];
        assert_eq!(paths, expected);
        assert_eq!(form.counted(), "5 properties");
    }
}
