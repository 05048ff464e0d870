//! What forms can show: types, lists, objects, and the keywords of JSON Schema that no form understands.

use super::form::{Form, Place, Role, types_of};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong};
use serde_json::Value;

/// Keywords that forms do not understand.
const COMPLEX: [&str; 11] = [
    "not",
    "anyOf",
    "patternProperties",
    "prefixItems",
    "allOf",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
];

/// The types that items of a list may have.
const OF_ITEMS: [&str; 4] = ["object", "string", "number", "integer"];

pub(super) const PROPERTY_TYPES: Rule = Rule {
    id: "spec.property_types",
    level: Level::Must,
    title: "Properties of the spec have one type",
    demand: "A property of the spec MUST have one `type`, or a list of that type and then `null`.",
    reason: "A form needs to know which field to show, and takes the first of several types.",
    check: "The `type` of every schema in the connectionSpecification is looked at.",
    remedy: "Write one type. For alternatives use `oneOf` with a constant in each.",
};

pub(super) const OBJECTS_HAVE_PROPERTIES: Rule = Rule {
    id: "spec.objects_have_properties",
    level: Level::Must,
    title: "Objects of the spec have properties",
    demand: "An object in the spec, but for the whole form, MUST have `properties` or `oneOf`.",
    reason: "A form has nothing to show for an object without properties, so nobody can fill it in.",
    check: "Every schema of type object in the connectionSpecification is looked at.",
    remedy: "Name the properties, or take the content as a text of JSON: `type: string`.",
};

pub(super) const ARRAY_ITEMS: Rule = Rule {
    id: "spec.array_items",
    level: Level::Must,
    title: "Arrays of the spec have one type of items",
    demand: "An array in the spec MUST have one schema under `items`, of type object, string, number or integer, or with an \
             `enum`.",
    reason: "A form shows one kind of field for the items of a list.",
    check: "Every schema of type array in the connectionSpecification is looked at.",
    remedy: "Give the array an `items` such as `{\"type\": \"string\"}`.",
};

pub(super) const NO_COMPLEX_KEYWORDS: Rule = Rule {
    id: "spec.no_complex_keywords",
    level: Level::Must,
    title: "The spec uses no keywords that forms cannot show",
    demand: "A spec MUST NOT use `anyOf`, `allOf`, `not`, `if`, `then`, `else`, `patternProperties`, `prefixItems`, \
             `dependentSchemas`, `dependentRequired` or `dependencies`.",
    reason: "Forms of platforms do not understand them: fields are missing, or the form does not open.",
    check: "Every schema in the connectionSpecification is searched for these keywords.",
    remedy: "Write alternatives as `oneOf` with a constant in each choice, an optional property by leaving it out of \
             `required`, and check the rest in the connector.",
};

pub(super) const NO_REFS: Rule = Rule {
    id: "spec.no_refs",
    level: Level::Must,
    title: "The spec has no unresolved $ref",
    demand: "A spec MUST NOT contain `$ref`.",
    reason: "Platforms store and show the spec as it is and resolve nothing, so what it refers to is missing.",
    check: "Every schema in the connectionSpecification is searched for `$ref`.",
    remedy: "Put what it refers to in the place of the `$ref` before the spec is printed.",
};

pub(super) const ADDITIONAL_PROPERTIES: Rule = Rule {
    id: "spec.additional_properties",
    level: Level::Should,
    title: "additionalProperties of the spec is true",
    demand: "`additionalProperties` in the spec SHOULD be true or absent.",
    reason: "Platforms add properties of their own, and a configuration that was saved with an older version has properties \
             that are gone; both would be refused before the connector is asked.",
    check: "Every schema in the connectionSpecification is searched for `additionalProperties: false`.",
    remedy: "Remove `additionalProperties: false`, or write true.",
};

