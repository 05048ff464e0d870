//! Secrets are written for their owner alone, fit the specification, and are shown nowhere.

use crate::projects::project;
use longshore_devkit::Project;
use longshore_devkit::secrets::{Git, Need, Origins, check, command_words, list, needs_of, violations, write};
use longshore_images::Secret;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const VALUE: &str = "{ \"start\": \"2021\",  \"token\": \"very-secret-value\" }\n";

fn spec() -> Value {
    json!({"connectionSpecification": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
        "required": ["start", "token"], "additionalProperties": false, "properties": {
            "start": {"type": "string", "pattern": "^[0-9]{4}$"}, "token": {"type": "string", "airbyte_secret": true, "minLength": 3},
            "mode": {"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind"]}]}}}})
}

fn one() -> Vec<Need> {
    needs_of(&project(&[]).1).unwrap()
}

fn no_git(_: &[&str]) -> Option<String> {
    None
}

fn write_value(
    dir: &Path,
    value: Option<&str>,
    git: &Git<'_>,
) -> Result<Vec<std::path::PathBuf>, longshore_protocol::FailureReason> {
    let environment = |name: &str| value.filter(|_| name == "SOURCE_X_CREDS").map(Secret::new);
    write(
        dir,
        &one(),
        &Origins { environment: &environment, folder: None, program: None, may_lack: false },
        Some(&spec()),
        git,
    )
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_secret_is_written_byte_for_byte_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let written = write_value(dir.path(), Some(VALUE), &no_git).unwrap();
        let file = dir.path().join("secrets/config.json");
        assert_eq!(written, std::slice::from_ref(&file));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), VALUE);
        assert_eq!((mode(&file), mode(&dir.path().join("secrets"))), (0o600, 0o700));
        assert_eq!(std::fs::read_to_string(dir.path().join("secrets/.gitignore")).unwrap(), "*\n");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    assert!(list(dir.path(), &one(), |_| false)[0].is_written);
}

