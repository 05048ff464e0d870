//! How a form is laid out: order, groups, what is required, and what stands in it at first.

use super::form::{Form, Place, Role};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong};
use serde_json::{Map, Value};

pub(super) const ORDER_DISTINCT: Rule = Rule {
    id: "spec.order_distinct",
    level: Level::Must,
    title: "Orders of the spec are distinct",
    demand: "Two properties of one level and one group of the spec MUST NOT have the same `order`.",
    reason: "Which of the two fields comes first in a form is left to chance.",
    check: "The `order` of all properties of each level and `group` are compared.",
    remedy: "Give each property of the level another number.",
};

pub(super) const GROUPS: Rule = Rule {
    id: "spec.groups",
    level: Level::Must,
    title: "Groups of the spec are at its top level",
    demand: "`group` MUST stand at properties of the top level of the spec only.",
    reason: "Forms make cards of groups; there are no cards within cards, and the field is lost.",
    check: "Every `group` below the top level is listed.",
    remedy: "Remove `group` from the property, or move the property to the top level.",
};

pub(super) const REQUIRED_EXIST: Rule = Rule {
    id: "spec.required_exist",
    level: Level::Must,
    title: "Required properties of the spec exist",
    demand: "Each name in a `required` of the spec MUST be a property there.",
    reason: "No form shows it, so no configuration can ever be valid.",
    check: "Every `required` is compared with the `properties` beside it, those of the choices below it and of the object \
            above it.",
    remedy: "Add the property, or remove its name from `required`.",
};

pub(super) const DEFAULTS_FIT: Rule = Rule {
    id: "spec.defaults_fit",
    level: Level::Should,
    title: "Defaults of the spec fit their properties",
    demand: "A `default` in the spec SHOULD be valid for the schema that it stands in.",
    reason: "A form starts with a value that it will then refuse, or that the connector does not understand.",
    check: "Every `default` but null and the empty text is validated against its own schema.",
    remedy: "Write a default of the property's type and within its limits, or none.",
};

pub(super) fn order_distinct(form: &Form<'_>) -> Finding {
    let levels = || form.places.iter().filter_map(|place| Some((place, place.schema["properties"].as_object()?)));
    let ordered = levels().flat_map(|(_, level)| level.values()).filter(|it| it["order"].is_number()).count();
    if ordered == 0 {
        return ORDER_DISTINCT.skipped("no property of the spec has an `order`");
    }
    let wrong = levels().flat_map(|(place, level)| twins(place, level));
    ORDER_DISTINCT.judged(format!("{ordered} properties with an order"), wrong.collect())
}

fn twins(place: &Place<'_>, level: &Map<String, Value>) -> Vec<Wrong> {
    let ordered: Vec<(&String, &Value)> = level.iter().filter(|(_, it)| it["order"].is_number()).collect();
    let twin = |at: usize, schema: &Value| {
        let is_twin = |other: &Value| other["order"] == schema["order"] && other.get("group") == schema.get("group");
        ordered[..at].iter().find(|(_, other)| is_twin(other)).map(|(name, _)| *name)
    };
    let pairs = ordered.iter().enumerate().filter_map(|(at, (name, schema))| Some((*name, *schema, twin(at, schema)?)));
    let told = pairs.map(|(name, schema, twin)| {
        let message = format!("`{twin}` and `{name}` of {} both have the order {}", place.named(), schema["order"]);
        Wrong::new(message, format!("{twin}: {}\n{name}: {schema}", level[twin]))
    });
    told.collect()
}

pub(super) fn groups(form: &Form<'_>) -> Finding {
    let grouped = || form.places.iter().filter(|place| place.schema["group"].is_string());
    if grouped().next().is_none() {
        return GROUPS.skipped("no property of the spec has a `group`");
    }
    let is_nested = |place: &&Place<'_>| place.role != Role::Property || place.depth > 1;
    let wrong = grouped().filter(is_nested);
    let wrong =
        wrong.map(|it| Wrong::new(format!("{} has a group and is not at the top level", it.named()), it.shown()));
    GROUPS.judged(format!("{} properties with a group", grouped().count()), wrong.collect())
}

pub(super) fn required_exist(form: &Form<'_>) -> Finding {
    let demanding: Vec<_> =
        form.places.iter().filter_map(|place| Some((place, place.schema["required"].as_array()?))).collect();
    let names: usize = demanding.iter().map(|(_, names)| names.len()).sum();
    if names == 0 {
        return REQUIRED_EXIST.skipped("the spec requires nothing");
    }
    let wrong = demanding.iter().flat_map(|(place, names)| {
        let is_missing = |name: &&str| !is_there(form, place, name);
        let missing = names.iter().filter_map(Value::as_str).filter(is_missing);
        missing.map(|name| {
            Wrong::new(format!("{} requires `{name}`, which is no property there", place.named()), place.shown())
        })
    });
    REQUIRED_EXIST.judged(format!("{names} required properties"), wrong.collect())
}

