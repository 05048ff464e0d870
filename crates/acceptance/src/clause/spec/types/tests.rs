//! Tests of what forms can show.

use super::*;
use crate::clause::spec::tests::status;
use crate::finding::Status::{Failed, Passed, Skipped};
use serde_json::json;

#[test]
fn a_property_has_one_type_or_that_and_null() {
    let of = |kind: Value| json!({"a": {"type": kind}});
    for fine in [json!("string"), json!(["string", "null"]), json!(["string"])] {
        assert_eq!(status(property_types, &of(fine.clone())), Passed, "{fine}");
    }
    for broken in [json!(["string", "integer"]), json!(["null", "string"]), json!(["string", "integer", "null"])] {
        assert_eq!(status(property_types, &of(broken.clone())), Failed, "{broken}");
    }
    assert_eq!(status(property_types, &json!({"type": {"type": "string"}})), Passed);
}

#[test]
fn objects_name_what_is_in_them() {
    let of = |schema: Value| status(objects_have_properties, &json!({"a": schema}));
    assert_eq!(of(json!({"type": "string"})), Skipped);
    assert_eq!(of(json!({"type": "object", "properties": {}})), Passed);
    assert_eq!(of(json!({"type": "object", "oneOf": []})), Passed);
    assert_eq!(of(json!({"type": "object"})), Failed);
    assert_eq!(of(json!({"type": "array", "items": {"type": "object"}})), Failed);
}

#[test]
fn items_have_one_type() {
    let of = |items: Value| status(array_items, &json!({"a": {"type": "array", "items": items}}));
    for fine in [json!({"type": "string"}), json!({"type": ["integer", "null"]}), json!({"enum": [true]})] {
        assert_eq!(of(fine.clone()), Passed, "{fine}");
    }
    for broken in [json!({"type": "array"}), json!({}), json!([{"type": "string"}]), json!(true)] {
        assert_eq!(of(broken.clone()), Failed, "{broken}");
    }
    assert_eq!(status(array_items, &json!({"a": {"type": "array"}})), Failed);
    assert_eq!(status(array_items, &json!({"a": {"type": "string"}})), Skipped);
}

#[test]
fn keywords_that_no_form_understands_are_found_and_names_are_not() {
    for word in COMPLEX {
        let schema = json!({"a": {"type": "object", "properties": {"b": {word: []}}}});
        assert_eq!(status(no_complex_keywords, &schema), Failed, "{word}");
        assert_eq!(status(no_complex_keywords, &json!({word: {"type": "string"}})), Passed, "{word}");
    }
    assert_eq!(status(no_refs, &json!({"a": {"$ref": "#/definitions/a"}})), Failed);
    assert_eq!(status(no_refs, &json!({"$ref": {"type": "string"}})), Passed);
    assert_eq!(status(additional_properties, &json!({"a": {"type": "object", "additionalProperties": false}})), Failed);
    assert_eq!(status(additional_properties, &json!({"a": {"type": "object", "additionalProperties": true}})), Passed);
}

#[test]
fn dates_have_a_format_and_a_pattern_that_takes_them() {
    let of = |schema: Value| status(date_pattern, &json!({"a": schema}));
    assert_eq!(of(json!({"type": "string"})), Skipped);
    assert_eq!(of(json!({"format": "date", "pattern": DATE})), Passed);
    assert_eq!(of(json!({"format": "date-time", "pattern": TIME})), Passed);
    let fractions = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z$";
    assert_eq!(of(json!({"format": "date-time", "pattern": fractions})), Passed);
    assert_eq!(of(json!({"format": "date"})), Failed);
    assert_eq!(of(json!({"format": "date", "pattern": TIME})), Failed);
    assert_eq!(of(json!({"pattern": TIME})), Failed);
}
