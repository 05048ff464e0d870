//! Registries that fail, lie, or are none: each has its code, and what may pass is tried again.

use crate::place::{Place, here, name, noise, patience, pushed};
use longshore_images::{Digest, Freshness, ImageName, RegistryOptions, StoredImage};
use longshore_protocol::FailureReason;
use longshore_test_support::registry::{Auth, Fault, Faults, Options, Registry, User};
use std::time::Duration;

/// A registry with an image of one layer, behind faults.
struct Case {
    registry: Registry,
    faults: Faults,
    image: ImageName,
    sent: StoredImage,
}

impl Case {
    async fn new(options: Options) -> Self {
        let registry = Registry::start(options);
        let faults = Faults::start(&registry);
        let image = name(&faults.host(), "team/x:1");
        let sent = pushed(Self::place_of(&registry, &faults), &image, &[noise(1, 200_000)]).await;
        faults.forget_requests();
        Self { registry, faults, image, sent }
    }

    async fn plain() -> Self {
        Self::new(Options::default()).await
    }

    fn place_of(registry: &Registry, faults: &Faults) -> Place {
        let place = Place::for_registry(registry).at(faults.host());
        if registry.users().is_empty() { place } else { place.with_user(&registry.users()[0]) }
    }

    async fn pull(&self) -> Result<StoredImage, FailureReason> {
        Self::place_of(&self.registry, &self.faults).images().pull(&self.image, &here(), Freshness::Stored).await
    }

    async fn code(&self) -> String {
        let failure = self.pull().await.unwrap_err();
        assert!(failure.message.contains(&self.faults.host()), "{}", failure.message);
        failure.code
    }

    /// The file of a content in the registry.
    fn data(&self, digest: &Digest) -> std::path::PathBuf {
        let blobs = self.registry.storage().join("docker/registry/v2/blobs/sha256");
        blobs.join(&digest.hex()[..2]).join(digest.hex()).join("data")
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let case = Case::plain().await;
    for status in [500, 503, 429] {
        case.faults.add_times(2, "/manifests/", Fault::Status { code: status, retry_after_seconds: None });
        case.faults.add_times(2, "GET /v2/*/blobs/", Fault::Cut { after_bytes: 1000 });
        assert_eq!(case.pull().await.unwrap(), case.sent);
        case.faults.clear();
    }
}

#[tokio::test]
async fn what_does_not_pass_has_its_code() {
    let case = Case::plain().await;
    for (status, code) in [(500, "registry.failed"), (429, "registry.rate_limited")] {
        case.faults.add("/manifests/", Fault::Status { code: status, retry_after_seconds: None });
        assert_eq!(case.code().await, code);
        case.faults.clear();
    }
    case.faults.add("", Fault::Html);
    assert_eq!(case.code().await, "registry.not_a_registry");
    case.faults.clear();
    case.faults.add("/manifests/", Fault::Html);
    assert_eq!(case.code().await, "image.manifest_invalid");
}

#[tokio::test]
async fn what_is_forbidden_lacks_credentials_or_the_right() {
    let forbidden = || Fault::Status { code: 403, retry_after_seconds: None };
    let case = Case::plain().await;
    case.faults.add("/manifests/", forbidden());
    assert_eq!(case.code().await, "registry.credentials_missing");
    let auth = Auth::Htpasswd(vec![User::new("ada", "secret")]);
    let case = Case::new(Options { auth, ..Options::default() }).await;
    case.faults.add("/manifests/", forbidden());
    assert_eq!(case.code().await, "registry.denied");
}

#[tokio::test]
async fn a_registry_that_does_not_know_head_is_asked_for_the_whole_manifest() {
    let case = Case::plain().await;
    let place = Case::place_of(&case.registry, &case.faults);
    for _ in 0..2 {
        case.faults.add("HEAD /v2/*/manifests/", Fault::Status { code: 405, retry_after_seconds: None });
        assert_eq!(place.images().pull(&case.image, &here(), Freshness::Asked).await.unwrap(), case.sent);
    }
    assert_eq!(case.faults.requests_for("HEAD /v2/*/manifests/").len(), 1);
}

#[tokio::test]
async fn a_layer_goes_on_after_a_cut_with_what_is_missing() {
    let case = Case::plain().await;
    let blob = format!("/blobs/{}", case.sent.layers[0].digest);
    case.faults.add_times(1, &blob, Fault::Cut { after_bytes: 50_000 });
    assert_eq!(case.pull().await.unwrap(), case.sent);
    let ranges: Vec<_> =
        case.faults.requests_for(&blob).iter().map(|it| it.header("range").unwrap_or("").to_owned()).collect();
    assert_eq!(ranges.len(), 2);
    assert!(ranges[1].starts_with("bytes=") && ranges[1] != "bytes=0-", "{ranges:?}");
}

#[tokio::test]
async fn a_registry_without_ranges_is_read_from_the_beginning() {
    let case = Case::plain().await;
    let blob = format!("/blobs/{}", case.sent.layers[0].digest);
    case.faults.add_times(1, &blob, Fault::Cut { after_bytes: 50_000 });
    case.faults.add(&blob, Fault::IgnoreRange);
    assert_eq!(case.pull().await.unwrap(), case.sent);
}

#[tokio::test]
async fn bytes_that_are_others_are_never_kept() {
    let case = Case::plain().await;
    let layer = &case.sent.layers[0].digest;
    case.faults.add(&format!("/blobs/{layer}"), Fault::FlipByte { at: 100 });
    let place = Case::place_of(&case.registry, &case.faults);
    let failure = place.images().pull(&case.image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "image.digest_mismatch");
    assert!(!place.images().store().has(layer));
    case.faults.clear();
    case.faults.add("GET /v2/*/manifests/", Fault::FlipByte { at: 30 });
    assert_eq!(case.code().await, "image.digest_mismatch");
    case.faults.clear();
    assert_eq!(place.images().pull(&case.image, &here(), Freshness::Stored).await.unwrap(), case.sent);
}

#[tokio::test]
async fn a_layer_that_always_ends_too_early_is_told() {
    let case = Case::plain().await;
    let layer = &case.sent.layers[0].digest;
    let whole = std::fs::read(case.data(layer)).unwrap();
    std::fs::write(case.data(layer), &whole[..1000]).unwrap();
    assert_eq!(case.code().await, "image.truncated");
    std::fs::write(case.data(layer), whole).unwrap();
    case.faults.add(&format!("/blobs/{layer}"), Fault::Cut { after_bytes: 0 });
    assert_eq!(case.code().await, "image.truncated");
}

#[tokio::test]
async fn a_manifest_that_was_tampered_with_is_not_used() {
    let case = Case::plain().await;
    let file = case.data(&case.sent.manifest.digest);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("schemaVersion\":2", "schemaVersion\":1")).unwrap();
    let by_digest = case.image.with_digest(case.sent.manifest.digest.clone());
    let place = Case::place_of(&case.registry, &case.faults);
    for image in [&case.image, &by_digest] {
        let failure = place.images().pull(image, &here(), Freshness::Stored).await.unwrap_err();
        assert_eq!(failure.code, "image.digest_mismatch", "{failure:?}");
        assert!(!place.images().store().has(&case.sent.manifest.digest));
    }
}

