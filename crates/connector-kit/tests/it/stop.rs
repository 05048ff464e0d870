//! SIGTERM ends a source within a second, whatever it is waiting for.

use crate::example::example;
use longshore_connector_kit::testing::{Api, Reply, catalog};
use serde_json::json;
use std::time::{Duration, Instant};

/// Stops a source that has sent so many requests; gives its run.
#[track_caller]
fn stopped_after(
    requests: usize,
    answer: impl Fn() -> Reply + Send + Sync + 'static,
) -> longshore_connector_kit::testing::Run {
    let api = Api::start(move |_| answer());
    let config = json!({"url": api.url(), "token": "t"});
    let running = example("http_source").start_read(&config, &catalog("orders", "full_refresh"), None);
    api.wait_for(requests);
    let begin = Instant::now();
    running.terminate();
    let run = running.wait();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(run.exit_code, Some(143));
    assert!(run.errors().is_empty());
    run
}

#[test]
fn a_source_that_waits_as_long_as_the_server_asks_is_stopped() {
    stopped_after(1, || Reply::status(429).header("Retry-After", "300"));
}

#[test]
fn a_source_whose_server_does_not_answer_is_stopped() {
    stopped_after(1, Reply::never);
}

#[test]
fn a_source_that_tries_again_is_stopped() {
    stopped_after(2, || Reply::status(500));
}
