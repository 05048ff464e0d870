//! Pulling: once, again, two at once, after a kill, from mirrors, with tokens that live short.

use crate::place::{Place, elsewhere, here, name, noise, pushed, seed};
use longshore_images::{Descriptor, Digest, Freshness, RegistryOptions, media_type};
use longshore_test_support::registry::{Auth, Fault, Faults, Options, Registry, TokenAuth, User};
use serde_json::json;

fn plain() -> Registry {
    Registry::start(Options::default())
}

#[tokio::test]
async fn a_second_pull_asks_nobody() {
    let mut registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 100_000), noise(2, 5)]).await;
    let place = Place::for_registry(&registry);
    let pulled = place.images().pull(&image, &here(), Freshness::Stored).await.unwrap();
    assert_eq!(pulled, sent);
    for layer in &pulled.layers {
        assert_eq!(Digest::of(&place.images().store().read(&layer.digest).unwrap()), layer.digest);
    }
    registry.forget_requests();
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
    let by_digest = image.with_digest(sent.manifest.digest.clone());
    let again = place.images().pull(&by_digest, &here(), Freshness::Asked).await.unwrap();
    assert_eq!(again.manifest, sent.manifest);
    assert_eq!(registry.requests(), []);
}

#[tokio::test]
async fn what_is_asked_again_is_fetched_only_where_it_changed() {
    let mut registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let place = Place::for_registry(&registry);
    pushed(Place::for_registry(&registry), &image, &[noise(1, 1000)]).await;
    place.images().pull(&image, &here(), Freshness::Asked).await.unwrap();
    registry.forget_requests();
    place.images().pull(&image, &here(), Freshness::Asked).await.unwrap();
    let asked: Vec<String> = registry.requests().into_iter().map(|it| it.method).collect();
    assert_eq!(asked, ["GET", "HEAD"]); // /v2/, and the tag
    let changed = pushed(Place::for_registry(&registry), &image, &[noise(1, 1000), noise(2, 1000)]).await;
    registry.forget_requests();
    assert_eq!(place.images().pull(&image, &here(), Freshness::Asked).await.unwrap(), changed);
    let blobs = registry.requests().into_iter().filter(|it| it.path.contains("/blobs/"));
    assert_eq!(blobs.count(), 2); // the new configuration and the new layer
}

#[tokio::test]
async fn two_pulls_at_once_download_once() {
    let mut registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let layers: Vec<Vec<u8>> = (0..6).map(|seed| noise(seed, 300_000)).collect();
    pushed(Place::for_registry(&registry), &image, &layers).await;
    registry.forget_requests();
    let place = Place::for_registry(&registry);
    let (one, other) = (place.images(), place.images());
    let platform = here();
    let both =
        tokio::join!(one.pull(&image, &platform, Freshness::Asked), other.pull(&image, &platform, Freshness::Asked));
    assert_eq!(both.0.unwrap(), both.1.unwrap());
    let blobs = registry.requests().into_iter().filter(|it| it.path.contains("/blobs/"));
    assert_eq!(blobs.count(), 7);
}

#[tokio::test]
async fn a_pull_that_was_killed_goes_on_with_the_missing_bytes() {
    let registry = plain();
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 3_000_000)]).await;
    let layer = &sent.layers[0];
    let place = Place::for_registry(&registry);
    let blob = format!("GET /v2/team/x/blobs/{}", layer.digest);
    faults.add_times(1, &blob, Fault::Stall { after_bytes: 1_000_000 });
    let images = place.images();
    let platform = here();
    let part = place.settings.store_dir.join("ingest").join(layer.digest.hex());
    {
        let pull = images.pull(&image, &platform, Freshness::Stored);
        tokio::select! {
            _ = pull => panic!("a pull ended that cannot end"),
            () = faults.stalled(1) => {}
        }
    }
    drop(images);
    let there = wait_for_some(&part).await;
    faults.forget_requests();
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
    let ranges: Vec<_> = faults.requests_for(&blob).iter().map(|it| it.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges.len(), 1);
    let from: u64 = ranges[0].as_deref().unwrap().trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
    assert!(from >= there && from <= 1_000_000, "{from} of {there}");
}

/// The length of a part once no one writes it any more.
async fn wait_for_some(part: &std::path::Path) -> u64 {
    let part = part.to_owned();
    let waited = tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&part).unwrap();
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
        file.metadata().unwrap().len()
    });
    waited.await.unwrap()
}

