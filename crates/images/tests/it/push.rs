//! Pushing, attaching, and what is not moved twice.

use crate::place::{Place, here, name, noise, patience, pushed, seed};
use longshore_images::{Freshness, Images, Patience, media_type};
use longshore_test_support::registry::{Fault, Faults, Options, Registry};
use std::time::Duration;

#[tokio::test]
async fn what_is_there_is_not_pushed_again_and_the_digest_comes_before_the_tag() {
    let mut registry = Registry::start(Options::default());
    let image = name(&registry.host(), "team/x:1");
    let place = Place::for_registry(&registry);
    let images = place.images();
    let sent = seed(&images, &image, &here(), &[noise(1, 1000), noise(1, 1000), noise(2, 10)]);
    assert_eq!(images.push(&sent, &image).await.unwrap(), sent.manifest.digest);
    let puts = registry.requests().into_iter().filter(|it| it.method == "PUT").map(|it| it.path);
    let puts: Vec<String> = puts.filter(|path| path.contains("/manifests/")).collect();
    let by = |wanted: &str| format!("/v2/team/x/manifests/{wanted}");
    assert_eq!(puts, [by(sent.manifest.digest.as_str()), by("1")]);
    registry.forget_requests();
    images.push(&sent, &image.with_tag("2").unwrap()).await.unwrap();
    assert!(registry.requests().iter().all(|it| it.method != "POST"), "a blob was pushed again");
}

#[tokio::test]
async fn contents_of_another_repository_are_taken_over() {
    let mut registry = Registry::start(Options::default());
    let image = name(&registry.host(), "team/x:1");
    let place = Place::for_registry(&registry);
    let images = place.images();
    let sent = seed(&images, &image, &here(), &[noise(1, 1000)]);
    images.push(&sent, &image).await.unwrap();
    registry.forget_requests();
    images.push(&sent, &name(&registry.host(), "team/y:1")).await.unwrap();
    let sent_bytes = registry.requests().into_iter().filter(|it| it.method == "PUT" && it.path.contains("/uploads/"));
    assert_eq!(sent_bytes.count(), 0);
}

#[tokio::test]
async fn an_upload_that_is_cut_is_done_again() {
    let registry = Registry::start(Options::default());
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    faults.add_times(2, "PUT /v2/*/blobs/uploads/", Fault::CutUpload { after_bytes: 1000 });
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 500_000)]).await;
    faults.clear();
    let place = Place::for_registry(&registry);
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
}

#[tokio::test]
async fn a_damaged_content_is_never_pushed() {
    let registry = Registry::start(Options::default());
    let image = name(&registry.host(), "team/x:1");
    let place = Place::for_registry(&registry);
    let images = place.images();
    let sent = seed(&images, &image, &here(), &[noise(1, 1000)]);
    std::fs::write(images.store().blob_path(&sent.layers[0].digest), noise(2, 1000)).unwrap();
    assert_eq!(images.push(&sent, &image).await.unwrap_err().code, "image.store_damaged");
    assert!(!images.store().has(&sent.layers[0].digest));
}

#[tokio::test]
async fn what_is_attached_is_found_by_its_subject() {
    let registry = Registry::start(Options::default());
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 10)]).await;
    let place = Place::for_registry(&registry);
    let images = place.images();
    let attach = async |text: &str| {
        let (kind, to) = ("application/spdx+json", &image);
        images.attach(&sent.manifest, kind, text.as_bytes(), to).await.unwrap()
    };
    let first = attach("{\"a\":1}").await;
    let again = attach("{\"a\":1}").await;
    assert_eq!((&again.digest, first.is_new, again.is_new), (&first.digest, true, false));
    let second = attach("{\"a\":2}").await;
    let tag = image.with_tag(&sent.manifest.digest.as_str().replace(':', "-")).unwrap();
    let url = format!("http://{}/v2/team/x/manifests/{}", registry.host(), tag.tag().unwrap());
    let asked = reqwest::Client::new().get(url).header("accept", media_type::OCI_INDEX);
    let index = asked.send().await.unwrap().text().await.unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let listed: Vec<&str> =
        index["manifests"].as_array().unwrap().iter().map(|it| it["digest"].as_str().unwrap()).collect();
    assert_eq!(listed, [first.digest.as_str(), second.digest.as_str()]);
    assert_eq!(index["manifests"][0]["artifactType"], "application/spdx+json");
}

#[tokio::test]
async fn an_upload_that_is_not_answered_is_not_waited_for_without_end() {
    let registry = Registry::start(Options::default());
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let place = Place::for_registry(&registry);
    let short = Patience { silence: Duration::from_millis(50), tries: 2, ..patience() };
    let images = Images::new(place.settings.clone()).unwrap().with_patience(short);
    let stored = seed(&images, &image, &here(), &[noise(1, 1000)]);
    faults.add("PUT /v2/*/blobs/uploads/", Fault::Hang);
    assert_eq!(images.push(&stored, &image).await.unwrap_err().code, "registry.timeout");
}
