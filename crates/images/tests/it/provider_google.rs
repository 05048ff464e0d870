//! Google's own flow, against a metadata server on loopback that answers as the published one does.

use crate::credentials_place::{Place, SECRET, assert_failure, shown};
use crate::provider_server::{Asked, Server, answer};
use axum::http::Response;
use longshore_images::{Attempt, Found, find};
use longshore_protocol::FailureReason;
use serde_json::json;

const HOST: &str = "europe-west3-docker.pkg.dev";

/// A machine of Google's cloud with these scopes.
async fn metadata_server(scopes: &'static str) -> Server {
    Server::start(move |asked: &Asked| {
        let body = match asked.line.as_str() {
            "GET /computeMetadata/v1/instance/service-accounts/default/token" => {
                json!({"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"}).to_string()
            }
            "GET /computeMetadata/v1/instance/service-accounts/default/scopes" => scopes.to_owned(),
            _ => return answer(404, ""),
        };
        match asked.header("metadata-flavor") {
            "Google" => Response::builder().header("Metadata-Flavor", "Google").body(body).unwrap(),
            _ => answer(403, "Missing Metadata-Flavor:Google header."),
        }
    })
    .await
}

async fn ask(place: &Place) -> Result<Found, FailureReason> {
    find(&place.settings(), HOST, Attempt::First).await
}

#[tokio::test]
async fn a_machine_of_google_has_a_token() {
    let server = metadata_server("https://www.googleapis.com/auth/cloud-platform\n").await;
    let place = Place::new().with_variable("GCE_METADATA_HOST", server.host.clone());
    let found = ask(&place).await.unwrap();
    assert_eq!(shown(&found.credentials), "oauth2accesstoken ya29.token");
    assert!(found.place.contains("metadata server"), "{}", found.place);
    let renewed = find(&place.settings(), "eu.gcr.io", Attempt::AfterDenied).await.unwrap();
    assert_eq!(shown(&renewed.credentials), "oauth2accesstoken ya29.token");
}

#[tokio::test]
async fn a_denied_token_that_a_keychain_keeps_is_replaced_by_a_new_one() {
    let server = metadata_server("https://www.googleapis.com/auth/devstorage.read_only\n").await;
    let place = Place::new().with_config(&json!({"credsStore": "pass"}));
    let place = place.with_helper("pass", r#"echo '{"Username":"oauth2accesstoken","Secret":"old"}'"#);
    let place = place.with_variable("GCE_METADATA_HOST", server.host.clone());
    assert_eq!(shown(&ask(&place).await.unwrap().credentials), "oauth2accesstoken old");
    let renewed = find(&place.settings(), HOST, Attempt::AfterDenied).await.unwrap();
    assert_eq!(shown(&renewed.credentials), "oauth2accesstoken ya29.token");
}

#[tokio::test]
async fn a_token_for_something_else_is_told() {
    let server = metadata_server("https://www.googleapis.com/auth/logging.write\n").await;
    let place = Place::new().with_variable("GCE_METADATA_HOST", server.host.clone());
    let reason = assert_failure(ask(&place).await, "registry.google_scope_missing");
    assert!(reason.message.contains("--scopes=cloud-platform"), "{}", reason.message);
    assert!(!format!("{reason:?}").contains("ya29"));
}

#[tokio::test]
async fn a_server_without_the_flavor_is_no_metadata_server() {
    let server = Server::start(|_: &Asked| answer(200, json!({"access_token": "evil"}).to_string())).await;
    let place = Place::new().with_variable("GCE_METADATA_HOST", server.host.clone());
    assert_eq!(shown(&ask(&place).await.unwrap().credentials), "nobody");
    let elsewhere = Place::new();
    assert_eq!(shown(&ask(&elsewhere).await.unwrap().credentials), "nobody");
}

#[tokio::test]
async fn the_key_of_a_service_account_is_the_password() {
    let place = Place::new();
    let key = json!({"type": "service_account", "private_key": SECRET}).to_string();
    let file = place.write("key.json", &key);
    let place = place.with_variable("GOOGLE_APPLICATION_CREDENTIALS", file);
    assert_eq!(shown(&ask(&place).await.unwrap().credentials), format!("_json_key {key}"));
}

#[tokio::test]
async fn another_file_than_a_key_is_told_without_its_text() {
    for text in [
        json!({"type": "authorized_user", "refresh_token": SECRET}).to_string(),
        json!({"type": SECRET}).to_string(),
        format!("\"{SECRET}"),
    ] {
        let place = Place::new();
        let file = place.write("key.json", &text);
        let place = place.with_variable("GOOGLE_APPLICATION_CREDENTIALS", file);
        let reason = assert_failure(ask(&place).await, "registry.google_key_invalid");
        assert!(reason.message.contains("key.json") && reason.message.contains("gcloud"), "{}", reason.message);
    }
    let place = Place::new().with_variable("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");
    assert_failure(ask(&place).await, "registry.google_key_invalid");
}
