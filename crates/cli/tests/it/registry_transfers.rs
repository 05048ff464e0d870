//! Images on their way: tokens that expire, second pulls, kills, and what Docker's own push would have made.

use crate::registry_stage::{Machine, PASSWORD, kill_when, private, push_noise, skopeo};
use longshore_images::Platform;
use longshore_test_support::registry::{Auth, Fault, Faults, Options, Registry, Seen, TokenAuth, User};
use serde_json::Value;
use std::fs::DirEntry;
use std::path::Path;

#[test]
fn a_pull_outlasts_several_tokens_and_a_second_one_asks_for_nothing() {
    // Other programs cannot push with tokens that live so short, so a registry that asks nobody takes the image.
    let storage = tempfile::tempdir().unwrap();
    let options = Options { storage: Some(storage.path().to_owned()), ..Options::default() };
    push_noise(&Registry::start(options.clone()), "team/source-x:1", &[300_000; 12], &Platform::of_this_machine());
    let auth = Auth::Token(TokenAuth::new([User::new("ci", PASSWORD)], 2));
    let mut registry = Registry::start(Options { auth, tls: true, ..options });
    let faults = Faults::start(&registry);
    let machine = Machine::without_engine(&registry).behind(faults.host(), &registry);
    let image = machine.at("team/source-x:1");
    faults.add("GET /v2/*/blobs/", Fault::Slow { bytes_per_second: 100_000 });
    let before = registry.issuer().tokens();
    machine.succeed(&["image", "pull", &image]);
    let tokens = registry.issuer().tokens() - before;
    assert!(tokens >= 3, "{tokens} tokens: the pull was no longer than they lived");
    registry.forget_requests();
    machine.succeed(&["image", "pull", &image]);
    assert_eq!(registry.requests(), []);
}

#[test]
fn a_pushed_image_is_what_docker_pushes() {
    let registry = private();
    let machine = Machine::with_engine(&registry);
    let project = machine.project("source-shell");
    let (ours, theirs) = (machine.at("ours/source-shell:1"), machine.at("theirs/source-shell:1"));
    machine.docker(&["build", "--tag", &ours, "--tag", &theirs, &project]);
    machine.succeed(&["image", "push", &ours]);
    machine.docker(&["push", &theirs]);
    let raw = |name: &str, more: &[&str]| {
        let name = format!("docker://{name}");
        let text = skopeo(&registry, &[&["inspect", "--raw"], more, &[&name]].concat());
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let (our_manifest, their_manifest) = (raw(&ours, &[]), raw(&theirs, &[]));
    assert_eq!(our_manifest["config"], their_manifest["config"]);
    assert_eq!(our_manifest["mediaType"], their_manifest["mediaType"]);
    let kinds = |manifest: &Value| -> Vec<Value> {
        manifest["layers"].as_array().unwrap().iter().map(|layer| layer["mediaType"].clone()).collect()
    };
    assert_eq!(kinds(&our_manifest), kinds(&their_manifest));
    let (our_config, their_config) = (raw(&ours, &["--config"]), raw(&theirs, &["--config"]));
    assert_eq!(our_config, their_config);
    assert_eq!(our_config["rootfs"]["diff_ids"].as_array().unwrap().len(), kinds(&our_manifest).len());
}

#[test]
fn a_pull_that_is_killed_anywhere_is_gone_on_with() {
    let registry = private();
    push_noise(&registry, "team/source-x:1", &[3_000_000, 400_000], &Platform::of_this_machine());
    // Where it is killed, and how much of the image is here by then.
    let points = [
        ("GET /v2/", Fault::Hang, 0),
        ("/manifests/1", Fault::Hang, 0),
        ("/manifests/sha256", Fault::Hang, 0),
        ("GET /v2/*/blobs/", Fault::Stall { after_bytes: 0 }, 0),
        ("GET /v2/*/blobs/", Fault::Stall { after_bytes: 300_000 }, 200_000),
        ("GET /v2/*/blobs/", Fault::Stall { after_bytes: 2_900_000 }, 2_000_000),
    ];
    for (at, fault, kept) in points {
        let faults = Faults::start(&registry);
        let machine = Machine::without_engine(&registry).behind(faults.host(), &registry);
        let (image, store) = (machine.at("team/source-x:1"), machine.place.path(".cache/longshore/images"));
        faults.forget_requests();
        faults.add(at, fault);
        let is_there = || !faults.requests_for(at).is_empty() && largest_file(&store) >= kept;
        kill_when(&mut machine.longshore(&["image", "pull", &image]), is_there);
        faults.clear();
        faults.forget_requests();
        machine.succeed(&["image", "pull", &image]);
        let begin = |seen: &Seen| seen.header("range")?.strip_prefix("bytes=")?.split('-').next()?.parse::<u64>().ok();
        let begins = faults.requests_for("GET /v2/*/blobs/").iter().filter_map(begin).max();
        assert!(begins.unwrap_or(0) >= kept, "{at} {fault:?}: {:?}", faults.requests());
        faults.forget_requests();
        machine.succeed(&["image", "pull", &image]);
        assert_eq!(faults.requests(), [], "{at}");
    }
}

/// How many bytes the largest file below a folder has.
fn largest_file(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => largest_file(&entry.path()),
        _ => entry.metadata().map_or(0, |metadata| metadata.len()),
    };
    entries.map(size).max().unwrap_or(0)
}
