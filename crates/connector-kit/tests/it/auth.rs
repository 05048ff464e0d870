//! Every way of signing in, and what is said when it is refused.

use crate::lab::{Lab, ids, item, read};
use longshore_connector_kit::testing::{Api, InProcess, Program, Received, Reply, Run, catalog};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reads with one way of signing in from an API that wants exactly that.
#[track_caller]
fn signs_in(auth: &str, is_signed_in: impl Fn(&Received) -> bool + Send + Sync + 'static) -> Api {
    let api = Api::start(move |request| if is_signed_in(request) { one() } else { Reply::status(401) });
    let run = read(&api, json!({"auth": auth}));
    run.assert_success();
    assert_eq!(ids(&run), [1]);
    api
}

fn one() -> Reply {
    Reply::json(&json!([item(1)]))
}

fn has(request: &Received, name: &str, value: &str) -> bool {
    request.header(name) == Some(value)
}

#[test]
fn keys_tokens_and_passwords_are_sent_where_they_belong() {
    signs_in("", |request| request.header("authorization").is_none());
    signs_in("key header", |request| has(request, "x-api-key", "s3cret"));
    signs_in("key query", |request| request.query("key") == Some("s3cret&"));
    signs_in("bearer", |request| has(request, "authorization", "Bearer s3cret"));
    signs_in("basic", |request| has(request, "authorization", "Basic dXNlcjpzM2NyZXQ="));
}

#[test]
fn client_credentials_get_one_token_for_the_whole_run() {
    for (auth, form) in [
        ("client credentials", "grant_type=client_credentials&scope=read%20all&client_id=id&client_secret=s3cret"),
        ("client credentials, basic", "grant_type=client_credentials&audience=a"),
    ] {
        let api = Api::start(|request| match request.path.as_str() {
            "/token" => Reply::json(&json!({"access_token": "a1", "expires_in": "3600"})),
            _ if has(request, "authorization", "Bearer a1") => one(),
            _ => Reply::status(401),
        });
        read(&api, json!({"auth": auth})).assert_success();
        let asked: Vec<_> = api.requests().into_iter().filter(|request| request.path == "/token").collect();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].body, form);
        let basic = has(&asked[0], "authorization", "Basic dXNlcjpzM2NyZXQ=");
        assert_eq!(basic, auth.ends_with("basic"));
    }
}

/// An API that takes each token once, and each refresh token once.
fn rotating() -> Api {
    let grants = AtomicUsize::new(0);
    Api::start(move |request| {
        let number = grants.load(Ordering::Relaxed);
        if request.path != "/token" {
            let page = request.number("page", 1);
            let is_known = has(request, "authorization", &format!("Bearer a{page}"));
            return if is_known { crate::lab::page(request, 5) } else { Reply::status(401) };
        }
        if !request.body.contains(&format!("refresh_token=r{number}&")) {
            return Reply::text(400, r#"{"error": "invalid_grant"}"#);
        }
        grants.fetch_add(1, Ordering::Relaxed);
        let number = number + 1;
        Reply::json(&json!({"access_token": format!("a{number}"), "refresh_token": format!("r{number}")}))
    })
}

fn controls(run: &Run) -> Vec<Value> {
    let controls = run.messages.iter().filter(|message| message["type"] == "CONTROL");
    controls.map(|message| message["control"]["connectorConfig"]["config"].clone()).collect()
}

#[test]
fn a_new_refresh_token_is_used_at_once_and_handed_to_the_platform() {
    let api = rotating();
    let run = read(&api, json!({"auth": "refresh token", "stream": "number", "refresh_token": "r0"}));
    run.assert_success();
    assert_eq!(ids(&run), [0, 1, 2, 3, 4]);
    let tokens: Vec<_> = controls(&run).iter().map(|config| config["refresh_token"].clone()).collect();
    assert_eq!(tokens, ["r1", "r2", "r3"]);
    assert_eq!(controls(&run)[0]["stream"], "number");
}

#[test]
fn a_refused_refresh_token_is_a_config_error() {
    let run = read(&rotating(), json!({"auth": "refresh token", "refresh_token": "r0ld"}));
    run.assert_failed("config_error", "no access token was given");
    assert!(!format!("{run:?}").contains("r0ld"));
}

#[test]
fn no_secret_is_shown_even_if_the_api_repeats_it() {
    for auth in ["key header", "key query", "bearer", "basic"] {
        let api = Api::start(|request| Reply::text(403, &format!("{request:?}")));
        let run = read(&api, json!({"auth": auth}));
        run.assert_failed("config_error", "refuses access");
        let shown = format!("{run:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("dXNlcjpzM2NyZXQ"), "{auth}: {shown}");
    }
}

#[test]
fn other_hosts_get_no_credentials() {
    let other = Api::start(|_| one());
    let target = format!("{}/moved", other.url());
    let api = Api::start(move |_| Reply::status(302).header("Location", &target));
    for auth in ["key header", "key query", "bearer"] {
        read(&api, json!({"auth": auth})).assert_success();
    }
    for request in other.requests() {
        assert!(!format!("{request:?}").contains("s3cret"), "{request:?}");
    }
}

#[test]
fn a_key_that_the_api_repeats_in_the_next_address_is_in_no_state() {
    let api = Api::start(|request| {
        let next = request.query("from").is_none().then_some("/items?key=s3cret%26&from=1&x=a b");
        Reply::json(&json!({"data": [item(1)], "links": {"next": next}}))
    });
    let run = read(&api, json!({"auth": "key query", "stream": "next url"}));
    run.assert_success();
    assert!(!run.stdout.contains("s3cret"), "{}", run.stdout);
    assert_eq!(api.requests()[1].query("key"), Some("s3cret&"));
    assert_eq!(api.requests()[1].query("x"), Some("a b"));
}

#[test]
fn each_refusal_has_its_kind() {
    for (status, kind, word) in [
        (401, "config_error", "the token"),
        (404, "config_error", "check the address"),
        (422, "config_error", "check the configuration"),
    ] {
        let api = Api::start(move |_| Reply::status(status));
        read(&api, json!({"auth": "bearer"})).assert_failed(kind, word);
        assert_eq!(api.requests().len(), 1, "{status}");
    }
}

#[test]
fn check_says_soon_that_nobody_is_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begin = std::time::Instant::now();
    let run = InProcess::<Lab>::new().check(&json!({"url": format!("http://{free}")}));
    let (succeeded, message) = run.connection_status();
    assert!(!succeeded && message.contains("Connection refused; check the address"), "{message}");
    assert!(begin.elapsed() < std::time::Duration::from_secs(1), "it is not tried again");
}

#[test]
fn an_address_without_http_is_said_to_be_wrong_however_one_signs_in() {
    for url in ["shop.example.com", "127.0.0.1:9", "shop.example.com/api", "ftp://h", "http://"] {
        for auth in ["", "bearer", "key query"] {
            let config = json!({"url": url, "auth": auth});
            let (succeeded, message) = InProcess::<Lab>::new().check(&config).connection_status();
            assert!(!succeeded && message.contains("begins with http"), "{url}, {auth}: {message}");
        }
    }
}

#[test]
fn a_certificate_file_that_cannot_be_read_is_named() {
    let source: Program = crate::example::example("http_source").variable("SSL_CERT_FILE", "missing.pem");
    let config = json!({"url": "https://127.0.0.1:1", "token": "t"});
    let run = source.read(&config, &catalog("orders", "full_refresh"), None);
    run.assert_failed("config_error", "SSL_CERT_FILE");
}
