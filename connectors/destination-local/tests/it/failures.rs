//! What a user gets to read when something is wrong.

use crate::lab::{Lab, Run, catalog, record, run, state};
use serde_json::json;

#[test]
fn a_configuration_is_checked_by_writing() {
    let mut lab = Lab::new("jsonl");
    lab.file("text", "x");
    for (config, status, words) in [
        (json!({"path": lab.path("new/folder")}), "SUCCEEDED", ""),
        (json!({"path": ""}), "FAILED", "empty"),
        (json!({"path": lab.path("text")}), "FAILED", "cannot be made"),
        (json!({"path": lab.path("text/below")}), "FAILED", "cannot be made"),
        (json!({"path": "x", "format": "xml"}), "FAILED", "`format`"),
        (json!({"path": lab.path("new"), "added_by_a_platform": 1}), "SUCCEEDED", ""),
    ] {
        lab.config = config;
        let run = Run::of(&mut lab.command("check"));
        let answer = &run.messages.last().unwrap()["connectionStatus"];
        assert_eq!(answer["status"], status, "{answer}");
        assert!(answer["message"].as_str().unwrap_or_default().contains(words), "{answer}");
    }
}

#[test]
fn streams_that_files_cannot_hold_are_refused() {
    let lab = Lab::new("jsonl");
    let mut dedup = catalog("s", &json!({}), 0, 0);
    dedup["streams"][0]["destination_sync_mode"] = json!("append_dedup");
    assert!(lab.write(&dedup, None, &[]).failure().0.contains("cannot be deduplicated"));
    let mut two = catalog("Users", &json!({}), 0, 0);
    let other = catalog("users", &json!({}), 0, 0)["streams"][0].clone();
    two["streams"].as_array_mut().unwrap().push(other);
    let (message, kind) = lab.write(&two, None, &[]).failure();
    assert!(message.contains("Users and users would share a file"), "{message}");
    assert_eq!(kind, "config_error");
}

#[test]
fn a_file_that_was_cut_is_not_written_to() {
    let lab = Lab::new("jsonl");
    let plan = catalog("s", &json!({}), 0, 0);
    lab.write(&plan, None, &run(0, 2)).succeeded();
    std::fs::write(lab.path("out/s.jsonl"), "{}").unwrap();
    let (message, kind) = lab.write(&plan, None, &run(2, 3)).failure();
    assert!(message.contains("move it away"), "{message}");
    assert_eq!(kind, "config_error");
}

#[test]
fn another_writer_of_the_same_file_is_a_matter_of_time() {
    let lab = Lab::new("jsonl");
    let plan = catalog("s", &json!({}), 0, 0);
    lab.write(&plan, None, &run(0, 1)).succeeded();
    let lock = std::fs::File::open(lab.path("out/.longshore/s.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    let (message, kind) = lab.write(&plan, None, &run(1, 2)).failure();
    assert!(message.contains("another process"), "{message}");
    assert_eq!(kind, "transient_error");
}

#[test]
fn a_broken_record_names_its_stream_and_nothing_is_acknowledged() {
    let lab = Lab::new("jsonl");
    let plan = catalog("s", &json!({}), 0, 0);
    let run = lab.write(&plan, None, &[record("s", "{}"), state("s", 1), record("s", r#"{"a":01}"#)]);
    assert!(run.failure().0.contains("stream s"));
    assert!(run.messages.iter().all(|message| message["type"] != "STATE"));
}
