//! Logging in, logging out, listing: what is written where, and what is left alone.

use crate::credentials_place::{Place, SECRET, assert_failure, assert_no_secret, auth, basic, shown};
use longshore_images::{Attempt, Credentials, Listed, Secret, auth_entry, find, list, login, logout};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tokio::task::JoinSet;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn config(place: &Place) -> Value {
    serde_json::from_str(&fs::read_to_string(place.docker_config()).unwrap()).unwrap()
}

async fn found(place: &Place, host: &str) -> String {
    shown(&find(&place.settings(), host, Attempt::First).await.unwrap().credentials)
}

#[tokio::test]
async fn what_is_kept_is_found_and_readable_for_its_owner_alone() {
    let place = Place::new();
    for (host, credentials) in [
        ("r.test:5000", basic("me", SECRET)),
        ("docker.io", basic("me", "hub")),
        ("team.azurecr.io", Credentials::IdentityToken(Secret::new("refresh"))),
    ] {
        let kept = login(&place.settings(), host, &credentials).await.unwrap();
        assert!(!kept.is_encrypted);
        assert_eq!(kept.place, format!("auths of {}", place.docker_config().display()));
        assert_eq!(found(&place, host).await, shown(&credentials));
    }
    assert_eq!((mode(&place.docker_config()), mode(&place.path("docker"))), (0o600, 0o700));
    assert!(config(&place)["auths"]["https://index.docker.io/v1/"]["auth"].is_string());
    assert_eq!(fs::read_dir(place.path("docker")).unwrap().count(), 1);
}

#[tokio::test]
async fn everything_else_in_the_file_stays_in_its_order() {
    let text = r#"{"zeta": [1, {"b": null, "a": "ü"}], "auths": {"z.test": {"auth": "eDp5", "email": "e"}, "a.test": {}},
        "HttpHeaders": {"X-Meta": "1"}, "credHelpers": {"other.test": "x"}, "alpha": 12345678901234567890}"#;
    let place = Place::new();
    let file = place.write("docker/config.json", text);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    login(&place.settings(), "m.test", &basic("me", SECRET)).await.unwrap();
    assert_eq!(mode(&file), 0o600);
    let mut expected: Value = serde_json::from_str(text).unwrap();
    expected["auths"]["m.test"] = json!({"auth": auth("me", SECRET)});
    assert_eq!(config(&place).to_string(), expected.to_string());
    assert!(logout(&place.settings(), "m.test").await.unwrap());
    assert_eq!(config(&place).to_string(), serde_json::from_str::<Value>(text).unwrap().to_string());
}

#[tokio::test]
async fn a_link_stays_a_link_even_to_a_file_that_is_not_there_yet() {
    for is_there in [true, false] {
        let place = Place::new();
        fs::create_dir_all(place.path("docker")).unwrap();
        fs::create_dir_all(place.path("dotfiles")).unwrap();
        symlink("../dotfiles/config.json", place.docker_config()).unwrap();
        if is_there {
            place.write("dotfiles/config.json", "{}");
        }
        login(&place.settings(), "r.test", &basic("me", SECRET)).await.unwrap();
        assert!(fs::symlink_metadata(place.docker_config()).unwrap().is_symlink());
        assert!(fs::symlink_metadata(place.path("dotfiles/config.json")).unwrap().is_file());
        assert_eq!(found(&place, "r.test").await, format!("me {SECRET}"));
    }
}

#[tokio::test]
async fn logins_at_once_lose_nothing() {
    let place = Place::new();
    let mut logins = JoinSet::new();
    for index in 0..32 {
        let settings = place.settings();
        logins.spawn(async move { login(&settings, &format!("r{index}.test"), &basic("me", "p")).await.is_ok() });
    }
    assert!(logins.join_all().await.into_iter().all(|is_ok| is_ok));
    assert_eq!(config(&place)["auths"].as_object().unwrap().len(), 32);
}

#[tokio::test]
async fn a_helper_keeps_what_it_is_named_for() {
    let config_file = json!({"auths": {"registry.test": {"auth": auth("me", "as text")}}, "credsStore": "keeper"});
    let place = Place::new().with_config(&config_file).with_keeper("keeper");
    let kept = login(&place.settings(), "registry.test", &basic("me", SECRET)).await.unwrap();
    assert!(kept.is_encrypted && kept.place.contains("docker-credential-keeper"), "{}", kept.place);
    assert_eq!(found(&place, "registry.test").await, format!("me {SECRET}"));
    assert_eq!(config(&place)["auths"], json!({"registry.test": {}}));
    assert_no_secret(&fs::read_to_string(place.path("store/calls")).unwrap());
    assert!(logout(&place.settings(), "registry.test").await.unwrap());
    assert!(!logout(&place.settings(), "registry.test").await.unwrap());
    assert_eq!(found(&place, "registry.test").await, "nobody");
    assert_eq!(config(&place)["auths"], json!({}));
}

