//! The destination as platforms run it: messages in, echoes out, and `kill -9` in between.

use longshore_connector_kit::testing::{
    Program, Run, catalog, complete, generation, record, state,
};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

struct Lab {
    folder: TempDir,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    fn program(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_<%= connector %>"))
    }

    fn config(&self) -> Value {
        json!({"path": self.folder.path()})
    }

    /// Writes as one generation of the stream `s`.
    fn write(&self, id: i64, replaces: bool, messages: &[Value]) -> Run {
        let catalog = generation(catalog("s", "full_refresh"), id, replaces);
        self.program().write(&self.config(), &catalog, messages)
    }

    /// What a user sees: the numbers in the rows, with their generation.
    fn rows(&self) -> Vec<(i64, i64)> {
        let files = fs::read_dir(self.folder.path().join("s")).expect("the stream's folder");
        let paths = files.filter_map(|file| file.ok().map(|file| file.path()));
        let mut shown: Vec<_> = paths
            .filter(|path| !path.ends_with(".") && !hidden(path))
            .collect();
        shown.sort();
        let text: String = shown
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect();
        let rows = text.lines().map(|line| {
            let row: Value = serde_json::from_str(line).expect("a whole row");
            let number = row["_airbyte_data"]["n"].as_i64();
            (row["_airbyte_generation_id"].as_i64(), number)
        });
        rows.filter_map(|(generation, number)| Some((generation?, number?)))
            .collect()
    }
}

fn hidden(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with('.')
}

fn row(n: i64) -> Value {
    record("s", &json!({"n": n}))
}

fn at(n: i64) -> Value {
    state("s", &json!({"at": n}))
}

#[test]
fn a_folder_that_cannot_be_written_fails_the_check() {
    let lab = Lab::new();
    assert!(lab.program().check(&lab.config()).connection_status().0);
    let wrong = json!({"path": "/dev/null/nowhere"});
    let (is_fine, message) = lab.program().check(&wrong).connection_status();
    assert!(
        !is_fine && message.contains("/dev/null/nowhere"),
        "{message}"
    );
}

#[test]
fn rows_are_appended_and_their_states_echoed() {
    let lab = Lab::new();
    let run = lab.write(0, false, &[row(1), row(2), at(2), complete("s")]);
    run.assert_success();
    assert_eq!(run.states()[0]["destinationStats"]["recordCount"], 2.0);
    lab.write(0, false, &[row(3), at(3), complete("s")])
        .assert_success();
    assert_eq!(lab.rows(), [(0, 1), (0, 2), (0, 3)]);
}

#[test]
fn older_rows_stay_until_the_newer_ones_are_complete() {
    let lab = Lab::new();
    lab.write(1, true, &[row(1), at(1), complete("s")])
        .assert_success();
    let interrupted = lab.write(2, true, &[row(2), at(2)]);
    interrupted.assert_failed("transient_error", "s");
    assert_eq!(lab.rows(), [(1, 1)]);
    // The next run of the same generation goes on behind what was echoed.
    lab.write(2, true, &[row(3), at(3), complete("s")])
        .assert_success();
    assert_eq!(lab.rows(), [(2, 2), (2, 3)]);
}

#[test]
fn what_was_echoed_survives_a_kill() {
    let lab = Lab::new();
    let catalog = generation(catalog("s", "incremental"), 0, false);
    let messages = [row(1), at(1), row(2)];
    let run = lab
        .program()
        .write_until_echo(&lab.config(), &catalog, &messages, 1);
    assert_eq!(run.last_state("s"), Some(json!({"at": 1})));
    assert_eq!(lab.rows()[0], (0, 1));
    // A row that was cut off is not in the way of the next run.
    let file = lab.folder.path().join("s/0.jsonl");
    let torn = fs::read_to_string(&file).expect("the rows") + "{\"_airbyte";
    fs::write(&file, torn).expect("the rows");
    lab.write(0, false, &[row(3), at(3), complete("s")])
        .assert_success();
    assert_eq!(lab.rows().last(), Some(&(0, 3)));
}

#[test]
fn a_stream_that_is_not_in_the_catalog_fails_the_run() {
    let run = Lab::new().write(0, false, &[record("other", &json!({}))]);
    run.assert_failed("system_error", "other");
}
