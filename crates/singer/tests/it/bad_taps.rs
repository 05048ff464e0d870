//! Taps at their worst: nothing is lost in silence, and nothing that is whole is lost with them.

use crate::place::{Place, record, schema, state, stream};
use serde_json::json;

fn bookmark(at: i64) -> String {
    state(json!({"bookmarks": {"a": {"at": at}}}))
}

#[test]
fn a_tap_that_crashes_midway_keeps_its_states() {
    let place = Place::new();
    place.file("lines", [schema("a"), record("a", 1), bookmark(1), record("a", 2)].join("\n") + "\n");
    let tap = place.tap(json!([stream("a")]), "cat lines; echo 'CRITICAL Connection refused' >&2; exit 7");
    let ran = place.read_all(&tap, "incremental");
    ran.expect_failure("exit code 7: CRITICAL Connection refused");
    assert_eq!(ran.all("TRACE").filter(|trace| trace["trace"]["error"].is_object()).count(), 1);
    assert!(ran.text.contains(r#""failure_type":"transient_error""#));
    assert_eq!((ran.records("a").len(), ran.states().len(), ran.statuses()["a"]), (2, 1, "INCOMPLETE"));
}

#[test]
fn a_killed_tap_is_not_taken_for_one_that_ended() {
    let place = Place::new();
    let tap = place.tap(json!([stream("a")]), "kill -9 $$");
    place.read_all(&tap, "incremental").expect_failure("signal 9");
}

#[test]
fn a_full_table_that_the_tap_called_done_is_complete_also_when_the_next_one_fails() {
    let place = Place::new();
    let done = json!({"type": "ACTIVATE_VERSION", "stream": "a", "version": 5}).to_string();
    let lines = [schema("a"), record("a", 1), done, bookmark(1), schema("b"), record("b", 1)];
    place.file("lines", lines.join("\n") + "\n");
    let tap = place.tap(json!([stream("a"), stream("b")]), "cat lines; exit 1");
    let ran = place.read_all(&tap, "full_refresh");
    assert_eq!(ran.statuses().into_iter().collect::<Vec<_>>(), [("a", "COMPLETE"), ("b", "INCOMPLETE")]);
}

#[test]
fn banners_and_broken_lines_are_logged_and_passed_over() {
    let place = Place::new();
    let glued = format!("{}{}", record("a", 2), record("a", 3));
    let behind = format!("loading… {}", record("a", 4));
    let lines = [
        "Welcome to tap",
        "{not json}",
        "[1]",
        "",
        r#"{"level":"info"}"#,
        r#"{"type":"FUTURE"}"#,
        &schema("a"),
        &record("a", 1),
        &glued,
        &behind,
        r#"{"type":"STATE","value":{"bo"#,
        &bookmark(1),
    ];
    let tap = place.tap_of(json!([stream("a")]), &lines);
    let ran = place.read_all(&tap, "incremental");
    assert_eq!(ran.expect_success().records("a").len(), 4);
    assert_eq!(ran.statuses()["a"], "COMPLETE");
    for words in ["Welcome to tap", "{not json}", "FUTURE"] {
        ran.expect_log("WARN", words);
    }
}

#[test]
fn a_lost_record_is_counted_and_no_state_says_that_it_was_read() {
    let place = Place::new();
    let cut = r#"{"type": "RECORD", "stream": "a", "record": {"id": 2, "#;
    let lines = [&schema("a"), &schema("b"), &record("a", 1), &bookmark(1), cut, &record("a", 3), &bookmark(3)];
    let tap = place.tap_of(json!([stream("a"), stream("b")]), &lines);
    let ran = place.read_all(&tap, "incremental");
    ran.expect_failure("1 records of stream a are lost");
    assert_eq!((ran.records("a").len(), ran.states().len()), (2, 1));
    assert_eq!(ran.statuses().into_iter().collect::<Vec<_>>(), [("a", "INCOMPLETE"), ("b", "COMPLETE")]);
    assert!(!ran.text.contains(r#"\"id\": 2"#), "data does not belong into logs");
    place.file("config.json", r#"{"_longshore":{"skip_broken_records":true}}"#);
    let ran = place.read_all(&tap, "incremental");
    assert_eq!((ran.expect_success().records("a").len(), ran.states().len()), (2, 2));
    ran.expect_log("WARN", "is lost");
}

#[test]
fn records_that_are_no_records_are_lost_ones() {
    for line in [
        r#"{"type":"RECORD","stream":"a","record":[1]}"#,
        r#"{"type":"RECORD","stream":"a"}"#,
        r#"{"type":"RECORD","record":{}}"#,
        r#"{"type":"RECORD","stream":"a","record":{"id":1}"#,
    ] {
        let place = Place::new();
        let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), line]);
        place.read_all(&tap, "incremental").expect_failure("lost");
    }
}

#[test]
fn a_line_that_is_not_utf8_is_a_lost_record() {
    let place = Place::new();
    let mut lines = format!("{}\n", schema("a")).into_bytes();
    lines.extend(b"\xff\xfe noise\n{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"x\":\"\xff\"}}\n");
    place.file("lines", lines);
    place
        .read_all(&place.tap(json!([stream("a")]), "cat lines"), "incremental")
        .expect_failure("1 records of stream a");
}

#[test]
fn nan_becomes_null() {
    let place = Place::new();
    let line = r#"{"type":"RECORD","stream":"a","record":{"id":1,"x":NaN,"y":-Infinity,"z":"NaN"}}"#;
    let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), line]);
    let ran = place.read_all(&tap, "incremental");
    assert_eq!(*ran.expect_success().records("a")[0], json!({"id": 1, "x": null, "y": null, "z": "NaN"}));
    ran.expect_log("WARN", "NaN");
}

