//! Manifests that are good, that say too little, and that are none.

use super::{Document, ImageConfig, media_type};
use crate::{Digest, Platform};

fn digest(of: &str) -> String {
    Digest::of(of.as_bytes()).to_string()
}

fn code(text: &str, told: Option<&str>) -> String {
    Document::parse(text.as_bytes(), told, "r.test/x:1").map_or_else(|error| error.code, |(_, media_type)| media_type)
}

fn manifest(head: &str) -> String {
    let (config, layer) = (digest("config"), digest("layer"));
    format!(
        r#"{{{head}"schemaVersion":2,"config":{{"mediaType":"c","digest":"{config}","size":6}},
            "layers":[{{"mediaType":"l","digest":"{layer}","size":5}},{{"mediaType":"l","digest":"{layer}","size":5}}]}}"#
    )
}

#[test]
fn the_media_type_is_what_the_manifest_says_then_what_was_told_then_what_its_form_says() {
    let own = format!(r#""mediaType":"{}","#, media_type::DOCKER_MANIFEST);
    assert_eq!(code(&manifest(&own), Some(media_type::OCI_MANIFEST)), media_type::DOCKER_MANIFEST);
    assert_eq!(code(&manifest(""), Some(media_type::DOCKER_MANIFEST)), media_type::DOCKER_MANIFEST);
    assert_eq!(code(&manifest(""), Some("application/json; charset=utf-8")), media_type::OCI_MANIFEST);
    assert_eq!(code(r#"{"schemaVersion":2,"manifests":[]}"#, None), media_type::OCI_INDEX);
}

#[test]
fn what_is_no_manifest_is_refused() {
    for text in [
        "",
        "<!DOCTYPE html><html></html>",
        "{}",
        r#"{"schemaVersion":1,"name":"x","fsLayers":[]}"#,
        r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","layers":[]}"#,
        r#"{"schemaVersion":2,"mediaType":"text/plain","manifests":[]}"#,
        r#"{"schemaVersion":2,"config":{"mediaType":"c","digest":"sha256:1","size":6},"layers":[]}"#,
        &manifest("").replace(r#""size":6"#, r#""size":-6"#),
        &manifest("").replace(&digest("layer"), "../../etc/passwd"),
    ] {
        assert_eq!(code(text, None), "image.manifest_invalid", "{text}");
    }
}

#[test]
fn a_layer_that_is_there_twice_is_moved_once() {
    let (document, _) = Document::parse(manifest("").as_bytes(), None, "x").unwrap();
    let Document::Manifest(manifest) = document else { panic!("no manifest") };
    assert_eq!((manifest.blobs().len(), manifest.compressed_bytes()), (2, 11));
}

fn index(platforms: &[&str]) -> super::Index {
    let entry = |platform: &&str| {
        let words: Vec<&str> = platform.split('/').collect();
        let variant = words.get(2).map_or(String::new(), |variant| format!(r#","variant":"{variant}""#));
        let platform = format!(r#"{{"os":"{}","architecture":"{}"{variant}}}"#, words[0], words[1]);
        let media_type = media_type::OCI_MANIFEST;
        format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":1,"platform":{platform}}}"#, digest(&platform))
    };
    let entries: Vec<String> = platforms.iter().map(entry).collect();
    let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_platform_is_found_in_an_index_and_attestations_are_none() {
    let index = index(&["linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "unknown/unknown"]);
    let found = |text: &str| {
        let entry = index.find(&text.parse::<Platform>().unwrap());
        entry.and_then(|entry| entry.platform.as_ref()).map(ToString::to_string)
    };
    assert_eq!(found("linux/arm/v7").as_deref(), Some("linux/arm/v7"));
    assert_eq!(found("linux/arm64").as_deref(), Some("linux/arm64/v8"));
    assert_eq!(found("linux/amd64"), None);
    assert_eq!(index.images().count(), 3);
}

#[test]
fn what_a_configuration_says_null_of_is_nothing() {
    let text = r#"{"architecture":"amd64","os":"linux","config":{"Entrypoint":null,"Cmd":["/bin/sh"],"Labels":null}}"#;
    let config = ImageConfig::parse(text.as_bytes(), "x").unwrap();
    assert_eq!(config.config.cmd, ["/bin/sh"]);
    assert!(config.config.entrypoint.is_empty() && config.config.labels.is_empty());
    assert_eq!(config.platform().unwrap().to_string(), "linux/amd64");
}
