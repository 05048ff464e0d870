//! `examples/http_source.rs` against a web server.

use crate::example::example;
use longshore_connector_kit::testing::{Api, Received, Reply, catalog};
use serde_json::json;

/// Two pages. The text of the records is not what a JSON library would write.
fn shop(request: &Received) -> Reply {
    match (request.header("authorization"), request.query("cursor")) {
        (Some("Bearer t0ken"), None) => {
            Reply::text(200, "{\"data\": [\n  {\"id\": 1, \"exact\": 12345678901234567890.10}\n], \"next\": \"c2\"}")
        }
        (Some("Bearer t0ken"), Some("c2")) => Reply::text(
            200,
            "{\"next\": null, \"data\": [{\"id\": 2,\n \"exact\": 1.50E7, \"updated_at\": \"2026-05-01\"}]}",
        ),
        _ => Reply::status(401),
    }
}

#[test]
fn it_reads_the_objects_of_the_pages_as_they_were_sent() {
    let api = Api::start(shop);
    let config = json!({"url": api.url(), "token": "t0ken"});
    let run = example("http_source").read(&config, &catalog("orders", "full_refresh"), None);
    run.assert_success();
    for data in [r#"{"id": 1, "exact": 12345678901234567890.10}"#, r#"{"id": 2,  "exact": 1.50E7, "updated_at""#] {
        assert!(run.stdout.contains(&format!(r#""stream":"orders","data":{data}"#)), "{}", run.stdout);
    }
    assert_eq!(api.requests()[1].query("limit"), Some("1000"));
}

#[test]
fn the_kit_wraps_a_read_in_statuses_and_states() {
    let api = Api::start(shop);
    let config = json!({"url": api.url(), "token": "t0ken"});
    let run = example("http_source").read(&config, &catalog("orders", "incremental"), None);
    assert_eq!(run.statuses("orders"), ["STARTED", "RUNNING", "COMPLETE"]);
    let counts: Vec<_> = run.states().iter().map(|state| state["sourceStats"]["recordCount"].clone()).collect();
    assert_eq!(counts, [1.0, 1.0]);
    assert_eq!(run.last_state("orders"), Some(json!({"cursor": "2026-05-01"})));
}

#[test]
fn it_checks_and_discovers() {
    let api = Api::start(shop);
    let config = json!({"url": api.url(), "token": "t0ken"});
    assert!(example("http_source").check(&config).connection_status().0);
    let stream = example("http_source").discover(&config).streams().remove(0);
    assert_eq!(stream["name"], "orders");
    assert_eq!(stream["source_defined_primary_key"], json!([["id"]]));
    assert_eq!(stream["supported_sync_modes"], json!(["full_refresh", "incremental"]));
}

#[test]
fn a_refused_token_is_a_config_error_that_does_not_show_it() {
    let api = Api::start(shop);
    let run = example("http_source").check(&json!({"url": api.url(), "token": "wr0ng"}));
    assert_eq!(run.errors()[0].0, "config_error");
    let (succeeded, message) = run.connection_status();
    assert!(!succeeded && message.contains("the token"), "{message}");
    assert!(!format!("{run:?}").contains("wr0ng"));
}
