//! JSONL files: rows, generations, resumption, names.

use crate::lab::{Lab, catalog, complete, record, run, state, stored};
use serde_json::{Value, json};

fn plan(generation: i64, minimum: i64) -> Value {
    catalog("s", &json!({}), generation, minimum)
}

fn numbers(lab: &Lab) -> Vec<i64> {
    lab.data("s.jsonl").iter().map(|data| data["n"].as_i64().unwrap()).collect()
}

#[test]
fn a_row_holds_the_record_byte_for_byte_beside_its_metadata() {
    let lab = Lab::new("jsonl");
    let data = r#"{"b": 12345678901234567890123456789012345678.10, "a":1e400,"a":"\ud800\u0000", "é":{ }}"#;
    lab.write(&plan(3, 0), None, &[record("s", data), state("s", 1), complete("s")]).succeeded();
    let line = lab.read("s.jsonl");
    let rest = line.strip_prefix(r#"{"_airbyte_raw_id":""#).unwrap()[36..].to_owned();
    assert_eq!(
        rest,
        format!(
            "\",\"_airbyte_extracted_at\":\"2023-11-14T22:13:20.123Z\",\"_airbyte_meta\":{{\"sync_id\":42,\"changes\":[]}},\"_airbyte_generation_id\":3,\"_airbyte_data\":{data}}}\n"
        )
    );
}

#[test]
fn append_adds_and_a_new_generation_replaces_at_its_end() {
    let lab = Lab::new("jsonl");
    lab.write(&plan(1, 0), Some(&json!([])), &run(0, 2)).succeeded();
    lab.write(&plan(1, 0), Some(&json!([stored("s", 2)])), &run(2, 3)).succeeded();
    assert_eq!(numbers(&lab), [0, 1, 2]);
    lab.write(&plan(2, 2), Some(&json!([])), &run(7, 9)[..4]).failure();
    assert_eq!(numbers(&lab), [0, 1, 2]);
    lab.write(&plan(2, 2), Some(&json!([stored("s", 8)])), &run(8, 10)).succeeded();
    assert_eq!(numbers(&lab), [7, 8, 9]);
    // Repeated from an earlier state, and from its beginning.
    lab.write(&plan(2, 2), Some(&json!([stored("s", 9)])), &run(9, 10)).succeeded();
    assert_eq!(numbers(&lab), [7, 8, 9]);
    lab.write(&plan(2, 2), Some(&json!([])), &run(7, 8)).succeeded();
    assert_eq!(numbers(&lab), [7]);
}

#[test]
fn rows_of_an_interrupted_refresh_stay_when_the_next_run_only_appends() {
    let lab = Lab::new("jsonl");
    lab.write(&plan(1, 0), Some(&json!([])), &run(0, 2)).succeeded();
    lab.write(&plan(2, 2), Some(&json!([])), &run(5, 7)[..4]).failure();
    lab.write(&plan(2, 0), Some(&json!([stored("s", 7)])), &run(7, 8)).succeeded();
    assert_eq!(numbers(&lab), [0, 1, 5, 6, 7]);
}

#[test]
fn rows_of_older_generations_go_when_a_generation_began_by_appending() {
    let lab = Lab::new("jsonl");
    lab.write(&plan(1, 0), Some(&json!([])), &run(0, 2)).succeeded();
    lab.write(&plan(2, 0), Some(&json!([])), &run(2, 3)).succeeded();
    lab.write(&plan(2, 2), Some(&json!([stored("s", 3)])), &run(3, 4)).succeeded();
    assert_eq!(numbers(&lab), [2, 3]);
}

#[test]
fn what_was_never_acknowledged_is_cut_off() {
    let lab = Lab::new("jsonl");
    lab.write(&plan(1, 0), None, &run(0, 2)).succeeded();
    let path = lab.path("out/s.jsonl");
    std::fs::write(&path, lab.read("s.jsonl") + "{\"_airbyte_raw").unwrap();
    lab.write(&plan(1, 0), None, &run(2, 3)).succeeded();
    assert_eq!(numbers(&lab), [0, 1, 2]);
}

#[test]
fn a_file_that_was_moved_away_is_begun_anew() {
    let lab = Lab::new("jsonl");
    lab.write(&plan(1, 0), Some(&json!([])), &run(0, 2)).succeeded();
    std::fs::remove_file(lab.path("out/s.jsonl")).unwrap();
    lab.write(&plan(1, 0), Some(&json!([stored("s", 2)])), &run(2, 3)).succeeded();
    assert_eq!(numbers(&lab), [2]);
}

#[test]
fn no_stream_writes_outside_of_the_folder() {
    let lab = Lab::new("jsonl");
    for (name, file) in [
        ("../escape", "%2E.%2Fescape.jsonl"),
        ("", "%.jsonl"),
        ("a/b", "a%2Fb.jsonl"),
        (".longshore", "%2Elongshore.jsonl"),
    ] {
        let lines = [record(name, "{}"), state(name, 1), complete(name)];
        lab.write(&catalog(name, &json!({}), 0, 0), None, &lines).succeeded();
        assert_eq!(lab.data(file).len(), 1, "{name}");
    }
}
