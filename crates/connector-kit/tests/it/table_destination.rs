//! `examples/table_destination.rs` through two generations of a stream.

use crate::http_source::example;
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

const INPUT: &str = r#"{"type":"RECORD","record":{"stream":"s","data":{"n": 1e400},"emitted_at":7}}
{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{}}}}
"#;
const COMPLETE: &str = r#"{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"s"},"status":"COMPLETE"}}}"#;

fn write(folder: &Path, generation: i64, input: &str) -> Output {
    let file = |name: &str, content: &str| {
        std::fs::write(folder.join(name), content).unwrap();
        folder.join(name)
    };
    let catalog = json!({"streams": [{
        "stream": {"name": "s", "json_schema": {}}, "generation_id": generation, "minimum_generation_id": generation,
    }]});
    let config = json!({"path": folder.join("db.sqlite")});
    let mut command = Command::new(example("table_destination"));
    command.arg("write").arg("--config").arg(file("config.json", &config.to_string()));
    command.arg("--catalog").arg(file("catalog.json", &catalog.to_string()));
    let output = command.stdin(File::open(file("input", input)).unwrap()).output();
    output.expect("the example is there: `cargo test` without `--test` builds it")
}

fn rows(folder: &Path) -> Vec<(i64, i64, String)> {
    let db = rusqlite::Connection::open(folder.join("db.sqlite")).unwrap();
    let mut select = db.prepare("SELECT generation, emitted_at, data FROM records").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_destination_on_one_screen_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let row = |generation| (generation, 7, r#"{"n": 1e400}"#.to_owned());
    let whole = format!("{INPUT}{COMPLETE}\n");
    let output = write(folder.path(), 1, &whole);
    assert!(output.status.success());
    let echo: Value = serde_json::from_slice(output.stdout.trim_ascii()).unwrap();
    assert_eq!(echo["state"]["destinationStats"]["recordCount"], 1.0);
    assert_eq!(rows(folder.path()), [row(1)]);
    // Older rows stay until the newer generation is complete.
    assert_eq!(write(folder.path(), 2, INPUT).status.code(), Some(1));
    assert_eq!(rows(folder.path()), [row(1), row(2)]);
    assert!(write(folder.path(), 2, COMPLETE).status.success());
    assert_eq!(rows(folder.path()), [row(2)]);
}
