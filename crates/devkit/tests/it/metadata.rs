//! What a metadata.yaml says, and where it is wrong.

use crate::projects::{METADATA, copy, project};
use longshore_devkit::{Language, Project};
use std::fs;

fn failure(metadata: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("metadata.yaml"), metadata).unwrap();
    let failure = Project::open(dir.path()).unwrap_err();
    (failure.code, failure.message)
}

#[test]
fn fields_have_types_and_everything_is_kept() {
    let (_dir, project) = copy("source-tiny");
    let metadata = project.metadata();
    assert_eq!(metadata.name, "Tiny");
    assert!(metadata.supports_refreshes);
    assert_eq!(metadata.allowed_hosts.as_ref().unwrap().hosts, ["api.example.org", "*.example.net"]);
    assert_eq!(metadata.data["githubIssueLabel"], "source-tiny");
    assert_eq!(project.image_name().unwrap().to_string(), "registry.test/team/source-tiny:0.1.0");
    assert_eq!(project.language(), Language::Rust);
}

#[test]
fn the_metadata_of_the_bundled_connectors_is_understood() {
    let connectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    for entry in fs::read_dir(connectors).unwrap() {
        let project = Project::open(&entry.unwrap().path()).unwrap();
        assert!(project.metadata().docker_repository.starts_with("longshore/"));
    }
}

#[test]
fn a_tag_tells_the_language_before_files_do() {
    let python = METADATA.to_owned() + "  tags: [\"language:python\"]\n";
    assert_eq!(project(&[("package.json", "{}")]).1.language(), Language::Node);
    assert_eq!(project(&[("package.json", "{}"), ("metadata.yaml", &python)]).1.language(), Language::Python);
    assert_eq!(project(&[]).1.language(), Language::Other);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_column() {
    for (wrong, at, word) in [
        (METADATA.replace("1.2.3", "v1"), ":7:19: ", "dockerImageTag"),
        (METADATA.replace("0d5f1a3e-", "x-"), ":4:17: ", "UUID"),
        (METADATA.replace("team/source-x", "team/source-x:1"), ":6:21: ", "without a tag"),
        (METADATA.replace("connectorType: source", "connectorType: sink"), ":5:", "sink"),
        (METADATA.replace("  dockerImageTag: 1.2.3 # the version\n", ""), ":3:", "dockerImageTag"),
        (METADATA.replace("name: X", "name: Null"), ":3:9: ", "quotation marks"),
        ("data: [".to_owned(), "metadata.yaml:", "connector.metadata_invalid"),
    ] {
        let (code, message) = failure(&wrong);
        assert_eq!(code, "connector.metadata_invalid", "{message}");
        assert!(!message.contains(" at line "), "{message}");
        assert!(message.contains(at) && message.contains(word), "{at} {word}: {message}");
    }
}

#[test]
fn a_folder_without_metadata_is_no_project() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Project::open(dir.path()).unwrap_err().code, "connector.not_a_project");
    assert_eq!(Project::open(&dir.path().join("missing")).unwrap_err().code, "connector.not_a_project");
}
