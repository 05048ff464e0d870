//! Azure's own flow, against a directory, an identity endpoint and a registry on loopback that answer as the published
//! ones do.

use crate::credentials_place::{Place, SECRET, assert_failure, shown};
use crate::provider_server::{Asked, Server, answer};
use longshore_images::{Attempt, Found, Provider};
use longshore_protocol::FailureReason;
use serde_json::json;

/// A directory, an identity endpoint and a registry in one.
async fn azure() -> Server {
    Server::start(|asked: &Asked| {
        let has = |part: &str| asked.body.contains(part);
        match asked.line.split(['?', ' ']).nth(1).unwrap_or_default() {
            "/tenant/oauth2/v2.0/token" if has("client_secret=right") || has("client_assertion=right") => {
                answer(200, json!({"access_token": "directory token"}).to_string())
            }
            "/tenant/oauth2/v2.0/token" => {
                let said = "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1";
                answer(401, json!({"error": "invalid_client", "error_description": said}).to_string())
            }
            "/identity" if asked.header("x-identity-header") == "right" => {
                answer(200, json!({"access_token": "machine token"}).to_string())
            }
            "/metadata/identity/oauth2/token" if asked.header("metadata") == "true" => {
                answer(200, json!({"access_token": "machine token"}).to_string())
            }
            "/identity" => answer(400, json!({"error": {"message": "Identity not found"}}).to_string()),
            "/oauth2/exchange"
                if has("grant_type=access_token") && (has("directory+token") || has("machine+token")) =>
            {
                answer(200, json!({"refresh_token": "registry token"}).to_string())
            }
            _ => answer(401, json!({"errors": [{"code": "UNAUTHORIZED", "message": "no role"}]}).to_string()),
        }
    })
    .await
}

async fn ask(place: &mut Place, server: &Server) -> Result<Option<Found>, FailureReason> {
    place.plain_http.push(server.host.clone());
    let provider = Provider::Azure { registry: "team".to_owned() };
    provider.credentials(&place.settings(), &server.host, Attempt::First).await
}

fn application(server: &Server) -> Place {
    Place::new()
        .with_variable("AZURE_CLIENT_ID", "client")
        .with_variable("AZURE_TENANT_ID", "tenant")
        .with_variable("AZURE_AUTHORITY_HOST", format!("http://{}/", server.host))
}

#[tokio::test]
async fn an_application_exchanges_its_token_at_the_registry() {
    let server = azure().await;
    let mut place = application(&server).with_variable("AZURE_CLIENT_SECRET", "right");
    let found = ask(&mut place, &server).await.unwrap().unwrap();
    assert_eq!(shown(&found.credentials), "token registry token");
    let asked = server.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(lines, ["POST /tenant/oauth2/v2.0/token", "POST /oauth2/exchange"]);
    assert!(asked[0].body.contains("scope=https%3A%2F%2Fcontainerregistry.azure.net%2F.default"), "{}", asked[0].body);
    let service = format!("service={}&access_token=directory+token&tenant=tenant", server.host.replace(':', "%3A"));
    assert!(asked[1].body.ends_with(&service), "{}", asked[1].body);
}

#[tokio::test]
async fn a_token_of_a_cluster_proves_the_application() {
    let server = azure().await;
    let place = application(&server);
    let file = place.write("token", "right\n");
    let mut place = place.with_variable("AZURE_FEDERATED_TOKEN_FILE", file);
    assert_eq!(shown(&ask(&mut place, &server).await.unwrap().unwrap().credentials), "token registry token");
    let mut place = application(&server).with_variable("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token");
    let reason = assert_failure(ask(&mut place, &server).await, "registry.azure_login_failed");
    assert!(reason.message.contains("/nowhere/token"), "{}", reason.message);
}

#[tokio::test]
async fn the_identity_of_a_machine_exchanges_its_token() {
    let server = azure().await;
    let endpoint = format!("http://{}/identity", server.host);
    let place = Place::new().with_variable("IDENTITY_ENDPOINT", endpoint.clone());
    let mut place = place.with_variable("IDENTITY_HEADER", "right");
    assert_eq!(shown(&ask(&mut place, &server).await.unwrap().unwrap().credentials), "token registry token");
    let place = Place::new().with_variable("IDENTITY_ENDPOINT", endpoint);
    let mut place = place.with_variable("IDENTITY_HEADER", SECRET.replace('"', ""));
    let reason = assert_failure(ask(&mut place, &server).await, "registry.azure_login_failed");
    assert!(reason.detail.unwrap().contains("Identity not found"));
}

#[tokio::test]
async fn the_identity_of_a_virtual_machine_exchanges_its_token() {
    let server = azure().await;
    let metadata = format!("http://{}/", server.host);
    let place = Place::new().with_variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", metadata);
    let mut place = place.with_variable("AZURE_CLIENT_ID", "one of several");
    assert_eq!(shown(&ask(&mut place, &server).await.unwrap().unwrap().credentials), "token registry token");
    let asked = &server.asked()[0].line;
    assert!(asked.contains("resource=https%3A%2F%2Fcontainerregistry.azure.net"), "{asked}");
    assert!(asked.contains("client_id=one+of+several"), "{asked}");
    let nobody = Place::new().with_variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1");
    assert!(ask(&mut { nobody }, &server).await.unwrap().is_none());
}

#[tokio::test]
async fn a_wrong_secret_and_a_missing_role_are_told_apart() {
    let server = azure().await;
    let mut place = application(&server).with_variable("AZURE_CLIENT_SECRET", SECRET);
    let reason = assert_failure(ask(&mut place, &server).await, "registry.azure_login_failed");
    assert!(reason.message.contains("AZURE_CLIENT_SECRET"), "{}", reason.message);
    assert_eq!(reason.detail.unwrap(), "401 Unauthorized: AADSTS7000215: Invalid client secret provided.");
    let stranger =
        Server::start(|_: &Asked| answer(401, json!({"errors": [{"message": "no role"}]}).to_string())).await;
    let mut place = application(&server).with_variable("AZURE_CLIENT_SECRET", "right");
    let reason = assert_failure(ask(&mut place, &stranger).await, "registry.azure_denied");
    assert!(reason.message.contains("az role assignment create"), "{}", reason.message);
    assert_eq!(reason.detail.unwrap(), "401 Unauthorized: no role");
}

#[tokio::test]
async fn a_token_is_never_sent_after_a_redirect() {
    let server = azure().await;
    let thief = Server::start(|_: &Asked| answer(200, json!({"refresh_token": "mine"}).to_string())).await;
    let there = format!("http://{}/", thief.host);
    let redirecting = Server::start(move |_: &Asked| {
        axum::http::Response::builder().status(307).header("location", &there).body(String::new()).unwrap()
    })
    .await;
    let mut place = application(&server).with_variable("AZURE_CLIENT_SECRET", "right");
    assert_failure(ask(&mut place, &redirecting).await, "registry.provider_unreachable");
    assert!(thief.asked().is_empty());
}