/// A choice may require what the object above it has, and an object what its choices have.
fn is_there(form: &Form<'_>, place: &Place<'_>, name: &str) -> bool {
    let has = |schema: &Value| schema["properties"].get(name).is_some();
    let choices = ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| place.schema[*word].as_array()).flatten();
    let is_above = |above: &&Place<'_>| {
        let names = ["oneOf", "anyOf", "allOf"];
        names
            .iter()
            .filter_map(|word| above.schema[*word].as_array())
            .flatten()
            .any(|it| std::ptr::eq(it, place.schema))
    };
    let mut above = form.places.iter().filter(is_above);
    has(place.schema)
        || place.schema.get("$ref").is_some()
        || choices.into_iter().any(|choice| has(choice) || choice.get("$ref").is_some())
        || above.any(|above| has(above.schema))
}

pub(super) fn defaults_fit(form: &Form<'_>) -> Finding {
    let is_empty = |value: &Value| value.is_null() || value == "";
    let with_default = || form.places.iter().filter_map(|place| Some((place, place.schema.get("default")?)));
    let filled = || with_default().filter(|(_, value)| !is_empty(value));
    if filled().next().is_none() {
        return DEFAULTS_FIT.skipped("the spec has no defaults");
    }
    let wrong = filled().filter_map(|(place, value)| {
        let validator = super::answer::validator(place.schema).ok()?;
        let error = validator.validate(value).err()?;
        Some(Wrong::new(format!("the default of {} does not fit: {error}", place.named()), place.shown()))
    });
    DEFAULTS_FIT.judged(format!("{} defaults", filled().count()), wrong.collect())
}

#[cfg(test)]
mod tests {
    use super::{defaults_fit, groups, order_distinct, required_exist};
    use crate::clause::spec::form::Form;
    use crate::clause::spec::tests::status;
    use crate::finding::Status::{Failed, Passed, Skipped};
    use serde_json::json;

    #[test]
    fn orders_differ_within_a_level_and_group() {
        let two = |one, other| json!({"a": {"order": one}, "b": {"order": other}});
        assert_eq!(status(order_distinct, &two(0, 1)), Passed);
        assert_eq!(status(order_distinct, &two(1, 1)), Failed);
        assert_eq!(
            status(order_distinct, &json!({"a": {"order": 0, "group": "x"}, "b": {"order": 0, "group": "y"}})),
            Passed
        );
        assert_eq!(
            status(order_distinct, &json!({"a": {"order": 0}, "b": {"properties": {"c": {"order": 0}}}})),
            Passed
        );
        assert_eq!(status(order_distinct, &json!({"order": {"type": "string"}})), Skipped);
    }

    #[test]
    fn groups_are_at_the_top() {
        assert_eq!(status(groups, &json!({"a": {"group": "x"}})), Passed);
        assert_eq!(status(groups, &json!({"a": {"properties": {"b": {"group": "x"}}}})), Failed);
        assert_eq!(status(groups, &json!({"group": {"type": "string"}})), Skipped);
    }

    #[test]
    fn what_is_required_is_there() {
        let of = |schema| required_exist(&Form::of(&json!({"connectionSpecification": schema}))).status;
        assert_eq!(of(json!({"required": [], "properties": {"a": {}}})), Skipped);
        assert_eq!(of(json!({"required": ["a"], "properties": {"a": {}}})), Passed);
        assert_eq!(of(json!({"required": ["b"], "properties": {"a": {}}})), Failed);
        assert_eq!(of(json!({"required": ["b"], "oneOf": [{"properties": {"b": {}}}]})), Passed);
        assert_eq!(of(json!({"properties": {"b": {}}, "oneOf": [{"required": ["b"]}]})), Passed);
        assert_eq!(of(json!({"properties": {"a": {"required": ["x"], "properties": {"y": {}}}}})), Failed);
    }

    #[test]
    fn defaults_are_valid() {
        assert_eq!(status(defaults_fit, &json!({"a": {"type": "integer", "default": 3, "minimum": 1}})), Passed);
        assert_eq!(status(defaults_fit, &json!({"a": {"type": "string", "default": ""}})), Skipped);
        for broken in [json!({"type": "integer", "default": "3"}), json!({"enum": ["a"], "default": "b"})] {
            assert_eq!(status(defaults_fit, &json!({"a": broken})), Failed, "{broken}");
        }
    }
}