#[test]
fn what_does_not_fit_is_refused_without_its_value() {
    let dir = tempfile::tempdir().unwrap();
    for (value, code, part) in [
        (r#"{"start": "hidden-1", "token": "hidden-2"}"#, "secrets.does_not_fit", "at /start"),
        (r#"{"start": "2021", "token": {"hidden": "hidden-3"}}"#, "secrets.does_not_fit", "at /token"),
        (r#"{"start": "2021"}"#, "secrets.does_not_fit", "\"token\" is a required property"),
        (r#"{"start": "2021", "token": "hidden", "mode": {"kind": "hidden-4"}}"#, "secrets.does_not_fit", "at /mode"),
        (r#""hidden""#, "secrets.does_not_fit", "at /"),
        ("hidden: yes", "secrets.not_json", "line 1"),
        ("{\"a\": \"hidden", "secrets.not_json", "line 1"),
        ("  \n", "secrets.missing", "SOURCE_X_CREDS"),
    ] {
        let failure = write_value(dir.path(), Some(value), &no_git).unwrap_err();
        assert_eq!(failure.code, code, "{value}");
        assert!(failure.message.contains(part), "{}", failure.message);
        let shown = format!("{failure:?}");
        assert!(!shown.contains("hidden"), "{shown}");
        assert!(!dir.path().join("secrets/config.json").exists());
    }
    assert_eq!(write_value(dir.path(), None, &no_git).unwrap_err().code, "secrets.missing");
    assert_eq!(violations(&json!({}), &json!({})).unwrap_err().code, "secrets.spec_invalid");
    let broken = json!({"connectionSpecification": {"type": 1}});
    assert_eq!(violations(&broken, &json!({})).unwrap_err().code, "secrets.spec_invalid");
}

#[test]
fn the_environment_comes_before_files_and_files_before_the_vault() {
    let (dir, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked = std::cell::RefCell::new(Vec::new());
    let vault = |need: &Need| {
        asked.borrow_mut().push(command_words("vault kv get \"kv/{vault}\" {file}", need)?);
        Ok(Some(Secret::new(VALUE.replace("2021", "2023"))))
    };
    let year = |environment: Option<&str>| {
        let environment = |_: &str| environment.map(Secret::new);
        let origins =
            Origins { environment: &environment, folder: Some(files.path()), program: Some(&vault), may_lack: false };
        write(dir.path(), &one(), &origins, None, &no_git).unwrap();
        let config: Value =
            serde_json::from_slice(&std::fs::read(dir.path().join("secrets/config.json")).unwrap()).unwrap();
        config["start"].as_str().unwrap().to_owned()
    };
    assert_eq!(year(None), "2023");
    assert_eq!(asked.borrow()[0], ["vault", "kv", "get", "kv/source x creds", "config.json"]);
    std::fs::write(files.path().join("config.json"), VALUE.replace("2021", "2022")).unwrap();
    assert_eq!(year(None), "2022");
    assert_eq!(year(Some(VALUE)), "2021");
    assert_eq!(asked.borrow().len(), 1);
    assert_eq!(command_words("vault '", &one()[0]).unwrap_err().code, "secrets.command_invalid");
}

#[test]
fn a_folder_that_is_a_link_is_not_written_through() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("secrets")).unwrap();
    assert_eq!(write_value(dir.path(), Some(VALUE), &no_git).unwrap_err().code, "secrets.unwritable");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_secret_that_git_tracks_is_an_alarm() {
    let dir = tempfile::tempdir().unwrap();
    let git = |words: &[&str]| {
        let output = Command::new("git").args(words).current_dir(dir.path()).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    git(&["init", "--quiet"]).unwrap();
    write_value(dir.path(), Some(VALUE), &git).unwrap();
    git(&["add", "--all"]).unwrap();
    assert_eq!(git(&["ls-files"]).unwrap(), "");
    assert!(check(dir.path(), &one(), Some(&spec()), &[], &git).is_empty());
    git(&["add", "--force", "secrets/config.json"]).unwrap();
    let failure = write_value(dir.path(), Some(VALUE), &git).unwrap_err();
    assert_eq!(failure.code, "secrets.tracked_by_git");
    assert!(failure.message.contains("rm --cached secrets/config.json"), "{}", failure.message);
    assert_eq!(check(dir.path(), &one(), None, &[], &git)[0].failure.code, "secrets.tracked_by_git");
}

#[test]
fn a_check_finds_open_files_misfits_and_workflows_without_the_secret() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secrets/config.json");
    write_value(dir.path(), Some(VALUE), &no_git).unwrap();
    let workflow = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let both = [workflow("test-command.yml", "x: ${{ secrets.SOURCE_X_CREDS }}"), workflow("publish-command.yml", "")];
    let codes = |workflows: &[(String, String)]| -> Vec<String> {
        check(dir.path(), &one(), Some(&spec()), workflows, &no_git)
            .into_iter()
            .map(|finding| finding.failure.code)
            .collect()
    };
    assert_eq!(codes(&both), ["secrets.not_in_workflow"]);
    assert_eq!(codes(&both[..1]), Vec::<String>::new());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(codes(&[]), ["secrets.open_to_others"]);
    std::fs::write(&file, "{}").unwrap();
    assert_eq!(codes(&[]), ["secrets.does_not_fit"]);
}

#[test]
fn a_project_says_its_secrets_whatever_its_image_is_called() {
    let variables = |project: &Project| -> Vec<String> {
        needs_of(project).unwrap().into_iter().map(|need| need.variable).collect()
    };
    let (dir, named) = project(&[]);
    assert_eq!(variables(&named), ["SOURCE_X_CREDS"]);
    let metadata = std::fs::read_to_string(dir.path().join("metadata.yaml")).unwrap();
    std::fs::write(dir.path().join("metadata.yaml"), metadata.replace("team/source-x", "team/tides")).unwrap();
    assert_eq!(variables(&Project::open(dir.path()).unwrap()), ["SOURCE_TIDES_CREDS"]);
    std::fs::write(dir.path().join("secrets.yaml"), "[]\n").unwrap();
    assert!(variables(&Project::open(dir.path()).unwrap()).is_empty());
    std::fs::write(dir.path().join("secrets.yaml"), [0xff]).unwrap();
    assert_eq!(needs_of(&Project::open(dir.path()).unwrap()).unwrap_err().code, "connector.unreadable");
}

#[test]
fn a_secret_that_is_nowhere_may_be_left_out() {
    let (dir, _) = project(&[("secrets.yaml", "- {name: A, file: a.json}\n- {name: B, file: b.json}\n")]);
    let environment = |name: &str| (name == "B").then(|| Secret::new("{}"));
    let needs = needs_of(&Project::open(dir.path()).unwrap()).unwrap();
    let run = |may_lack: bool, needs: &[Need]| {
        let origins = Origins { environment: &environment, folder: None, program: None, may_lack };
        write(dir.path(), needs, &origins, None, &no_git)
    };
    assert_eq!(run(false, &needs).unwrap_err().code, "secrets.missing");
    assert!(run(true, &needs[..1]).unwrap().is_empty());
    assert!(!dir.path().join("secrets").exists());
    assert_eq!(run(true, &needs).unwrap(), [dir.path().join("secrets/b.json")]);
}

#[test]
fn what_is_written_is_kept_out_of_images() {
    let (dir, _) = project(&[("Dockerfile", "FROM scratch\nCOPY . .\n"), (".dockerignore", "target")]);
    for _ in 0..2 {
        write_value(dir.path(), Some(VALUE), &no_git).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join(".dockerignore")).unwrap(), "target\nsecrets\n");
    }
    let (dir, _) = project(&[]);
    write_value(dir.path(), Some(VALUE), &no_git).unwrap();
    assert!(!dir.path().join(".dockerignore").exists());
}
