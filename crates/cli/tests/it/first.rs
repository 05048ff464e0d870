//! The first things that somebody types: the README's command one, and one connector alone.

use crate::place::{Place, Ran, program};
use crate::tables;
use std::collections::BTreeSet;
use std::process::Command;

const FIRST: [&str; 5] = ["sync", "--source", "source-faker", "--destination", "destination-sqlite"];

#[test]
fn the_readme_s_first_command_moves_made_up_users_into_tables() {
    let place = Place::new();
    let ran = place.run(FIRST);
    assert_eq!(ran.code, 0, "{ran:?}");
    let file = place.path("longshore.sqlite");
    for (table, rows) in [("users", 1000), ("products", 100), ("purchases", 1000)] {
        assert_eq!(tables::number(&file, &format!("SELECT count(*) FROM {table}")), rows, "{table}");
    }
}

#[test]
fn the_result_is_a_table_for_people() {
    let ran = Place::new().run(FIRST);
    let words: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["STREAM", "STATUS", "SENT", "COMMITTED", "DATA"]);
    let streams: BTreeSet<&[&str]> = words[1..4].iter().map(|line| &line[..4]).collect();
    let expected: [&[&str]; 3] = [
        &["products", "complete", "100", "100"],
        &["purchases", "complete", "1,000", "1,000"],
        &["users", "complete", "1,000", "1,000"],
    ];
    assert_eq!(streams, BTreeSet::from(expected));
    assert!(words[4].starts_with(&["succeeded", "in"]) && ran.stdout.contains("2,100 records"), "{}", ran.stdout);
    assert!(ran.stdout.trim_end().ends_with("every one acknowledged by the destination"), "{}", ran.stdout);
}

#[test]
fn the_result_for_machines_has_the_documented_keys_and_no_others() {
    let place = Place::new();
    let ran = place.sync("source-faker", "destination-sqlite", &[]);
    ran.expect_success();
    let result = ran.result();
    assert_eq!(keys(&result), ["dropped", "duration_seconds", "failure", "status", "streams"]);
    let stream = ["bytes_committed", "name", "namespace", "records_committed", "records_emitted", "status"];
    result["streams"].as_array().unwrap().iter().for_each(|of| assert_eq!(keys(of), stream));
    assert!(result["failure"].is_null() && result["dropped"].as_array().unwrap().is_empty());
    for event in ran.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(event).unwrap_or_else(|error| panic!("{event}: {error}"));
    }

    let failed = place.sync("source-file", "destination-sqlite", &[]).result();
    assert_eq!(keys(&failed), ["dropped", "duration_seconds", "failure", "status", "streams"]);
    let failure = keys(&failed["failure"]);
    assert!(["code", "kind", "message", "origin"].iter().all(|key| failure.contains(key)), "{failure:?}");
}

fn keys(object: &serde_json::Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn each_command_shows_an_example() {
    let place = Place::new();
    let commands: [&[&str]; 8] = [
        &["sync"],
        &["explain"],
        &["connector"],
        &["connector", "spec"],
        &["connector", "check"],
        &["connector", "discover"],
        &["connector", "read"],
        &["connector", "write"],
    ];
    for command in commands {
        let ran = place.run([command, &["--help"]].concat());
        assert!(ran.code == 0 && ran.stdout.contains("  longshore "), "{command:?}: {ran:?}");
    }
}

#[test]
fn every_code_has_its_page() {
    let place = Place::new();
    let list = place.run(["explain"]).stdout;
    assert!(list.lines().count() > 40, "{list}");
    for code in list.lines().filter_map(|line| line.split_whitespace().next()) {
        let page = place.run(["explain", &format!("error[{code}]")]);
        assert!(page.code == 0 && page.stdout.starts_with(&format!("# {code}: ")), "{page:?}");
    }
}

/// A connector that says its verb and its input in bytes that no text tool leaves alone; its answers are not odd.
const ODD: &str = r#"printf '%s \377\000 no newline at end\r\n\n' "$1"
echo '{"type":"SPEC", "spec":{"connectionSpecification":{}}}'
echo '{"type":"CONNECTION_STATUS", "connectionStatus":{"status":"SUCCEEDED"}}'
echo '{"type":"CATALOG", "catalog":{"streams":[]}}'
echo "to stderr" >&2
[ "$1" != write ] || cat
printf end"#;

#[test]
fn a_connector_alone_speaks_into_a_pipe_byte_for_byte() {
    let place = Place::new();
    let odd = place.script("odd.sh", ODD);
    let script = place.path("odd.sh");
    let catalog = place.file("catalog.json", r#"{"streams":[]}"#);
    let input = b"{\"type\":\"RECORD\"}\nnoise \xfe\r\nhalf a line";
    for verb in ["spec", "check", "discover", "read", "write"] {
        let words = ["connector", verb, &odd, "--catalog", &catalog];
        let through = place.run_with_input(words, if verb == "write" { input } else { b"" });
        let direct = Command::new("sh").arg(&script).arg(verb).stdin(input_file(&place, input)).output().unwrap();
        assert_eq!(through.stdout, direct.stdout, "{verb}");
        assert_eq!(through.stderr, direct.stderr, "{verb}");
        assert_eq!(through.status.code(), Some(0), "{verb}");
    }
}

fn input_file(place: &Place, input: &[u8]) -> std::fs::File {
    std::fs::File::open(place.file("input", input)).unwrap()
}

#[test]
fn what_one_bundled_connector_reads_another_can_write() {
    let place = Place::new();
    let config = place.file("faker.json", r#"{"count":30,"seed":1}"#);
    let catalog = place.run(["connector", "discover", "source-faker"]).stdout;
    let discovered: serde_json::Value = serde_json::from_str(catalog.trim()).unwrap();
    let streams = discovered["catalog"]["streams"].as_array().unwrap().iter().enumerate().map(|(at, stream)| {
        serde_json::json!({"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append",
            "generation_id": 1, "minimum_generation_id": 0, "sync_id": at})
    });
    let catalog = place.file("catalog.json", serde_json::json!({"streams": streams.collect::<Vec<_>>()}).to_string());
    let read = place.run(["connector", "read", "source-faker", "--config", &config, "--catalog", &catalog]);
    assert_eq!(read.code, 0, "{read:?}");
    let write = ["connector", "write", "destination-sqlite", "--catalog", &catalog];
    let written = Ran::from(place.run_with_input(write, read.stdout.as_bytes()));
    assert_eq!(written.code, 0, "{written:?}");
    assert_eq!(tables::number(&place.path("longshore.sqlite"), "SELECT count(*) FROM users"), 30);
}

#[test]
fn reading_stops_when_nobody_reads_on() {
    let place = Place::new();
    let config = place.file("faker.json", r#"{"count":100000000}"#);
    let line = format!("'{}' connector read source-faker --config '{config}' | head -n 3", program().display());
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 3);
}
