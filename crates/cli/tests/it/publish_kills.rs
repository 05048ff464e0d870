//! A publication that is killed anywhere: the same command again does what is missing, and nothing twice.

use crate::registry_stage::{Machine, kill_when, private, steps, succeed};
use longshore_test_support::registry::{Fault, Faults, Seen};

/// Requests that never get their answer while Longshore is killed, and whether the version has its tag by then.
const POINTS: [(&str, bool); 12] = [
    ("/source-counting/manifests/0.1.0", false),
    ("HEAD /v2/*/source-counting/blobs/sha256:", false),
    ("POST /v2/*/source-counting/blobs/uploads/", false),
    ("PUT /v2/*/source-counting/blobs/uploads/", false),
    ("PUT /v2/*/source-counting/manifests/sha256:", false),
    ("PUT /v2/*/source-counting/manifests/0.1.0", false),
    ("PUT /v2/*/source-counting/manifests/sha256-", true),
    ("PUT /v2/*/source-counting/manifests/latest", true),
    ("HEAD /v2/*/index/blobs/sha256:", true),
    ("POST /v2/*/index/blobs/uploads/", true),
    ("PUT /v2/*/index/blobs/uploads/", true),
    ("PUT /v2/*/index/manifests/latest", true),
];

fn has_tag(machine: &Machine, image: &str) -> bool {
    machine.run(&["image", "inspect", image, "--json"]).code == 0
}

/// The contents that went up, each as often as it did.
fn contents(seen: &[Seen]) -> Vec<String> {
    let ended = seen.iter().filter(|it| it.method == "PUT" && it.path.contains("/blobs/uploads/") && it.status == 201);
    let digest = |it: &Seen| it.path.split("digest=").nth(1).unwrap_or_default().to_owned();
    ended.map(digest).collect()
}

#[test]
fn a_publication_that_is_killed_anywhere_is_finished_by_the_next() {
    let registry = private();
    let builder = Machine::without_engine(&registry);
    let project = builder.project("source-counting");
    for (point, (at, has_its_tag)) in POINTS.into_iter().enumerate() {
        let faults = Faults::start(&registry);
        let machine = Machine::without_engine(&registry).behind(faults.host(), &registry);
        let team = format!("team-{point}");
        let repository = machine.at(&format!("{team}/source-counting"));
        let index = format!("oci:{}", machine.at(&format!("{team}/index")));
        let target = builder.place.path("target");
        let publish = ["connector", "publish", &project, "--to", &repository, "--index", &index, "--builder", "native"];
        let mut publish = machine.longshore(&[publish.as_slice(), &["--skip-tests", "--json"]].concat());
        publish.env("CARGO_TARGET_DIR", &target);
        faults.forget_requests();
        faults.add(at, Fault::Hang);
        kill_when(&mut publish, || !faults.requests_for(at).is_empty());
        faults.clear();
        let is_tagged = has_tag(&machine, &format!("{repository}:0.1.0"));
        assert_eq!(is_tagged, has_its_tag, "after a kill at {at}");
        let listed = machine.run(&["index", "list", &index, "--json"]);
        assert!(!listed.stdout.contains("source-counting"), "an entry before its image is whole, after a kill at {at}");

        let finished = succeed(&mut publish);
        let digest = finished.result()["digest"].clone();
        for tag in ["0.1.0", "latest"] {
            assert!(has_tag(&machine, &format!("{repository}:{tag}")), "{tag} after a kill at {at}");
        }
        let listed = machine.succeed(&["index", "list", &index, "--json"]).result();
        assert_eq!(listed["definitions"].as_array().unwrap().len(), 1, "after a kill at {at}");
        assert_eq!(listed["definitions"][0]["dockerImageDigest"], digest, "after a kill at {at}");
        let mut pushed = contents(&faults.requests());
        let all = pushed.len();
        pushed.sort();
        pushed.dedup();
        // The document that an index begins with, its first entry, and the empty configuration are of two repositories.
        assert!(all <= pushed.len() + 1, "after a kill at {at}: {:?}", contents(&faults.requests()));

        faults.forget_requests();
        let nothing_left = succeed(&mut publish);
        let already: Vec<_> = steps(&nothing_left).into_iter().filter(|(_, it)| it == "already").collect();
        assert_eq!(already.len(), 5, "after a kill at {at}: {nothing_left:?}");
        assert_eq!(contents(&faults.requests()), [""; 0], "after a kill at {at}");
    }
}
