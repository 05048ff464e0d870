//! What a user gets to read when something is wrong.

use crate::lab::{Lab, Run, catalog, record, record_text, state, stream};
use serde_json::{Value, json};
use std::process::Command;

fn one() -> Value {
    catalog(&[stream("s", json!({"a": {"type": "integer"}}), "append", 0, 0)])
}

fn check(lab: &Lab, config: &Value) -> Value {
    let config = lab.file("other.json", &config.to_string());
    let run = Run::of(
        Command::new(env!("CARGO_BIN_EXE_destination-sqlite"))
            .arg("check")
            .arg("--config")
            .arg(config)
            .current_dir(lab.path("")),
    );
    assert_eq!(run.code, 0);
    run.messages.last().unwrap()["connectionStatus"].clone()
}

#[test]
fn the_spec_describes_the_configuration() {
    let run = Run::of(Command::new(env!("CARGO_BIN_EXE_destination-sqlite")).arg("spec")).succeeded();
    let spec = &run.messages[0]["spec"];
    assert_eq!(spec["connectionSpecification"]["properties"]["path"]["default"], "longshore.sqlite");
    assert_eq!(spec["supported_destination_sync_modes"], json!(["append", "overwrite", "append_dedup"]));
}

#[test]
fn a_configuration_that_works_leaves_no_trace_of_its_check() {
    let lab = Lab::new();
    assert_eq!(check(&lab, &json!({}))["status"], "SUCCEEDED");
    assert_eq!(check(&lab, &json!({"path": lab.path("new/folder/db.sqlite")}))["status"], "SUCCEEDED");
    assert!(!lab.path("longshore.sqlite").exists());
    assert!(!lab.path("new/folder/db.sqlite").exists());
}

#[test]
fn a_configuration_that_does_not_work_says_why() {
    let lab = Lab::new();
    lab.file("text", &"no database at all ".repeat(100));
    for (config, words) in [
        (json!({"path": ""}), "empty"),
        (json!({"path": lab.path("")}), "is a folder"),
        (json!({"path": lab.path("text")}), "not a SQLite database"),
        (json!({"path": lab.path("text/db")}), "cannot be made"),
        (json!({"path": "/proc/longshore.sqlite"}), "cannot be opened"),
        (json!({"path": 7}), "`path`"),
    ] {
        let status = check(&lab, &config);
        assert_eq!(status["status"], "FAILED", "{config}");
        assert!(status["message"].as_str().unwrap().contains(words), "{config}: {status}");
    }
}

#[test]
fn names_that_mean_memory_to_sqlite_are_files_here() {
    let lab = Lab::new();
    let config = lab.file("config.json", &json!({"path": ":memory:"}).to_string());
    let catalog = lab.file("catalog.json", &one().to_string());
    let mut command = Command::new(env!("CARGO_BIN_EXE_destination-sqlite"));
    command.arg("write").arg("--config").arg(config).arg("--catalog").arg(catalog).current_dir(lab.path(""));
    Run::of(&mut command).failure();
    assert!(lab.path(":memory:").exists());
}

#[test]
fn another_writer_is_a_matter_of_time_and_a_reader_is_no_matter() {
    let lab = Lab::new();
    let other = lab.db();
    other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); BEGIN IMMEDIATE").unwrap();
    let (message, kind) = lab.write(&one(), None, &[]).failure();
    assert!(message.contains("another process is writing"), "{message}");
    assert_eq!(kind, "transient_error");
    other.execute_batch("COMMIT; BEGIN; SELECT * FROM t").unwrap();
    lab.write(&one(), None, &[record("s", &json!({"a": 1})), state("s", &json!({})), crate::lab::complete("s")])
        .succeeded();
}

#[test]
fn what_cannot_be_written_ends_the_run_and_keeps_what_was_acknowledged() {
    let lab = Lab::new();
    for (bad, words) in [
        (record("nobody", &json!({})), "stream nobody is not in the catalog"),
        (record_text("s", r#"{"a":01}"#), "stream s"),
        ("hello".to_owned(), "hello"),
    ] {
        let run = lab.write(&one(), None, &[record("s", &json!({"a": 1})), state("s", &json!({"n": 1})), bad]);
        assert!(run.failure().0.contains(words), "{:?}", run.failure());
        assert_eq!(run.echoes().len(), 0);
    }
    assert_eq!(lab.texts("SELECT count(*) FROM s"), ["0"]);
}

#[test]
fn deduplication_needs_a_key_that_is_there() {
    let lab = Lab::new();
    let mut catalog = catalog(&[stream("s", json!({"a": {"type": "integer"}}), "append_dedup", 0, 0)]);
    let (message, kind) = lab.write(&catalog, None, &[]).failure();
    assert!(message.contains("no primary key"), "{message}");
    assert_eq!(kind, "config_error");
    catalog["streams"][0]["primary_key"] = json!([["b"]]);
    assert!(lab.write(&catalog, None, &[]).failure().0.contains("primary key b"));
}

#[test]
fn a_table_has_room_for_so_many_columns() {
    let lab = Lab::new();
    let properties = |count: usize| -> Value {
        (0..count).map(|at| (format!("p{at}"), json!({"type": "integer"}))).collect::<serde_json::Map<_, _>>().into()
    };
    let run = |count| {
        lab.write(&catalog(&[stream("s", properties(count), "append", 0, 0)]), None, &[crate::lab::complete("s")])
    };
    run(1_990).succeeded();
    assert!(run(1_991).failure().0.contains("1991 properties"));
}
