//! Projects that are started from their sources: what is installed when, and what runs.

use longshore_devkit::{Project, Start, Tools};
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const METADATA: &str = "metadataSpecVersion: \"1.0\"
data:
  name: Tried
  definitionId: 6b2f6f0e-6f5c-4f0a-9a57-3d1c3d0f4f12
  connectorType: source
  connectorSubtype: api
  dockerRepository: team/source-tried
  dockerImageTag: 1.0.0
  documentationUrl: https://example.com/docs
  license: MIT
  releaseStage: alpha
  githubIssueLabel: source-tried
";

fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("metadata.yaml"), METADATA).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

/// The tools of this machine, or stand-ins of them in a folder.
fn tools(first: Option<&Path>) -> Tools {
    let path = std::env::var_os("PATH").unwrap();
    let folders = first.map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap();
    Tools { environment: vec![(OsString::from("PATH"), path)], notice: Arc::new(|_| ()) }
}

#[tokio::main(flavor = "current_thread")]
async fn compile(project: &Project, tools: &Tools) -> Result<ConnectorRef, FailureReason> {
    Start::of(project)?.compile(tools).await
}

#[tokio::main(flavor = "current_thread")]
async fn install(project: &Project, tools: &Tools) -> Result<bool, FailureReason> {
    Start::of(project)?.install(tools).await
}

fn words(reference: ConnectorRef) -> Vec<String> {
    match reference {
        ConnectorRef::Exec { words } | ConnectorRef::Singer { words } => words,
        other => panic!("{other}"),
    }
}

#[test]
fn words_of_a_project_mean_the_same_in_every_folder() {
    let commands = "compile: [sh, -c, 'touch compiled']\nrun: [./connector.sh, settings.txt, --fast]\n";
    let (dir, project) = project(&[("longshore.yaml", commands), ("connector.sh", ""), ("settings.txt", "")]);
    let inside = |name: &str| dir.path().join(name).display().to_string();
    let found = words(compile(&project, &tools(None)).unwrap());
    assert_eq!(Path::new(&found[0]), dir.path().join("./connector.sh"));
    assert_eq!(found[1..], [inside("settings.txt"), "--fast".to_owned()]);
    assert!(dir.path().join("compiled").is_file());
}

#[test]
fn a_tap_is_run_through_the_wrapper() {
    let (_dir, project) = project(&[("longshore.yaml", "singer: [.venv/bin/tap-x]\n"), (".venv/bin/tap-x", "")]);
    assert!(matches!(compile(&project, &tools(None)).unwrap(), ConnectorRef::Singer { .. }));
}

#[test]
fn an_installation_is_repeated_when_what_it_goes_by_has_changed() {
    let commands = "install: [[sh, -c, 'mkdir -p .venv; echo once >> log']]\ninstallInputs: [wanted.txt]\nrun: [sh]\n";
    let (dir, project) = project(&[("longshore.yaml", commands), ("wanted.txt", "a")]);
    let times = || fs::read_to_string(dir.path().join("log")).unwrap().lines().count();
    assert!(install(&project, &tools(None)).unwrap());
    assert!(!install(&project, &tools(None)).unwrap());
    assert_eq!(times(), 1);
    fs::write(dir.path().join("wanted.txt"), "b").unwrap();
    assert!(install(&project, &tools(None)).unwrap());
    fs::remove_dir_all(dir.path().join(".venv")).unwrap();
    assert!(install(&project, &tools(None)).unwrap(), "what was installed is gone");
    assert_eq!(times(), 3);
}

#[test]
fn an_installation_that_fails_is_told_and_tried_again() {
    let commands = "install: [[sh, -c, 'echo no such package >&2; exit 3']]\nrun: [sh]\n";
    let (_dir, project) = project(&[("longshore.yaml", commands)]);
    for _ in 0..2 {
        let failure = install(&project, &tools(None)).unwrap_err();
        assert_eq!(failure.code, "connector.install_failed");
        assert!(failure.detail.unwrap().contains("no such package"));
    }
}

