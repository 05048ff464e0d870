//! `connector dev`: rounds, what changes between them, and how they end.

use crate::place::Place;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

/// A source in a shell: what `read` does comes from `read.sh`, the catalog from `catalog.json`.
const SOURCE: &str = r#"#!/bin/sh
dir=$(dirname "$0")
case $1 in
spec) echo '{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{"token":{"type":"string"}}}}}' ;;
check) echo 'to people' >&2; echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}' ;;
discover) printf '{"type":"CATALOG","catalog":%s}\n' "$(cat "$dir/catalog.json")" ;;
read) . "$dir/read.sh" ;;
esac
"#;

const METADATA: &str = "metadataSpecVersion: \"1.0\"\ndata:\n  name: X\n  definitionId: \
                        0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  connectorType: source\n  dockerRepository: \
                        team/source-x\n  dockerImageTag: 1.2.3\n";

const READ: &str = r#"i=0; while [ $i -lt 1000 ]; do i=$((i+1)); printf '{"type":"RECORD","record":{"stream":"users","data":{"id":%s},"emitted_at":1}}\n' $i; done"#;

fn catalog(kind: &str) -> String {
    let stream = json!({"name": "users", "json_schema": {"properties": {"id": {"type": kind}}}, "supported_sync_modes": ["full_refresh"]});
    json!({"streams": [stream]}).to_string()
}

/// A project in a folder of its own.
fn project() -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("project")).unwrap();
    for (name, text) in [
        ("metadata.yaml", METADATA),
        ("longshore.yaml", "run: [sh, source.sh]\n"),
        ("source.sh", SOURCE),
        ("catalog.json", &catalog("integer")),
        ("read.sh", READ),
        ("sample_config.json", r#"{"token":"s3cr3t-token"}"#),
    ] {
        place.file(&format!("project/{name}"), text);
    }
    place
}

/// A loop that runs, and what it tells.
struct Loop {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Loop {
    fn start(place: &Place, more: &[&str]) -> Self {
        let words = [&["connector", "dev", "project", "--json"], more].concat();
        let mut child = place.longshore(words).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// All happenings up to the next of a kind.
    fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let line = self.lines.next().unwrap_or_else(|| panic!("it ends before {kind}: {seen:#?}")).unwrap();
            let happening: Value = serde_json::from_str(&line).unwrap();
            let is_last = happening["happening"] == kind;
            seen.push(happening);
            if is_last {
                return seen;
            }
        }
    }

    fn interrupt(&mut self) -> i32 {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first happening of a kind.
#[track_caller]
fn one<'a>(seen: &'a [Value], kind: &str) -> &'a Value {
    seen.iter().find(|it| it["happening"] == kind).unwrap_or_else(|| panic!("no {kind}: {seen:#?}"))
}

fn place_of(seen: &[Value], kind: &str) -> usize {
    seen.iter().position(|it| it["happening"] == kind).unwrap_or_else(|| panic!("no {kind}: {seen:#?}"))
}

