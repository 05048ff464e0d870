//! The program, run as the platform runs it.

use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, config: &Value, stdin: &str) -> (Output, Vec<Value>) {
    let file = |name: &str, content: String| {
        std::fs::write(folder.join(name), content).unwrap();
        folder.join(name)
    };
    let streams = ["a", "b"].map(|name| {
        let stream = json!({"name": name, "json_schema": {}});
        json!({"stream": stream, "destination_sync_mode": "append", "generation_id": 1, "minimum_generation_id": 1})
    });
    let input = file("stdin", stdin.to_owned());
    let mut command = Command::new(env!("CARGO_BIN_EXE_destination-null"));
    command.arg("write").arg("--config").arg(file("config.json", config.to_string()));
    command.arg("--catalog").arg(file("catalog.json", json!({"streams": streams}).to_string()));
    let output = command.stdin(File::open(input).unwrap()).output().unwrap();
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let messages = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    (output, messages)
}

fn logs(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["log"]["message"].as_str()).collect()
}

fn complete(name: &str) -> String {
    let status = json!({"stream_descriptor": {"name": name}, "status": "COMPLETE"});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": status}}).to_string()
}

const RECORDS: &str = r#"{"type":"RECORD","record":{"stream":"a","data":{"x":1},"emitted_at":1}}
{"type":"RECORD","record":{"stream":"a","data":{"x":22},"emitted_at":1}}
{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{}}}}
"#;

#[test]
fn records_are_counted_and_states_echoed() {
    let folder = tempfile::tempdir().unwrap();
    let lines = format!("{RECORDS}{}\n{}\n", complete("a"), complete("b"));
    let (output, messages) = run(folder.path(), &json!({"added_by_a_platform": 1}), &lines);
    assert!(output.status.success());
    let unknown = "the configuration has `added_by_a_platform`, which this connector does not know: it has no effect";
    let counts = ["stream a: 2 records, 15 bytes of data", "stream b: 0 records, 0 bytes of data"];
    assert_eq!(logs(&messages), [unknown, counts[0], counts[1]]);
    assert_eq!(messages[1]["state"]["destinationStats"]["recordCount"], 2.0);
}

#[test]
fn totals_are_logged_of_a_run_that_is_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let (output, messages) = run(folder.path(), &json!({}), RECORDS);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(logs(&messages).len(), 2);
    assert!(messages.last().unwrap()["trace"]["error"]["message"].as_str().unwrap().contains("a, b"));
}
