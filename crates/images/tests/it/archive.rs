//! Archives in and out.

use crate::place::{Place, here, noise, seed};
use longshore_images::{Digest, Images, RegistryOptions};
use serde_json::json;

fn images() -> (Place, Images) {
    let place = Place::new(RegistryOptions::default());
    let images = place.images();
    (place, images)
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        // The library refuses the paths that are wanted here.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn saved(layers: &[&[u8]]) -> Vec<u8> {
    let diff_ids: Vec<Digest> = layers.iter().map(|layer| Digest::of(layer)).collect();
    let platform = here();
    let config = json!({"os": platform.os, "architecture": platform.architecture, "rootfs": {"diff_ids": diff_ids}});
    let config = config.to_string();
    let paths: Vec<String> = (0..layers.len()).map(|number| format!("{number}/layer.tar")).collect();
    let list = json!([{"Config": "c.json", "RepoTags": ["r.test/x:1"], "Layers": paths}]).to_string();
    let mut files: Vec<(&str, &[u8])> = vec![("c.json", config.as_bytes())];
    files.extend(paths.iter().map(String::as_str).zip(layers.iter().copied()));
    files.push(("manifest.json", list.as_bytes()));
    tar(&files)
}

#[test]
fn an_archive_comes_in_with_the_same_digest_each_time() {
    let archive = saved(&[&noise(1, 100_000), b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    let roots: Vec<_> = (0..2)
        .map(|_| {
            let (_place, images) = images();
            let named = images.import(&mut archive.as_slice(), None).unwrap();
            assert_eq!(named[0].0.to_string(), "r.test/x:1");
            assert!(images.stored(&named[0].0, &here()).unwrap().is_some());
            named[0].1.clone()
        })
        .collect();
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn an_archive_that_goes_out_comes_in_again() {
    let (_place, images) = images();
    let (layer, name) = (noise(1, 10_000), "r.test/x:1".parse().unwrap());
    let archive = saved(&[&layer]);
    images.import(&mut archive.as_slice(), Some(&name)).unwrap();
    let image = images.stored(&name, &here()).unwrap().unwrap();
    let mut out = Vec::new();
    images.export(&image, std::slice::from_ref(&name), &mut out).unwrap();
    let (_other, again) = self::images();
    let named = again.import(&mut out.as_slice(), None).unwrap();
    assert_eq!(named, [(name, image.root)]);
}

#[test]
fn a_layout_comes_in_byte_for_byte() {
    let (place, images) = images();
    let name = "r.test/x:1".parse().unwrap();
    let image = seed(&images, &name, &here(), &[noise(1, 1000)]);
    let mut archive = tar::Builder::new(Vec::new());
    for path in ["oci-layout", "index.json", "blobs"] {
        let whole = place.settings.store_dir.join(path);
        if whole.is_dir() {
            archive.append_dir_all(path, whole).unwrap();
        } else {
            archive.append_path_with_name(whole, path).unwrap();
        }
    }
    let bytes = archive.into_inner().unwrap();
    let (_other, again) = self::images();
    assert_eq!(again.import(&mut bytes.as_slice(), None).unwrap(), [(name, image.root)]);
}

#[test]
fn entries_that_lead_out_of_the_archive_are_refused() {
    for path in ["../evil", "/etc/evil", "a/../../evil", "a/.."] {
        let (_place, images) = images();
        let failure = images.import(&mut tar(&[(path, b"x")]).as_slice(), None).unwrap_err();
        assert_eq!(failure.code, "image.archive_unsafe", "{path}");
    }
    for (target, code) in [("/etc/passwd", "image.archive_unsafe"), ("../../x", "image.archive_unsafe")] {
        let (_place, images) = images();
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "a/layer.tar", target).unwrap();
        let bytes = archive.into_inner().unwrap();
        assert_eq!(images.import(&mut bytes.as_slice(), None).unwrap_err().code, code, "{target}");
    }
}

#[test]
fn what_is_no_archive_of_an_image_is_refused() {
    let good = saved(&[&noise(1, 1000)]);
    let torn = &good[..good.len() / 2];
    let list = br#"[{"Config":"c.json","Layers":["0/layer.tar"]}]"#;
    let config =
        br#"{"rootfs":{"diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]}}"#;
    let other = tar(&[("c.json", config), ("0/layer.tar", b"other"), ("manifest.json", list)]);
    for bytes in [b"no tar at all".as_slice(), torn, &tar(&[("x", b"y")]), &tar(&[("manifest.json", list)]), &other] {
        let (_place, images) = images();
        assert_eq!(images.import(&mut &*bytes, None).unwrap_err().code, "image.archive_unreadable");
    }
}

#[test]
fn an_archive_of_nothing_but_large_texts_does_not_fill_the_memory() {
    let (_place, images) = images();
    let text = vec![b' '; 15 << 20];
    let files: Vec<(&str, &[u8])> = ["a", "b", "c", "d", "e"].iter().map(|path| (*path, text.as_slice())).collect();
    let failure = images.import(&mut tar(&files).as_slice(), None).unwrap_err();
    assert_eq!(failure.code, "image.archive_unreadable");
    assert!(failure.message.contains("larger than"), "{}", failure.message);
}
