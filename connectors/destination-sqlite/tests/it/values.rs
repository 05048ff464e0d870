//! What becomes of values, the strange ones above all.

use crate::lab::{Lab, catalog, complete, record_text, state, stream};
use serde_json::{Value, json};

fn write(lab: &Lab, properties: Value, records: &[String]) {
    let end = [state("s", &json!({})), complete("s")];
    let lines: Vec<String> = records.iter().cloned().chain(end).collect();
    lab.write(&catalog(&[stream("s", properties, "append", 0, 0)]), None, &lines).succeeded();
}

#[test]
fn numbers_keep_every_digit() {
    let lab = Lab::new();
    let properties = json!({"i": {"type": "integer"}, "n": {"type": ["null", "number"]}});
    let wide = "12345678901234567890.123456789012345678";
    let rows = [
        ("1", "0.5"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "1e400"),
        ("-9223372036854775809", wide),
        ("007".trim_start_matches('0'), "-0"),
        ("3.0", "1E2"),
    ];
    let records: Vec<String> = rows.iter().map(|(i, n)| record_text("s", &format!(r#"{{"i":{i},"n":{n}}}"#))).collect();
    write(&lab, properties, &records);
    assert_eq!(
        lab.texts("SELECT typeof(i) || ' ' || i FROM s"),
        [
            "integer 1",
            "integer 9223372036854775807",
            "text 9223372036854775808",
            "text -9223372036854775809",
            "integer 7",
            "integer 3"
        ]
    );
    assert_eq!(
        lab.texts("SELECT typeof(n) || ' ' || n FROM s"),
        ["real 0.5", "integer 9223372036854775807", "text 1e400", &format!("text {wide}"), "integer 0", "integer 100"]
    );
}

#[test]
fn values_are_stored_by_the_type_of_their_column() {
    let lab = Lab::new();
    let properties = json!({
        "b": {"type": "boolean"}, "s": {"type": "string"}, "d": {"type": "string", "format": "date-time"},
        "o": {"type": "object"}, "a": {"type": "array"}, "u": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    });
    let data = r#"{"b":true,"s":"a\u0000b\n\"é","d":"2026-01-01T00:00:00+02:00","o":{"z": 1.10, "a":[ ]},"a":[1e400,"\ud800"],"u":7}"#;
    write(&lab, properties, &[record_text("s", data), record_text("s", r#"{"u":"7","b":null}"#)]);
    let row = &lab.rows("SELECT b, s, d, o, a, u FROM s")[0];
    let text = |text: &str| rusqlite::types::Value::Text(text.to_owned());
    assert_eq!(row[0], rusqlite::types::Value::Integer(1));
    assert_eq!(row[1], text("a\0b\n\"é"));
    assert_eq!(
        row[2..5],
        [text("2026-01-01T00:00:00+02:00"), text(r#"{"z": 1.10, "a":[ ]}"#), text(r#"[1e400,"\ud800"]"#)]
    );
    assert_eq!(lab.texts("SELECT typeof(u) FROM s"), ["integer", "text"]);
    assert_eq!(
        lab.texts("SELECT name || ' ' || type FROM pragma_table_info('s') WHERE cid > 4"),
        ["b INTEGER", "s TEXT", "d TEXT", "o TEXT", "a TEXT", "u "]
    );
}

#[test]
fn a_value_that_does_not_fit_becomes_null_and_is_noted_beside_earlier_changes() {
    let lab = Lab::new();
    let properties = json!({"i": {"type": "integer"}, "o": {"type": "object"}, "s": {"type": "string"}});
    let earlier = r#"{"field":"x","change":"TRUNCATED","reason":"SOURCE_FIELD_SIZE_LIMITATION"}"#;
    let line = format!(
        r#"{{"type":"RECORD","record":{{"stream":"s","data":{{"i":"many","o":[],"s":"\udc00"}},"emitted_at":1,"meta":{{"changes":[{earlier}]}}}}}}"#
    );
    write(&lab, properties, &[line]);
    assert_eq!(lab.texts("SELECT count(*) FROM s WHERE i IS NULL AND o IS NULL AND s IS NULL"), ["1"]);
    let nulled = |field: &str, why: &str| json!({"field": field, "change": "NULLED", "reason": why});
    let meta: Value = serde_json::from_str(&lab.texts("SELECT _airbyte_meta FROM s")[0]).unwrap();
    let expected = json!([
        serde_json::from_str::<Value>(earlier).unwrap(),
        nulled("i", "DESTINATION_TYPECAST_ERROR"),
        nulled("o", "DESTINATION_TYPECAST_ERROR"),
        nulled("s", "DESTINATION_SERIALIZATION_ERROR"),
    ]);
    assert_eq!(meta, json!({"sync_id": 42, "changes": expected}));
}

#[test]
fn properties_without_a_column_are_left_out_and_the_last_of_two_equal_ones_counts() {
    let lab = Lab::new();
    write(&lab, json!({"a": {"type": "integer"}}), &[record_text("s", r#"{"b":1,"a":"bad","a":2,"\ud800":3}"#)]);
    assert_eq!(lab.texts("SELECT a || _airbyte_meta FROM s"), [r#"2{"sync_id":42,"changes":[]}"#]);
}

#[test]
fn a_record_of_a_stream_without_declared_properties_is_kept_whole() {
    let lab = Lab::new();
    write(&lab, json!({}), &[record_text("s", r#"{"b": 1.10, "a": {}}"#)]);
    assert_eq!(lab.texts("SELECT _airbyte_data FROM s"), [r#"{"b": 1.10, "a": {}}"#]);
}

#[test]
fn a_record_of_a_hundred_megabytes_is_a_row() {
    let lab = Lab::new();
    let giant = "x".repeat(100_000_000);
    write(&lab, json!({"s": {"type": "string"}}), &[record_text("s", &format!(r#"{{"s":"{giant}"}}"#))]);
    assert_eq!(lab.texts("SELECT length(s) FROM s"), ["100000000"]);
}
