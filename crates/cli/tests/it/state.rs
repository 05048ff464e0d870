//! The state file: what it holds, when it is replaced, what is refused, and how an unfinished refresh goes on.

use crate::place::{Place, Ran};
use crate::script::{complete, configured, record, state, three_records};
use std::fs::File;
use std::io::Read;

/// A sync with `--state state.json`.
fn sync(place: &Place, source: &str, destination: &str, catalog: &str) -> Ran {
    place.sync(source, destination, &["--catalog", catalog, "--state", "state.json"])
}

#[test]
fn it_holds_the_array_that_connectors_accept() {
    let place = Place::new();
    let catalog = configured(&place, "incremental");
    sync(&place, &place.source(&three_records(), ""), "destination-null", &catalog).expect_success();
    let states: serde_json::Value = serde_json::from_str(&place.text("state.json")).unwrap();
    let expected = serde_json::json!([
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": "users"}, "stream_state": {"cursor": 3}}}
    ]);
    assert_eq!(states, expected);
}

#[test]
fn it_is_replaced_as_a_whole_and_what_was_open_stays() {
    let place = Place::new();
    let catalog = configured(&place, "incremental");
    let before = format!("[{}]", serde_json::from_str::<serde_json::Value>(&state(0)).unwrap()["state"]);
    place.file("kept.json", &before);
    std::os::unix::fs::symlink("kept.json", place.path("state.json")).unwrap();
    let mut open = File::open(place.path("kept.json")).unwrap();
    sync(&place, &place.source(&three_records(), ""), "destination-null", &catalog).expect_success();
    let mut seen = String::new();
    open.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, before, "a reader of the old file sees the old file");
    assert!(place.path("state.json").is_symlink());
    assert!(place.text("kept.json").contains(r#""cursor":3"#));
}

#[test]
fn it_is_handed_to_the_source_without_our_mark() {
    let place = Place::new();
    let catalog = configured(&place, "incremental");
    let given = r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},"stream_state":{"cursor":1e400}},"longshore":{"generation_id":4}}]"#;
    place.file("state.json", given);
    let source = place.source(&three_records(), "cp \"$7\" given.json");
    sync(&place, &source, "destination-null", &catalog).expect_success();
    let handed: &str = &place.text("given.json");
    assert!(handed.contains("1e400") && !handed.contains("longshore"), "{handed}");
}

#[test]
fn a_bare_object_is_handed_on_byte_for_byte() {
    let place = Place::new();
    let catalog = configured(&place, "incremental");
    let legacy = "{\"users\": {\"cursor\": 12345678901234567890.10}}";
    place.file("state.json", legacy);
    let source = place.source(&three_records(), "cp \"$7\" given.json");
    sync(&place, &source, "destination-null", &catalog).expect_success();
    assert_eq!(place.text("given.json"), legacy);
}

#[test]
fn what_is_no_state_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let catalog = configured(&place, "incremental");
    let source = place.source(&three_records(), "touch started");
    for text in ["nonsense", "[1]", r#"[{"type":"STREAM"}]"#, "[{}]"] {
        place.file("state.json", text);
        let ran = sync(&place, &source, "destination-null", &catalog);
        ran.expect("failed", "state.not_states");
        assert_eq!((ran.code, place.text("state.json").as_str()), (2, text), "{ran:?}");
    }
    assert!(!place.path("started").exists());
}

#[test]
fn a_place_that_cannot_be_written_fails_before_anything_moves() {
    let place = Place::new();
    let (source, catalog) = (place.source(&three_records(), "touch started"), configured(&place, "incremental"));
    for (path, code) in [("no/such/folder/state.json", "state.unwritable"), ("/dev/full", "state.unreadable")] {
        let ran = place.sync(&source, "destination-null", &["--catalog", &catalog, "--state", path]);
        ran.expect("failed", code);
        assert!(ran.stderr.contains(path), "{ran:?}");
    }
    assert!(!place.path("started").exists());
}

/// A destination that keeps its catalog and echoes states.
const KEEPS_CATALOG: &str = "cat \"$5\" >> catalogs; echo >> catalogs; grep --line-buffered '\"STATE\"'";

#[test]
fn an_interrupted_full_refresh_goes_on_in_its_generation_and_leaves_no_mark() {
    let place = Place::new();
    let catalog = configured(&place, "full_refresh");
    let destination = place.script("destination.sh", KEEPS_CATALOG);
    let stops = place.source(&[record(1), state(1)], "until grep -q cursor state.json; do :; done; exit 1");
    sync(&place, &stops, &destination, &catalog).expect("failed", "source.exited");
    assert!(place.text("state.json").contains("longshore"), "{}", place.text("state.json"));

    let goes_on = place.source(&[record(2), state(2), complete()], "cp \"$7\" given.json");
    sync(&place, &goes_on, &destination, &catalog).expect_success();
    assert!(place.text("given.json").contains(r#""cursor":1"#), "{}", place.text("given.json"));
    assert!(!place.text("state.json").contains("longshore"), "{}", place.text("state.json"));

    let starts_over = place.source(&three_records(), "echo \"$6\" > none");
    sync(&place, &starts_over, &destination, &catalog).expect_success();
    assert_eq!(place.text("none"), "\n", "the next refresh starts without a state");
    let generations = generations(&place);
    assert_eq!(generations[0], generations[1]);
    assert!(generations[1] < generations[2], "{generations:?}");
}

fn generations(place: &Place) -> Vec<i64> {
    let catalogs = place.text("catalogs");
    let parsed = catalogs.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    parsed.map(|catalog| catalog["streams"][0]["generation_id"].as_i64().unwrap()).collect()
}

#[test]
fn a_second_sync_with_the_state_of_the_first_moves_only_what_is_new() {
    let place = Place::new();
    let config =
        |count: u64| place.file("faker.json", format!(r#"{{"count":{count},"seed":3,"always_updated":false}}"#));
    let words = |config: &str| {
        let ran = place.sync(
            "source-faker",
            "destination-sqlite",
            &["--source-config", config, "--state", "state.json", "--streams", "users"],
        );
        ran.expect_success();
        ran.counts()
    };
    assert_eq!(words(&config(500)), (500, 500));
    assert_eq!(words(&config(500)), (0, 0));
    assert_eq!(words(&config(700)), (200, 200));
}
