//! A state that the wrapper gave is the state that the tap gets back.

use crate::place::{Place, Ran, record, schema, stream};
use serde_json::json;

const VALUE: &str = r#"{"n":12345678901234567890.10,"bookmarks":{"b":{"at":"z"},"other":{"k":1e-9},"a":{"at": "y"}},"currently_syncing":null}"#;

fn tap(place: &Place) -> String {
    let value = format!(r#"{{"type":"STATE","value":{VALUE}}}"#);
    place.tap_of(
        json!([stream("a"), stream("b")]),
        &[&schema("a"), &schema("b"), &record("a", 1), &record("b", 1), &value],
    )
}

fn read_from(place: &Place, tap: &str, catalog: &str, state: &str) -> Ran {
    let _ = std::fs::remove_file(place.path("given-state"));
    let state = place.file("state.json", state);
    place.run(&[tap, "read", "--config", "config.json", "--catalog", catalog, "--state", &state])
}

#[test]
fn the_tap_gets_its_state_back_in_its_order_with_its_numbers() {
    let place = Place::new();
    let tap = tap(&place);
    let ran = place.read_all(&tap, "incremental");
    // As it was written: a parser would round its numbers.
    let line = ran.text.lines().rfind(|line| line.starts_with(r#"{"type":"STATE""#)).unwrap();
    let text = line.strip_prefix(r#"{"type":"STATE","state":"#).unwrap().strip_suffix('}').unwrap();
    let catalog = place.catalog(&tap, "incremental", |_| {});
    read_from(&place, &tap, &catalog, &format!("[{text}]")).expect_success();
    assert_eq!(place.read("given-state"), VALUE);
}

#[test]
fn a_full_refresh_that_was_finished_begins_anew() {
    let place = Place::new();
    let tap = tap(&place);
    let first = place.read_all(&tap, "full_refresh");
    let catalog = place.catalog(&tap, "full_refresh", |_| {});
    read_from(&place, &tap, &catalog, &first.state_file()).expect_success();
    let given = place.read("given-state");
    assert!(!given.contains("\"at\""), "{given}");
}

#[test]
fn a_full_refresh_that_was_cut_short_goes_on_within_its_generation() {
    let place = Place::new();
    let whole = tap(&place);
    let cut = place.tap(json!([stream("a"), stream("b")]), "cat lines; exit 1");
    let first = place.read_all(&cut, "full_refresh");
    assert_eq!(first.code, Some(1));
    let catalog = place.catalog(&whole, "full_refresh", |_| {});
    read_from(&place, &whole, &catalog, &first.state_file());
    assert!(place.read("given-state").contains(r#""a":{"at":"y"}"#), "{}", place.read("given-state"));
    let later = place.catalog(&whole, "full_refresh", |configured| configured["generation_id"] = json!(2));
    read_from(&place, &whole, &later, &first.state_file());
    assert!(!place.read("given-state").contains(r#""a":{"at":"y"}"#), "{}", place.read("given-state"));
}

#[test]
fn a_state_without_bookmarks_is_kept_as_one() {
    let place = Place::new();
    let value = r#"{"type":"STATE","value":{"start_date":"2026-01-01"}}"#;
    let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), &record("a", 1), value]);
    let first = place.read_all(&tap, "incremental");
    assert_eq!(first.states().last().unwrap()["global"]["stream_states"], json!([]));
    let catalog = place.catalog(&tap, "incremental", |_| {});
    read_from(&place, &tap, &catalog, &first.state_file()).expect_success();
    assert_eq!(place.given("given-state"), json!({"start_date": "2026-01-01"}));
    let catalog = place.catalog(&tap, "full_refresh", |_| {});
    let finished = place.read_all(&tap, "full_refresh");
    read_from(&place, &tap, &catalog, &finished.state_file()).expect_success();
    assert!(!place.path("given-state").exists());
}

#[test]
fn a_tap_that_gives_no_state_gets_none() {
    let place = Place::new();
    let tap = place.tap_of(json!([stream("a")]), &[&schema("a"), &record("a", 1)]);
    let first = place.read_all(&tap, "incremental");
    assert_eq!(first.states().len(), 1);
    assert_eq!(first.states()[0]["sourceStats"]["recordCount"], 1.0);
    let catalog = place.catalog(&tap, "incremental", |_| {});
    read_from(&place, &tap, &catalog, &first.state_file()).expect_success();
    assert!(!place.path("given-state").exists());
}

#[test]
fn a_state_of_the_time_before_types_is_the_taps_own() {
    let place = Place::new();
    let tap = tap(&place);
    let catalog = place.catalog(&tap, "incremental", |_| {});
    read_from(&place, &tap, &catalog, VALUE).expect_success();
    assert_eq!(place.read("given-state"), VALUE);
    read_from(&place, &tap, &catalog, "no state").expect_failure("state cannot be used");
}
