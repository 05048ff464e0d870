//! The end of a wrapper is the end of all that its program started.

use crate::place::{Place, record, schema, stream};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program that starts another one, which holds a FIFO open until it ends, and says so.
const HOLDS: &str = "sh -c 'exec 3> fifo; echo held >&3; exec sleep 10000' &\n";

fn fifo(place: &Place) -> std::path::PathBuf {
    assert!(Command::new("mkfifo").arg(place.path("fifo")).status().unwrap().success());
    place.path("fifo")
}

/// Opens when the program's program has opened it.
fn wait_until_held(fifo: &Path) -> File {
    let mut file = File::open(fifo).unwrap();
    let mut word = [0; 5];
    file.read_exact(&mut word).unwrap();
    assert_eq!(word, *b"held\n");
    file
}

/// Ends when nobody holds it any more.
fn wait_for_the_end_of_all(mut fifo: File) {
    assert_eq!(fifo.read_to_end(&mut Vec::new()).unwrap(), 0);
}

fn signal(wrapper: &Child, signal: Signal) {
    kill_process(Pid::from_child(wrapper), signal).unwrap();
}

fn wait_for_line(wrapper: &mut Child, words: &str) {
    let lines = BufReader::new(wrapper.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    assert!(lines.any(|line| line.contains(words)), "no line with {words}");
    std::thread::spawn(move || lines.for_each(drop));
}

#[test]
fn sigterm_ends_a_tap_and_what_it_started() {
    let place = Place::new();
    let fifo = fifo(&place);
    place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
    let tap = place.tap(json!([stream("a")]), &format!("{HOLDS}cat lines; wait"));
    let catalog = place.catalog(&tap, "full_refresh", |_| {});
    let words = [&tap, "read", "--config", "config.json", "--catalog", &catalog];
    let mut wrapper = place.command(&words).spawn().unwrap();
    let held = wait_until_held(&fifo);
    wait_for_line(&mut wrapper, "RECORD");
    signal(&wrapper, Signal::TERM);
    assert_eq!(wrapper.wait().unwrap().code(), Some(143));
    wait_for_the_end_of_all(held);
}

#[test]
fn sigterm_ends_a_target_and_what_it_started() {
    let place = Place::new();
    let fifo = fifo(&place);
    let target = place.program(
        "target-scripted",
        &format!("#!/bin/sh\ncase $* in *--about*) exit 2 ;; esac\ncd \"$(dirname \"$0\")\"\n{HOLDS}echo ready >&2; cat > /dev/null; wait\n"),
    );
    let catalog = json!({"streams": [{"stream": {"name": "a", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": "full_refresh", "destination_sync_mode": "append"}]});
    let catalog = place.file("configured.json", catalog.to_string());
    let mut command = place.command(&[&target, "write", "--config", "config.json", "--catalog", &catalog]);
    let mut wrapper = command.stdin(Stdio::piped()).spawn().unwrap();
    let held = wait_until_held(&fifo);
    wait_for_line(&mut wrapper, "ready");
    signal(&wrapper, Signal::TERM);
    assert_eq!(wrapper.wait().unwrap().code(), Some(143));
    wait_for_the_end_of_all(held);
}

/// Leaves the group, so that only the end of the pipe can say that the tap has ended.
const ESCAPES: &str = "setsid sh -c 'exec 3> fifo; echo held >&3; exec sleep 10000' &\n";

#[test]
fn a_tap_that_ended_is_not_waited_for_when_its_own_program_holds_stdout_open() {
    for holds in [HOLDS, ESCAPES] {
        let place = Place::new();
        let fifo = fifo(&place);
        place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
        let tap = place.tap(json!([stream("a")]), &format!("{holds}cat lines; exit 0"));
        let catalog = place.catalog(&tap, "full_refresh", |_| {});
        let opener = std::thread::spawn(move || wait_until_held(&fifo));
        let ran = place.run(&[&tap, "read", "--config", "config.json", "--catalog", &catalog]);
        assert_eq!((ran.expect_success().records("a").len(), ran.statuses()["a"]), (1, "COMPLETE"));
        ran.expect_log("WARN", "holds its stdout open");
        let held = opener.join().unwrap();
        if holds == HOLDS {
            wait_for_the_end_of_all(held);
        }
    }
}

#[test]
fn what_a_filter_behind_a_tap_passes_on_after_its_end_is_read() {
    let place = Place::new();
    place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
    // The filter cannot begin before the tap has ended.
    let filter = "tap=$$; (while kill -0 $tap 2> /dev/null && ! grep -q '^State:.Z' /proc/$tap/status; do :; done; cat lines) &\n";
    let tap = place.tap(json!([stream("a")]), &format!("{filter}exit 0"));
    assert_eq!(place.read_all(&tap, "full_refresh").expect_success().records("a").len(), 1);
}

#[test]
fn a_wrapper_whose_reader_is_gone_ends_its_tap() {
    let place = Place::new();
    place.file("lines", format!("{}\n{}\n", schema("a"), record("a", 1)));
    let tap = place.tap(json!([stream("a")]), "while cat lines; do :; done");
    let catalog = place.catalog(&tap, "full_refresh", |_| {});
    let mut wrapper = place.command(&[&tap, "read", "--config", "config.json", "--catalog", &catalog]).spawn().unwrap();
    drop(wrapper.stdout.take());
    assert_eq!(wrapper.wait().unwrap().code(), Some(1));
}
