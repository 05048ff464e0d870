//! Choices of a form: enumerations, and the alternatives of `oneOf`.

use super::form::Form;
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong};
use longshore_devkit::lint::wrong_shape;
use serde_json::Value;

pub(super) const ENUM_DISTINCT: Rule = Rule {
    id: "spec.enum_distinct",
    level: Level::Must,
    title: "Enum values of the spec are distinct",
    demand: "The values of an `enum` in the spec MUST be distinct.",
    reason: "A form shows one choice twice, and which of them is selected is anybody's guess.",
    check: "Every `enum` of the connectionSpecification is searched for equal values.",
    remedy: "Remove the value that stands there twice.",
};

pub(super) const ONE_OF_SHAPE: Rule = Rule {
    id: "spec.one_of_shape",
    level: Level::Must,
    title: "oneOf choices can be told apart by a constant",
    demand: "A schema with `oneOf` in the spec MUST say `type: object`; each choice MUST have `properties`, and exactly one \
             property that all choices share MUST have a `const`, with another value in each choice. A `default` or `enum` \
             beside a `const` MUST say the same as it.",
    reason: "A form finds the choice that a configuration means by its constant. Without it, it shows none, or the wrong one.",
    check: "Every `oneOf` of the connectionSpecification is looked at. An `enum` of one value that is also the default counts \
            as a constant.",
    remedy: "Write the parent as `type: object`, and give each choice one property such as `\"auth_type\": {\"type\": \
             \"string\", \"const\": \"token\"}`. For plain values use `enum` in place of `oneOf`.",
};

pub(super) const DISPLAY_TYPE: Rule = Rule {
    id: "spec.display_type",
    level: Level::Must,
    title: "display_type is used with oneOf only",
    demand: "`display_type` MUST stand beside a `oneOf`, and be `dropdown` or `radio`.",
    reason: "Forms refuse other values, and have nothing to display elsewhere.",
    check: "Every `display_type` of the connectionSpecification is looked at.",
    remedy: "Remove `display_type`, or write `dropdown` or `radio` beside the `oneOf`.",
};

pub(super) fn enum_distinct(form: &Form<'_>) -> Finding {
    let lists = || form.places.iter().filter_map(|place| Some((place, place.schema["enum"].as_array()?)));
    if lists().next().is_none() {
        return ENUM_DISTINCT.skipped("the spec has no `enum`");
    }
    let twice = lists().filter_map(|(place, values)| {
        let (_, value) = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value))?;
        Some(Wrong::new(format!("the `enum` of {} has {value} twice", place.named()), place.shown()))
    });
    ENUM_DISTINCT.judged(format!("{} lists of values", lists().count()), twice.collect())
}

pub(super) fn one_of_shape(form: &Form<'_>) -> Finding {
    let choices = || form.places.iter().filter_map(|place| Some((place, place.schema["oneOf"].as_array()?)));
    if choices().next().is_none() {
        return ONE_OF_SHAPE.skipped("the spec has no `oneOf`");
    }
    let wrong = choices().filter_map(|(place, choices)| {
        let why = wrong_shape(place.schema, choices).or_else(|| wrong_constants(choices))?;
        Some(Wrong::new(format!("the choices of {} cannot be told apart: {why}", place.named()), place.shown()))
    });
    ONE_OF_SHAPE.judged(format!("{} properties with choices", choices().count()), wrong.collect())
}

/// What may be wrong with constants that are there.
fn wrong_constants(choices: &[Value]) -> Option<String> {
    let properties = || choices.iter().filter_map(|choice| choice["properties"].as_object());
    for (name, property) in properties().flatten().filter(|(_, property)| property.get("const").is_some()) {
        let constant = &property["const"];
        if property.get("default").is_some_and(|default| default != constant) {
            return Some(format!("the default of `{name}` is not the constant {constant}"));
        }
        if property["enum"].as_array().is_some_and(|values| values.as_slice() != std::slice::from_ref(constant)) {
            return Some(format!("the enum of `{name}` is not the constant {constant} alone"));
        }
    }
    let fixed = |property: &Value| property.get("const").or(property["enum"].get(0)).cloned();
    let shared = properties().next()?.iter().filter(|(_, it)| it.get("const").is_some() || it.get("enum").is_some());
    for name in shared.map(|(name, _)| name) {
        let values: Vec<Value> = properties().filter_map(|it| fixed(it.get(name)?)).collect();
        let twice = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value));
        if let Some((_, value)) = twice.filter(|_| properties().all(|it| it.get(name).is_some_and(is_fixed))) {
            return Some(format!("two of them have {value} as `{name}`"));
        }
    }
    None
}

