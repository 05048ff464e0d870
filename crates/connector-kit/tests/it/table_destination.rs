//! `examples/table_destination.rs` through two generations of a stream, and killed.

use crate::example::example;
use longshore_connector_kit::testing::{catalog, complete, generation, record, state};
use serde_json::{Value, json};
use std::path::Path;

fn rows(folder: &Path) -> Vec<(i64, i64)> {
    let db = rusqlite::Connection::open(folder.join("db.sqlite")).unwrap();
    let mut select = db.prepare("SELECT generation, json_extract(data, '$.n') FROM records").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn config(folder: &Path) -> Value {
    json!({"path": folder.join("db.sqlite")})
}

#[test]
fn a_destination_on_one_screen_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let write = |id: i64, messages: &[Value]| {
        let catalog = generation(catalog("s", "full_refresh"), id, true);
        example("table_destination").write(&config(folder.path()), &catalog, messages)
    };
    let input = [record("s", &json!({"n": 7})), state("s", &json!({}))];
    let run = write(1, &[&input[..], &[complete("s")]].concat());
    run.assert_success();
    assert_eq!(run.states()[0]["destinationStats"]["recordCount"], 1.0);
    assert_eq!(rows(folder.path()), [(1, 7)]);
    // Older rows stay until the newer generation is complete.
    write(2, &input).assert_failed("transient_error", "before these streams were complete: s");
    assert_eq!(rows(folder.path()), [(1, 7), (2, 7)]);
    write(2, &[complete("s")]).assert_success();
    assert_eq!(rows(folder.path()), [(2, 7)]);
}

#[test]
fn what_was_echoed_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let messages = [record("s", &json!({"n": 1})), state("s", &json!({"at": 1})), record("s", &json!({"n": 2}))];
    let catalog = generation(catalog("s", "incremental"), 0, false);
    let run = example("table_destination").write_until_echo(&config(folder.path()), &catalog, &messages, 1);
    assert_eq!(run.exit_code, None);
    assert_eq!(run.last_state("s"), Some(json!({"at": 1})));
    assert_eq!(rows(folder.path())[0], (0, 1));
}
