//! What is left to do in a project, and the judgement of its checklist.

use super::rendered;
use super::update::git;
use crate::projects::{project, tools};
use longshore_devkit::new::Templates;
use longshore_devkit::{Checklist, Evidence, Tests, Verdict, todos};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::json;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn generated() -> (TempDir, std::path::PathBuf) {
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("source-x");
    rendered(&Templates::bundled(), "generic-source", "x").write(&dir).unwrap();
    (out, dir)
}

async fn evidence(dir: &Path) -> Evidence {
    Evidence::gather(dir, &tools().0).await.unwrap()
}

/// The verdict on one check.
fn verdict(dir: &Path, check: &str, evidence: &Evidence) -> Verdict {
    let judged = Checklist::read(dir).unwrap().judge(evidence);
    judged.into_iter().find(|item| item.check.as_deref() == Some(check)).expect("the check").verdict
}

fn is_open(verdict: &Verdict, wanted: &str) -> bool {
    matches!(verdict, Verdict::Open(why) if why.contains(wanted))
}

#[test]
fn places_are_found_in_texts_that_people_write() {
    let (_dir, made) = project(&[
        ("src/a.txt", "x\n# TODO: one\n"),
        ("src/b/.hidden", "TODO two\n"),
        ("vendor/c", "TODO\n"),
        ("node_modules/c", "TODO\n"),
        ("target/c", "TODO\n"),
        ("Cargo.lock", "TODO\n"),
        ("made.out", "TODO\n"),
        (".gitignore", "*.out\n"),
        ("picture.png", "\0TODO\n"),
        ("latin.txt", "TODOS\n"),
    ]);
    fs::write(made.dir().join("latin.txt"), b"\xe4 TODO: three\n").unwrap();
    let found = todos(made.dir()).unwrap();
    let shown: Vec<_> = found.iter().map(|it| format!("{}:{}: {}", it.path.display(), it.line, it.text)).collect();
    assert_eq!(shown, ["latin.txt:1: TODO: three", "src/a.txt:2: TODO: one", "src/b/.hidden:1: TODO two"]);
    assert_eq!(todos(&made.dir().join("no")).unwrap_err().code, "connector.not_a_folder");
}

#[tokio::test]
async fn a_project_that_was_just_made_is_open_where_a_person_is_needed() {
    let (_out, dir) = generated();
    let mut evidence = evidence(&dir).await;
    for (check, wanted) in [
        ("definition_id", "uuidgen"),
        ("todo", "places need you"),
        ("documentation_url", "example.com"),
        ("icon", "template"),
    ] {
        assert!(is_open(&verdict(&dir, check, &evidence), wanted), "{check}: {:?}", verdict(&dir, check, &evidence));
    }
    for check in ["metadata", "versions", "readme", "changelog", "acceptance", "entrypoint", "secrets"] {
        assert_eq!(verdict(&dir, check, &evidence), Verdict::Done, "{check}");
    }
    for check in ["spec", "unit_tests"] {
        assert!(matches!(verdict(&dir, check, &evidence), Verdict::NotJudged(why) if why.contains("--run")));
    }
    evidence.spec = Some(Ok(json!({"connectionSpecification": {"type": "object"}})));
    evidence.tests = Some(Ok(Tests::Passed));
    assert_eq!(verdict(&dir, "spec", &evidence), Verdict::Done);
    assert_eq!(verdict(&dir, "unit_tests", &evidence), Verdict::Done);
    evidence.spec = Some(Ok(json!({"connectionSpecification": {"type": "wrong"}})));
    let failure =
        FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "connector.unit_tests_failed", "no");
    evidence.tests = Some(Err(failure));
    assert!(is_open(&verdict(&dir, "spec", &evidence), "JSON Schema"));
    assert!(is_open(&verdict(&dir, "unit_tests", &evidence), "no"));
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_open() {
    let change = |file: &'static str, before: &'static str, after: &'static str| (file, before, after);
    for (check, (file, before, after), wanted) in [
        ("readme", change("README.md", "# ", "TODO: "), "README.md:1"),
        ("versions", change("Dockerfile", "version=0.1.0", "version=0.2.0"), "disagree"),
        ("changelog", change("CHANGELOG.md", "0.1.0", "0.0.9"), "0.1.0"),
        ("acceptance", change("acceptance-test-config.yml", "  incremental:", "  more:"), "incremental"),
        (
            "acceptance",
            change("acceptance-test-config.yml", "acceptance_tests:", "acceptance_tests: ["),
            "cannot be read",
        ),
        (
            "entrypoint",
            change("Dockerfile", "ENV AIRBYTE_ENTRYPOINT=\"/airbyte", "ENV AIRBYTE_ENTRYPOINT=\"/other"),
            "/other",
        ),
        ("entrypoint", change("Dockerfile", "\nENTRYPOINT", "\nCMD"), "no ENTRYPOINT"),
        ("secrets", change(".gitignore", "secrets/", "other/"), "does not ignore"),
        ("documentation_url", change("metadata.yaml", "  documentationUrl: ", "  other: "), "no documentationUrl"),
        ("metadata", change("metadata.yaml", "dockerImageTag: 0.1.0", "dockerImageTag: soon"), "soon"),
    ] {
        let (_out, dir) = generated();
        let path = dir.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(before), "{file} has no {before}");
        fs::write(&path, text.replace(before, after)).unwrap();
        let verdict = verdict(&dir, check, &evidence(&dir).await);
        assert!(is_open(&verdict, wanted), "{check}: {verdict:?}");
    }
}