#[test]
fn a_schema_that_changes_is_told() {
    let place = Place::new();
    let with = |properties: serde_json::Value, key: serde_json::Value| {
        json!({"type": "SCHEMA", "stream": "a", "schema": {"properties": properties}, "key_properties": key})
            .to_string()
    };
    let first = with(json!({"id": {"type": "string"}, "at": {"type": ["null", "string"]}, "new": {}}), json!(["id"]));
    let second = with(json!({"id": {"type": "string"}, "at": {"type": "integer"}}), json!(["at"]));
    let third = json!({"type": "SCHEMA", "stream": "a", "schema": {"properties": {"id": {}}}}).to_string();
    let lines = [&first, &first, &second, &third, &record("a", 1)];
    let tap = place.tap_of(json!([stream("a")]), &lines.map(String::as_str));
    let ran = place.read_all(&tap, "incremental");
    assert_eq!(ran.expect_success().records("a").len(), 1);
    ran.expect_log("WARN", "not that of the catalog: `id` was integer and is string, `new` is new");
    ran.expect_log("WARN", "changes the schema of stream a midway: `at` was string and is integer, `new` is gone");
    ran.expect_log("WARN", r#"key of stream a is ["at"], the configured one is ["id"]"#);
    ran.expect_log("WARN", "omits key_properties of stream a");
}

#[test]
fn a_stream_without_key_is_nothing_to_warn_of() {
    let place = Place::new();
    let keyless = json!({"stream": "a", "tap_stream_id": "a", "schema": {"properties": {"id": {}}}});
    let line = json!({"type": "SCHEMA", "stream": "a", "schema": {"properties": {"id": {}}}}).to_string();
    let ran = place.read_all(&place.tap_of(json!([keyless]), &[&line, &record("a", 1)]), "full_refresh");
    assert!(ran.expect_success().logs("WARN").is_empty(), "{}", ran.text);
}

#[test]
fn the_last_word_of_a_killed_tap_is_not_taken_for_the_reason() {
    let place = Place::new();
    let tap = place.tap(json!([stream("a")]), "echo 'INFO page 7' >&2; kill -9 $$");
    place.read_all(&tap, "incremental").expect_failure("want of memory): the last that it said is `INFO page 7`");
}

#[test]
fn a_full_table_of_which_the_tap_says_nothing_is_not_taken_for_empty() {
    let place = Place::new();
    let tap = place.tap_of(json!([stream("a"), stream("b")]), &[&schema("a"), &record("a", 1)]);
    let ran = place.read_all(&tap, "full_refresh");
    ran.expect_failure("said nothing of stream b");
    assert_eq!(ran.statuses().into_iter().collect::<Vec<_>>(), [("a", "COMPLETE"), ("b", "INCOMPLETE")]);
    place.read_all(&tap, "incremental").expect_success();
}

#[test]
fn records_of_streams_that_were_not_asked_for_are_left_out_and_of_unknown_ones_refused() {
    let place = Place::new();
    let tap =
        place.tap_of(json!([stream("a"), stream("child")]), &[&schema("a"), &record("a", 1), &record("child", 1)]);
    place.file("config.json", r#"{"_longshore":{"exclude_streams":["child"]}}"#);
    let ran = place.read_all(&tap, "full_refresh");
    assert_eq!(ran.expect_success().records("child").len(), 0);
    ran.expect_log("WARN", "1 records of stream child were left out");
    let tap = place.tap_of(json!([stream("a")]), &[&schema("public-a"), &record("public-a", 1)]);
    place.read_all(&tap, "full_refresh").expect_failure("`public-a`, which its catalog does not name");
    place.file("config.json", r#"{"_longshore":{"streams":{"a":{"message_name":"public-a"}}}}"#);
    assert_eq!(place.read_all(&tap, "full_refresh").expect_success().records("a").len(), 1);
}

#[test]
fn a_gigabyte_on_stderr_blocks_nothing_and_fills_no_memory() {
    let place = Place::new();
    place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
    let flood =
        "head -c 100000000 /dev/zero | tr '\\0' x >&2; echo >&2; yes 'WARNING too slow' | head -n 20000 >&2; cat lines";
    let tap = place.tap(json!([stream("a")]), flood);
    let catalog = place.catalog(&tap, "full_refresh", |_| {});
    let words = [&tap, "read", "--config", "config.json", "--catalog", &catalog];
    let mut limited = std::process::Command::new("prlimit");
    let wrapper = place.command(&words);
    // The tap's own memory is small; what is limited is what one process may have.
    limited.arg("--data=100000000").arg(wrapper.get_program()).args(wrapper.get_args()).current_dir(place.path(""));
    let output = limited.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", text.chars().take(2000).collect::<String>());
    assert_eq!(text.matches(r#""level":"WARN","message":"WARNING too slow""#).count(), 20_000);
    assert_eq!(text.matches(r#""type":"RECORD""#).count(), 1);
    assert!(text.len() < 5_000_000, "{}", text.len());
}

#[test]
fn a_tap_without_execute_bit_is_told_how_to_get_it() {
    let place = Place::new();
    let tap = place.file("tap-x", "#!/bin/sh\n");
    let ran = place.run(&[&tap, "discover", "--config", "config.json"]);
    ran.expect_failure(&format!("chmod +x {tap}"));
}

#[test]
fn a_secret_in_a_log_line_is_hidden() {
    let place = Place::new();
    let tap = place.tap(json!([stream("a")]), "cat config.json >&2; cat config.json; exit 1");
    let ran = place.read_all(&tap, "incremental");
    assert!(ran.text.contains("joe") && !ran.text.contains("hunter2secret"), "{}", ran.text);
}
