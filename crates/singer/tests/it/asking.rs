//! spec, check, discover.

use crate::place::{Place, record, schema, stream};
use serde_json::{Value, json};

/// What a program of the SDK answers to `--about`.
fn about(place: &Place, name: &str, capabilities: &[&str]) -> String {
    let settings = json!({"type": "object", "required": ["host"], "properties": {
        "host": {"type": ["string"]}, "token": {"type": ["string", "null"], "secret": true},
        "add_record_metadata": {"type": ["boolean", "null"]}, "hard_delete": {"type": ["boolean", "null"]},
    }});
    let about = json!({"name": name, "capabilities": capabilities, "settings": settings});
    place.file("about", format!("a banner\n{about}\n"));
    place.program(name, "#!/bin/sh\ncat \"$(dirname \"$0\")/about\"\n")
}

#[test]
fn the_spec_of_an_sdk_tap_is_derived_from_its_settings() {
    let place = Place::new();
    let ran = place.run(&[about(&place, "tap-x", &["catalog", "discover"]), "spec".into()]);
    let spec = &ran.expect_success().one("SPEC")["spec"];
    let properties = &spec["connectionSpecification"]["properties"];
    assert_eq!(properties["token"]["airbyte_secret"], true);
    assert_eq!(properties["host"], json!({"type": "string", "title": "Host", "order": 0}));
    assert_eq!(spec["connectionSpecification"]["required"], json!(["host"]));
    assert_eq!(spec["supported_destination_sync_modes"], Value::Null);
}