#[test]
fn each_language_has_its_usual_way() {
    let (dir, project) = project(&[
        ("package.json", r#"{"main": "dist/main.js", "scripts": {"build": "tsc"}}"#),
        ("bin/npm", "#!/bin/sh\nmkdir -p dist node_modules\necho \"$@\" >> asked\n> dist/main.js\n"),
    ]);
    let tools = tools(Some(&dir.path().join("bin")));
    assert!(install(&project, &tools).unwrap());
    let main = dir.path().join("dist/main.js").display().to_string();
    assert_eq!(words(compile(&project, &tools).unwrap()), ["node".to_owned(), main]);
    let asked = fs::read_to_string(dir.path().join("asked")).unwrap();
    assert_eq!(asked, "install --no-audit --no-fund\nrun --silent build\n");
}

#[test]
fn the_newest_archive_that_runs_is_that_of_a_project_of_java() {
    let (dir, project) = project(&[
        ("pom.xml", "<project/>"),
        (
            "mvnw",
            "#!/bin/sh\nmkdir -p target\n> target/tried-1.0.0.jar\n> target/tried-1.0.0-sources.jar\necho made >> log\n",
        ),
        ("src/main/java/Main.java", "class Main {}"),
    ]);
    let jar = dir.path().join("target/tried-1.0.0.jar");
    let expected = ["java".to_owned(), "-jar".to_owned(), jar.display().to_string()];
    assert_eq!(words(compile(&project, &tools(None)).unwrap()), expected);
    assert_eq!(words(compile(&project, &tools(None)).unwrap()), expected);
    let times = || fs::read_to_string(dir.path().join("log")).unwrap().lines().count();
    assert_eq!(times(), 1, "nothing has changed");
    fs::write(dir.path().join("src/main/java/Main.java"), "class Main { int field; }").unwrap();
    compile(&project, &tools(None)).unwrap();
    assert_eq!(times(), 2);
}

#[test]
fn a_manifest_without_code_goes_to_the_cdk() {
    let (dir, project) = project(&[("manifest.yaml", "version: 7.0.0\n"), ("requirements.txt", "airbyte-cdk\n")]);
    let file = dir.path().join("manifest.yaml");
    assert_eq!(compile(&project, &tools(None)).unwrap(), ConnectorRef::Manifest { file });
}

#[test]
fn a_project_that_does_not_say_what_to_run_is_told_how() {
    let (_dir, empty) = project(&[]);
    let failure = compile(&empty, &tools(None)).unwrap_err();
    assert_eq!(failure.code, "connector.no_program");
    assert!(failure.message.contains("run: [./program]"), "{failure}");
    let (_dir, missing) = project(&[("longshore.yaml", "run: [./not-there]\n")]);
    assert_eq!(compile(&missing, &tools(None)).unwrap_err().code, "connector.no_program");
    for wrong in ["run: []\n", "run: [a]\nsinger: [b]\n", "rum: [a]\n"] {
        let (_dir, wrong) = project(&[("longshore.yaml", wrong)]);
        assert_eq!(compile(&wrong, &tools(None)).unwrap_err().code, "connector.commands_invalid");
    }
}

#[test]
fn what_was_built_or_installed_asks_for_no_new_start() {
    let (dir, project) = project(&[("longshore.yaml", "run: [sh]\nwatch: [../schemas]\n")]);
    let start = Start::of(&project).unwrap();
    assert_eq!(start.watched(), [dir.path().to_owned(), dir.path().join("../schemas")]);
    let ignored = |name: &str| start.is_ignored(&dir.path().join(name));
    assert!(ignored("target/debug/x") && ignored(".venv/lib/y.py") && ignored("a/__pycache__/z.pyc"));
    assert!(!ignored("src/main.rs") && !ignored("source_x/source.py"));
}
