//! Connectors that misbehave: nothing is lost in silence, and the result says what is missing and who did it.

use crate::place::{Place, Ran};
use crate::script::{catalog, complete, record, record_of, state, status, three_records};

/// A sync of a scripted source into `connectors/destination.py`.
fn sync(lines: &[impl AsRef<[u8]>], then: &str, how: &str) -> Ran {
    let place = Place::new();
    sync_in(&place, lines, then, how, &[])
}

fn sync_in(place: &Place, lines: &[impl AsRef<[u8]>], then: &str, how: &str, more: &[&str]) -> Ran {
    let (source, catalog) = (place.source(lines, then), catalog(place));
    place.sync(&source, &place.destination(how), &[&["--catalog", &catalog, "--state", "state.json"], more].concat())
}

#[test]
fn noise_among_the_messages_does_no_harm_and_is_counted() {
    let noise = ["starting up", "", "{\"not\":\"a message\"}", "\t[1,2]"].map(str::to_owned);
    let ran = sync(&[&noise[..], &three_records()].concat(), "", "once");
    ran.expect_success();
    assert_eq!((ran.counts(), ran.dropped("not_a_message")), ((3, 3), 3), "{ran:?}");
    assert!(ran.stderr.contains("starting up"), "{ran:?}");
}

#[test]
fn half_a_line_at_the_end_is_no_success() {
    let half = &record(4)[..60];
    let ran = sync(&three_records(), &format!("printf %s '{half}'"), "once");
    ran.expect("incomplete", "sync.records_dropped");
    assert_eq!((ran.code, ran.counts(), ran.dropped("unparsable")), (1, (3, 3), 1), "{ran:?}");
}

#[test]
fn a_record_that_is_not_utf_8_is_no_success() {
    let broken = record(4).replace(":4}", ":\"\u{1}\"}").into_bytes();
    let broken: Vec<u8> = broken.into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let lines: Vec<Vec<u8>> = [vec![broken], three_records().into_iter().map(String::into_bytes).collect()].concat();
    let ran = sync(&lines, "", "once");
    ran.expect("incomplete", "sync.records_dropped");
    assert_eq!((ran.counts(), ran.dropped("invalid_utf8")), ((3, 3), 1), "{ran:?}");
}

#[test]
fn a_record_of_a_stream_that_nobody_asked_for_is_no_success() {
    let ran = sync(&[vec![record_of("others", 1)], three_records()].concat(), "", "once");
    ran.expect("incomplete", "sync.records_dropped");
    assert_eq!((ran.counts(), ran.dropped("undeclared_stream")), ((3, 3), 1), "{ran:?}");
}

#[test]
fn a_destination_that_never_echoes_has_proved_nothing() {
    let place = Place::new();
    let ran = sync_in(&place, &three_records(), "", "never", &[]);
    ran.expect("incomplete", "destination.not_acknowledged");
    assert_eq!((ran.code, ran.counts()), (1, (3, 0)), "{ran:?}");
    assert!(!place.text("state.json").contains("cursor"), "no echo, no state");
}

#[test]
fn echoes_that_come_twice_or_in_another_order_count_once() {
    for how in ["twice", "reversed"] {
        let place = Place::new();
        let ran = sync_in(&place, &three_records(), "", how, &[]);
        ran.expect_success();
        assert_eq!(ran.counts(), (3, 3), "{how}: {ran:?}");
        assert!(place.text("state.json").contains(r#""cursor":3"#), "{how}: {}", place.text("state.json"));
    }
}

/// Waits, as a source that has more to say, until the state file holds the first state.
const STAYS_UNTIL_STORED: &str = "until grep -q cursor state.json; do :; done; mkfifo never; read line < never";

#[test]
fn a_destination_that_dies_before_the_echo_has_acknowledged_what_it_echoed() {
    let place = Place::new();
    let ran = sync_in(&place, &three_records(), STAYS_UNTIL_STORED, "dies-before", &[]);
    ran.expect("failed", "connector.killed");
    assert_eq!(ran.result()["failure"]["origin"], "destination");
    assert_eq!((ran.code, ran.counts().1), (1, 1), "{ran:?}");
    assert!(place.text("state.json").contains(r#""cursor":1"#));
}

#[test]
fn a_destination_that_dies_after_the_echo_has_acknowledged_that_too() {
    let place = Place::new();
    let ran = sync_in(&place, &three_records(), STAYS_UNTIL_STORED, "dies-after", &[]);
    ran.expect("failed", "connector.killed");
    assert_eq!((ran.result()["failure"]["origin"].as_str(), ran.counts().1), (Some("destination"), 2), "{ran:?}");
    assert!(place.text("state.json").contains(r#""cursor":2"#));
}

#[test]
fn a_source_that_ends_well_without_completing_its_stream_is_no_success() {
    let ran = sync(&[&[status("RUNNING")], &three_records()[..6]].concat(), "", "once");
    ran.expect("incomplete", "source.stream_incomplete");
    assert_eq!((ran.code, ran.counts()), (1, (3, 3)), "{ran:?}");
    assert!(ran.stderr.contains("users"), "it names the stream: {ran:?}");
}

#[test]
fn a_source_that_exits_with_1_after_all_its_data_has_failed() {
    let place = Place::new();
    let ran = sync_in(&place, &three_records(), "echo 'cannot close the session' >&2; exit 1", "once", &[]);
    ran.expect("failed", "source.exited");
    assert_eq!((ran.code, ran.counts()), (1, (3, 3)), "{ran:?}");
    assert!(ran.stderr.contains("cannot close the session"), "{ran:?}");
    assert!(place.text("state.json").contains(r#""cursor":3"#), "what was acknowledged is kept");
}

#[test]
fn a_source_says_itself_why_it_failed() {
    let error = r#"{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"the password is wrong","failure_type":"config_error"}}}"#;
    let ran = sync(&[record(1), state(1), error.to_owned()], "exit 1", "once");
    ran.expect("failed", "source.failed");
    let failure = ran.result()["failure"].clone();
    assert_eq!(failure["message"], "the password is wrong");
    assert_eq!((failure["kind"].as_str(), ran.code), (Some("config_error"), 2), "{ran:?}");
}

#[test]
fn a_source_that_falls_silent_is_ended() {
    let place = Place::new();
    let then = "echo $$ > source.pid; mkfifo never; read line < never";
    let ran = sync_in(&place, &[record(1), state(1)], then, "once", &["--silence-timeout", "1"]);
    ran.expect("failed", "source.heartbeat_timeout");
    assert_eq!((ran.code, ran.counts()), (1, (1, 1)), "{ran:?}");
    assert!(crate::running::has_ended(&place.text("source.pid")));
}

#[test]
fn records_after_the_last_state_are_acknowledged_by_a_repeated_state() {
    let ran = sync(&[record(1), state(1), record(2), complete()], "", "once");
    ran.expect_success();
    assert_eq!(ran.counts(), (2, 2), "{ran:?}");
}

#[test]
fn a_state_before_any_record_and_one_from_before_states_had_types_are_stored() {
    let place = Place::new();
    let ran = sync_in(&place, &[state(0), record(1), state(1), complete()], "", "once", &[]);
    ran.expect_success();
    assert!(place.text("state.json").contains(r#""cursor":1"#));

    let place = Place::new();
    let legacy = r#"{"type":"STATE","state":{"data":{"users":{"cursor":5}}}}"#.to_owned();
    sync_in(&place, &[record(1), legacy, complete()], "", "once", &[]).expect_success();
    assert!(place.text("state.json").contains(r#""cursor":5"#), "{}", place.text("state.json"));
}
