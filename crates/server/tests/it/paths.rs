//! Paths, methods, bodies and health: what is the same for every operation.

use crate::instance::Instance;
use axum::body::Body;
use axum::http::Request;
use longshore_control_plane::Clock;
use longshore_server::ServerSettings;
use serde_json::{Value, json};

#[tokio::test]
async fn slashes_too_many_are_answered_without_a_redirect() {
    let instance = Instance::new().await;
    for path in ["/api/public/v1/workspaces/", "//api/public/v1//workspaces", "/api/public/v1/workspaces/?limit=5"] {
        assert_eq!(instance.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn health_needs_no_login() {
    let instance = Instance::new().await;
    for path in ["/health", "/api/public/v1/health/"] {
        let answer = instance.send(Request::get(path).body(Body::empty()).expect("a request")).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "Successful operation"));
    }
    let answer = instance.send(Request::get("/api/v1/health/").body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.json(), json!({"available": true}));
    let answer = instance.send(Request::get("/ready").body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.json(), json!({"ready": true}));
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let instance = Instance::new().await;
    instance.get("/api/public/v1/workspaces").await;
    let text = instance.get("/metrics").await.text;
    let line = r#"longshore_http_requests_total{method="GET",route="/api/public/v1/workspaces",status="200"} 1"#;
    assert!(text.contains(line), "{text}");
    assert!(text.contains(r#"longshore_jobs{status="pending"} 0"#), "{text}");
}

#[tokio::test]
async fn errors_are_problems_with_a_code_and_the_id_of_the_request() {
    let instance = Instance::new().await;
    for (method, path, status, code) in [
        ("GET", "/api/public/v1/nothing", 404, "request.not_found"),
        ("PUT", "/api/public/v1/workspaces", 405, "request.method"),
        ("GET", "/api/public/v1/sources/11111111-1111-4111-8111-111111111111", 404, "resource.not_found"),
        ("GET", "/api/public/v1/sources/none", 400, "request.invalid"),
        ("GET", "/api/public/v1/sources?limit=101", 400, "request.invalid"),
        ("GET", "/api/public/v1/sources?limit=99999999999999999999", 400, "request.invalid"),
        ("GET", "/api/public/v1/sources?workspaceIds=a%00b", 400, "request.invalid"),
        ("POST", "/api/public/v1/sources", 400, "request.invalid"),
    ] {
        let answer = instance.call(method, path, Value::Null).await;
        let body = answer.json();
        assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["x-request-id"].to_str().ok(), body["errorId"].as_str());
        for key in ["type", "title", "detail", "message"] {
            assert!(body[key].is_string(), "{key} of {body}");
        }
    }
}

#[tokio::test]
async fn a_wrong_body_is_a_problem_with_its_place() {
    let instance = Instance::new().await;
    for (body, place) in [
        (r#"{"name": 5}"#, "/name"),
        ("{", ""),
        ("nonsense", ""),
        ("\u{0}", ""),
        (r#"{"name": "a\u0000b"}"#, ""),
        (r#"["name"]"#, ""),
        (
            r#"{"name": "a", "notifications": {"failure": {"webhook": {"enabled": "yes"}}}}"#,
            "/notifications/failure/webhook/enabled",
        ),
    ] {
        let request = Request::post("/api/public/v1/workspaces").header("authorization", instance.basic());
        let answer = instance.send(request.body(Body::from(body)).expect("a request")).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["path"], place, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let settings = ServerSettings { body_limit_bytes: 100, ..ServerSettings::default() };
    let instance = Instance::with(settings, Clock::system()).await;
    let answer = instance.call("POST", "/api/public/v1/workspaces", json!({"name": "x".repeat(200)})).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("request.too_large")));
}
