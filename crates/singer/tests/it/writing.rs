//! write: what a target is fed, and what its answers prove.

use crate::place::{Place, Ran};
use serde_json::{Value, json};

/// What scripted targets begin with.
const TARGET: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$*" in *--about*) [ -f "$here/about" ] || exit 2; cat "$here/about"; exit 0 ;; esac
cp "$2" "$here/given-config"
cd "$here"
"#;

fn target(place: &Place, body: &str) -> String {
    place.program("target-scripted", &format!("{TARGET}{body}\n"))
}

/// A target that does what those of the SDK do: it deletes old versions.
fn overwriting(place: &Place, body: &str) -> String {
    let settings = json!({"properties": {"add_record_metadata": {}, "hard_delete": {}}});
    place.file("about", json!({"name": "target-x", "capabilities": ["hard-delete"], "settings": settings}).to_string());
    target(place, body)
}

fn catalog(mode: &str, minimum: i64) -> Value {
    let schema = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "n": {"type": "string"}}});
    json!({"streams": [{
        "stream": {"name": "a", "json_schema": schema, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": "full_refresh", "destination_sync_mode": mode, "primary_key": [["id"]],
        "generation_id": 7, "minimum_generation_id": minimum, "sync_id": 1,
    }]})
}

fn record(id: i64) -> String {
    json!({"type": "RECORD", "record": {"stream": "a", "data": {"id": id}, "emitted_at": 1_767_323_045_678_i64}})
        .to_string()
}

fn state(at: i64) -> String {
    json!({"type": "STATE", "state": {"type": "STREAM", "id": at, "odd": [at],
        "stream": {"stream_descriptor": {"name": "a"}, "stream_state": {"at": at}}}})
    .to_string()
}

fn complete() -> String {
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1,
        "stream_status": {"stream_descriptor": {"name": "a"}, "status": "COMPLETE"}}})
    .to_string()
}

fn echoed(ran: &Ran) -> Vec<(i64, f64)> {
    let of =
        |state: &&Value| (state["id"].as_i64().unwrap(), state["destinationStats"]["recordCount"].as_f64().unwrap());
    ran.states().iter().map(of).collect()
}

#[test]
fn a_target_is_fed_schemas_records_and_numbered_states() {
    let place = Place::new();
    let target = target(&place, "cat > fed");
    let data = r#"{"id": 1.50, "z":"é"}"#;
    let first = format!(r#"{{"type":"RECORD","record":{{"stream":"a","data":{data},"emitted_at":1767323045678}}}}"#);
    let ran = place.write(&target, &catalog("append", 0), &[first, state(1), complete()]);
    assert_eq!(echoed(ran.expect_success()), [(1, 1.0)]);
    assert_eq!(ran.states()[0]["odd"], json!([1]));
    let fed = place.read("fed");
    let expected = [
        r#"{"type":"STATE","value":{"longshore_sequence":0}}"#.to_owned(),
        r#"{"type":"SCHEMA","stream":"a","schema":{"type":"object","properties":{"id":{"type":["null","integer"]},"n":{"type":["null","string"]}}},"key_properties":[]}"#.to_owned(),
        format!(r#"{{"type":"RECORD","stream":"a","record":{data},"time_extracted":"2026-01-02T03:04:05.678Z"}}"#),
        r#"{"type":"STATE","value":{"longshore_sequence":1}}"#.to_owned(),
    ];
    assert_eq!(fed.lines().collect::<Vec<_>>(), expected);
    assert_eq!(place.given("given-config")["password"], "hunter2secret");
}

#[test]
fn an_echo_releases_its_state_and_those_before_it_in_order() {
    let place = Place::new();
    let target = target(
        &place,
        "while read -r line; do last=$line; done; echo 'loaded'; echo '{\"longshore_sequence\": 2}'; exit 5",
    );
    let lines = [record(1), state(1), record(2), record(3), state(2), record(4), state(3), complete()];
    let ran = place.write(&target, &catalog("append", 0), &lines);
    assert_eq!(echoed(&ran), [(1, 1.0), (2, 2.0)]);
    ran.expect_failure("exit code 5");
    ran.expect_log("INFO", "loaded");
}

#[test]
fn an_echo_comes_while_the_input_is_still_open() {
    let place = Place::new();
    let target = target(&place, "sed -u -n 's/.*\"value\":\\(.*\\)}$/\\1/p'");
    let configured = place.file("configured.json", catalog("append", 0).to_string());
    let mut command = place.command(&[&target, "write", "--config", "config.json", "--catalog", &configured]);
    let mut wrapper = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = wrapper.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, format!("{}\n{}\n", record(1), state(1)).as_bytes()).unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(wrapper.stdout.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().contains("destinationStats")));
    std::io::Write::write_all(&mut stdin, format!("{}\n", complete()).as_bytes()).unwrap();
    drop(stdin);
    assert!(wrapper.wait().unwrap().success());
}

