//! What the proxy does to a client.

use crate::skopeo::{Skopeo, assert_done, assert_refused};
use longshore_test_support::registry::{Auth, Fault, Faults, Options, Registry, Seen, User};
use std::time::Instant;

struct Scene {
    registry: Registry,
    faults: Faults,
    skopeo: Skopeo,
}

const ADA: &str = "ada:right";

/// A registry with an image, and the proxy before it.
fn scene(tls: bool) -> Scene {
    let auth = Auth::Htpasswd(vec![User::new("ada", "right")]);
    let (registry, skopeo) = (Registry::start(Options { auth, tls, ..Options::default() }), Skopeo::new());
    assert_done(&skopeo.push(&registry, ADA));
    Scene { faults: Faults::start(&registry), registry, skopeo }
}

impl Scene {
    fn pull(&self) -> std::process::Output {
        self.skopeo.pull(&self.registry, &self.faults.host(), ADA)
    }
}

#[test]
fn without_faults_the_proxy_is_the_registry() {
    let scene = scene(true);
    assert_done(&scene.pull());
    let blobs = scene.faults.requests_for("GET /v2/team/image/blobs/");
    assert_eq!(blobs.len(), 2, "{blobs:?}");
    assert!(blobs.iter().all(|seen| seen.status == 200 && seen.header("authorization").is_some()));
}

#[test]
fn credentials_do_not_follow_to_the_other_host() {
    let scene = scene(true);
    scene.faults.add("GET */blobs/", Fault::Redirect);
    assert_done(&scene.pull());
    let elsewhere = scene.faults.requests_elsewhere();
    assert_eq!(elsewhere.len(), 2, "{elsewhere:?}");
    assert!(elsewhere.iter().all(|seen: &Seen| seen.status == 200 && seen.header("authorization").is_none()));
}

#[test]
fn one_changed_byte_is_noticed() {
    let scene = scene(false);
    scene.faults.add("GET /v2/team/image/blobs/", Fault::FlipByte { at: 50 });
    assert_refused(&scene.pull(), "sha256");
}

#[test]
fn a_body_is_cut_as_often_as_was_said() {
    let scene = scene(false);
    scene.faults.add_times(1, "GET /v2/team/image/blobs/", Fault::Cut { after_bytes: 10 });
    assert_refused(&scene.pull(), "unexpected EOF");
    assert_done(&scene.pull());
}

#[test]
fn a_slow_body_takes_its_time() {
    let scene = scene(false);
    scene.faults.add("GET /v2/team/image/blobs/", Fault::Slow { bytes_per_second: 100_000 });
    let begin = Instant::now();
    assert_done(&scene.pull());
    assert!(begin.elapsed().as_secs_f64() > 0.9, "{:?}", begin.elapsed());
}

#[test]
fn answers_in_place_of_the_registry_are_those_that_were_said() {
    let scene = scene(false);
    scene.faults.add("/manifests/", Fault::Html);
    assert_refused(&scene.pull(), "invalid character '<'");
    scene.faults.clear();
    scene.faults.add("/manifests/", Fault::Status { code: 503, retry_after_seconds: None });
    assert_refused(&scene.pull(), "503");
}

#[test]
fn a_test_can_wait_for_a_body_that_stalls() {
    let Scene { registry, faults, skopeo } = scene(false);
    faults.add("GET /v2/team/image/blobs/", Fault::Stall { after_bytes: 10 });
    let host = faults.host();
    std::thread::scope(|scope| {
        let pull = scope.spawn(|| skopeo.pull(&registry, &host, ADA));
        faults.wait_until_arrived("GET /v2/team/image/blobs/");
        faults.wait_until_stalled(1);
        drop(faults);
        assert_refused(&pull.join().unwrap(), "");
    });
}
