//! Copying between registries, for all machines.

use crate::place::{Place, elsewhere, here, name, noise, seed};
use longshore_images::{Descriptor, Freshness, media_type};
use longshore_test_support::registry::{Options, Registry};
use serde_json::json;

#[tokio::test]
async fn a_copy_has_the_same_digest_for_all_machines() {
    let (source, target) = (Registry::start(Options::default()), Registry::start(Options::default()));
    let from = name(&source.host(), "team/x:1");
    let place = Place::for_registry(&source);
    let images = place.images();
    let mut entries = Vec::new();
    for (platform, seed_of) in [(here(), 1), (elsewhere(), 2)] {
        let image = seed(&images, &from, &platform, &[noise(seed_of, 100_000)]);
        images.push(&image, &from).await.unwrap();
        entries.push(Descriptor { platform: Some(platform), ..image.manifest });
    }
    let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries}).to_string();
    let url = format!("http://{}/v2/team/x/manifests/1", source.host());
    let put = reqwest::Client::new().put(url).header("content-type", media_type::OCI_INDEX).body(index.clone());
    assert_eq!(put.send().await.unwrap().status(), 201);

    let to = name(&target.host(), "other/y:2");
    let other = Place::for_registry(&source);
    let digest = other.images().copy(&from, &to).await.unwrap();
    assert_eq!(digest, longshore_images::Digest::of(index.as_bytes()));
    for platform in [here(), elsewhere()] {
        let pulled = other.images().pull(&to, &platform, Freshness::Asked).await.unwrap();
        assert_eq!(pulled.root.digest, digest);
    }
}

#[tokio::test]
async fn copying_again_moves_no_contents() {
    let (source, mut target) = (Registry::start(Options::default()), Registry::start(Options::default()));
    let (from, to) = (name(&source.host(), "team/x:1"), name(&target.host(), "team/x:1"));
    crate::place::pushed(Place::for_registry(&source), &from, &[noise(1, 1000)]).await;
    let place = Place::for_registry(&source);
    place.images().copy(&from, &to).await.unwrap();
    target.forget_requests();
    place.images().copy(&from, &to).await.unwrap();
    assert!(target.requests().iter().all(|it| it.method != "POST"));
}
