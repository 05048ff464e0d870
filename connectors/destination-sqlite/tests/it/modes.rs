//! Append, overwrite and deduplication, over several runs.

use crate::lab::{Lab, catalog, complete, record, state, stored, stream};
use serde_json::{Value, json};

fn ids(lab: &Lab) -> Vec<String> {
    lab.texts("SELECT id FROM s ORDER BY _longshore_row")
}

fn numbers() -> Value {
    json!({"id": {"type": "integer"}, "v": {"type": "string"}, "at": {"type": "integer"}})
}

/// A whole run of stream `s`: records with these ids, a state, completion.
fn lines(ids: &[i64], last: i64) -> Vec<String> {
    let records = ids.iter().map(|id| record("s", &json!({"id": id, "v": format!("v{id}"), "at": id})));
    records.chain([state("s", &json!({"at": last})), complete("s")]).collect()
}

fn one(mode: &str, generation: i64, minimum: i64) -> Value {
    catalog(&[stream("s", numbers(), mode, generation, minimum)])
}

#[test]
fn rows_carry_the_metadata_of_their_record_and_sync() {
    let lab = Lab::new();
    let run = lab.write(&one("append", 3, 0), None, &lines(&[7], 1)).succeeded();
    assert_eq!(run.echoes().len(), 1);
    assert_eq!(run.echoes()[0]["destinationStats"]["recordCount"], 1.0);
    let row = "SELECT _airbyte_extracted_at || ' ' || _airbyte_meta || ' ' || _airbyte_generation_id || ' ' || length(_airbyte_raw_id) FROM s";
    assert_eq!(lab.texts(row), [r#"2023-11-14T22:13:20.123Z {"sync_id":42,"changes":[]} 3 36"#]);
    assert!(!lab.path("db.sqlite-wal").exists());
}

#[test]
fn append_adds_and_a_new_generation_keeps_old_rows() {
    let lab = Lab::new();
    lab.write(&one("append", 0, 0), None, &lines(&[1, 2], 2)).succeeded();
    lab.write(&one("append", 1, 0), Some(&json!([])), &lines(&[1, 2], 2)).succeeded();
    assert_eq!(ids(&lab), ["1", "2", "1", "2"]);
}

#[test]
fn old_rows_are_visible_until_the_new_generation_is_complete() {
    let lab = Lab::new();
    lab.write(&one("append", 1, 1), None, &lines(&[1, 2], 2)).succeeded();
    let unfinished = &lines(&[3, 4], 4)[..3];
    assert_eq!(lab.write(&one("append", 2, 2), Some(&json!([])), unfinished).failure().1, "transient_error");
    assert_eq!(ids(&lab), ["1", "2"]);
    // The same generation goes on where it stopped,
    lab.write(&one("append", 2, 2), Some(&json!([stored("s", &json!({"at": 4}))])), &lines(&[5], 5)).succeeded();
    assert_eq!(ids(&lab), ["3", "4", "5"]);
    // and a later one does not.
    lab.write(&one("append", 3, 3), Some(&json!([])), unfinished).failure();
    lab.write(&one("append", 4, 4), Some(&json!([])), &lines(&[9], 9)).succeeded();
    assert_eq!(ids(&lab), ["9"]);
    assert_eq!(lab.texts("SELECT count(*) FROM sqlite_schema WHERE name LIKE '_longshore_staged%'"), ["0"]);
}

#[test]
fn an_empty_generation_clears_the_table() {
    let lab = Lab::new();
    lab.write(&one("append", 1, 0), None, &lines(&[1, 2], 2)).succeeded();
    lab.write(&one("append", 2, 2), None, &[complete("s")]).succeeded();
    assert_eq!(ids(&lab), [""; 0]);
}

#[test]
fn a_completed_generation_can_be_repeated_from_any_of_its_states() {
    let lab = Lab::new();
    let mut whole = lines(&[1, 2], 2);
    whole.insert(1, state("s", &json!({"at": 1})));
    lab.write(&one("append", 1, 1), Some(&json!([])), &whole).succeeded();
    lab.write(&one("append", 1, 1), Some(&json!([stored("s", &json!({"at": 1}))])), &lines(&[2], 2)).succeeded();
    assert_eq!(ids(&lab), ["1", "2"]);
    lab.write(&one("append", 1, 1), Some(&json!([])), &whole).succeeded();
    assert_eq!(ids(&lab), ["1", "2"]);
}

#[test]
fn rows_of_an_interrupted_refresh_stay_when_the_next_run_only_appends() {
    for mode in ["append", "append_dedup"] {
        let keyed = |generation, minimum| {
            let mut catalog = one(mode, generation, minimum);
            catalog["streams"][0]["primary_key"] = json!([["id"]]);
            catalog
        };
        let lab = Lab::new();
        lab.write(&keyed(1, 0), Some(&json!([])), &lines(&[1, 2], 2)).succeeded();
        lab.write(&keyed(2, 2), Some(&json!([])), &lines(&[2, 3], 3)[..3]).failure();
        lab.write(&keyed(2, 0), Some(&json!([stored("s", &json!({"at": 3}))])), &lines(&[4], 4)).succeeded();
        let expected: &[&str] = if mode == "append" { &["1", "2", "2", "3", "4"] } else { &["1", "2", "3", "4"] };
        assert_eq!(ids(&lab), expected, "{mode}");
    }
}

#[test]
fn a_platform_without_generations_overwrites_by_mode_at_the_end_of_its_input() {
    let lab = Lab::new();
    let mut catalog = one("overwrite", 0, 0);
    for name in ["generation_id", "minimum_generation_id", "sync_id"] {
        catalog["streams"][0].as_object_mut().unwrap().remove(name);
    }
    for ids in [[1, 2], [3, 4]] {
        let lines = lines(&ids, 9);
        lab.write(&catalog, None, &lines[..3]).succeeded();
    }
    assert_eq!(ids(&lab), ["3", "4"]);
}

#[test]
fn without_word_of_the_source_s_state_nothing_is_removed() {
    let lab = Lab::new();
    let catalog = one("append", 0, 0);
    lab.write(&catalog, None, &lines(&[1, 2], 2)[..3]).failure();
    lab.write(&catalog, None, &lines(&[3], 3)).succeeded();
    assert_eq!(ids(&lab), ["1", "2", "3"]);
}

#[test]
fn records_behind_the_last_state_count_as_written_only_when_a_state_covers_them() {
    let lab = Lab::new();
    let catalog = one("append", 0, 0);
    // The kit commits row 2 with the state before it.
    let first = [lines(&[1], 1)[..2].to_vec(), lines(&[2], 0)[..1].to_vec()].concat();
    lab.write(&catalog, Some(&json!([])), &first).failure();
    lab.write(&catalog, Some(&json!([stored("s", &json!({"at": 1}))])), &lines(&[2, 3], 3)).succeeded();
    assert_eq!(ids(&lab), ["1", "2", "3"]);
}

#[test]
fn a_global_state_counts_for_every_stream() {
    let lab = Lab::new();
    let catalog = catalog(&[stream("s", numbers(), "append", 0, 0), stream("t", numbers(), "append", 0, 0)]);
    let global = |lsn: i64| json!({"type": "GLOBAL", "global": {"shared_state": {"lsn": lsn}, "stream_states": [{"stream_descriptor": {"name": "s"}, "stream_state": {}}]}});
    let part = |lsn: i64| {
        let row = |name| record(name, &json!({"id": lsn}));
        vec![row("s"), row("t"), json!({"type": "STATE", "state": global(lsn)}).to_string()]
    };
    let first = [part(1), part(2), part(3)].concat();
    lab.write(&catalog, Some(&json!([])), &first).failure();
    let again = [part(2), part(3), vec![complete("s"), complete("t")]].concat();
    lab.write(&catalog, Some(&json!([global(1)])), &again).succeeded();
    assert_eq!(ids(&lab), ["1", "2", "3"]);
    assert_eq!(lab.texts("SELECT id FROM t ORDER BY _longshore_row"), ["1", "2", "3"]);
}

fn dedup(key: Value, cursor: Option<&str>, generation: i64, minimum: i64) -> Value {
    let properties = json!({
        "id": {"type": "integer"}, "o": {"type": "object"}, "v": {"type": "string"}, "at": {"type": "integer"},
        "_ab_cdc_deleted_at": {"type": "string"},
    });
    let mut stream = stream("s", properties, "append_dedup", generation, minimum);
    stream["primary_key"] = key;
    stream["cursor_field"] = cursor.map_or(Value::Null, |name| json!([name]));
    catalog(&[stream])
}

/// A whole run of these versions.
fn versions(records: &[Value]) -> Vec<String> {
    let records = records.iter().map(|data| record("s", data));
    records.chain([state("s", &json!({})), complete("s")]).collect()
}

#[test]
fn the_version_with_the_newest_cursor_stays() {
    let lab = Lab::new();
    let catalog = dedup(json!([["id"]]), Some("at"), 0, 0);
    let first =
        [json!({"id": 1, "at": 5, "v": "new"}), json!({"id": 1, "at": 4, "v": "late"}), json!({"id": 2, "v": "a"})];
    lab.write(&catalog, None, &versions(&first)).succeeded();
    let second = [
        json!({"id": 2, "v": "b"}),
        json!({"id": 1, "at": 5, "v": "same cursor"}),
        json!({"id": 2, "at": 1, "v": "c"}),
    ];
    lab.write(&catalog, None, &versions(&second)).succeeded();
    assert_eq!(lab.texts("SELECT id || v FROM s ORDER BY id"), ["1same cursor", "2c"]);
}

#[test]
fn keys_may_be_nested_composite_null_and_long() {
    let lab = Lab::new();
    let catalog = dedup(json!([["o", "k", "x"], ["id"]]), None, 0, 0);
    let rows = [
        json!({"id": 1, "o": {"k": {"x": "a"}}, "v": "1"}),
        json!({"id": 1, "o": {"k": {"x": "a", "y": 1}}, "v": "2"}),
        json!({"id": null, "o": {"k": {"x": "a"}}, "v": "3"}),
        json!({"o": {"k": {"x": "a"}}, "v": "4"}),
        json!({"o": {"k": 5}, "v": "5"}),
        json!({"o": null, "v": "6"}),
    ];
    let mut lines = versions(&rows);
    for (id, v) in [("9223372036854775808", 7), ("9223372036854775809", 8), ("9223372036854775808", 9)] {
        lines.insert(0, crate::lab::record_text("s", &format!(r#"{{"id":{id},"v":"{v}"}}"#)));
    }
    lab.write(&catalog, None, &lines).succeeded();
    assert_eq!(lab.texts("SELECT v FROM s ORDER BY v"), ["2", "4", "6", "7", "8"]);
}

#[test]
fn a_deleted_row_stays_away_when_an_older_version_comes_late() {
    let lab = Lab::new();
    let catalog = dedup(json!([["id"]]), Some("at"), 0, 0);
    let gone = json!({"id": 1, "at": 9, "_ab_cdc_deleted_at": "2026-01-01"});
    lab.write(&catalog, None, &versions(&[json!({"id": 1, "at": 1}), json!({"id": 2, "at": 1}), gone.clone()]))
        .succeeded();
    assert_eq!(ids(&lab), ["2"]);
    lab.write(&catalog, None, &versions(&[json!({"id": 1, "at": 8}), gone])).succeeded();
    assert_eq!(ids(&lab), ["2"]);
    lab.write(&catalog, None, &versions(&[json!({"id": 1, "at": 10})])).succeeded();
    assert_eq!(ids(&lab), ["2", "1"]);
}

#[test]
fn a_deduplicated_generation_replaces_the_older_one() {
    let lab = Lab::new();
    let run = |generation, minimum, id: i64| {
        let rows = [json!({"id": id, "v": "a"}), json!({"id": id, "v": "b"})];
        lab.write(&dedup(json!([["id"]]), None, generation, minimum), None, &versions(&rows)).succeeded();
    };
    run(1, 1, 1);
    run(1, 0, 2);
    assert_eq!(lab.texts("SELECT id || v FROM s ORDER BY id"), ["1b", "2b"]);
    run(2, 2, 3);
    run(2, 0, 3);
    assert_eq!(lab.texts("SELECT id || v FROM s"), ["3b"]);
}

#[test]
fn rows_that_were_appended_are_deduplicated_when_the_mode_changes() {
    let lab = Lab::new();
    let mut appending = dedup(json!([["id"]]), Some("at"), 0, 0);
    appending["streams"][0]["destination_sync_mode"] = json!("append");
    let rows =
        [json!({"id": 1, "at": 2, "v": "x"}), json!({"id": 1, "at": 1, "v": "y"}), json!({"id": 2, "at": 1, "v": "z"})];
    lab.write(&appending, None, &versions(&rows)).succeeded();
    lab.write(&dedup(json!([["id"]]), Some("at"), 0, 0), None, &versions(&[json!({"id": 2, "at": 0, "v": "old"})]))
        .succeeded();
    assert_eq!(lab.texts("SELECT v FROM s ORDER BY id"), ["x", "z"]);
    // Another key: the table is looked through once more.
    lab.write(&dedup(json!([["at"]]), None, 0, 0), None, &versions(&[json!({"id": 3, "at": 2, "v": "w"})])).succeeded();
    assert_eq!(lab.texts("SELECT v FROM s ORDER BY v"), ["w", "z"]);
}
