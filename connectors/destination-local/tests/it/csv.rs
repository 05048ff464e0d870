//! CSV files: columns, and what happens when they change.

use crate::lab::{Lab, catalog, complete, record, state, stored};
use serde_json::{Value, json};

fn lines(data: &str, last: i64) -> Vec<String> {
    vec![record("s", data), state("s", last), complete("s")]
}

fn plan(names: &[&str], generation: i64, minimum: i64) -> Value {
    let properties: Value =
        names.iter().map(|name| ((*name).to_owned(), json!({}))).collect::<serde_json::Map<_, _>>().into();
    catalog("s", &properties, generation, minimum)
}

const HEAD: &str = "_airbyte_raw_id,_airbyte_extracted_at,_airbyte_meta,_airbyte_generation_id";

#[test]
fn a_row_has_a_field_for_each_property() {
    let lab = Lab::new("csv");
    let data = r#"{"n":1e400,"t":"a,\"b\"","o":{"x":1.10},"e":"","z":null,"other":1}"#;
    lab.write(&plan(&["n", "t", "o", "e", "z", "missing"], 1, 1), None, &lines(data, 1)).succeeded();
    assert_eq!(
        lab.lines("s.csv"),
        [format!("{HEAD},n,t,o,e,z,missing"), r#"1,1e400,"a,""b""","{""x"":1.10}","",,"#.to_owned()]
    );
}

#[test]
fn a_new_property_becomes_a_new_column_and_old_rows_keep_their_bytes() {
    let lab = Lab::new("csv");
    lab.write(&plan(&["a"], 0, 0), Some(&json!([])), &lines(r#"{"a":"line\nbreak"}"#, 1)).succeeded();
    lab.write(&plan(&["b", "a"], 0, 0), Some(&json!([stored("s", 1)])), &lines(r#"{"a":2,"b":3}"#, 2)).succeeded();
    // The state at the end of the old rows is still known.
    lab.write(&plan(&["b", "a"], 0, 0), Some(&json!([stored("s", 1)])), &lines(r#"{"a":4,"b":5}"#, 2)).succeeded();
    let text = lab.lines("s.csv").join("\n");
    assert_eq!(text, format!("{HEAD},a,b\n0,\"line\nbreak\",\n0,4,5"));
}

#[test]
fn a_staged_file_and_the_older_one_may_have_different_columns() {
    let lab = Lab::new("csv");
    lab.write(&plan(&["a"], 1, 0), Some(&json!([])), &lines(r#"{"a":1}"#, 1)).succeeded();
    lab.write(&plan(&["b"], 2, 2), Some(&json!([])), &lines(r#"{"b":2}"#, 5)[..2]).failure();
    lab.write(&plan(&["c"], 2, 2), Some(&json!([stored("s", 5)])), &lines(r#"{"c":3}"#, 6)[..2]).failure();
    lab.write(&plan(&["c"], 2, 0), Some(&json!([stored("s", 6)])), &lines(r#"{"c":4}"#, 7)).succeeded();
    assert_eq!(
        lab.lines("s.csv"),
        [format!("{HEAD},a,b,c"), "1,1,,".into(), "2,,2,".into(), "2,,,3".into(), "2,,,4".into()]
    );
}

#[test]
fn a_record_of_a_stream_without_declared_properties_is_kept_whole() {
    let lab = Lab::new("csv");
    lab.write(&plan(&[], 0, 0), None, &lines(r#"{"a": 1}"#, 1)).succeeded();
    assert_eq!(lab.lines("s.csv"), [format!("{HEAD},_airbyte_data"), r#"0,"{""a"": 1}""#.to_owned()]);
}