fn is_fixed(property: &Value) -> bool {
    property.get("const").is_some() || property["enum"].as_array().is_some_and(|values| values.len() == 1)
}

pub(super) fn display_type(form: &Form<'_>) -> Finding {
    let places = || form.places.iter().filter(|place| place.schema.get("display_type").is_some());
    if places().next().is_none() {
        return DISPLAY_TYPE.skipped("the spec has no `display_type`");
    }
    let wrong = places().filter_map(|place| {
        let word = &place.schema["display_type"];
        let why = match word.as_str() {
            _ if place.schema.get("oneOf").is_none() => "stands where there is no `oneOf`".to_owned(),
            Some("dropdown" | "radio") => return None,
            _ => format!("is {word}, and not `dropdown` or `radio`"),
        };
        Some(Wrong::new(format!("the `display_type` of {} {why}", place.named()), place.shown()))
    });
    DISPLAY_TYPE.judged(format!("{} properties with a `display_type`", places().count()), wrong.collect())
}

#[cfg(test)]
mod tests {
    use super::{display_type, enum_distinct, one_of_shape};
    use crate::clause::spec::tests::status;
    use crate::finding::Status::{Failed, Passed, Skipped};
    use serde_json::{Value, json};

    #[test]
    fn values_of_an_enum_differ() {
        assert_eq!(status(enum_distinct, &json!({"a": {"type": "string"}})), Skipped);
        assert_eq!(status(enum_distinct, &json!({"a": {"enum": ["x", "y"]}})), Passed);
        assert_eq!(status(enum_distinct, &json!({"a": {"enum": ["x", "y", "x"]}})), Failed);
        assert_eq!(status(enum_distinct, &json!({"enum": {"type": "string"}})), Skipped);
    }

    fn auth(kind: &str, choices: &Value) -> Value {
        json!({"auth": {"type": kind, "oneOf": choices}})
    }

    fn choice(more: &Value) -> Value {
        json!({"properties": {"kind": more, "token": {"type": "string"}}})
    }

    #[test]
    fn choices_need_one_constant_that_differs() {
        let two = |one: Value, other: Value| json!([choice(&one), choice(&other)]);
        let good = two(json!({"const": "a"}), json!({"const": "b", "enum": ["b"], "default": "b"}));
        assert_eq!(status(one_of_shape, &auth("object", &good)), Passed);
        let single = two(json!({"enum": ["a"], "default": "a"}), json!({"enum": ["b"], "default": "b"}));
        assert_eq!(status(one_of_shape, &auth("object", &single)), Passed);
        assert_eq!(status(one_of_shape, &auth("string", &good)), Failed);
        for broken in [
            two(json!({"const": "a"}), json!({"type": "string"})),
            two(json!({"const": "a"}), json!({"const": "a"})),
            two(json!({"const": "a"}), json!({"const": "b", "default": "a"})),
            two(json!({"const": "a"}), json!({"const": "b", "enum": ["b", "c"]})),
            json!([choice(&json!({"const": "a"})), {"title": "nothing"}]),
        ] {
            assert_eq!(status(one_of_shape, &auth("object", &broken)), Failed, "{broken}");
        }
        assert_eq!(status(one_of_shape, &json!({})), Skipped);
    }

    #[test]
    fn display_types_stand_beside_choices() {
        let choices = json!([choice(&json!({"const": "a"}))]);
        let with = |word: &str| json!({"a": {"type": "object", "oneOf": choices, "display_type": word}});
        assert_eq!(status(display_type, &with("radio")), Passed);
        assert_eq!(status(display_type, &with("slider")), Failed);
        assert_eq!(status(display_type, &json!({"a": {"type": "string", "display_type": "radio"}})), Failed);
        assert_eq!(status(display_type, &json!({"display_type": {"type": "string"}})), Skipped);
    }
}