#[test]
fn a_target_offers_what_it_is_known_to_do() {
    let place = Place::new();
    let modes = |words: &[String]| place.run(words).one("SPEC")["spec"]["supported_destination_sync_modes"].clone();
    let sql = about(&place, "target-sql", &["about", "hard-delete"]);
    assert_eq!(modes(&[sql, "spec".into()]), json!(["append", "overwrite"]));
    let old = place.program("target-old", "#!/bin/sh\nexit 2\n");
    assert_eq!(modes(&[old.clone(), "spec".into()]), json!(["append"]));
    let settings = place.file("singer.json", r#"{"sync_modes":["append","append_dedup"]}"#);
    assert_eq!(modes(&["--settings".into(), settings, old, "spec".into()]), json!(["append", "append_dedup"]));
    let unnamed = place.program("loader", "#!/bin/sh\nexit 2\n");
    assert_eq!(modes(&["--kind=target".into(), unnamed, "spec".into()]), json!(["append"]));
}

#[test]
fn a_spec_file_spares_the_question() {
    let place = Place::new();
    let tap = place.tap(json!([]), "");
    let spec = place.file("spec.json", r#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
    let ran = place.run(&["--kind", "tap", "--spec", &spec, &tap, "spec"]);
    let spec = &ran.expect_success().one("SPEC")["spec"]["connectionSpecification"];
    assert_eq!(spec["properties"]["a"]["type"], "string");
    assert_eq!(place.read("calls"), "");
    let open = place.run(&[&tap, "spec"]);
    assert_eq!(open.one("SPEC")["spec"]["connectionSpecification"]["additionalProperties"], true);
}

#[test]
fn check_says_the_last_useful_line_and_no_secret() {
    let place = Place::new();
    let check = |program: &str| {
        let ran = place.run(&[program, "check", "--config", "config.json"]);
        assert!(!ran.expect_success().text.contains("hunter2secret"), "{}", ran.text);
        let status = ran.one("CONNECTION_STATUS")["connectionStatus"].clone();
        (status["status"].as_str().unwrap().to_owned(), status["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(check(&place.tap(json!([stream("a")]), "")).0, "SUCCEEDED");
    assert_eq!(place.given("given-config")["password"], "hunter2secret");
    let failing = "#!/bin/sh\n{ echo 'Traceback (most recent call last):'; echo '  File x'; echo 'ValueError: hunter2secret is no password'; echo INFO bye; } >&2; exit 1\n";
    let (status, message) = check(&place.program("tap-failing", failing));
    assert_eq!(status, "FAILED");
    assert!(message.ends_with("ValueError: **** is no password"), "{message}");
    let (status, message) = check("/absent/tap-x");
    assert!(status == "FAILED" && message.contains("/absent/tap-x"), "{message}");
    assert_eq!(check(&place.program("target-x", "#!/bin/sh\ncat > /dev/null\n")).0, "SUCCEEDED");
    assert_eq!(check(&place.program("target-y", "#!/bin/sh\nexit 3\n")).0, "FAILED");
}

#[test]
fn a_catalog_becomes_one_of_the_protocol() {
    let place = Place::new();
    let mut forced = stream("forced");
    forced["metadata"][0]["metadata"] = json!({"forced-replication-method": "FULL_TABLE"});
    let tap = place.tap(json!([stream("plain"), forced, stream("hidden")]), "");
    place.file(
        "config.json",
        r#"{"_longshore":{"exclude_streams":["hidden"],"streams":{"forced":{"primary_key":["at"]}}}}"#,
    );
    let ran = place.run(&[&tap, "discover", "--config", "config.json"]);
    let schema =
        json!({"type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": ["null", "string"]}}});
    let expected = json!([
        {"name": "plain", "json_schema": schema, "supported_sync_modes": ["full_refresh", "incremental"],
         "is_resumable": false, "source_defined_cursor": true, "default_cursor_field": ["at"], "source_defined_primary_key": [["id"]]},
        {"name": "forced", "json_schema": schema, "supported_sync_modes": ["full_refresh"], "is_resumable": false,
         "source_defined_primary_key": [["at"]]},
    ]);
    assert_eq!(ran.expect_success().one("CATALOG")["catalog"]["streams"], expected);
    assert_eq!(place.given("given-config"), json!({}));
}

#[test]
fn a_tap_without_discovery_is_looked_at_in_a_short_run() {
    let place = Place::new();
    place.file("options", "[--state STATE]");
    let tap = place.tap_of(json!([]), &["hello", &schema("a"), &record("a", 1), &schema("b")]);
    std::fs::remove_file(place.path("discovered")).unwrap();
    let ran = place.read_all(&tap, "full_refresh");
    // The second stream has no records, but it was named.
    assert_eq!(ran.statuses().into_iter().collect::<Vec<_>>(), [("a", "COMPLETE"), ("b", "COMPLETE")]);
    assert_eq!(ran.expect_success().records("a").len(), 1);
    assert!(!place.path("given-catalog").exists());
    // Once to look at it, once to read it.
    let runs =
        place.read("calls").lines().filter(|call| !call.contains("--help") && !call.contains("--discover")).count();
    assert_eq!(runs, 2, "{}", place.read("calls"));
    let mut one: Value = place.given("configured.json");
    one["streams"].as_array_mut().unwrap().remove(0);
    let catalog = place.file("configured.json", one.to_string());
    let ran = place.run(&[&tap, "read", "--config", "config.json", "--catalog", &catalog]);
    ran.expect_success().expect_log("WARN", "1 records of stream a were left out");
}

#[test]
fn a_short_run_of_a_tap_that_never_ends_is_stopped() {
    let place = Place::new();
    place.file("options", "[--state STATE]");
    place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
    let tap = place.tap(json!([]), "cat lines\nwhile tail -n 1 lines; do :; done");
    std::fs::remove_file(place.path("discovered")).unwrap();
    let ran = place.run(&[&tap, "discover", "--config", "config.json"]);
    assert_eq!(ran.expect_success().one("CATALOG")["catalog"]["streams"][0]["name"], "a");
}

#[test]
fn a_written_catalog_stands_in_for_discovery() {
    let place = Place::new();
    place.file("options", "[--properties P]");
    let tap = place.tap_of(json!([]), &[&schema("a"), &record("a", 1)]);
    std::fs::remove_file(place.path("discovered")).unwrap();
    place.file("catalog-of-tap.json", json!({"streams": [stream("a")]}).to_string());
    place.file("config.json", r#"{"_longshore":{"catalog":"catalog-of-tap.json"}}"#);
    let ran = place.read_all(&tap, "full_refresh");
    assert_eq!(ran.expect_success().records("a").len(), 1);
    assert_eq!(place.given("given-properties")["streams"][0]["selected"], true);
}

#[test]
fn a_settings_file_is_named_behind_the_program_and_says_where_it_runs() {
    let place = Place::new();
    std::fs::create_dir(place.path("project")).unwrap();
    let tap =
        place.program("tap-x", "#!/bin/sh\necho \"$* in $(pwd)\" >&2; echo '{\"streams\":[{\"stream\":\"a\"}]}'\n");
    place.file("project/singer.json", r#"{"folder":".","catalog_option":"catalog","exclude_streams":["a"]}"#);
    let words =
        [&tap, "own", "--longshore-settings", "project/singer.json", "word", "discover", "--config", "config.json"];
    let ran = place.run(&words);
    assert_eq!(ran.expect_success().one("CATALOG")["catalog"]["streams"], json!([]));
    let said = ran.logs("INFO").join("\n");
    assert!(said.starts_with("own word --config /") && said.trim_end().ends_with("/project"), "{said}");
    let wrong = place.file("wrong.json", r#"{"folders":"."}"#);
    let words = [&tap, &format!("--longshore-settings={wrong}"), "discover", "--config", "config.json"];
    place.run(&words).expect_failure("unknown field `folders`");
}
