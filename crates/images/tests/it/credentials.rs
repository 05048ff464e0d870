//! Where credentials are looked for, in which order, and how each place fails.

use crate::credentials_place::{Place, SECRET, assert_failure, auth, basic, shown};
use longshore_images::{Attempt, find, find_for};
use serde_json::json;
use std::io::Read;

async fn first(place: &Place, host: &str) -> String {
    let found = find(&place.settings(), host, Attempt::First).await.unwrap_or_else(|reason| panic!("{reason}"));
    shown(&found.credentials)
}

async fn after_denied(place: &Place, host: &str) -> String {
    let found = find(&place.settings(), host, Attempt::AfterDenied).await.unwrap_or_else(|reason| panic!("{reason}"));
    shown(&found.credentials)
}

fn answering(user: &str) -> String {
    format!(r#"host=$(cat); printf '{{"ServerURL":"%s","Username":"{user}","Secret":"for %s"}}' "$host" "$host""#)
}

#[tokio::test]
async fn the_standard_order_is_kept() {
    let config = json!({
        "auths": {"a.test": {"auth": auth("auths", "1")}, "b.test": {"auth": auth("auths", "1")}, "c.test": {"auth": auth("auths", "1")}},
        "credHelpers": {"a.test": "own"},
        "credsStore": "all",
    });
    let only_b = r#"[ "$(cat)" = b.test ] || { echo 'credentials not found in native keychain'; exit 1; }
        echo '{"Username":"all","Secret":"s"}'"#;
    let mut place = Place::new().with_config(&config).with_helper("own", &answering("own")).with_helper("all", only_b);
    place.write("podman/auth.json", &json!({"auths": {"d.test": {"auth": auth("podman", "1")}}}).to_string());
    assert_eq!(first(&place, "a.test").await, "own for a.test");
    assert_eq!(first(&place, "b.test").await, "all s");
    assert_eq!(first(&place, "c.test").await, "auths 1");
    assert_eq!(first(&place, "d.test").await, "podman 1");
    assert_eq!(first(&place, "e.test").await, "nobody");
    place.given = [("a.test".to_owned(), basic("given", "g"))].into();
    assert_eq!(first(&place, "a.test").await, "given g");
    assert_eq!(first(&place, "c.test").await, "auths 1", "what is given is for one host");
}

#[tokio::test]
async fn docker_hub_has_many_keys_and_helpers_are_asked_by_the_oldest() {
    for key in ["https://index.docker.io/v1/", "index.docker.io", "https://registry-1.docker.io/v2/", "docker.io"] {
        let place = Place::new().with_config(&json!({"auths": {key: {"auth": auth("me", "p:q")}}}));
        assert_eq!(first(&place, "docker.io").await, "me p:q", "{key}");
    }
    let place = Place::new().with_config(&json!({"credsStore": "all"})).with_helper("all", &answering("me"));
    assert_eq!(first(&place, "docker.io").await, "me for https://index.docker.io/v1/");
}

#[tokio::test]
async fn a_repository_may_have_credentials_of_its_own() {
    let place = Place::new();
    let auths = json!({"auths": {"r.test": {"auth": auth("all", "1")}, "r.test/team": {"auth": auth("team", "2")}}});
    place.write("podman/auth.json", &auths.to_string());
    for (repository, expected) in [(None, "all 1"), (Some("team/x"), "team 2"), (Some("teams/x"), "all 1")] {
        let found = find_for(&place.settings(), "r.test", repository, Attempt::First).await.unwrap();
        assert_eq!(shown(&found.credentials), expected, "{repository:?}");
    }
}

#[tokio::test]
async fn identity_tokens_are_told_apart_from_passwords() {
    let zero = "00000000-0000-0000-0000-000000000000";
    let config = json!({
        "auths": {
            "a.test": {"auth": auth("me", ""), "identitytoken": "refresh"},
            "team.azurecr.io": {"auth": auth(zero, "refresh")},
            "b.test": {"auth": auth(zero, "password")},
        },
        "credHelpers": {"c.test": "token"},
    });
    let place = Place::new().with_config(&config).with_helper("token", &answering("<token>"));
    assert_eq!(first(&place, "a.test").await, "token refresh");
    assert_eq!(first(&place, "team.azurecr.io").await, "token refresh");
    assert_eq!(first(&place, "b.test").await, format!("{zero} password"));
    assert_eq!(first(&place, "c.test").await, "token for c.test");
}

#[tokio::test]
async fn after_a_denial_only_helpers_are_asked_again() {
    let config = json!({"auths": {"a.test": {"auth": auth("old", "1")}}, "credHelpers": {"b.test": "maker"}});
    let maker = r#"echo again >> "$STORE/calls"; echo "{\"Username\":\"n\",\"Secret\":\"$(wc -l < "$STORE/calls")\"}""#;
    let mut place = Place::new().with_config(&config).with_helper("maker", maker);
    assert_eq!(after_denied(&place, "a.test").await, "nobody");
    assert_eq!(first(&place, "b.test").await, "n 1");
    assert_eq!(after_denied(&place, "b.test").await, "n 2");
    place.given = [("a.test".to_owned(), basic("given", "g"))].into();
    assert_eq!(after_denied(&place, "a.test").await, "nobody");
}

#[tokio::test]
async fn a_helper_that_is_not_installed_is_told_with_the_line_and_the_package() {
    for (config, host, parts) in [
        (
            json!({"credHelpers": {"eu.gcr.io": "gcloud"}}),
            "eu.gcr.io",
            ["\"eu.gcr.io\": \"gcloud\"", "Google Cloud CLI"],
        ),
        (json!({"credsStore": "desktop"}), "r.test", ["\"credsStore\": \"desktop\"", "Docker Desktop"]),
        (json!({"credsStore": "ecr-login"}), "r.test", ["docker-credential-ecr-login", "amazon-ecr-credential-helper"]),
    ] {
        let place = Place::new().with_config(&config).with_variable("PATH", "/nowhere");
        let settings = place.settings();
        let reason = assert_failure(find(&settings, host, Attempt::First).await, "registry.helper_not_installed");
        let file = place.docker_config();
        for part in parts.into_iter().chain([host, file.to_str().unwrap()]) {
            assert!(reason.message.contains(part), "{part}: {}", reason.message);
        }
        assert_failure(find(&settings, host, Attempt::AfterDenied).await, "registry.helper_not_installed");
    }
}

#[tokio::test]
async fn a_helper_that_may_not_be_executed_is_not_installed() {
    let place = Place::new().with_config(&json!({"credsStore": "x"}));
    place.write("bin/docker-credential-x", "#!/bin/sh\n");
    assert_failure(find(&place.settings(), "r.test", Attempt::First).await, "registry.helper_not_installed");
}

#[tokio::test]
async fn a_helper_that_fails_is_told_in_its_own_words_and_without_secrets() {
    for (script, part) in [
        ("echo 'the vault is locked' >&2; exit 3", "the vault is locked"),
        ("echo 'not logged in'; exit 1", "not logged in"),
        (r#"echo '{"Username":"me","Secret":"hunter2"}'; exit 1"#, "exit status: 1"),
        ("echo hunter2", "is not the JSON"),
        (r#"echo '{"Username":"me","Secret":["hunter2"]}'"#, "is not the JSON"),
        (r#"echo '{"Username":"me"}'"#, "without a secret"),
        ("kill -9 $$", "signal: 9"),
    ] {
        let place = Place::new().with_config(&json!({"credHelpers": {"r.test": "x"}})).with_helper("x", script);
        let reason = assert_failure(find(&place.settings(), "r.test", Attempt::First).await, "registry.helper_failed");
        assert!(format!("{reason:?}").contains(part), "{script}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_helper_that_hangs_is_waited_for_half_a_minute() {
    let place = Place::new().with_config(&json!({"credsStore": "x"})).with_helper("x", "exec sleep 1000");
    let begin = tokio::time::Instant::now();
    let reason = assert_failure(find(&place.settings(), "r.test", Attempt::First).await, "registry.helper_failed");
    assert!(reason.message.contains("no answer within 30 s"), "{}", reason.message);
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_helper_does_not_outlive_who_waits_for_it() {
    let script = r#"exec 9> "$STORE/alive"; echo up >&9; sleep 1000"#;
    let place = Place::new().with_config(&json!({"credsStore": "x"})).with_helper("x", script);
    let fifo = place.path("store/alive");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let settings = place.settings();
    let waiting = tokio::spawn(async move { find(&settings, "r.test", Attempt::First).await.is_ok() });
    let mut alive = tokio::task::spawn_blocking(move || {
        let mut alive = std::fs::File::open(fifo).unwrap();
        let mut word = [0; 3];
        alive.read_exact(&mut word).unwrap();
        alive
    })
    .await
    .unwrap();
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    // The end comes when the last process that holds the FIFO is gone: the script, and what it started.
    assert_eq!(alive.read(&mut [0; 1]).unwrap(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_with_its_line() {
    for (text, why) in [
        ("{\n  \"auths\": {\n  hunter2\n}", "line 3, column 3"),
        ("[]", "begins no object"),
        (r#"{"auths": ["hunter2"]}"#, "`auths` is no object"),
        (r#"{"auths": {"r.test": {"auth": "hunter2!"}}}"#, "`r.test`: `auth` is no base64"),
        (r#"{"auths": {"r.test": {"registrytoken": "hunter2"}}}"#, "`registrytoken`"),
        (r#"{"credsStore": "../../bin/x"}"#, "names no helper"),
        (r#"{"credHelpers": {"r.test": 5}}"#, "`r.test` names no helper"),
    ] {
        let place = Place::new();
        let file = place.write("docker/config.json", text);
        let reason = assert_failure(find(&place.settings(), "r.test", Attempt::First).await, "registry.config_invalid");
        assert!(reason.message.contains(why) && reason.message.contains(file.to_str().unwrap()), "{}", reason.message);
    }
}

#[tokio::test]
async fn what_is_broken_for_others_hurts_nobody() {
    let config = json!({"auths": {"a.test": {"auth": "!"}, "b.test": {"auth": auth("me", SECRET)}, "c.test": {}}});
    let place = Place::new().with_config(&config);
    assert_eq!(first(&place, "b.test").await, format!("me {SECRET}"));
    assert_eq!(first(&place, "c.test").await, "nobody");
    assert_eq!(first(&Place::new(), "a.test").await, "nobody");
}
