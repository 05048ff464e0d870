//! read: what a tap's messages become.

use crate::place::{Place, record, schema, state, stream};
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

#[test]
fn records_keep_their_bytes_and_their_time() {
    let place = Place::new();
    let data = r#"{"id": 12345678901234567890.10,  "z":1e-9, "a":"é\u00e9", "at":null}"#;
    let line = format!(
        r#"{{"type": "RECORD", "stream": "a", "record": {data}, "time_extracted": "2026-01-02T03:04:05.678901Z"}}"#
    );
    let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), &line]);
    let ran = place.read_all(&tap, "full_refresh");
    let expected = format!(r#"{{"type":"RECORD","record":{{"stream":"a","data":{data},"emitted_at":1767323045678}}}}"#);
    assert!(ran.expect_success().text.lines().any(|line| line == expected), "{}", ran.text);
}

#[test]
fn streams_are_started_running_and_complete_and_states_count_their_records() {
    let place = Place::new();
    let bookmarks = state(json!({"bookmarks": {"a": {"at": 1}}, "currently_syncing": "b"}));
    let lines = [&schema("a"), &schema("b"), &record("a", 1), &record("a", 2), &bookmarks, &record("b", 3)];
    let tap = place.tap_of(json!([stream("a"), stream("b")]), &lines.map(String::as_str));
    let ran = place.read_all(&tap, "incremental");
    let told: Vec<String> = ran
        .expect_success()
        .messages
        .iter()
        .filter_map(|message| match message["type"].as_str()? {
            "TRACE" => {
                let status = &message["trace"]["stream_status"];
                Some(format!("{} {}", status["stream_descriptor"]["name"].as_str()?, status["status"].as_str()?))
            }
            "RECORD" => Some("record".to_owned()),
            "STATE" => Some(format!("state {}", message["state"]["sourceStats"]["recordCount"])),
            _ => None,
        })
        .collect();
    let expected = [
        "a STARTED",
        "b STARTED",
        "a RUNNING",
        "record",
        "record",
        "state 2.0",
        "b RUNNING",
        "record",
        "state 1.0",
        "a COMPLETE",
        "b COMPLETE",
    ];
    assert_eq!(told, expected);
    let global = &ran.states()[0]["global"];
    assert_eq!(global["stream_states"], json!([{"stream_descriptor": {"name": "a"}, "stream_state": {"at": 1}}]));
    assert_eq!(global["shared_state"]["singer"]["currently_syncing"], "b");
}

#[test]
fn the_tap_is_told_streams_fields_and_methods() {
    let place = Place::new();
    let tap = place.tap_of(json!([stream("a"), stream("b")]), &[&schema("a")]);
    let catalog = place.catalog(&tap, "incremental", |configured| {
        configured["cursor_field"] = json!(["id"]);
        configured["stream"]["json_schema"]["properties"] = json!({"id": {"type": "integer"}});
    });
    let mut configured: Value = place.given("configured.json");
    configured["streams"].as_array_mut().unwrap().truncate(1);
    place.file("configured.json", configured.to_string());
    place.run(&[&tap, "read", "--config", "config.json", "--catalog", &catalog]).expect_success();
    let given = place.given("given-catalog");
    let a = &given["streams"][0]["metadata"];
    let own = &a[0]["metadata"];
    assert_eq!(
        (&own["selected"], &own["replication-method"], &own["replication-key"]),
        (&json!(true), &json!("INCREMENTAL"), &json!("id"))
    );
    let field = |name: &str| {
        a.as_array().unwrap().iter().find(|entry| entry["breadcrumb"] == json!(["properties", name])).unwrap()
    };
    assert_eq!(field("id")["metadata"]["selected"], true);
    assert_eq!(field("at")["metadata"]["selected"], false);
    assert_eq!(given["streams"][1]["metadata"][0]["metadata"]["selected"], false);
}

#[test]
fn a_tap_with_properties_only_gets_them_and_one_with_both_gets_both() {
    for (options, catalog, properties) in [("--properties P", false, true), ("--properties P --catalog C", true, true)]
    {
        let place = Place::new();
        place.file("options", format!("--discover {options}"));
        let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), &record("a", 1)]);
        assert_eq!(place.read_all(&tap, "full_refresh").expect_success().records("a").len(), 1);
        let given = |name: &str| place.path(name).exists();
        assert_eq!((given("given-catalog"), given("given-properties")), (catalog, properties), "{options}");
    }
}

#[test]
fn batches_are_read_and_removed() {
    let place = Place::new();
    let rows = |ids: std::ops::Range<i64>| ids.map(|id| format!("{{\"id\": {id}}}\n")).collect::<String>();
    let plain = place.file("plain.jsonl", rows(0..3));
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows(3..5).as_bytes()).unwrap();
    let gzip = place.file("more rows.gz", gzip.finish().unwrap());
    let batch = |compression: &str, path: &str| {
        json!({"type": "BATCH", "stream": "a", "encoding": {"format": "jsonl", "compression": compression}, "manifest": [path]})
            .to_string()
    };
    let lines = [
        schema("a"),
        batch("none", &plain),
        batch("gzip", &format!("file://{}", gzip.replace(' ', "%20"))),
        record("a", 5),
    ];
    let tap = place.tap_of(json!([stream("a")]), &lines.each_ref().map(String::as_str));
    let ran = place.read_all(&tap, "full_refresh");
    let ids: Vec<_> = ran.expect_success().records("a").iter().map(|data| data["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
    assert!(!place.path("plain.jsonl").exists() && !place.path("more rows.gz").exists());
    let lost = place.tap_of(json!([stream("a")]), &[&schema("a"), &batch("none", "/absent/x.jsonl")]);
    place.read_all(&lost, "full_refresh").expect_failure("/absent/x.jsonl");
}

#[test]
fn a_configuration_that_the_tap_writes_anew_is_handed_on() {
    let place = Place::new();
    place.file("config.json", r#"{"refresh_token":"old-token","_longshore":{"exclude_streams":[]}}"#);
    let tap = place.tap(json!([stream("a")]), "echo '{\"refresh_token\":\"new-token\"}' > \"$config\"; exit 1");
    let ran = place.read_all(&tap, "full_refresh");
    let config = &ran.one("CONTROL")["control"]["connectorConfig"]["config"];
    assert_eq!(*config, json!({"refresh_token": "new-token", "_longshore": {"exclude_streams": []}}));
}

#[test]
fn nothing_is_left_in_the_folder_of_the_caller() {
    let place = Place::new();
    let tap = place.program("tap-clean", "#!/bin/sh\ncase $* in *--discover*) echo '{\"streams\":[{\"stream\":\"a\"}]}' ;; *--help*) echo --discover --config ;; esac\n");
    let before = std::fs::read_dir(place.path("")).unwrap().count();
    place.run(&[&tap, "discover", "--config", "config.json"]).expect_success();
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), before);
}
