//! Every form of a reference, and what the wrong ones are told.

use super::ConnectorRef;

const BUNDLED: [&str; 3] = ["source-faker", "source-file", "destination-sqlite"];

fn parse(text: &str) -> ConnectorRef {
    ConnectorRef::parse(text, &BUNDLED).unwrap()
}

fn refusal(text: &str) -> (String, String) {
    let reason = ConnectorRef::parse(text, &BUNDLED).unwrap_err();
    (reason.code, reason.message)
}

#[test]
fn every_form_comes_back_as_its_text() {
    for text in [
        "source-faker",
        "docker:airbyte/source-faker:6.2.38",
        "docker:localhost:5000/a/b@sha256:00",
        "exec:./read.sh --slow",
        "exec:sh -c 'echo \"$0\"'",
        "pypi:airbyte-source-faker",
        "pypi:airbyte-source-faker==6.2.38",
        "singer:tap-csv --dev",
        "connectors/source-x/",
        "manifest.yaml",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn a_command_is_split_like_a_shell_does_without_a_shell() {
    let words = ["my tool", "$HOME", "a b"].map(ToOwned::to_owned).to_vec();
    assert_eq!(parse("exec:'my tool' $HOME \"a b\""), ConnectorRef::Exec { words });
}

#[test]
fn a_misspelled_bundled_name_is_answered_with_the_right_one() {
    let (code, message) = refusal("source-fakr");
    assert_eq!(code, "reference.unknown");
    assert!(message.contains("did you mean `source-faker`?"), "{message}");
    assert!(message.contains("bundled are source-faker, source-file, destination-sqlite"), "{message}");
}

#[test]
fn a_bare_image_or_path_is_answered_with_its_form() {
    assert!(refusal("airbyte/source-faker:6").1.contains("write `docker:airbyte/source-faker:6`"));
    assert!(refusal("./read.sh").1.contains("write `exec:./read.sh`"));
}

#[test]
fn nothing_similar_is_not_guessed() {
    assert!(!refusal("postgres").1.contains("did you mean"));
    assert_eq!(refusal("").0, "reference.unknown");
}

#[test]
fn folders_are_projects_and_yaml_files_manifests() {
    for text in ["connectors/source-x/", ".", ".."] {
        assert_eq!(parse(text), ConnectorRef::Project { dir: text.into() });
    }
    for text in ["manifest.yaml", "a/b.yml"] {
        assert_eq!(parse(text), ConnectorRef::Manifest { file: text.into() });
    }
}

#[test]
fn what_fills_a_form_wrongly_is_refused() {
    for text in [
        "docker:",
        "docker:a b",
        "docker:--privileged",
        "exec:",
        "exec:''",
        "exec:'open",
        "pypi:",
        "pypi:--index-url=x",
        "pypi:../x",
        "pypi:a==",
        "pypi:a==1 b",
        "pypi:a>=1",
    ] {
        assert_eq!(refusal(text).0, "reference.invalid", "{text}");
    }
}
