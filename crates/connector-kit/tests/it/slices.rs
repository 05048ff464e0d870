//! Slices are read at the same time and emitted in their order.

use crate::lab::{page, read, read_from};
use longshore_connector_kit::testing::{Api, Received, Reply};
use serde_json::{Value, json};
use std::sync::{Arc, Barrier};
use std::time::Duration;

fn shelves(run: &longshore_connector_kit::testing::Run) -> Vec<Value> {
    run.records("items").iter().map(|record| record["shelf"].clone()).collect()
}

#[test]
fn as_many_slices_as_threads_are_asked_for_at_once_and_stay_in_order() {
    // No first page is answered before all three have been asked for.
    let all = Arc::new(Barrier::new(3));
    let api = Api::start(move |request: &Received| {
        if request.query("page") == Some("1") {
            all.wait();
        }
        let is_first = request.path.starts_with("/shelves/a/");
        page(request, 4).after(Duration::from_millis(if is_first { 50 } else { 0 }))
    });
    let run = read(&api, json!({"stream": "list"}));
    run.assert_success();
    assert_eq!(shelves(&run), ["a", "a", "a", "a", "b/c", "b/c", "b/c", "b/c", "d", "d", "d", "d"]);
}

#[test]
fn a_parents_records_name_the_slices_and_a_missing_one_is_empty() {
    let api = Api::start(|request| match request.path.as_str() {
        "/shelves" if request.query("page") == Some("1") => {
            Reply::json(&json!([{"name": "a b"}, {"name": 7}, {"name": "gone"}]))
        }
        "/shelves" => Reply::json(&json!([])),
        "/shelves/gone/items" => Reply::status(404),
        _ => page(request, 1),
    });
    let run = read(&api, json!({"stream": "parent"}));
    run.assert_success();
    assert_eq!(shelves(&run), [json!("a b"), json!(7)], "as it stands in the parent's record");
}

#[test]
fn a_parent_that_fails_fails_the_stream() {
    let api = Api::start(|_| Reply::status(403));
    read(&api, json!({"stream": "parent"})).assert_failed("config_error", "refuses access");
}

#[test]
fn windows_may_be_spelled_otherwise_than_records() {
    let api = Api::start(|_| Reply::json(&json!([{"id": 1, "at": "2026-01-02T12:00:00Z"}])));
    let run = read_from(&api, json!({"stream": "epoch windows"}), "incremental", None);
    run.assert_success();
    assert_eq!(run.last_state("items"), Some(json!({"cursor": "2026-01-02T12:00:00Z"})));
    read_from(&api, json!({"stream": "epoch windows"}), "incremental", run.to_resume().as_ref()).assert_success();
    let since: Vec<_> = api.requests().iter().map(|request| request.query("since").unwrap().to_owned()).collect();
    assert_eq!(since, ["1767225600", "1767312000", "1767355140"], "the last one a minute before the cursor");
}

#[test]
fn a_number_is_one_in_a_body_too() {
    let api = Api::start(|_| Reply::json(&json!([{"id": 1, "at": 1_767_225_600}])));
    let first = read_from(&api, json!({"stream": "body, incremental"}), "incremental", None);
    let state = first.to_resume();
    read_from(&api, json!({"stream": "body, incremental"}), "incremental", state.as_ref()).assert_success();
    let bodies: Vec<Value> = api.requests().iter().map(Received::json).collect();
    let from_state = json!({"query": "newer than 1767225600", "filter": {"since": 1_767_225_600}});
    assert_eq!(bodies, [json!({}), from_state]);
}

#[test]
fn windows_cover_the_time_without_a_gap() {
    let api = Api::start(|_| Reply::json(&json!([])));
    read_from(&api, json!({"stream": "windows"}), "incremental", None).assert_success();
    let mut windows: Vec<_> = api
        .requests()
        .iter()
        .map(|request| (request.query("since").unwrap().to_owned(), request.query("until").unwrap().to_owned()))
        .collect();
    windows.sort();
    let hour = |hour: &str| format!("2026-01-01T{hour}:00:00Z");
    assert_eq!(windows, [(hour("00"), hour("04")), (hour("04"), hour("08")), (hour("08"), hour("10"))]);
}
