//! `examples/http_source.rs` against a web server.

use crate::server::serve;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TWO_RECORDS: &str =
    "[\n  {\"id\": 1, \"exact\": 12345678901234567890.10},\n  {\"id\": 2,\n   \"exact\": 1e400}\n]";

/// Cargo builds the examples of a package before it runs its tests, next to the folder of the test programs.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("examples").join(name)
}

/// A server that knows one token.
fn two_records() -> String {
    serve(|head| match head.contains("authorization: bearer t0ken\r\n") {
        true => (200, TWO_RECORDS),
        false => (401, "no"),
    })
}

fn run(verb: &str, config: &Value) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path
    };
    let catalog = json!({"streams": [{"stream": {"name": "records", "json_schema": {}}}]});
    let mut command = Command::new(example("http_source"));
    command.arg(verb).arg("--config").arg(file("config.json", config));
    if verb == "read" {
        command.arg("--catalog").arg(file("catalog.json", &catalog));
    }
    command.output().expect("the example is there: `cargo test` without `--test` builds it")
}

fn messages(output: &Output) -> Vec<Value> {
    let stdout = std::str::from_utf8(&output.stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn it_reads_the_objects_of_the_array_as_they_were_sent() {
    let output = run("read", &json!({"url": two_records(), "token": "t0ken"}));
    assert!(output.status.success());
    let stdout = std::str::from_utf8(&output.stdout).unwrap();
    let data: Vec<&str> = stdout
        .lines()
        .filter_map(|line| line.strip_prefix(r#"{"type":"RECORD","record":{"stream":"records","data":"#))
        .map(|rest| &rest[..rest.rfind(",\"emitted_at\"").unwrap()])
        .collect();
    assert_eq!(data, [r#"{"id": 1, "exact": 12345678901234567890.10}"#, r#"{"id": 2,    "exact": 1e400}"#]);
}

#[test]
fn the_kit_wraps_a_read_in_statuses_and_a_state() {
    let output = run("read", &json!({"url": two_records(), "token": "t0ken"}));
    assert_eq!(statuses_and_counts(&output), ["STARTED", "RUNNING", "STATE 2.0", "COMPLETE"]);
}

/// Statuses, and states with their counts.
fn statuses_and_counts(output: &Output) -> Vec<String> {
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines().filter(|line| !line.contains("RECORD\""));
    lines
        .map(|line| {
            let message: Value = serde_json::from_str(line).unwrap();
            match message["trace"]["stream_status"]["status"].as_str() {
                Some(status) => status.to_owned(),
                None => {
                    format!("{} {}", message["type"].as_str().unwrap(), message["state"]["sourceStats"]["recordCount"])
                }
            }
        })
        .collect()
}

#[test]
fn it_checks_and_discovers() {
    let config = json!({"url": two_records(), "token": "t0ken"});
    assert_eq!(messages(&run("check", &config))[0]["connectionStatus"]["status"], "SUCCEEDED");
    assert_eq!(messages(&run("discover", &config))[0]["catalog"]["streams"][0]["name"], "records");
}

#[test]
fn a_refused_token_is_a_config_error_that_does_not_show_it() {
    let output = run("check", &json!({"url": two_records(), "token": "wr0ng"}));
    let messages = messages(&output);
    assert_eq!(messages[0]["trace"]["error"]["failure_type"], "config_error");
    assert_eq!(messages[1]["connectionStatus"]["status"], "FAILED");
    assert!(messages[1]["connectionStatus"]["message"].as_str().unwrap().contains("`token`"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("wr0ng"));
}

#[test]
fn a_server_in_trouble_is_a_transient_failure_of_the_stream() {
    let address = serve(|_| (503, "later"));
    let output = run("read", &json!({"url": address, "token": "t"}));
    assert_eq!(output.status.code(), Some(1));
    let error = messages(&output).into_iter().find(|message| message["trace"]["type"] == "ERROR").unwrap();
    assert_eq!(error["trace"]["error"]["failure_type"], "transient_error");
    assert_eq!(error["trace"]["error"]["stream_descriptor"]["name"], "records");
}

#[test]
fn what_is_not_an_array_of_objects_is_said() {
    for body in ["{}", "[1]", "<html>"] {
        let output = run("check", &json!({"url": serve(move |_| (200, body)), "token": "t"}));
        let message = messages(&output)[1]["connectionStatus"]["message"].to_string();
        assert!(message.contains("array of objects"), "{body}: {message}");
    }
}
