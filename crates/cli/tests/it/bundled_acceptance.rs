//! The bundled connectors keep the contract, at the highest strictness: what `connector test` says of them.

use crate::place::Place;
use serde_json::Value;

/// Runs the suite on a bundled connector and expects that no rule failed.
#[track_caller]
fn expect_no_failure(place: &Place, name: &str, config: &Value, more: &[&str]) {
    let config = place.file("config.json", config.to_string());
    let words = ["connector", "test", name, "--connector-config", &config, "--strictness", "high", "--json"];
    let ran = place.run([&words[..], more].concat());
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let findings = report["findings"].as_array().unwrap();
    let failed: Vec<String> = findings
        .iter()
        .filter(|finding| finding["status"] == "failed")
        .map(|finding| format!("{}: {}", finding["rule"], finding["message"]))
        .collect();
    assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
    assert!(findings.iter().any(|finding| finding["status"] == "passed"), "nothing was looked at: {report}");
    assert_eq!((report["passed"].as_bool(), ran.code), (Some(true), 0), "{}", ran.stderr);
}

#[test]
fn the_faker_keeps_the_contract() {
    expect_no_failure(&Place::new(), "source-faker", &serde_json::json!({"count": 100}), &[]);
}

#[test]
fn the_source_of_files_keeps_the_contract() {
    let place = Place::new();
    let people = place.file("people.csv", "id,name,born\n1,Ada,1815-12-10\n2,Linus,1969-12-28\n3,Grace,1906-12-09\n");
    let lines = place.file("visits.jsonl", "{\"person\":1,\"place\":\"Rome\"}\n{\"person\":2,\"place\":null}\n");
    for path in [people, lines] {
        expect_no_failure(&place, "source-file", &serde_json::json!({"path": path}), &[]);
    }
}

#[test]
fn the_destination_of_sqlite_keeps_the_contract() {
    let place = Place::new();
    let config = serde_json::json!({"path": place.path("rows.sqlite")});
    expect_no_failure(&place, "destination-sqlite", &config, &["--reader", "sqlite"]);
}

#[test]
fn the_destination_of_files_keeps_the_contract() {
    for format in ["jsonl", "csv"] {
        let place = Place::new();
        let config = serde_json::json!({"path": place.path("rows"), "format": format});
        expect_no_failure(&place, "destination-local", &config, &["--reader", "local"]);
    }
}

#[test]
fn the_destination_of_nothing_keeps_the_contract() {
    expect_no_failure(&Place::new(), "destination-null", &serde_json::json!({}), &[]);
}
