//! Every state that was emitted is one to go on from: what was emitted before it and what comes after are all records.

use crate::lab::{ids, item, page, read_from};
use longshore_connector_kit::testing::{Api, Received, Reply};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An API that knows pages, `since`, `until` and shelves. Items come newest first, as many APIs give them.
fn api() -> Api {
    Api::start(|request| {
        if request.path == "/shelves" {
            let names: Vec<Value> = ["a", "b/c", "d", "gone"].iter().map(|name| json!({"name": name})).collect();
            let from = (request.number("page", 1) - 1) * 3;
            return Reply::json(&names.into_iter().skip(from).take(3).collect());
        }
        if request.path.contains("/gone/") {
            return Reply::status(404);
        }
        let shelf = if request.path.contains("b/c") {
            100
        } else if request.path.contains("/d/") {
            200
        } else {
            0
        };
        Reply::json(
            &asked(request)
                .into_iter()
                .map(|mut item| {
                    item["id"] = json!(item["id"].as_u64().unwrap() + shelf);
                    item
                })
                .collect(),
        )
    })
}

fn asked(request: &Received) -> Vec<Value> {
    let is_asked = |item: &Value| {
        let at = item["at"].as_str().unwrap();
        request.query("since").is_none_or(|since| at >= since) && request.query("until").is_none_or(|until| at < until)
    };
    let items: Vec<Value> = (0..10).rev().map(item).filter(is_asked).collect();
    let from = (request.number("page", 1) - 1) * 3;
    items.into_iter().skip(from).take(3).collect()
}

#[track_caller]
fn resumes_everywhere(stream: &str, sync_mode: &str, least_checkpoints: usize) {
    let api = api();
    let whole = read_from(&api, json!({"stream": stream}), sync_mode, None);
    whole.assert_success();
    let all: BTreeSet<u64> = ids(&whole).into_iter().collect();
    assert_eq!(all.len(), ids(&whole).len(), "nothing comes twice");
    let checkpoints = whole.checkpoints("items");
    assert!(checkpoints.len() >= least_checkpoints, "{} checkpoints", checkpoints.len());
    for (before, state) in checkpoints {
        let rest = read_from(&api, json!({"stream": stream}), sync_mode, Some(&state));
        rest.assert_success();
        let before = before.iter().map(|record| record["id"].as_u64().unwrap());
        let together: BTreeSet<u64> = before.clone().chain(ids(&rest)).collect();
        assert_eq!(together, all, "{stream}, {sync_mode}, from {state}");
        if sync_mode == "full_refresh" {
            assert_eq!(
                before.count() + ids(&rest).len(),
                all.len(),
                "{stream} goes on exactly where it stopped: {state}"
            );
        }
        assert_eq!(rest.last_state("items"), whole.last_state("items"), "from {state}");
    }
}

#[test]
fn a_full_refresh_goes_on_at_the_page_where_it_stopped() {
    resumes_everywhere("number", "full_refresh", 4);
    resumes_everywhere("threads", "full_refresh", 4);
}

#[test]
fn a_full_refresh_goes_on_at_the_slice_where_it_stopped() {
    resumes_everywhere("list", "full_refresh", 9);
    resumes_everywhere("parent", "full_refresh", 9);
    resumes_everywhere("windows", "full_refresh", 4);
}

#[test]
fn an_incremental_read_goes_on_from_every_state() {
    resumes_everywhere("incremental", "incremental", 4);
    resumes_everywhere("windows", "incremental", 4);
    resumes_everywhere("list, incremental", "incremental", 9);
}

#[test]
fn the_cursor_of_an_unsorted_stream_moves_only_at_the_end() {
    let run = read_from(&api(), json!({"stream": "incremental"}), "incremental", None);
    let states: Vec<_> = run.states().iter().map(|state| state["stream"]["stream_state"].clone()).collect();
    assert_eq!(states[0], json!({"next": 2, "seen": "2026-01-01T09:00:00Z"}));
    assert_eq!(states.last(), Some(&json!({"cursor": "2026-01-01T09:00:00Z"})));
}

#[test]
fn the_cursor_of_a_sorted_stream_moves_with_each_page() {
    let api = Api::start(|request| page(request, 5));
    let run = read_from(&api, json!({"stream": "ascending"}), "incremental", None);
    let states: Vec<_> = run.states().iter().map(|state| state["stream"]["stream_state"].clone()).collect();
    assert_eq!(states[0], json!({"cursor": "2026-01-01T02:00:00Z"}));
    let state =
        json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": "items"}, "stream_state": states[0]}}]);
    read_from(&api, json!({"stream": "ascending"}), "incremental", Some(&state)).assert_success();
    let resumed = api.requests().into_iter().find(|request| request.query("since").is_some()).unwrap();
    assert_eq!((resumed.query("since"), resumed.query("page")), (Some("2026-01-01T02:00:00Z"), Some("1")));
}

fn state_with(cursor: &str) -> Value {
    json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": "items"}, "stream_state": {"cursor": cursor}}}])
}

#[test]
fn a_cursor_is_moved_back_and_spelled_as_declared() {
    let api = Api::start(|_| Reply::json(&json!([])));
    let run = read_from(&api, json!({"stream": "lookback"}), "incremental", Some(&state_with("2026-01-01T01:00:00Z")));
    assert_eq!(api.requests()[0].query("since"), Some("1767225600"));
    assert_eq!(run.last_state("items"), Some(json!({"cursor": "2026-01-01T01:00:00Z"})), "it does not stay there");
}

#[test]
fn an_api_that_knows_no_cursor_is_filtered_here() {
    let api = Api::start(|_| Reply::json(&(0..10).map(item).collect()));
    let run = read_from(&api, json!({"stream": "filter"}), "incremental", None);
    assert_eq!(ids(&run), [4, 5, 6, 7, 8, 9]);
    let run = read_from(&api, json!({"stream": "filter"}), "incremental", run.to_resume().as_ref());
    assert_eq!(ids(&run), [9]);
}

#[test]
fn a_cursor_far_in_the_future_reads_nothing_and_stays() {
    for stream in ["incremental", "windows"] {
        let state = state_with("2999-01-01T00:00:00Z");
        let run = read_from(&api(), json!({"stream": stream}), "incremental", Some(&state));
        run.assert_success();
        assert_eq!(ids(&run).len(), 0);
        assert_eq!(run.last_state("items"), Some(json!({"cursor": "2999-01-01T00:00:00Z"})));
    }
}

#[test]
fn a_page_of_a_state_that_the_api_has_forgotten_is_begun_anew() {
    let api = Api::start(|request| match request.query("after") {
        Some(_) => Reply::status(410),
        None => Reply::json(&json!({"data": [item(1)], "next": null})),
    });
    let state = json!([{"type": "STREAM", "stream": {
        "stream_descriptor": {"name": "items"}, "stream_state": {"refresh": {"slice": "", "next": "old"}},
    }}]);
    let run = read_from(&api, json!({"stream": "cursor"}), "full_refresh", Some(&state));
    run.assert_success();
    assert_eq!(ids(&run), [1]);
}

#[test]
fn a_slice_that_is_gone_makes_a_refresh_begin_anew() {
    let state = json!([{"type": "STREAM", "stream": {
        "stream_descriptor": {"name": "items"}, "stream_state": {"refresh": {"slice": "removed"}},
    }}]);
    let run = read_from(&api(), json!({"stream": "parent"}), "full_refresh", Some(&state));
    assert_eq!(ids(&run).len(), 30);
}
