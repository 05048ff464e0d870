//! Registries and token servers that differ from Distribution, within the specification and beyond it.

use crate::place::{Place, here, name, noise, seed};
use crate::provider_server::{Asked, Server, answer};
use axum::http::Response;
use longshore_images::{Credentials, Descriptor, Images, RegistryOptions, Secret, media_type};
use longshore_protocol::{FailureKind, FailureReason};
use serde_json::json;

fn images(server: &Server, credentials: Option<Credentials>) -> (Place, Images) {
    let place = Place::new(RegistryOptions { plain_http: true, ..RegistryOptions::default() }).at(server.host.clone());
    let place = credentials.iter().fold(place, Place::with_credentials);
    let images = place.images();
    (place, images)
}

async fn tags(server: &Server, credentials: Option<Credentials>) -> Result<Vec<String>, FailureReason> {
    let (_place, images) = images(server, credentials);
    images.tags(&name(&server.host, "team/x")).await
}

fn basic(username: &str) -> Credentials {
    Credentials::Basic { username: username.to_owned(), password: Secret::new("secret") }
}

/// A registry that wants tokens of itself; its list of tags is there for a token that begins with `good`.
async fn with_tokens(token: impl Fn(&Asked) -> Response<String> + Clone + Send + Sync + 'static) -> Server {
    Server::start(move |asked: &Asked| match asked.line.split(['?', ' ']).nth(1).unwrap() {
        "/token" => token(asked),
        "/v2/team/x/tags/list" if asked.header("authorization").starts_with("Bearer good") => {
            answer(200, json!({"tags": ["1"]}).to_string())
        }
        _ => {
            let challenge = format!("Bearer realm=\"http://{}/token\",service=\"x\"", asked.header("host"));
            Response::builder().status(401).header("www-authenticate", challenge).body(String::new()).unwrap()
        }
    })
    .await
}

