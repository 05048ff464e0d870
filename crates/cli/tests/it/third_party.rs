//! A source that nobody here wrote: `airbyte-source-faker` of PyPI, as a process and as an image. All of its records
//! arrive, as an independent count of its own output says, also when the sync is interrupted.

use crate::place::{Place, Ran};
use crate::running::Running;
use crate::tables::number;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The version that the image of these tests holds, too (images/source-faker/requirements.txt).
const FAKER: &str = "pypi:airbyte-source-faker==7.2.1";
/// With `always_updated` off this connector would take any state of a stream for its end, also one from its middle.
const CONFIG: &str = r#"{"count":20000,"seed":1,"parallelism":1,"records_per_slice":1000,"always_updated":true}"#;
const STREAMS: [&str; 3] = ["products", "purchases", "users"];

/// A variable that `cargo xtask test` sets.
fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run these tests by `cargo xtask test`"))
}

/// Where Longshore keeps environments on this machine, so that one install serves many runs.
fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

/// A command with what pip and the Docker client of this machine need.
fn prepared(mut command: Command) -> Command {
    let wanted = |name: &str| name.starts_with("PIP_") || ["HOME", "DOCKER_HOST"].contains(&name);
    command.envs(std::env::vars().filter(|(name, _)| wanted(name))).env("XDG_CACHE_HOME", cache());
    command
}

fn sync_command(place: &Place, source: &str) -> Command {
    let config = place.file("faker.json", CONFIG);
    let words = ["--source-config", &config, "--state", "state.json"];
    prepared(place.sync_command(source, "destination-sqlite", &words))
}

fn sync(place: &Place, source: &str) -> Ran {
    Ran::of(&mut sync_command(place, source))
}

/// Records of each stream in the connector's own output, read without Longshore from the environment that it made.
fn independent_counts(place: &Place) -> BTreeMap<String, i64> {
    let spec = prepared(place.longshore(["connector", "spec", FAKER])).output().unwrap();
    assert!(spec.status.success(), "{}", String::from_utf8_lossy(&spec.stderr));
    let program = program_in(&cache().join("longshore/pypi"));
    let ask = |words: &[&str]| Command::new(&program).args(words).output().unwrap().stdout;
    let config = place.file("faker.json", CONFIG);
    let catalog = configured(&messages(&ask(&["discover", "--config", &config])));
    let catalog = place.file("catalog.json", catalog.to_string());
    let mut counts = BTreeMap::new();
    for message in messages(&ask(&["read", "--config", &config, "--catalog", &catalog])) {
        if let Some(stream) = message["record"]["stream"].as_str() {
            *counts.entry(stream.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn program_in(environments: &std::path::Path) -> PathBuf {
    let mut folders = std::fs::read_dir(environments).unwrap().map(|entry| entry.unwrap().path());
    let ours = |folder: &PathBuf| folder.is_dir() && folder.to_string_lossy().contains("airbyte-source-faker-7.2.1-py");
    folders.find(ours).unwrap().join("bin/source-faker")
}

fn messages(output: &[u8]) -> Vec<serde_json::Value> {
    String::from_utf8_lossy(output).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn configured(messages: &[serde_json::Value]) -> serde_json::Value {
    let catalog = messages.iter().find(|message| message["type"] == "CATALOG").unwrap();
    let all = catalog["catalog"]["streams"].as_array().unwrap().iter().map(
        |stream| serde_json::json!({"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}),
    );
    serde_json::json!({ "streams": all.collect::<Vec<_>>() })
}

fn rows(place: &Place, what: &str) -> BTreeMap<String, i64> {
    let file = place.path("longshore.sqlite");
    let count = |stream: &str| (stream.to_owned(), number(&file, &format!("SELECT count({what}) FROM {stream}")));
    STREAMS.into_iter().map(count).collect()
}

/// Starts a sync, waits until a part of the users is acknowledged, and sends a signal.
fn interrupted(place: &Place, source: &str, signal: Signal) -> Ran {
    let mut running = Running::start(&mut sync_command(place, source));
    running.wait_for_text(&place.path("state.json"), "\"users\"");
    running.signal(signal);
    running.finish()
}

#[test]
fn all_records_of_a_connector_from_pypi_arrive() {
    let place = Place::new();
    let expected = independent_counts(&place);
    assert_eq!((expected["users"], expected["products"]), (20_000, 100));
    let ran = sync(&place, FAKER);
    ran.expect_success();
    assert_eq!(rows(&place, "*"), expected);
    assert_eq!(rows(&place, "DISTINCT id"), expected);
    let result = ran.result();
    let emitted = |stream: &serde_json::Value| {
        assert_eq!(stream["records_emitted"], stream["records_committed"]);
        (stream["name"].as_str().unwrap().to_owned(), stream["records_committed"].as_i64().unwrap())
    };
    assert_eq!(result["streams"].as_array().unwrap().iter().map(emitted).collect::<BTreeMap<_, _>>(), expected);
}

#[test]
fn a_connector_from_pypi_goes_on_after_kill_9() {
    let place = Place::new();
    interrupted(&place, FAKER, Signal::KILL);
    let ran = sync(&place, FAKER);
    ran.expect_success();
    assert_eq!(rows(&place, "DISTINCT id"), rows(&place, "*"));
    assert_eq!(rows(&place, "*").into_values().collect::<Vec<_>>(), [100, 20_000, 20_000]);
}

#[test]
fn the_same_connector_as_an_image_goes_on_after_ctrl_c_and_no_container_is_left() {
    let (image, engine) = (format!("docker:{}", given("LONGSHORE_TEST_FAKER_IMAGE")), given("DOCKER_HOST"));
    let place = Place::new();
    let ran = interrupted(&place, &image, Signal::INT);
    ran.expect("cancelled", "sync.cancelled");
    assert_eq!(ran.code, 130, "{ran:?}");
    sync(&place, &image).expect_success();
    assert_eq!(rows(&place, "DISTINCT id").into_values().collect::<Vec<_>>(), [100, 20_000, 20_000]);

    let of_this_image = format!("ancestor={}", given("LONGSHORE_TEST_FAKER_IMAGE"));
    let words = ["ps", "--all", "--quiet", "--filter", "label=io.longshore.owner", "--filter", &of_this_image];
    let left = Command::new("docker").args(words).env("DOCKER_HOST", engine).output().unwrap();
    assert!(left.status.success() && left.stdout.is_empty(), "{left:?}");
}
