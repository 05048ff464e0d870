//! Ctrl-C and `kill`: the sync ends, what was acknowledged is kept, and nobody is left running.

use crate::place::{Place, Ran};
use crate::running::{Running, has_ended};
use crate::script::{catalog, complete, record, state};
use rustix::process::Signal;

/// Prints a record and its state, and then waits for a line that never comes.
const WAITS: &str = "echo $$ > source.pid; mkfifo never; read line < never";

/// Starts a sync of such a source, waits for its checkpoint, and sends a signal.
fn interrupted(place: &Place, before: &str, signal: Signal) -> Ran {
    let source = place.source(&[record(1), state(1)], WAITS);
    std::fs::write(place.path("source.sh"), format!("{before}\n{}", place.text("source.sh"))).unwrap();
    let words = ["--catalog", &catalog(place), "--state", "state.json"];
    let mut running = Running::start(&mut place.sync_command(&source, &place.destination("once"), &words));
    running.wait_for_text(&place.path("state.json"), r#""cursor":1"#);
    running.wait_until("the source waits", || place.path("never").exists());
    running.signal(signal);
    running.finish()
}

fn goes_on_from_the_checkpoint(place: &Place) {
    let then = format!("printf '%s\\n' '{}' '{}' '{}'; cp \"$7\" given.json", record(2), state(2), complete());
    let source = place.script("second.sh", &then);
    let words = ["--catalog", &catalog(place), "--state", "state.json"];
    place.sync(&source, &place.destination("once"), &words).expect_success();
    assert!(place.text("given.json").contains(r#""cursor":1"#), "{}", place.text("given.json"));
}

#[test]
fn ctrl_c_keeps_the_checkpoints_and_ends_with_130() {
    let place = Place::new();
    let ran = interrupted(&place, "", Signal::INT);
    ran.expect("cancelled", "sync.cancelled");
    assert_eq!((ran.code, ran.counts()), (130, (1, 1)), "{ran:?}");
    assert!(has_ended(&place.text("source.pid")));
    goes_on_from_the_checkpoint(&place);
}

#[test]
fn sigterm_keeps_the_checkpoints_and_ends_with_143() {
    let place = Place::new();
    let ran = interrupted(&place, "", Signal::TERM);
    ran.expect("cancelled", "sync.cancelled");
    assert_eq!((ran.code, ran.counts()), (143, (1, 1)), "{ran:?}");
    assert!(has_ended(&place.text("source.pid")));
    goes_on_from_the_checkpoint(&place);
}

#[test]
fn a_source_that_ignores_sigterm_is_ended_with_all_that_it_started() {
    let place = Place::new();
    // The child that it starts ignores the signal as well.
    let before = "trap '' TERM INT; mkfifo other; (read line < other) & echo $! > child.pid";
    let ran = interrupted(&place, before, Signal::INT);
    ran.expect("cancelled", "sync.cancelled");
    assert_eq!((ran.code, ran.counts()), (130, (1, 1)), "{ran:?}");
    assert!(has_ended(&place.text("source.pid")) && has_ended(&place.text("child.pid")));
    goes_on_from_the_checkpoint(&place);
}

#[test]
fn a_discovery_that_hangs_can_be_cancelled() {
    let place = Place::new();
    let source = place.script("source.sh", "echo $$ > source.pid; mkfifo never; read line < never");
    let mut running = Running::start(&mut place.sync_command(&source, "destination-null", &[]));
    running.wait_until("the source waits", || place.path("never").exists());
    running.signal(Signal::INT);
    let ran = running.finish();
    ran.expect("cancelled", "sync.cancelled");
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(has_ended(&place.text("source.pid")));
}