#[test]
fn a_target_that_crashes_fails_the_run_at_once_and_acknowledges_nothing_more() {
    let place = Place::new();
    let target = target(&place, "read -r one; echo 'ValueError: disk hunter2secret full' >&2; exit 1");
    let configured = place.file("configured.json", catalog("append", 0).to_string());
    let words = [&target, "write", "--config", "config.json", "--catalog", &configured];
    let mut command = place.command(&words);
    let mut wrapper = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    // Nothing is written, and the input stays open: the wrapper has to see the end of the target by itself.
    let stdin = wrapper.stdin.take();
    let output = wrapper.wait_with_output().unwrap();
    drop(stdin);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("ValueError: disk **** full") && !text.contains("hunter2secret"), "{text}");
    let long: Vec<String> = (0..50_000).map(record).chain([state(1), complete()]).collect();
    let ran = place.write(&target, &catalog("append", 0), &long);
    assert!(ran.states().is_empty());
    ran.expect_failure("ValueError");
}

#[test]
fn a_target_that_ends_too_early_is_not_believed() {
    let place = Place::new();
    let target = target(&place, "exit 0");
    let ran = place.write(&target, &catalog("append", 0), &(0..50_000).map(record).collect::<Vec<_>>());
    ran.expect_failure("ended before its input did");
}

#[test]
fn input_that_ends_before_its_streams_do_is_a_failure_that_keeps_what_arrived() {
    let place = Place::new();
    let target = target(&place, "cat > /dev/null");
    let ran = place.write(&target, &catalog("append", 0), &[record(1), state(1)]);
    ran.expect_failure("input ended before these streams were complete: a");
    assert_eq!(echoed(&ran), [(1, 1.0)]);
    let mut old = catalog("append", 0);
    old["streams"][0].as_object_mut().unwrap().retain(|name, _| !name.contains("generation"));
    place.write(&target, &old, &[record(1), state(1)]).expect_success();
}

#[test]
fn an_unknown_stream_and_a_broken_message_fail() {
    let place = Place::new();
    let target = target(&place, "cat > /dev/null");
    let foreign = record(1).replace(r#""stream":"a""#, r#""stream":"b""#);
    place.write(&target, &catalog("append", 0), &[foreign]).expect_failure("stream b is not in the catalog");
    place.write(&target, &catalog("append", 0), &[record(1)[..50].to_owned()]).expect_failure("cannot be used");
}

#[test]
fn overwriting_waits_for_the_end_of_the_stream() {
    let place = Place::new();
    let target = overwriting(&place, "cat > fed");
    place.write(&target, &catalog("overwrite", 7), &[record(1), state(1), complete()]).expect_success();
    let fed = place.read("fed");
    assert!(fed.contains(r#""record":{"id":1},"version":7"#), "{fed}");
    assert!(fed.ends_with("{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"a\",\"version\":7}\n"), "{fed}");
    let given = place.given("given-config");
    assert_eq!((&given["add_record_metadata"], &given["hard_delete"]), (&json!(true), &json!(true)));
    place.write(&target, &catalog("overwrite", 7), &[record(1), state(1)]);
    assert!(!place.read("fed").contains("ACTIVATE_VERSION"));
    place.file("config.json", r#"{"hard_delete":false}"#);
    place.write(&target, &catalog("overwrite", 7), &[complete()]).expect_failure("`hard_delete` is false");
}

#[test]
fn what_a_target_is_not_known_to_do_is_refused() {
    let place = Place::new();
    let target = target(&place, "cat > fed");
    for (mode, minimum, words) in
        [("append", 7, "overwrite"), ("overwrite", 7, "overwrite"), ("append_dedup", 0, "append_dedup")]
    {
        place.write(&target, &catalog(mode, minimum), &[]).expect_failure(&format!("add `{words}` to `sync_modes`"));
    }
    place.file("config.json", r#"{"_longshore":{"sync_modes":["append","append_dedup"]}}"#);
    place.write(&target, &catalog("append_dedup", 0), &[complete()]).expect_success();
    assert!(place.read("fed").contains(r#""id":{"type":"integer"}"#), "{}", place.read("fed"));
    assert!(place.read("fed").contains(r#""key_properties":["id"]"#));
}

#[test]
fn a_target_that_demands_keys_is_told_them() {
    let place = Place::new();
    let picky = "cat > fed; grep -q '\"key_properties\":\\[\\]' fed && { echo 'Exception: key_properties field is required' >&2; exit 1; }; exit 0";
    let target = target(&place, picky);
    let ran = place.write(&target, &catalog("append", 0), &[record(1), state(1), complete()]);
    assert_eq!(echoed(ran.expect_success()), [(1, 1.0)]);
    ran.expect_log("WARN", "demands a primary key");
}
