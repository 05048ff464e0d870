//! One store in the hands of two processes, one of which may be killed. A test starts itself again as those processes.

use crate::place::{Place, here, name, noise, pushed};
use longshore_images::{Freshness, ImageName, RegistryOptions};
use longshore_test_support::registry::{Fault, Faults, Options, Registry};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Tells a process that it is one of those: what it pulls, and into which store.
const IMAGE: &str = "LONGSHORE_TEST_IMAGE";
const STORE: &str = "LONGSHORE_TEST_STORE";

/// Pulls, if this is such a process; says whether it was.
async fn is_puller() -> bool {
    let (Ok(image), Some(store)) = (std::env::var(IMAGE), std::env::var_os(STORE)) else { return false };
    let mut place = Place::new(RegistryOptions { plain_http: true, ..RegistryOptions::default() });
    place.settings.store_dir = store.into();
    place.images().pull(&image.parse().unwrap(), &here(), Freshness::Asked).await.unwrap();
    true
}

fn start(test: &str, image: &ImageName, store: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("processes::{test}")]).env(IMAGE, image.to_string()).env(STORE, store);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
async fn two_processes_download_once() {
    if is_puller().await {
        return;
    }
    let registry = Registry::start(Options::default());
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let layers: Vec<Vec<u8>> = (0..5).map(|seed| noise(seed, 100_000)).collect();
    let sent = pushed(Place::for_registry(&registry), &image, &layers).await;
    faults.forget_requests();
    faults.add("GET /v2/*/blobs/", Fault::Slow { bytes_per_second: 200_000 });
    let place = Place::for_registry(&registry);
    let store = &place.settings.store_dir;
    let children: Vec<Child> = (0..2).map(|_| start("two_processes_download_once", &image, store)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(faults.requests_for("GET /v2/*/manifests/1").len(), 2, "only one of them pulled");
    assert_eq!(faults.requests_for("GET /v2/*/blobs/").len(), layers.len() + 1);
    assert_eq!(place.images().stored(&image, &here()).unwrap(), Some(sent));
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_its_part_to_the_next() {
    if is_puller().await {
        return;
    }
    let registry = Registry::start(Options::default());
    let faults = Faults::start(&registry);
    let image = name(&faults.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 3_000_000)]).await;
    let blob = format!("GET /v2/team/x/blobs/{}", sent.layers[0].digest);
    faults.add_times(1, &blob, Fault::Stall { after_bytes: 2_000_000 });
    let place = Place::for_registry(&registry);
    let mut killed = start("a_process_that_is_killed_leaves_its_part_to_the_next", &image, &place.settings.store_dir);
    faults.stalled(1).await;
    faults.forget_requests();
    // The other one waits for the first, which holds its part.
    let mut other = start("a_process_that_is_killed_leaves_its_part_to_the_next", &image, &place.settings.store_dir);
    faults.arrived("GET /v2/*/manifests/1").await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(other.wait().unwrap().success());
    let [rest] = &faults.requests_for(&blob)[..] else { panic!("the layer was asked for more than once") };
    assert!(rest.header("range").is_some_and(|range| range != "bytes=0-"), "{rest:?}");
    assert_eq!(place.images().stored(&image, &here()).unwrap(), Some(sent));
}