#[test]
fn one_round_shows_spec_check_catalog_and_the_first_records() {
    let place = project();
    let ran = place.run(["connector", "dev", "project", "--once", "--limit", "3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for expected in [
        "spec      1 property",
        "check     succeeded",
        "check info: to people",
        "  users   full_refresh",
        "  users: 3 records\n    ID\n    1\n    2\n    3\n",
        "all is well",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
}

#[test]
fn a_round_that_fails_says_so_by_its_code_and_shows_no_secret() {
    let place = project();
    place.file("project/read.sh", "cat \"$3\" >&2; exit 7");
    let ran = place.run(["connector", "dev", "project", "--once"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[connector.exited]: read: `read` ended with code 7"), "{ran:?}");
    assert!(!ran.stdout.contains("s3cr3t-token") && ran.stdout.contains("**********"), "{ran:?}");
    let ran = place.run(["connector", "dev", "project", "--once", "--streams", "orders"]);
    assert!(ran.stdout.contains("error[catalog.no_such_stream]"), "{ran:?}");
}

#[test]
fn after_a_change_records_come_first_and_what_changed_is_told() {
    let place = project();
    let mut running = Loop::start(&place, &[]);
    let first = running.until("ended");
    assert_eq!(one(&first, "round")["changed"], json!([]));
    assert!(place_of(&first, "catalog") < place_of(&first, "first_record"));
    place.file("project/source.sh", SOURCE.replace(r#"{"token":{"#, r#"{"pin":{"type":"integer"},"token":{"#));
    let second = running.until("ended");
    assert_eq!(one(&second, "round")["changed"], json!(["source.sh"]));
    assert!(place_of(&second, "first_record") < place_of(&second, "spec"), "{second:#?}");
    assert_eq!(one(&second, "spec")["changes"], json!([{"added": "property pin (integer)"}]));
    assert_eq!(one(&second, "catalog")["changes"], json!([]));
    assert_eq!(running.interrupt(), 130);
}

#[test]
fn another_catalog_is_read_anew() {
    let place = project();
    let mut running = Loop::start(&place, &["--limit", "2"]);
    running.until("ended");
    place.file("project/catalog.json", catalog("string"));
    let seen = running.until("ended");
    let changes = json!([{"changed": {"what": "field users id", "from": "integer", "to": "string"}}]);
    assert_eq!(one(&seen, "catalog")["changes"], changes);
    let last = seen.iter().rposition(|it| it["happening"] == "read").unwrap();
    assert!(place_of(&seen, "catalog") < last, "{seen:#?}");
    assert_eq!(
        (&seen[last]["streams"][0]["count"], seen[last]["streams"][0]["records"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    running.interrupt();
}

#[test]
fn a_change_ends_the_round_that_hangs_and_ctrl_c_leaves_no_process() {
    let place = project();
    let fifo = place.path("held");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    // The FIFO is open for writing as long as the connector, or what it started, is there.
    let hangs = format!("exec 3>'{}'; echo holding >&2; sleep 1000 & wait", fifo.display());
    place.file("project/read.sh", &hangs);
    let held = || {
        let fifo = fifo.clone();
        std::thread::spawn(move || std::fs::read(fifo).unwrap())
    };
    let ended = held();
    let mut running = Loop::start(&place, &[]);
    let holding = |seen: &[Value]| seen.last().is_some_and(|it| it["message"] == "holding");
    while !holding(&running.until("log")) {}
    place.file("project/read.sh", READ);
    let seen = running.until("ended");
    assert_eq!(one(&seen, "round")["number"], 2);
    assert_eq!(ended.join().unwrap(), b"", "all that the first round started has ended");
    let ended = held();
    place.file("project/read.sh", &hangs);
    while !holding(&running.until("log")) {}
    assert_eq!(running.interrupt(), 130);
    assert_eq!(ended.join().unwrap(), b"", "all that the last round started has ended");
}

#[test]
fn a_flood_neither_holds_up_nor_bloats_the_loop() {
    let place = project();
    place.file("project/read.sh", "head -c 1000000000 /dev/zero | tr '\\0' x >&2");
    let ran = place.run(["connector", "dev", "project", "--once", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("connector.stderr_flood") && ran.stdout.len() < 1_000_000, "{}", ran.stdout.len());
}

#[test]
fn a_destination_is_given_the_built_in_messages() {
    let place = project();
    place.file("project/metadata.yaml", METADATA.replace("connectorType: source", "connectorType: destination"));
    let echoes = SOURCE.replace("read) . \"$dir/read.sh\" ;;", "write) grep '\"STATE\"' ;;");
    place.file("project/source.sh", &echoes);
    let ran = place.run(["connector", "dev", "project", "--once"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("longshore_people"), "{ran:?}");
    place.file("project/source.sh", echoes.replace("grep '\"STATE\"'", "cat > /dev/null"));
    let ran = place.run(["connector", "dev", "project", "--once"]);
    assert!(ran.code == 1 && ran.stdout.contains("error[destination.not_acknowledged]"), "{ran:?}");
}

#[test]
fn what_does_not_compile_is_shown_as_the_compiler_says_it() {
    let place = project();
    place.file(
        "project/longshore.yaml",
        "compile: [sh, -c, 'echo \"main.x:3: no such thing\" >&2; exit 1']\nrun: [sh, source.sh]\n",
    );
    let ran = place.run(["connector", "dev", "project", "--once"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("error[connector.build_failed]") && ran.stdout.contains("main.x:3: no such thing"),
        "{ran:?}"
    );
    let ran = place.run(["connector", "dev", "no-such-folder", "--once"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
