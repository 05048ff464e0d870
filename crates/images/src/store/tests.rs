//! The store alone: names, damage, parts of contents, and two at once.

use super::Store;
use super::ingest::Ended;
use crate::image::{Descriptor, media_type};
use crate::{Digest, ImageName};
use std::fs;

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("images")).unwrap();
    (dir, store)
}

fn name(text: &str) -> ImageName {
    text.parse().unwrap()
}

/// An image of one layer in the store, without a name.
fn image(store: &Store, layer: &str) -> Descriptor {
    let config = Descriptor::of("c", b"{}");
    store.add(b"{}").unwrap();
    store.add(layer.as_bytes()).unwrap();
    let layer = Descriptor::of("l", layer.as_bytes());
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        serde_json::to_string(&config).unwrap(),
        serde_json::to_string(&layer).unwrap()
    );
    store.add(manifest.as_bytes()).unwrap();
    Descriptor::of(media_type::OCI_MANIFEST, manifest.as_bytes())
}

#[test]
fn a_name_is_found_by_others_and_by_its_digest() {
    let (_dir, store) = store();
    let first = image(&store, "one");
    store.name(&name("r.test/x:1"), &first).unwrap();
    let other = Store::open(&store.dir).unwrap();
    assert_eq!(other.find(&name("r.test/x:1")).unwrap(), Some(first.clone()));
    assert_eq!(other.find(&name("r.test/x:2")).unwrap(), None);
    let by_digest = name("elsewhere.test/y").with_digest(first.digest.clone());
    assert_eq!(other.find(&by_digest).unwrap(), Some(first));
    let unnamed = image(&store, "two");
    assert_eq!(other.find(&name("r.test/x").with_digest(unnamed.digest.clone())).unwrap(), Some(unnamed));
}

#[test]
fn forgetting_removes_what_nothing_else_refers_to() {
    let (_dir, store) = store();
    let (first, second) = (image(&store, "one"), image(&store, "two"));
    store.name(&name("r.test/x:1"), &first).unwrap();
    store.name(&name("r.test/x:2"), &second).unwrap();
    assert!(store.forget(&name("r.test/x:1")).unwrap());
    assert!(!store.forget(&name("r.test/x:1")).unwrap());
    assert!(!store.has(&first.digest) && !store.has(&Digest::of(b"one")));
    assert!(store.has(&second.digest) && store.has(&Digest::of(b"two")) && store.has(&Digest::of(b"{}")));
}

#[test]
fn nothing_is_removed_while_somebody_adds_contents() {
    let (_dir, store) = store();
    let first = image(&store, "one");
    store.name(&name("r.test/x:1"), &first).unwrap();
    let hold = store.hold().unwrap();
    assert!(store.forget(&name("r.test/x:1")).unwrap());
    assert!(store.has(&first.digest));
    drop(hold);
}

#[test]
fn a_damaged_content_is_removed_and_never_given() {
    let (_dir, store) = store();
    let digest = store.add(b"good").unwrap();
    fs::write(store.blob_path(&digest), b"evil").unwrap();
    assert_eq!(store.read(&digest).unwrap_err().code, "image.store_damaged");
    assert!(!store.has(&digest));
    assert_eq!(store.add_from(&mut &b"good"[..]).unwrap(), (digest.clone(), 4));
    assert_eq!(store.read(&digest).unwrap(), b"good");
}

#[test]
fn a_part_of_a_content_is_gone_on_with() {
    let (_dir, store) = store();
    let wanted = Descriptor::of("l", b"all of it");
    let mut first = store.ingest(&wanted).unwrap().unwrap();
    first.write(b"all ").unwrap();
    drop(first);
    let mut second = store.ingest(&wanted).unwrap().unwrap();
    assert_eq!(second.length(), 4);
    second.write(b"of it").unwrap();
    assert_eq!(second.finish().unwrap(), Ended::Whole);
    assert_eq!(store.read(&wanted.digest).unwrap(), b"all of it");
    assert!(store.ingest(&wanted).unwrap().is_none());
}

#[test]
fn a_content_of_another_digest_begins_again() {
    let (_dir, store) = store();
    let wanted = Descriptor::of("l", b"good");
    let mut ingest = store.ingest(&wanted).unwrap().unwrap();
    ingest.write(b"evil").unwrap();
    assert_eq!(ingest.finish().unwrap(), Ended::Mismatch);
    assert_eq!(ingest.length(), 0);
    ingest.write(b"good").unwrap();
    assert_eq!(ingest.finish().unwrap(), Ended::Whole);
}

#[test]
fn the_second_waits_for_the_first_and_has_nothing_left_to_do() {
    let (_dir, store) = store();
    let wanted = Descriptor::of("l", b"good");
    let mut first = store.ingest(&wanted).unwrap().unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| store.ingest(&wanted).unwrap().is_none());
        first.write(b"good").unwrap();
        assert_eq!(first.finish().unwrap(), Ended::Whole);
        drop(first);
        assert!(second.join().unwrap());
    });
}

#[test]
fn names_of_many_at_once_are_all_kept() {
    let (_dir, store) = store();
    let root = image(&store, "one");
    std::thread::scope(|scope| {
        for number in 0..20 {
            let (store, root) = (&store, &root);
            scope.spawn(move || store.name(&name(&format!("r.test/x:{number}")), root).unwrap());
        }
    });
    assert_eq!(store.names().unwrap().len(), 20);
}
