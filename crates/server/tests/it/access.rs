//! Who may do what.

use crate::instance::{Answer, Instance, basic};
use axum::body::Body;
use axum::http::Request;
use longshore_control_plane::{By, NewPermission, NewUser, PermissionKind};
use longshore_server::{ServerSettings, document};
use serde_json::{Value, json};
use std::time::Duration;

/// The operations of the document: method, path and role.
fn operations() -> Vec<(String, String, String)> {
    let document = serde_json::to_value(document()).expect("JSON");
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let role = operation["x-role"].as_str().unwrap_or_else(|| panic!("{method} {path} has no x-role"));
            operations.push((method.to_uppercase(), path.clone(), role.to_owned()));
        }
    }
    operations
}

/// The path with an id in place of each parameter.
fn filled(path: &str) -> String {
    let part = |part: &str| match part.starts_with('{') {
        true if part == "{jobId}" => "1".to_owned(),
        true => "11111111-1111-4111-8111-111111111111".to_owned(),
        false => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn with_role(instance: &Instance, email: &str, kind: PermissionKind) -> String {
    let new =
        NewUser { email: email.to_owned(), name: email.to_owned(), password: Some("correct horse battery".to_owned()) };
    let user = instance.plane.create_user(By::platform(), new).await.expect("a user");
    let permission = NewPermission { user_id: user.id, workspace_id: Some(instance.first.workspace_id), kind };
    instance.plane.create_permission(By::platform(), permission).await.expect("a permission");
    basic(email, "correct horse battery")
}

#[tokio::test]
async fn without_credentials_every_operation_is_401_but_those_that_give_them() {
    let instance = Instance::new().await;
    let operations = operations();
    assert!(operations.len() > 25);
    for (method, path, role) in operations {
        let request = Request::builder().method(method.as_str()).uri(filled(&path)).body(Body::from("{}"));
        let status = instance.send(request.expect("a request")).await.status;
        assert_eq!(status == 401, role != "none", "{method} {path} needs {role} and answers {status}");
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_document_says_and_nothing_more() {
    let instance = Instance::new().await;
    let connection = instance.connection("c").await;
    let source = instance.source("s").await;
    let reader = with_role(&instance, "reader@example.com", PermissionKind::WorkspaceReader).await;
    let runner = with_role(&instance, "runner@example.com", PermissionKind::WorkspaceRunner).await;
    let editor = with_role(&instance, "editor@example.com", PermissionKind::WorkspaceEditor).await;
    let (job, source) =
        (json!({"connectionId": connection, "jobType": "sync"}), format!("/api/public/v1/sources/{source}"));
    let clear = json!({"connectionId": connection, "jobType": "clear"});
    let workspace = format!("/api/public/v1/workspaces/{}", instance.first.workspace_id);
    let nobody = with_no_role(&instance).await;
    for (who, method, path, body, status) in [
        (&nobody, "GET", source.as_str(), Value::Null, 403),
        (&reader, "GET", source.as_str(), Value::Null, 200),
        (&reader, "PATCH", source.as_str(), json!({"name": "x"}), 403),
        (&reader, "POST", "/api/public/v1/jobs", job.clone(), 403),
        (&runner, "POST", "/api/public/v1/jobs", clear, 403),
        (&runner, "POST", "/api/public/v1/jobs", job, 200),
        (&runner, "DELETE", source.as_str(), Value::Null, 403),
        (&editor, "PATCH", source.as_str(), json!({"name": "x"}), 200),
        (&editor, "DELETE", workspace.as_str(), Value::Null, 403),
    ] {
        let answer = instance.call_as(who, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    }
    let listed = instance.call_as(&nobody, "GET", "/api/public/v1/sources", Value::Null).await.json();
    assert_eq!(listed["data"], json!([]));
}

async fn with_no_role(instance: &Instance) -> String {
    let (email, password) = ("nobody@example.com", "correct horse battery");
    let new = NewUser { email: email.to_owned(), name: email.to_owned(), password: Some(password.to_owned()) };
    instance.plane.create_user(By::platform(), new).await.expect("a user");
    basic(email, password)
}

async fn with_cookie(instance: &Instance, token: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/api/public/v1/workspaces").header("cookie", format!("longshore_session={token}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    instance.send(request.body(Body::from(r#"{"name": "w"}"#)).expect("a request")).await
}

#[tokio::test]
async fn a_session_changes_nothing_on_behalf_of_another_site() {
    let instance = Instance::new().await;
    let user = longshore_control_plane::UserId(longshore_control_plane::ZERO);
    let token = instance.plane.begin_session(user, Duration::from_secs(60)).await.expect("a session");
    for (headers, status) in [
        (&[("sec-fetch-site", "same-origin")][..], 200),
        (&[("origin", "http://here:1"), ("host", "here:1")], 200),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("origin", "http://evil.example"), ("host", "here:1")], 403),
        (&[], 403),
    ] {
        let answer = with_cookie(&instance, &token, headers).await;
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text);
    }
    let request = Request::get("/api/public/v1/workspaces").header("cookie", format!("a=b; longshore_session={token}"));
    assert_eq!(instance.send(request.body(Body::empty()).expect("a request")).await.status, 200);
    assert_eq!(with_cookie(&instance, "forged", &[("sec-fetch-site", "same-origin")]).await.status, 401);
}

#[tokio::test]
async fn without_logins_everybody_is_the_first_user_and_other_sites_change_nothing() {
    let settings = ServerSettings { auth: false, ..ServerSettings::default() };
    let instance = Instance::with(settings, longshore_control_plane::Clock::system()).await;
    for (authorization, origin, status) in
        [(None, None, 200), (Some("Bearer nonsense"), None, 200), (None, Some("http://evil.example"), 403)]
    {
        let mut request = Request::post("/api/public/v1/workspaces").header("host", "localhost:8000");
        for (name, value) in [("authorization", authorization), ("origin", origin)] {
            request = match value {
                Some(value) => request.header(name, value),
                None => request,
            };
        }
        let answer = instance.send(request.body(Body::from(r#"{"name": "w"}"#)).expect("a request")).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}