#[tokio::test]
async fn a_part_that_was_damaged_on_the_disk_is_fetched_anew() {
    let registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 50_000)]).await;
    let place = Place::for_registry(&registry);
    let images = place.images();
    std::fs::write(place.settings.store_dir.join("ingest").join(sent.layers[0].digest.hex()), noise(9, 20_000))
        .unwrap();
    assert_eq!(images.pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
}

#[tokio::test]
async fn tokens_of_a_short_life_are_renewed_amid_a_pull() {
    let auth = TokenAuth::new([User::new("ada", "secret")], 2);
    let registry = Registry::start(Options { auth: Auth::Token(auth), tls: true, ..Options::default() });
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let layers: Vec<Vec<u8>> = (0..10).map(|seed| noise(seed, 100_000)).collect();
    let place = || Place::for_registry(&registry).at(faults.host()).with_password("ada", "secret");
    let sent = pushed(place(), &image, &layers).await;
    faults.add("GET /v2/*/blobs/", Fault::Slow { bytes_per_second: 100_000 });
    let before = registry.issuer().tokens();
    assert_eq!(place().images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
    assert!(registry.issuer().tokens() >= before + 2);
}

#[tokio::test]
async fn mirrors_go_first_and_one_that_fails_is_but_a_notice() {
    let (registry, mirror) = (plain(), plain());
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 1000)]).await;
    let mut place = Place::for_registry(&registry);
    let options = RegistryOptions { mirrors: vec![mirror.host()], ..RegistryOptions::default() };
    place.settings.registries.insert(registry.host(), options);
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
    assert!(place.notices()[0].contains(&mirror.host()), "{:?}", place.notices());

    pushed(Place::for_registry(&mirror), &name(&mirror.host(), "team/x:1"), &[noise(1, 1000)]).await;
    place.settings.store_dir = place.path("other");
    let mut registry = registry;
    registry.forget_requests();
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
    assert_eq!(registry.requests(), []);
}

#[tokio::test]
async fn an_image_for_another_machine_is_told_with_the_machines_that_there_are() {
    let registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let images = Place::for_registry(&registry);
    let images = images.images();
    let foreign = seed(&images, &image, &elsewhere(), &[noise(1, 10)]);
    images.push(&foreign, &image).await.unwrap();
    let other = Place::for_registry(&registry);
    let failure = other.images().pull(&image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "image.wrong_architecture");
    assert!(failure.message.contains(&elsewhere().to_string()) && failure.message.contains("--platform"));
    assert!(!other.images().store().has(&foreign.layers[0].digest), "layers of no use were fetched");

    // The same of an index, which is put by hand.
    let entry = Descriptor { platform: Some(elsewhere()), ..foreign.manifest.clone() };
    let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [entry]}).to_string();
    let url = format!("http://{}/v2/team/x/manifests/list", registry.host());
    let put = reqwest::Client::new().put(url).header("content-type", media_type::OCI_INDEX).body(index);
    assert_eq!(put.send().await.unwrap().status(), 201);
    let list = image.with_tag("list").unwrap();
    assert_eq!(other.images().resolve(&list, Some(&here())).await.unwrap_err().code, "image.wrong_architecture");
    let resolved = other.images().resolve(&list, Some(&elsewhere())).await.unwrap();
    assert_eq!((resolved.manifest.digest, resolved.platforms), (foreign.manifest.digest.clone(), vec![elsewhere()]));
    let pulled = other.images().pull(&list, &elsewhere(), Freshness::Stored).await.unwrap();
    assert_eq!(pulled.manifest.digest, foreign.manifest.digest);
    assert!(other.images().stored(&list, &elsewhere()).unwrap().is_some());
}

#[tokio::test]
async fn inspecting_shows_what_an_image_is_and_no_values_of_variables() {
    let registry = plain();
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 1000)]).await;
    let shown = Place::for_registry(&registry).images().inspect(&image).await.unwrap();
    assert_eq!((shown.digest.clone(), shown.entrypoint.clone()), (sent.manifest.digest, vec!["/bin/x".to_owned()]));
    assert_eq!((shown.env.clone(), shown.user.as_str()), (vec!["PATH".to_owned(), "TOKEN".to_owned()], "1000"));
    assert_eq!(shown.platforms[0].compressed_bytes, 1000 + sent.config.size);
    assert!(!serde_json::to_string(&shown).unwrap().contains("hunter2"));
    assert_eq!(Place::for_registry(&registry).images().tags(&image).await.unwrap(), ["1"]);
}
