//! Client credentials for tokens, in all the ways of the clients.

use crate::instance::{Answer, Instance};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use longshore_control_plane::Clock;
use longshore_server::ServerSettings;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const PUBLIC: &str = "/api/public/v1/applications/token";

async fn ask(instance: &Instance, path: &str, content_type: &str, body: String) -> Answer {
    let request = Request::post(path).header("content-type", content_type).body(Body::from(body));
    instance.send(request.expect("a request")).await
}

async fn token(instance: &Instance) -> String {
    let body = json!({"client_id": instance.first.client_id, "client_secret": instance.first.client_secret});
    let answer = ask(instance, PUBLIC, "application/json", body.to_string()).await;
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_token_comes_at_every_address_and_in_every_form() {
    let instance = Instance::new().await;
    let (id, secret) = (&instance.first.client_id, &instance.first.client_secret);
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let json = json!({"client_id": id, "client_secret": secret, "grant-type": "client_credentials"}).to_string();
    for path in [PUBLIC, "/applications/token", "/v1/applications/token", "/api/v1/applications/token/"] {
        for (content_type, body) in [("application/x-www-form-urlencoded", &form), ("application/json", &json)] {
            let answer = ask(&instance, path, content_type, body.clone()).await;
            assert_eq!(answer.status, 200, "{path} {content_type} {}", answer.text);
            let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
            let bearer = format!("Bearer {token}");
            assert_eq!(instance.call_as(&bearer, "GET", "/api/public/v1/sources", Value::Null).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_token_is_what_clients_need_it_to_be() {
    let instance = Instance::new().await;
    let body = json!({"client_id": instance.first.client_id, "client_secret": instance.first.client_secret});
    let answer = ask(&instance, PUBLIC, "application/json", body.to_string()).await.json();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 900);
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let claims = token.split('.').nth(1).expect("three parts");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["sub"], "00000000-0000-0000-0000-000000000000");
}

#[tokio::test]
async fn wrong_credentials_are_401_and_too_many_are_429() {
    let instance = Instance::new().await;
    let body = json!({"client_id": instance.first.client_id, "client_secret": "wrong"}).to_string();
    for _ in 0..10 {
        assert_eq!(ask(&instance, PUBLIC, "application/json", body.clone()).await.status, 401);
    }
    let refused = ask(&instance, PUBLIC, "application/json", body).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(refused.json()["code"], "auth.too_many");
    // Whoever has the secret does not wait for the tries of others.
    assert_eq!(token(&instance).await.split('.').count(), 3);
}

#[tokio::test]
async fn an_expired_token_is_401() {
    let ahead = Arc::new(AtomicI64::new(0));
    let seen = Arc::clone(&ahead);
    let clock = Clock::of(move || Timestamp::now() + SignedDuration::from_secs(seen.load(Ordering::SeqCst)));
    let instance = Instance::with(ServerSettings::default(), clock).await;
    let bearer = format!("Bearer {}", token(&instance).await);
    assert_eq!(instance.call_as(&bearer, "GET", "/api/public/v1/sources", Value::Null).await.status, 200);
    ahead.store(901, Ordering::SeqCst);
    let expired = instance.call_as(&bearer, "GET", "/api/public/v1/sources", Value::Null).await;
    assert_eq!((expired.status, expired.json()["code"].as_str()), (401, Some("auth.expired")));
}

#[tokio::test]
async fn applications_are_made_shown_masked_and_deleted() {
    let instance = Instance::new().await;
    let made = instance.call("POST", "/api/public/v1/applications", json!({"name": "ci"})).await.json();
    let body = json!({"client_id": made["clientId"], "client_secret": made["clientSecret"]}).to_string();
    assert_eq!(ask(&instance, PUBLIC, "application/json", body.clone()).await.status, 200);
    let path = format!("/api/public/v1/applications/{}", made["id"].as_str().expect("an id"));
    assert_eq!(instance.get(&path).await.json()["clientSecret"], "**********");
    assert_eq!(instance.call("DELETE", &path, Value::Null).await.status, 200);
    assert_eq!(instance.get(&path).await.status, 404);
    assert_eq!(ask(&instance, PUBLIC, "application/json", body).await.status, 401);
}
