//! The source against a server that answers as the API does.

use crate::source::Connector;
use longshore_connector_kit::testing::{Api, InProcess, Received, Reply, Run, catalog};
use serde_json::{Value, json};

const STREAM: &str = "<%= stream %>";

/// Five records, two on a page, for those who sign in.
fn api() -> Api {
    Api::start(|request| match request.path.as_str() {
<% if auth == "oauth2" %>
        "/oauth/token" => Reply::json(&json!({"access_token": "t0ken", "expires_in": 60})),
<% endif %>
        _ if !is_signed_in(request) => Reply::status(401),
        "/<%= stream %>" => page(request),
        _ => Reply::status(404),
    })
}

<% if auth == "none" %>
fn is_signed_in(_: &Received) -> bool {
    true
}
<% elif auth == "api_key" %>
fn is_signed_in(request: &Received) -> bool {
    request.header("x-api-key") == Some("s3cret")
}
<% elif auth == "basic" %>
fn is_signed_in(request: &Received) -> bool {
    request.header("authorization") == Some("Basic dXNlcjpzM2NyZXQ=")
}
<% else %>
fn is_signed_in(request: &Received) -> bool {
    request.header("authorization") == Some("Bearer t0ken")
}
<% endif %>

// TODO: answer as your API does
fn page(request: &Received) -> Reply {
    let since = request.query("updated_since").unwrap_or_default();
    let is_asked = |item: &Value| item["updated_at"].as_str() >= Some(since);
    let items: Vec<Value> = (1..=5).map(item).filter(is_asked).collect();
<% if paging == "page" %>
    let from = 2 * (request.number("page", 1) - 1);
    let page: Vec<&Value> = items.iter().skip(from).take(2).collect();
    Reply::json(&json!({"data": page}))
<% elif paging == "offset" %>
    let from = request.number("offset", 0);
    let page: Vec<&Value> = items.iter().skip(from).take(2).collect();
    Reply::json(&json!({"data": page}))
<% elif paging == "cursor" %>
    let from = request.number("cursor", 0);
    let next = (from + 2 < items.len()).then(|| (from + 2).to_string());
    let page: Vec<&Value> = items.iter().skip(from).take(2).collect();
    Reply::json(&json!({"data": page, "next": next}))
<% elif paging == "next_url" %>
    let from = request.number("from", 0);
    let next = format!("?updated_since={since}&from={}", from + 2);
    let next = (from + 2 < items.len()).then_some(next);
    let page: Vec<&Value> = items.iter().skip(from).take(2).collect();
    Reply::json(&json!({"data": page, "next": next}))
<% elif paging == "link" %>
    let from = request.number("from", 0);
    let page: Vec<&Value> = items.iter().skip(from).take(2).collect();
    let reply = Reply::json(&json!({"data": page}));
    let next = format!("<?updated_since={since}&from={}>; rel=\"next\"", from + 2);
    if from + 2 < items.len() {
        reply.header("Link", &next)
    } else {
        reply
    }
<% else %>
    Reply::json(&json!({"data": items}))
<% endif %>
}

fn item(id: u32) -> Value {
    json!({"id": id, "name": format!("item {id}"), "updated_at": format!("2026-01-0{id}T00:00:00Z")})
}

fn config(api: &Api) -> Value {
<% if auth == "bearer" %>
    json!({"url": api.url(), "token": "t0ken"})
<% elif auth == "api_key" %>
    json!({"url": api.url(), "api_key": "s3cret"})
<% elif auth == "basic" %>
    json!({"url": api.url(), "user": "user", "password": "s3cret"})
<% elif auth == "oauth2" %>
    json!({"url": api.url(), "client_id": "id", "client_secret": "s3cret"})
<% else %>
    json!({"url": api.url()})
<% endif %>
}

fn read(api: &Api, sync_mode: &str, state: Option<&Value>) -> Run {
    let source = InProcess::<Connector>::new();
    let run = source.read(&config(api), &catalog(STREAM, sync_mode), state);
    run.assert_success();
    run
}

fn ids(run: &Run) -> Vec<u64> {
    let id = |record: &Value| record["id"].as_u64();
    run.records(STREAM).iter().filter_map(id).collect()
}

#[test]
fn check_tells_what_works_from_what_does_not() {
    let (source, api) = (InProcess::<Connector>::new(), api());
    assert!(source.check(&config(&api)).connection_status().0);
    let (is_fine, message) = source.check(&json!({"url": 7})).connection_status();
    assert!(!is_fine && message.contains("url"), "{message}");
<% if auth == "bearer" %>
    let wrong = json!({"url": api.url(), "token": "wr0ng"});
    assert!(!source.check(&wrong).connection_status().0);
<% elif auth == "api_key" %>
    let wrong = json!({"url": api.url(), "api_key": "wr0ng"});
    assert!(!source.check(&wrong).connection_status().0);
<% elif auth == "basic" %>
    let wrong = json!({"url": api.url(), "user": "user", "password": "wr0ng"});
    assert!(!source.check(&wrong).connection_status().0);
<% endif %>
}

#[test]
fn the_catalog_says_how_streams_are_read() {
    let run = InProcess::<Connector>::new().discover(&config(&api()));
    let streams = run.streams();
    assert_eq!(streams[0]["name"], STREAM);
    assert_eq!(streams[0]["default_cursor_field"], json!(["updated_at"]));
}

#[test]
fn all_pages_are_read() {
    assert_eq!(ids(&read(&api(), "full_refresh", None)), [1, 2, 3, 4, 5]);
}

#[test]
fn a_later_run_reads_what_is_new() {
    let api = api();
    let first = read(&api, "incremental", None);
    let second = read(&api, "incremental", first.to_resume().as_ref());
    assert_eq!(ids(&second), [5], "from the last cursor on");
}

#[test]
fn a_run_that_was_interrupted_goes_on() {
    let api = api();
    for (before, state) in read(&api, "incremental", None).checkpoints(STREAM) {
        let rest = ids(&read(&api, "incremental", Some(&state)));
        for id in 1..=5 {
            let is_there = before.iter().any(|record| record["id"] == id) || rest.contains(&id);
            assert!(is_there, "{id} is lost by a run from {state}");
        }
    }
}

#[test]
fn a_busy_server_is_asked_again() {
    let busy = Reply::status(429).header("Retry-After", "0");
    let answers = std::sync::Mutex::new(vec![busy.clone(), busy]);
    let api = Api::start(move |request| {
<% if auth == "oauth2" %>
        if request.path == "/oauth/token" {
            return Reply::json(&json!({"access_token": "t0ken"}));
        }
<% endif %>
        let next = answers.lock().ok().and_then(|mut answers| answers.pop());
        next.unwrap_or_else(|| page(request))
    });
    assert_eq!(ids(&read(&api, "full_refresh", None)).len(), 5);
}
