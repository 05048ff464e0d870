//! Who asks: credentials that are missing, wrong, good, and good for less than is wanted.

use crate::place::{Place, here, name, noise, pushed, seed};
use longshore_images::{Access, Credentials, Freshness, Secret};
use longshore_test_support::registry::{Auth, Fault, Faults, Options, Registry, TokenAuth, User};

fn users() -> [User; 2] {
    [User::new("ada", "secret"), User::new("reader", "read").pull_only()]
}

fn basic() -> Registry {
    let auth = Auth::Htpasswd(users().to_vec());
    Registry::start(Options { auth, tls: true, ..Options::default() })
}

fn token() -> Registry {
    Registry::start(Options { auth: Auth::Token(TokenAuth::new(users(), 15)), ..Options::default() })
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_two_things() {
    for registry in [basic(), token()] {
        let image = name(&registry.host(), "team/x:1");
        pushed(Place::for_registry(&registry).with_password("ada", "secret"), &image, &[noise(1, 10)]).await;
        let pull = async |place: Place| place.images().pull(&image, &here(), Freshness::Stored).await;
        let missing = pull(Place::for_registry(&registry)).await.unwrap_err();
        assert_eq!(missing.code, "registry.credentials_missing", "{missing:?}");
        assert!(missing.message.contains("longshore registry login"), "{}", missing.message);
        let wrong = pull(Place::for_registry(&registry).with_password("ada", "sesame")).await.unwrap_err();
        assert_eq!(wrong.code, "registry.credentials_rejected", "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("sesame"));
        pull(Place::for_registry(&registry).with_password("ada", "secret")).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_may_only_pull_is_denied_a_push() {
    let registry = token();
    let image = name(&registry.host(), "team/x:1");
    let place = Place::for_registry(&registry).with_password("reader", "read");
    let images = place.images();
    let stored = seed(&images, &image, &here(), &[noise(1, 10)]);
    let denied = images.push(&stored, &image).await.unwrap_err();
    assert_eq!(denied.code, "registry.denied", "{denied:?}");
}

#[tokio::test]
async fn an_identity_token_is_changed_for_tokens() {
    let registry = token();
    let image = name(&registry.host(), "team/x:1");
    let token = Credentials::IdentityToken(Secret::new(registry.issuer().refresh_token("ada")));
    let place = Place::for_registry(&registry).with_credentials(&token);
    let images = place.images();
    let stored = seed(&images, &image, &here(), &[noise(1, 10)]);
    images.push(&stored, &image).await.unwrap();
    assert!(registry.issuer().issued().iter().any(|it| it.way == "refresh_token"));
    registry.issuer().revoke_refresh_tokens();
    let rejected = place.images().push(&stored, &image).await.unwrap_err();
    assert_eq!(rejected.code, "registry.credentials_rejected", "{rejected:?}");
}

#[tokio::test]
async fn a_check_proves_each_right_and_leaves_nothing_behind() {
    for registry in [basic(), token()] {
        let image = name(&registry.host(), "team/x:1");
        let user = || Place::for_registry(&registry).with_password("ada", "secret");
        pushed(user(), &image, &[noise(1, 10)]).await;
        let steps = user().images().check(&image, Access::Both).await;
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names, ["reachable", "credentials", "pull", "push"]);
        assert!(steps.iter().all(|step| step.failure.is_none()), "{steps:?}");
        let last = registry.requests().pop().unwrap();
        assert_eq!((last.method.as_str(), last.status), ("DELETE", 204)); // the upload that proved it
    }
}

#[tokio::test]
async fn a_check_says_which_right_is_missing() {
    let registry = token();
    let image = name(&registry.host(), "team/x:1");
    pushed(Place::for_registry(&registry).with_password("ada", "secret"), &image, &[noise(1, 10)]).await;
    let reader = Place::for_registry(&registry).with_password("reader", "read");
    let steps = reader.images().check(&image, Access::Both).await;
    let found: Vec<_> =
        steps.iter().map(|step| (step.name, step.failure.as_ref().map(|failure| failure.code.as_str()))).collect();
    assert_eq!(found[2..], [("pull", None), ("push", Some("registry.denied"))]);
}

#[tokio::test]
async fn credentials_do_not_go_to_a_token_server_without_tls_unless_that_was_told() {
    let registry = token();
    let image = name(&registry.host(), "team/x:1");
    let mut place = Place::for_registry(&registry).with_password("ada", "secret");
    place.settings.registries.insert(registry.host(), place.settings.all_registries.clone());
    place.settings.all_registries.plain_http = false;
    let refused = place.images().pull(&image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(refused.code, "registry.insecure_realm", "{refused:?}");
    assert_eq!(registry.issuer().tokens(), 0);
}

#[tokio::test]
async fn a_login_is_verified_before_it_is_kept() {
    for registry in [basic(), token()] {
        let place = Place::for_registry(&registry);
        let credentials =
            |password: &str| Credentials::Basic { username: "ada".to_owned(), password: Secret::new(password) };
        place.images().verify_login(&registry.host(), &credentials("secret")).await.unwrap();
        let wrong = place.images().verify_login(&registry.host(), &credentials("sesame")).await.unwrap_err();
        assert_eq!(wrong.code, "registry.credentials_rejected", "{wrong:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_made_anew() {
    let registry = token();
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let place = || Place::for_registry(&registry).at(faults.host()).with_password("ada", "secret");
    let sent = pushed(place(), &image, &[noise(1, 10)]).await;
    let images = place();
    let images = images.images();
    images.resolve(&image, None).await.unwrap();
    let before = registry.issuer().tokens();
    for pattern in ["/manifests/", "GET /v2/*/blobs/"] {
        faults.add_times(1, pattern, Fault::Status { code: 401, retry_after_seconds: None });
    }
    let pulled = images.pull(&image, &here(), Freshness::Stored).await;
    assert_eq!(pulled.map_err(|failure| failure.message), Ok(sent));
    assert!(registry.issuer().tokens() > before);
}

#[tokio::test]
async fn a_registry_that_asks_only_who_pushes_is_told() {
    let registry = Registry::start(Options::default());
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    faults.add_times(1, "POST /v2/*/blobs/uploads/", Fault::Status { code: 401, retry_after_seconds: None });
    pushed(Place::for_registry(&registry).at(faults.host()).with_password("ada", "secret"), &image, &[noise(1, 10)])
        .await;
    let uploads = faults.requests_for("POST /v2/*/blobs/uploads/");
    assert!(uploads.iter().any(|it| it.header("authorization").is_some()));
    faults.add("POST /v2/*/blobs/uploads/", Fault::Status { code: 401, retry_after_seconds: None });
    let nobody = Place::for_registry(&registry);
    let images = nobody.images();
    let other = seed(&images, &image, &here(), &[noise(2, 10)]);
    assert_eq!(images.push(&other, &image).await.unwrap_err().code, "registry.credentials_missing");
}

#[tokio::test]
async fn a_repository_may_have_credentials_of_its_own() {
    let registry = basic();
    let image = name(&registry.host(), "team/x:1");
    pushed(Place::for_registry(&registry).with_password("ada", "secret"), &image, &[noise(1, 10)]).await;
    let mut place = Place::for_registry(&registry);
    let entry = |password: &str| serde_json::json!({"username": "ada", "password": password});
    let host = registry.host();
    let auths = serde_json::json!({"auths": {host.clone(): entry("old"), format!("{host}/team"): entry("secret")}});
    let file = place.path("auth.json");
    std::fs::write(&file, auths.to_string()).unwrap();
    place.settings.podman_auth = vec![file];
    place.images().pull(&image, &here(), Freshness::Stored).await.unwrap();
    let other = name(&host, "other/x:1");
    let failure = place.images().pull(&other, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "registry.credentials_rejected");
}