#[tokio::test]
async fn missing_tags_and_missing_repositories_are_two_things() {
    let case = Case::plain().await;
    let place = Case::place_of(&case.registry, &case.faults);
    let images = place.images();
    let code = async |rest: &str| {
        let image = name(&case.faults.host(), rest);
        images.pull(&image, &here(), Freshness::Stored).await.unwrap_err().code
    };
    assert_eq!(code("team/x:2").await, "image.not_found");
    assert_eq!(code("team/nothing:1").await, "image.repository_not_found");
    assert_eq!(code(&format!("team/x@{}", Digest::of(b"nothing"))).await, "image.not_found");
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    for tls in [false, true] {
        let auth = Auth::Htpasswd(vec![User::new("ada", "secret")]);
        let case = Case::new(Options { auth, tls, ..Options::default() }).await;
        case.faults.add("GET /v2/*/blobs/", Fault::Redirect);
        assert_eq!(case.pull().await.unwrap(), case.sent);
        let elsewhere = case.faults.requests_elsewhere();
        assert!(elsewhere.len() >= 2, "nobody was redirected");
        assert!(elsewhere.iter().all(|it| it.header("authorization").is_none()));
    }
}

#[tokio::test]
async fn a_registry_that_is_silent_is_not_waited_for_without_end() {
    let case = Case::plain().await;
    case.faults.add("/manifests/", Fault::Hang);
    let place = Case::place_of(&case.registry, &case.faults);
    let short = longshore_images::Patience { silence: Duration::from_millis(200), tries: 2, ..patience() };
    let images = longshore_images::Images::new(place.settings.clone()).unwrap().with_patience(short);
    let failure = images.pull(&case.image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "registry.timeout");
}

#[tokio::test]
async fn a_registry_that_is_down_is_told_at_once() {
    let mut case = Case::plain().await;
    let image = name(&case.registry.host(), "team/x:1");
    case.registry.stop();
    let place = Place::new(RegistryOptions { plain_http: true, ..RegistryOptions::default() });
    let failure = place.images().pull(&image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "registry.unreachable");
    case.registry.restart();
    place.images().pull(&image, &here(), Freshness::Stored).await.unwrap();
}

#[tokio::test]
async fn what_tls_lacks_is_told_with_the_option_that_helps() {
    let secure = Registry::start(Options { tls: true, ..Options::default() });
    let plain = Registry::start(Options::default());
    let told = async |registry: &Registry, options: RegistryOptions| {
        let image = name(&registry.host(), "team/x:1");
        let failure = Place::new(options).images().pull(&image, &here(), Freshness::Stored).await.unwrap_err();
        (failure.code, failure.message)
    };
    let (code, message) = told(&secure, RegistryOptions::default()).await;
    assert_eq!(code, "registry.tls");
    assert!(message.contains("--ca-file"), "{message}");
    let (code, message) = told(&plain, RegistryOptions::default()).await;
    assert_eq!(code, "registry.speaks_http", "{message}");
    assert!(message.contains("--plain-http"), "{message}");
    let (code, message) = told(&secure, RegistryOptions { plain_http: true, ..RegistryOptions::default() }).await;
    assert_eq!(code, "registry.speaks_https", "{message}");
}
