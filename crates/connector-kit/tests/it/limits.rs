//! Limits and retries: what is waited for, how long, and when it is given up.

use crate::lab::{ids, item, page, read};
use longshore_connector_kit::testing::{Api, Reply};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn one() -> Reply {
    Reply::json(&json!([item(1)]))
}

/// Reads one record after some other replies; gives how long it took.
#[track_caller]
fn takes(client: &str, mut replies: Vec<Reply>) -> Duration {
    let requests = replies.len() + 1;
    replies.push(one());
    let api = Api::scripted(replies);
    let begin = Instant::now();
    let run = read(&api, json!({"client": client}));
    run.assert_success();
    assert_eq!(ids(&run), [1]);
    assert_eq!(api.requests().len(), requests);
    begin.elapsed()
}

/// A moment as an HTTP header writes it.
fn http_date(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let moment = jiff::Timestamp::from_second(seconds as i64).unwrap();
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap()
}

#[test]
fn what_may_pass_is_tried_again() {
    for reply in [Reply::status(500), Reply::status(503), Reply::status(429), Reply::status(408), one().broken()] {
        assert!(takes("", vec![reply.clone(), reply]) < Duration::from_secs(5));
    }
}

#[test]
fn retry_after_is_kept_to_in_seconds_and_as_a_date() {
    let in_seconds = Reply::status(429).header("Retry-After", "1");
    assert!(takes("", vec![in_seconds]) >= Duration::from_secs(1));
    // The date has no fractions, so it is between one and two seconds away.
    let date = http_date(SystemTime::now() + Duration::from_secs(2));
    assert!(takes("", vec![Reply::status(503).header("Retry-After", &date)]) >= Duration::from_millis(900));
}

#[test]
fn a_used_up_limit_is_waited_for_before_the_next_request() {
    let used_up = |reply: Reply| reply.header("X-Remaining", "0").header("X-Reset", "400");
    assert!(takes("told", vec![used_up(Reply::status(403))]) >= Duration::from_millis(400));
    let api = Api::start(move |request| match request.query("page") {
        Some("1") => used_up(page(request, 4)),
        _ => page(request, 4).header("X-Remaining", "7"),
    });
    let begin = Instant::now();
    read(&api, json!({"client": "told", "stream": "number"})).assert_success();
    assert!(begin.elapsed() >= Duration::from_millis(400));
}

#[test]
fn requests_of_all_threads_keep_to_the_rate() {
    let api = Api::start(|request| page(request, 12));
    let begin = Instant::now();
    let run = read(&api, json!({"client": "slow", "stream": "threads"}));
    assert_eq!(ids(&run).len(), 12);
    // Twenty in a second, the first one at once.
    assert!(begin.elapsed() >= Duration::from_millis(50 * 4), "{:?}", begin.elapsed());
}

#[test]
fn patience_ends() {
    for (client, reply, word) in [
        ("impatient", Reply::status(503), "tried"),
        ("impatient", Reply::status(429), "no more requests"),
        ("impatient", Reply::status(429).header("Retry-After", "3600"), "3600 s"),
        ("impatient", one().broken(), "try again"),
        ("short", Reply::never(), "in time"),
    ] {
        let api = Api::scripted(vec![reply]);
        let run = read(&api, json!({"client": client}));
        run.assert_failed("transient_error", word);
        assert_eq!(run.statuses("items"), ["STARTED", "INCOMPLETE"]);
    }
}

#[test]
fn a_failure_behind_some_pages_keeps_them() {
    let api = Api::start(|request| match request.query("page") {
        Some("3") => Reply::status(400),
        _ => page(request, 9),
    });
    for stream in ["number", "threads"] {
        let run = read(&api, json!({"stream": stream}));
        run.assert_failed("config_error", "400");
        assert_eq!(ids(&run), [0, 1, 2, 3, 4, 5]);
        assert_eq!(run.last_state("items"), Some(json!({"refresh": {"slice": "", "next": 3}})));
    }
}