#[tokio::test]
async fn broken_metadata_leaves_the_rest_unjudged_and_the_places_found() {
    let (_out, dir) = generated();
    fs::write(dir.join("metadata.yaml"), "data: [").unwrap();
    let evidence = evidence(&dir).await;
    assert!(is_open(&verdict(&dir, "metadata", &evidence), "metadata.yaml"));
    assert!(matches!(verdict(&dir, "versions", &evidence), Verdict::NotJudged(_)));
    assert!(!todos(&dir).unwrap().is_empty());
}

#[tokio::test]
async fn secrets_that_git_tracks_are_told_with_their_file() {
    let (_out, dir) = generated();
    let (tools, _) = tools();
    fs::create_dir(dir.join("secrets")).unwrap();
    fs::write(dir.join("secrets/config.json"), "{}").unwrap();
    for words in [&["init", "-q"][..], &["add", "."]] {
        git(&tools, &dir, words).await;
    }
    assert_eq!(verdict(&dir, "secrets", &evidence(&dir).await), Verdict::Done);
    git(&tools, &dir, &["add", "--force", "secrets/config.json"]).await;
    assert!(is_open(&verdict(&dir, "secrets", &evidence(&dir).await), "secrets/config.json"));
}

#[tokio::test]
async fn boxes_are_ticked_by_what_was_judged_alone() {
    let (_out, dir) = generated();
    let text = "- [ ] a <!-- check: metadata -->\n- [x] b <!-- check: todo -->\n- [ ] by hand\n- [x] c <!-- check: \
                spec -->\n - [ ] d <!-- check: unheard_of -->\n";
    fs::write(dir.join("CHECKLIST.md"), text).unwrap();
    let checklist = Checklist::read(&dir).unwrap();
    let judged = checklist.judge(&evidence(&dir).await);
    assert_eq!(checklist.tick(&judged).unwrap(), 2);
    let wanted = text.replace("[ ] a", "[x] a").replace("[x] b", "[ ] b");
    assert_eq!(fs::read_to_string(dir.join("CHECKLIST.md")).unwrap(), wanted);
    assert!(matches!(&judged[4].verdict, Verdict::NotJudged(why) if why.contains("unheard_of")));
    fs::remove_file(dir.join("CHECKLIST.md")).unwrap();
    assert_eq!(Checklist::read(&dir).unwrap_err().code, "connector.no_checklist");
}
