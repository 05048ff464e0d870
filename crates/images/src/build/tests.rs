//! The same input gives the same digest; what cannot be put into an image is refused; an image lies on another.

use super::{Beneath, Content, ImageBuilder, LayerBuilder, Owner};
use crate::{Descriptor, ImageConfig, Manifest, Store};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

const OWNER: Owner = Owner { uid: 1000, gid: 1000 };

fn store(dir: &Path) -> Store {
    Store::open(&dir.join("store")).unwrap()
}

fn layer(source: &Path) -> LayerBuilder {
    let mut layer = LayerBuilder::new(0);
    layer.file("airbyte/x", Content::File(source.to_owned()), 0o755, OWNER).unwrap();
    layer.folder("airbyte", 0o755, OWNER).unwrap().folder("tmp", 0o1777, Owner::ROOT).unwrap();
    layer.link("bin/sh", "busybox").unwrap();
    layer.file(&format!("etc/{}", "long/".repeat(60) + "name"), Content::Bytes(b"x".to_vec()), 0o644, OWNER).unwrap();
    layer
}

/// An image built in a folder of its own, of a file that has just been written.
fn build(dir: &Path) -> (Store, Descriptor) {
    let source = dir.join("program");
    fs::write(&source, b"#!/bin/sh\n").unwrap();
    let store = store(dir);
    let layer = layer(&source).finish(&store).unwrap();
    let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let image = ImageBuilder::new("linux/amd64".parse().unwrap()).layer(layer, "longshore").entrypoint(&["/airbyte/x"]);
    let image = image.labels(&labels).variable("A", "1").user("1000:1000").working_folder("/airbyte");
    let manifest = image.finish(&store).unwrap().manifest;
    (store, manifest)
}

fn read(store: &Store, manifest: &Descriptor) -> (Manifest, ImageConfig) {
    let manifest: Manifest = serde_json::from_slice(&store.read(&manifest.digest).unwrap()).unwrap();
    let config = ImageConfig::parse(&store.read(&manifest.config.digest).unwrap(), "x").unwrap();
    (manifest, config)
}

#[test]
fn the_same_input_gives_the_same_digest_in_other_folders() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, first) = build(one.path());
    // The file's own time is not the one it had for the first image.
    let old = fs::File::options().write(true).create(true).truncate(false).open(two.path().join("program")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH).unwrap();
    let (_, second) = build(two.path());
    assert_eq!(first, second);
}

#[test]
fn the_archive_holds_what_was_added_in_the_order_of_names() {
    let dir = tempfile::tempdir().unwrap();
    let (store, manifest) = build(dir.path());
    let (manifest, config) = read(&store, &manifest);
    let packed = store.read(&manifest.layers[0].digest).unwrap();
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut plain).unwrap();
    assert_eq!(config.rootfs.diff_ids, [crate::Digest::of(&plain)]);
    let mut archive = tar::Archive::new(plain.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        let path = entry.path().unwrap().display().to_string();
        format!("{path} {:o} {} {}", header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap())
    });
    let entries: Vec<String> = entries.filter(|entry| !entry.starts_with("etc")).collect();
    assert_eq!(
        entries,
        ["airbyte/ 755 1000 0", "airbyte/x 755 1000 0", "bin/ 755 0 0", "bin/sh 777 0 0", "tmp/ 1777 0 0"]
    );
}

#[test]
fn an_image_lies_on_another() {
    let dir = tempfile::tempdir().unwrap();
    let (store, below) = build(dir.path());
    let mut top = LayerBuilder::new(0);
    top.file("airbyte/y", Content::Bytes(b"y".to_vec()), 0o755, OWNER).unwrap();
    let beneath = Beneath::read(&store, &below).unwrap();
    let image = ImageBuilder::new(beneath.platform().unwrap()).on(beneath).entrypoint(&["/airbyte/y"]);
    let image = image.variable("A", "2").layer(top.finish(&store).unwrap(), "longshore");
    let (manifest, config) = read(&store, &image.finish(&store).unwrap().manifest);
    assert_eq!((manifest.layers.len(), config.rootfs.diff_ids.len()), (2, 2));
    assert_eq!(config.config.env, ["A=2"]);
    assert_eq!(config.config.entrypoint, ["/airbyte/y"]);
    assert_eq!((config.config.user.as_str(), config.config.labels["a"].as_str()), ("1000:1000", "b"));
}

#[test]
fn what_cannot_be_put_into_an_image_is_refused() {
    let mut layer = LayerBuilder::new(0);
    for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", "a/.wh.b", "a\0b"] {
        let added = layer.file(path, Content::Bytes(Vec::new()), 0o644, OWNER);
        assert_eq!(added.unwrap_err().code, "build.invalid_path", "{path:?}");
    }
    layer.link("bin", "usr/bin").unwrap();
    assert_eq!(layer.folder("bin/x", 0o755, OWNER).unwrap_err().code, "build.invalid_path");
    let dir = tempfile::tempdir().unwrap();
    let mut missing = LayerBuilder::new(0);
    missing.file("x", Content::File(dir.path().join("missing")), 0o644, OWNER).unwrap();
    assert_eq!(missing.finish(&store(dir.path())).unwrap_err().code, "build.unreadable");
}