#[tokio::test]
async fn a_helper_that_does_not_keep_is_a_failure_without_the_secret() {
    let place = Place::new().with_config(&json!({"credHelpers": {"r.test": "x"}}));
    let script = r#"cat >&2; echo >&2; printf '%s\n' 'not implemented: hunter2:with"odd\bytes' >&2; exit 1"#;
    let place = place.with_helper("x", script);
    let result = login(&place.settings(), "r.test", &basic("me", SECRET)).await;
    let reason = assert_failure(result, "registry.helper_failed");
    assert!(reason.detail.unwrap().ends_with("\"Secret\":\"***\"}\nnot implemented: ***"));
    assert_eq!(config(&place), json!({"credHelpers": {"r.test": "x"}}));
}

#[tokio::test]
async fn logging_out_forgets_all_spellings_and_says_if_there_was_any() {
    let auths = json!({"auths": {
        "https://r.test/v1/": {"auth": auth("me", "1")}, "r.test": {"auth": auth("me", "2")}, "s.test": {"auth": auth("me", "3")},
    }});
    let place = Place::new().with_config(&auths);
    assert!(logout(&place.settings(), "r.test").await.unwrap());
    assert_eq!(config(&place), json!({"auths": {"s.test": {"auth": auth("me", "3")}}}));
    assert!(!logout(&place.settings(), "r.test").await.unwrap());
    let empty = Place::new();
    assert!(!logout(&empty.settings(), "r.test").await.unwrap());
    assert!(!empty.docker_config().exists());
}

#[tokio::test]
async fn a_list_has_hosts_users_and_places_and_no_secret() {
    let config_file = json!({
        "auths": {"r.test": {"auth": auth("me", SECRET)}, "registry.test": {}},
        "credHelpers": {"gone.test": "gone"}, "credsStore": "keeper",
    });
    let place = Place::new().with_config(&config_file).with_keeper("keeper");
    place.write("podman/auth.json", &json!({"auths": {"r.test/team": {"auth": auth("team", SECRET)}}}).to_string());
    let listed = list(&place.settings()).await.unwrap();
    let rows: Vec<_> = listed.iter().map(|Listed { host, username, .. }| (host.as_str(), username.as_str())).collect();
    let expected =
        [("docker.io", ""), ("gone.test", ""), ("r.test", "me"), ("r.test/team", "team"), ("registry.test", "keeper")];
    assert_eq!(rows, expected);
    assert_no_secret(&format!("{listed:?}"));
    let notices = place.notices.lock().unwrap().join("\n");
    assert!(notices.contains("docker-credential-gone"), "{notices}");
}

#[tokio::test]
async fn what_is_no_user_and_password_is_not_kept() {
    let place = Place::new();
    for credentials in [Credentials::Anonymous, basic("", SECRET), basic("me:you", SECRET), basic("me", "")] {
        assert_failure(login(&place.settings(), "r.test", &credentials).await, "registry.credentials_invalid");
    }
    assert!(!place.docker_config().exists());
}

#[test]
fn an_entry_has_the_key_that_docker_looks_for() {
    let (key, entry) = auth_entry("docker.io", &basic("me", "p")).unwrap();
    assert_eq!((key.as_str(), entry), ("https://index.docker.io/v1/", json!({"auth": auth("me", "p")})));
    assert_eq!(auth_entry("r.test:5000", &Credentials::Anonymous), None);
}

#[tokio::test]
async fn a_file_that_cannot_be_understood_is_not_overwritten() {
    let place = Place::new();
    let file = place.write("docker/config.json", "{ mine, by hand }");
    assert_failure(login(&place.settings(), "r.test", &basic("me", SECRET)).await, "registry.config_invalid");
    assert_eq!(fs::read_to_string(file).unwrap(), "{ mine, by hand }");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told() {
    let mut settings = Place::new().settings();
    settings.docker_config = "/proc/longshore/config.json".into();
    let reason = assert_failure(login(&settings, "r.test", &basic("me", SECRET)).await, "registry.config_unwritable");
    assert!(reason.message.contains("/proc/longshore/config.json"), "{}", reason.message);
}