#[tokio::test]
async fn tags_are_read_page_by_page_where_the_registry_gives_fewer_than_were_asked_for() {
    let server = Server::start(|asked: &Asked| match asked.line.as_str() {
        "GET /v2/team/x/tags/list?n=1000" => {
            let link = "<http://inside.test/v2/team/x/tags/list?n=2&last=b>; rel=\"next\"";
            let body = json!({"tags": ["a", "b"]}).to_string();
            Response::builder().status(200).header("link", link).body(body).unwrap()
        }
        "GET /v2/team/x/tags/list?n=2&last=b" => answer(200, json!({"tags": ["c"]}).to_string()),
        "GET /v2/team/empty/tags/list?n=1000" => answer(200, json!({"tags": null}).to_string()),
        _ => answer(200, "{}"),
    })
    .await;
    assert_eq!(tags(&server, None).await.unwrap(), ["a", "b", "c"]);
    let (_place, images) = images(&server, None);
    assert!(images.tags(&name(&server.host, "team/empty")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_token_that_is_to_hold_for_ever_is_taken() {
    let server = with_tokens(|_| answer(200, format!(r#"{{"token":"good","expires_in":{}}}"#, u64::MAX))).await;
    assert_eq!(tags(&server, None).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn a_token_server_that_answers_without_end_is_not_read_to_the_end() {
    let server = with_tokens(|_| answer(200, " ".repeat(2 << 20))).await;
    assert_eq!(tags(&server, None).await.unwrap_err().code, "registry.failed");
}

#[tokio::test]
async fn a_refresh_token_does_not_follow_to_another_place() {
    let thief = Server::start(|_: &Asked| answer(200, r#"{"token":"good"}"#)).await;
    let there = format!("http://{}/token", thief.host);
    let server =
        with_tokens(move |_| Response::builder().status(307).header("location", &there).body(String::new()).unwrap())
            .await;
    let token = Credentials::IdentityToken(Secret::new("refresh me"));
    tags(&server, Some(token)).await.unwrap_err();
    assert!(server.asked().iter().any(|asked| asked.body.contains("refresh_token=refresh+me")));
    assert!(thief.asked().is_empty());
}

#[tokio::test]
async fn a_token_server_that_denies_nobody_in_particular_wants_credentials() {
    let server = with_tokens(|_| answer(403, json!({"errors": [{"code": "DENIED"}]}).to_string())).await;
    assert_eq!(tags(&server, None).await.unwrap_err().code, "registry.credentials_missing");
    assert_eq!(tags(&server, Some(basic("ada"))).await.unwrap_err().code, "registry.denied");
}

/// A credential helper that gives another user with each call.
fn with_helper(place: &mut Place, host: &str) {
    let script = "#!/bin/sh\ncat > /dev/null\necho x >> \"$0.calls\"\n\
        echo \"{\\\"Username\\\":\\\"user$(wc -l < \"$0.calls\")\\\",\\\"Secret\\\":\\\"s\\\"}\"\n";
    let program = place.path("docker-credential-maker");
    std::fs::write(&program, script).unwrap();
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, rights).unwrap();
    let config = json!({"credHelpers": {host: "maker"}}).to_string();
    std::fs::write(&place.settings.docker_config, config).unwrap();
    let path = format!("{}:/usr/bin:/bin", place.path("").display());
    place.settings.environment = vec![("PATH".into(), path.into())].into();
}

const USER_1: &str = "Basic dXNlcjE6cw==";

#[tokio::test]
async fn a_password_that_expired_is_made_anew_where_the_registry_says_denied() {
    let server = Server::start(|asked: &Asked| match asked.header("authorization") {
        "" => Response::builder().status(401).header("www-authenticate", "Basic realm=x").body(String::new()).unwrap(),
        // The words of Amazon.
        USER_1 => answer(403, json!({"errors": [{"code": "DENIED", "message": "token has expired"}]}).to_string()),
        _ => answer(200, json!({"tags": ["1"]}).to_string()),
    })
    .await;
    let (mut place, _) = images(&server, None);
    with_helper(&mut place, &server.host);
    assert_eq!(place.images().tags(&name(&server.host, "team/x")).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn a_password_that_expired_is_made_anew_where_the_token_server_says_denied() {
    let server = with_tokens(|asked| match asked.header("authorization") {
        USER_1 => answer(403, ""),
        _ => answer(200, r#"{"token":"good"}"#),
    })
    .await;
    let (mut place, _) = images(&server, None);
    with_helper(&mut place, &server.host);
    assert_eq!(place.images().tags(&name(&server.host, "team/x")).await.unwrap(), ["1"]);
}

/// What a push comes to where uploads are answered in one way and manifests at tags in another.
async fn push(upload: (u16, &'static str), tag: (u16, &'static str)) -> FailureReason {
    let server = Server::start(move |asked: &Asked| match asked.line.split_once(' ').unwrap() {
        ("HEAD", _) if upload.0 == 200 => answer(200, ""),
        ("HEAD", _) => answer(404, ""),
        ("POST", _) => answer(upload.0, upload.1),
        ("PUT", path) if !path.contains("sha256:") => answer(tag.0, tag.1),
        ("PUT", _) => answer(201, ""),
        _ => answer(200, "{}"),
    })
    .await;
    let (_place, images) = images(&server, None);
    let image = name(&server.host, "team/x:1");
    let stored = seed(&images, &image, &here(), &[noise(1, 10)]);
    images.push(&stored, &image).await.unwrap_err()
}

#[tokio::test]
async fn what_registries_say_of_a_push_is_told_with_its_remedy() {
    let missing = push((404, r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#), (201, "")).await;
    assert_eq!(missing.code, "image.repository_not_found");
    assert!(missing.message.contains("--create-repository"), "{}", missing.message);
    let large = push((413, "<html>413 Request Entity Too Large</html>"), (201, "")).await;
    assert_eq!(large.code, "registry.too_large");
    let immutable = r#"{"errors":[{"code":"TAG_INVALID","message":"the tag is immutable"}]}"#;
    assert_eq!(push((200, ""), (400, immutable)).await.code, "image.tag_taken");
}

#[tokio::test]
async fn a_repository_that_may_not_be_read_is_no_obstacle_to_a_push() {
    let server = Server::start(|asked: &Asked| match asked.line.split_once(' ').unwrap() {
        ("HEAD", _) => answer(404, ""),
        ("POST", path) if path.contains("from=") => answer(403, ""),
        ("POST", _) => Response::builder().status(202).header("location", "/upload?x=1").body(String::new()).unwrap(),
        ("PUT", _) => Response::builder().status(201).header("location", "/there").body(String::new()).unwrap(),
        _ => answer(200, "{}"),
    })
    .await;
    let (_place, images) = images(&server, None);
    let stored = seed(&images, &name(&server.host, "other/x:1"), &here(), &[b"text".to_vec()]);
    images.push(&stored, &name(&server.host, "team/x:1")).await.unwrap();
    assert!(server.asked().iter().any(|asked| asked.line.contains("from=other")));
}

#[tokio::test]
async fn sizes_that_are_lies_overflow_nothing() {
    let config = "{}";
    let layer = |of: &str| Descriptor { size: u64::MAX, ..Descriptor::of("l", of.as_bytes()) };
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST,
        "config": Descriptor::of("c", config.as_bytes()), "layers": [layer("a"), layer("b")],
    });
    let manifest = manifest.to_string();
    let server = Server::start(move |asked: &Asked| match asked.line.as_str() {
        line if line.contains("/manifests/") => answer(200, manifest.clone()),
        line if line.contains("/blobs/") => answer(200, config),
        _ => answer(200, "{}"),
    })
    .await;
    let (_place, images) = images(&server, None);
    assert_eq!(images.inspect(&name(&server.host, "team/x:1")).await.unwrap().compressed_bytes, u64::MAX);
}

#[tokio::test]
async fn a_download_that_fails_shows_no_secret_of_its_address() {
    let server = Server::start(|_: &Asked| answer(404, "")).await;
    let (_place, images) = images(&server, None);
    let url = format!("http://ada:hunter2@{}/index.json?signature=hunter3", server.host);
    let failure = images.download(&url, 1000).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.kind), ("download.failed", FailureKind::ConfigError));
    assert!(failure.message.contains("/index.json") && !format!("{failure:?}").contains("hunter"), "{failure:?}");
    let failure = images.download("ada:hunter2@x", 1000).await.unwrap_err();
    assert!(!format!("{failure:?}").contains("hunter"), "{failure:?}");
}