pub(super) const DATE_PATTERN: Rule = Rule {
    id: "spec.date_pattern",
    level: Level::Should,
    title: "Dates of the spec have a format and a pattern",
    demand: "A property of the spec with the format `date` or `date-time` SHOULD have a `pattern` that accepts such a value, \
             and one with the pattern of dates SHOULD have the format.",
    reason: "A form opens a calendar by the format, and refuses wrong input by the pattern.",
    check: "Every property with such a format, or with one of the two usual patterns, is looked at.",
    remedy: "Write `\"format\": \"date-time\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$\"`, or \
             `\"format\": \"date\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"`.",
};

pub(super) fn property_types(form: &Form<'_>) -> Finding {
    let wrong = form.places.iter().filter_map(|place| {
        let names = place.schema["type"].as_array()?;
        let is_fine = match names.as_slice() {
            [one] => one != "null",
            [one, null] => one != "null" && null == "null",
            _ => false,
        };
        let message = || format!("the type of {} is {}", place.named(), place.schema["type"]);
        (!is_fine).then(|| Wrong::new(message(), place.shown()))
    });
    PROPERTY_TYPES.judged(form.counted(), wrong.collect())
}

pub(super) fn objects_have_properties(form: &Form<'_>) -> Finding {
    let is_object = |place: &&Place<'_>| {
        // What a choice lacks is told of its `oneOf`.
        !matches!(place.role, Role::Root | Role::Choice) && types_of(place.schema).contains(&"object")
    };
    let objects = || form.places.iter().filter(is_object);
    if objects().next().is_none() {
        return OBJECTS_HAVE_PROPERTIES.skipped("the spec has no objects below the form itself");
    }
    let is_empty = |place: &&Place<'_>| {
        ["properties", "oneOf", "anyOf", "allOf", "$ref"].iter().all(|word| place.schema.get(word).is_none())
    };
    let wrong = objects().filter(is_empty);
    let wrong =
        wrong.map(|place| Wrong::new(format!("{} is an object without properties", place.named()), place.shown()));
    OBJECTS_HAVE_PROPERTIES.judged(format!("{} objects", objects().count()), wrong.collect())
}

pub(super) fn array_items(form: &Form<'_>) -> Finding {
    let arrays = || form.places.iter().filter(|place| types_of(place.schema).contains(&"array"));
    if arrays().next().is_none() {
        return ARRAY_ITEMS.skipped("the spec has no arrays");
    }
    let wrong = arrays().filter_map(|place| {
        let why = wrong_items(place.schema.get("items"))?;
        Some(Wrong::new(format!("the items of {} {why}", place.named()), place.shown()))
    });
    ARRAY_ITEMS.judged(format!("{} arrays", arrays().count()), wrong.collect())
}

fn wrong_items(items: Option<&Value>) -> Option<String> {
    match items {
        None => Some("are not described".to_owned()),
        Some(Value::Object(members)) => {
            let items = &items?;
            let is_told = ["enum", "oneOf", "anyOf", "allOf", "$ref"].iter().any(|word| members.contains_key(*word));
            let types = types_of(items);
            let is_fine = types.iter().any(|name| OF_ITEMS.contains(name));
            (!is_told && !is_fine).then(|| match members.get("type") {
                None => "have no type".to_owned(),
                Some(kind) => format!("are of type {kind}"),
            })
        }
        Some(Value::Array(_)) => Some("are a list of schemas".to_owned()),
        Some(other) => Some(format!("are {other}, which is no schema")),
    }
}

pub(super) fn no_complex_keywords(form: &Form<'_>) -> Finding {
    let words = |place: &Place<'_>| COMPLEX.iter().filter(|word| place.schema.get(*word).is_some()).copied().collect();
    let wrong = form.places.iter().filter_map(|place| {
        let words: Vec<&str> = words(place);
        let message = || format!("{} uses `{}`", place.named(), words.join("`, `"));
        (!words.is_empty()).then(|| Wrong::new(message(), place.shown()))
    });
    NO_COMPLEX_KEYWORDS.judged(form.counted(), wrong.collect())
}

pub(super) fn no_refs(form: &Form<'_>) -> Finding {
    let wrong = form.places.iter().filter_map(|place| {
        let target = place.schema.get("$ref")?;
        Some(Wrong::new(format!("{} refers to {target}", place.named()), place.shown()))
    });
    NO_REFS.judged(form.counted(), wrong.collect())
}

pub(super) fn additional_properties(form: &Form<'_>) -> Finding {
    let wrong =
        form.places.iter().filter(|place| place.schema.get("additionalProperties") == Some(&Value::Bool(false)));
    let wrong = wrong.map(|place| Wrong::new(format!("{} has `additionalProperties: false`", place.named()), ""));
    ADDITIONAL_PROPERTIES.judged(form.counted(), wrong.collect())
}

pub(super) fn date_pattern(form: &Form<'_>) -> Finding {
    let judged: Vec<(&Place<'_>, Option<String>)> =
        form.properties().filter_map(|place| Some((place, wrong_date(place.schema)?))).collect();
    if judged.is_empty() {
        return DATE_PATTERN.skipped("the spec asks for no dates");
    }
    let wrong = judged
        .iter()
        .filter_map(|(place, why)| Some(Wrong::new(format!("{} {}", place.named(), why.as_deref()?), place.shown())));
    DATE_PATTERN.judged(format!("{} dates", judged.len()), wrong.collect())
}

const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";

/// None for what is no date; else what is wrong with it.
fn wrong_date(schema: &Value) -> Option<Option<String>> {
    let samples: &[&str] = match schema["format"].as_str() {
        Some("date") => &["2024-05-06"],
        Some("date-time") => &[
            "2024-05-06T07:08:09Z",
            "2024-05-06T07:08:09.123Z",
            "2024-05-06T07:08:09.123456Z",
            "2024-05-06T07:08:09+00:00",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08:09.123",
            "2024-05-06T07:08:09.123456",
            "2024-05-06 07:08:09",
            "2024-05-06",
        ],
        _ => {
            let pattern = schema["pattern"].as_str()?;
            return [DATE, TIME]
                .contains(&pattern)
                .then(|| Some("has the pattern of dates and no `format`".to_owned()));
        }
    };
    let Some(pattern) = schema["pattern"].as_str() else {
        return Some(Some("has a format and no `pattern`".to_owned()));
    };
    let matcher = jsonschema::draft7::new(&serde_json::json!({"pattern": pattern}));
    let accepts = matcher.is_ok_and(|matcher| samples.iter().any(|sample| matcher.is_valid(&Value::from(*sample))));
    Some((!accepts).then(|| format!("has the pattern {pattern}, which refuses {}", samples[0])))
}

#[cfg(test)]
mod tests;
