//! Schemas that change between runs, and what users add to the tables.

use crate::lab::{Lab, catalog, complete, record_text, state, stored, stream};
use serde_json::{Value, json};

fn write(lab: &Lab, properties: Value, generation: (i64, i64), data: &str) {
    let lines = [record_text("s", data), state("s", &json!({})), complete("s")];
    lab.write(&catalog(&[stream("s", properties, "append", generation.0, generation.1)]), None, &lines).succeeded();
}

#[test]
fn new_columns_are_added_and_old_ones_stay() {
    let lab = Lab::new();
    write(&lab, json!({"a": {"type": "integer"}}), (0, 0), r#"{"a":1}"#);
    write(&lab, json!({"b": {"type": "string"}}), (0, 0), r#"{"a":2,"b":"x"}"#);
    assert_eq!(lab.texts("SELECT coalesce(a, '-') || coalesce(b, '-') FROM s"), ["1-", "-x"]);
}

#[test]
fn a_property_that_changes_its_type_keeps_its_column_and_every_digit() {
    let lab = Lab::new();
    write(&lab, json!({"a": {"type": "integer"}, "b": {"type": "string"}}), (0, 0), r#"{"a":1,"b":"x"}"#);
    let changed = json!({"a": {"type": "string"}, "b": {"type": "number"}});
    write(&lab, changed, (0, 0), r#"{"a":"007","b":0.1234567890123456}"#);
    assert_eq!(lab.texts("SELECT a || ' ' || b FROM s"), ["1 x", "007 0.1234567890123456"]);
}

#[test]
fn a_property_keeps_its_column_when_the_order_changes() {
    let lab = Lab::new();
    let text = || json!({"type": "string"});
    write(&lab, json!({"Id": text(), "id": text()}), (0, 0), r#"{"Id":"A","id":"a"}"#);
    write(&lab, json!({"id": text(), "Id": text()}), (0, 0), r#"{"id":"b","Id":"B"}"#);
    write(&lab, json!({"id": text()}), (1, 1), r#"{"id":"c","Id":"C"}"#);
    assert_eq!(lab.texts("SELECT id_2 FROM s"), ["c"]);
}

#[test]
fn views_and_indexes_of_a_user_survive_a_new_generation() {
    let lab = Lab::new();
    let columns = || json!({"a": {"type": "integer"}});
    write(&lab, columns(), (1, 1), r#"{"a":1}"#);
    lab.db().execute_batch("CREATE INDEX mine ON s (a); CREATE VIEW v AS SELECT a FROM s").unwrap();
    write(&lab, columns(), (2, 2), r#"{"a":2}"#);
    assert_eq!(lab.texts("SELECT a FROM v"), ["2"]);
    assert_eq!(lab.texts("SELECT tbl_name FROM sqlite_schema WHERE name = 'mine'"), ["s"]);
}

#[test]
fn a_vacuum_between_runs_changes_nothing() {
    let lab = Lab::new();
    let plan = catalog(&[stream("s", json!({"a": {"type": "integer"}}), "append", 0, 0)]);
    let part = |from: i64| -> Vec<String> {
        (from..3).flat_map(|n| [record_text("s", &format!("{{\"a\":{n}}}")), state("s", &json!({"n": n}))]).collect()
    };
    lab.write(&plan, Some(&json!([])), &part(0)).failure();
    lab.db().execute_batch("DELETE FROM s WHERE a = 0; VACUUM").unwrap();
    let states = json!([stored("s", &json!({"n": 1}))]);
    lab.write(&plan, Some(&states), &[part(2), vec![complete("s")]].concat()).succeeded();
    assert_eq!(lab.texts("SELECT a FROM s ORDER BY _longshore_row"), ["1", "2"]);
}
