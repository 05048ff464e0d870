//! A newer template comes into a project that people have worked in.

use super::{given, resolved, tiny};
use crate::projects::tools;
use longshore_devkit::new::{ChangeKind, Record, Templates, Update, default_answer, refuse_uncommitted};
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ONE: &str = "one\ntwo\nthree\nfour\nfive\n";

/// A project that was made from version 1 of a template.
struct Made {
    _folder: TempDir,
    dir: PathBuf,
}

impl Made {
    fn from(about: &str, files: &[(&str, &str)]) -> Self {
        let (folder, templates) = tiny(about, files);
        let template = templates.find("tiny").unwrap();
        let answers = resolved(&template, "x", &[]).unwrap();
        let dir = folder.path().join("source-x");
        templates.render(&template, &answers, "source-x").unwrap().write(&dir).unwrap();
        Self { _folder: folder, dir }
    }

    fn edit(&self, path: &str, text: &str) {
        fs::write(self.dir.join(path), text).unwrap();
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.dir.join(path)).unwrap()
    }

    fn update(&self, about: &str, files: &[(&str, &str)]) -> Result<Update, FailureReason> {
        let (_folder, templates) = newer(about, files);
        Update::plan(&templates, &self.dir, &BTreeMap::new(), &mut default_answer)
    }
}

/// Version 2 of the template.
fn newer(about: &str, files: &[(&str, &str)]) -> (TempDir, Templates) {
    let (folder, _) = tiny(about, files);
    let path = folder.path().join("tiny/template.yaml");
    let text = fs::read_to_string(&path).unwrap().replace("version: 1", "version: 2");
    fs::write(path, text).unwrap();
    let templates = Templates::bundled().with_folder(folder.path()).unwrap();
    (folder, templates)
}

fn kinds(update: &Update) -> Vec<(&str, ChangeKind, bool)> {
    update.changes.iter().map(|change| (change.path.as_str(), change.kind, change.conflict.is_some())).collect()
}

#[test]
fn what_both_changed_in_other_places_is_merged_and_then_nothing_is_left_to_do() {
    let made = Made::from("", &[("tiny/files/a.txt", ONE), ("tiny/files/b.txt", "b\n"), ("tiny/files/c.txt", "c\n")]);
    made.edit("a.txt", &ONE.replace("one", "ONE"));
    made.edit("b.txt", "mine\n");
    let files = [
        ("tiny/files/a.txt", "one\ntwo\nthree\nfour\nFIVE\n"),
        ("tiny/files/b.txt", "b\n"),
        ("tiny/files/new/d.txt", "<%= definition_id %>\n"),
    ];
    let update = made.update("", &files).unwrap();
    let wanted = [
        ("a.txt", ChangeKind::Changed, false),
        ("c.txt", ChangeKind::Removed, false),
        ("new/d.txt", ChangeKind::Added, false),
    ];
    assert_eq!(kinds(&update), wanted);
    let diff = update.diff();
    assert!(
        diff.contains("--- a/a.txt\n+++ b/a.txt") && diff.contains("-five\n+FIVE") && diff.contains("+++ /dev/null"),
        "{diff}"
    );
    assert_eq!(made.text("a.txt"), ONE.replace("one", "ONE"), "a plan writes nothing");
    update.write().unwrap();
    assert_eq!(made.text("a.txt"), "ONE\ntwo\nthree\nfour\nFIVE\n");
    assert_eq!(made.text("b.txt"), "mine\n");
    assert_eq!(made.text("new/d.txt"), "00000000-0000-4000-8000-000000000000\n", "the answers are those of then");
    assert!(!made.dir.join("c.txt").exists());
    assert_eq!(Record::read(&made.dir).unwrap().version, 2);
    assert_eq!(kinds(&made.update("", &files).unwrap()), []);
}

#[test]
fn the_same_lines_are_a_conflict_with_marks() {
    let made = Made::from("", &[("tiny/files/a.txt", ONE)]);
    made.edit("a.txt", &ONE.replace("three", "mine"));
    let update = made.update("", &[("tiny/files/a.txt", &ONE.replace("three", "theirs"))]).unwrap();
    assert_eq!(kinds(&update), [("a.txt", ChangeKind::Changed, true)]);
    update.write().unwrap();
    let text = made.text("a.txt");
    assert!(text.contains("<<<<<<<") && text.contains("\nmine\n") && text.contains("\ntheirs\n>>>>>>>"), "{text}");
}

#[test]
fn what_a_person_removed_or_keeps_is_left_and_told() {
    let made = Made::from("", &[("tiny/files/a.txt", "a\n"), ("tiny/files/b.txt", "b\n"), ("tiny/files/c.txt", "c\n")]);
    fs::remove_file(made.dir.join("a.txt")).unwrap();
    made.edit("b.txt", "mine\n");
    fs::write(made.dir.join("c.txt"), [0xff, 0xfe]).unwrap();
    made.edit("d.txt", "mine\n");
    let files = [("tiny/files/a.txt", "newer\n"), ("tiny/files/c.txt", "newer\n"), ("tiny/files/d.txt", "theirs\n")];
    let update = made.update("", &files).unwrap();
    let wanted = [
        ("a.txt", ChangeKind::Kept, true),
        ("b.txt", ChangeKind::Kept, true),
        ("c.txt", ChangeKind::Kept, true),
        ("d.txt", ChangeKind::Changed, true),
    ];
    assert_eq!(kinds(&update), wanted);
    update.write().unwrap();
    assert!(!made.dir.join("a.txt").exists());
    assert_eq!(made.text("b.txt"), "mine\n");
}

#[test]
fn crates_that_go_along_are_replaced_and_an_edited_one_is_told() {
    let vendor = "vendor: [connector-kit]\n";
    let made = Made::from(vendor, &[("tiny/files/a.txt", "a\n")]);
    // What was taken along was another text then, and nobody has changed it since.
    let record = made.dir.join(".longshore/template.json");
    let mut read = Record::read(&made.dir).unwrap();
    let old = "// as it was\n";
    let digest = |text: &str| {
        use sha2::{Digest, Sha256};
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    read.vendored.insert("vendor/protocol/src/lib.rs".to_owned(), digest(old));
    read.vendored.insert("vendor/protocol/src/gone.rs".to_owned(), digest(old));
    fs::write(&record, serde_json::to_string(&read).unwrap()).unwrap();
    made.edit("vendor/protocol/src/lib.rs", old);
    made.edit("vendor/protocol/src/gone.rs", old);
    made.edit("vendor/connector-kit/src/lib.rs", "mine\n");
    let update = made.update(vendor, &[("tiny/files/a.txt", "a\n")]).unwrap();
    let wanted = [
        ("vendor/connector-kit/src/lib.rs", ChangeKind::Kept, true),
        ("vendor/protocol/src/gone.rs", ChangeKind::Removed, false),
        ("vendor/protocol/src/lib.rs", ChangeKind::Changed, false),
    ];
    assert_eq!(kinds(&update), wanted);
    update.write().unwrap();
    assert_eq!(made.text("vendor/connector-kit/src/lib.rs"), "mine\n");
    assert!(made.text("vendor/protocol/src/lib.rs") != old && !made.dir.join("vendor/protocol/src/gone.rs").exists());
}

#[test]
fn a_new_question_is_asked_and_an_answer_can_be_changed() {
    let made =
        Made::from("questions:\n  - {key: old, ask: Old, default: a}\n", &[("tiny/files/a.txt", "<%= old %>\n")]);
    let about = "questions:\n  - {key: tap, ask: Tap, example: tap-x}\n";
    let files = [("tiny/files/a.txt", "<%= tap %>\n")];
    assert_eq!(made.update(about, &files).unwrap_err().code, "connector.answer_missing");
    let (_folder, templates) = newer(about, &files);
    let mut answers = given(&[("tap", "tap-y")]);
    answers.remove("year");
    Update::plan(&templates, &made.dir, &answers, &mut default_answer).unwrap().write().unwrap();
    assert_eq!(made.text("a.txt"), "tap-y\n");
    assert!(!Record::read(&made.dir).unwrap().answers.contains_key("old"));
}

#[test]
fn what_cannot_be_updated_is_told() {
    let made = Made::from("", &[("tiny/files/a.txt", "a\n")]);
    let code = |made: &Made| made.update("", &[("tiny/files/a.txt", "a\n")]).map(drop).unwrap_err().code;
    let path = made.dir.join(".longshore/template.json");
    let text = fs::read_to_string(&path).unwrap();
    for (before, after, wanted) in [
        ("\"version\": 1", "\"version\": 3", "connector.record_newer"),
        ("\"longshore\": \"", "\"longshore\": \"99", "connector.record_newer"),
        ("\"template\": \"tiny\"", "\"template\": \"gone\"", "connector.template_unknown"),
        ("\"a.txt\"", "\"../a.txt\"", "connector.record_invalid"),
        ("{", "<<<<<<< {", "connector.record_invalid"),
    ] {
        fs::write(&path, text.replacen(before, after, 1)).unwrap();
        assert_eq!(code(&made), wanted, "{after}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(code(&made), "connector.no_record");
}

#[tokio::test]
async fn uncommitted_changes_are_refused_where_there_is_a_repository() {
    let (tools, _) = tools();
    let dir = tempfile::tempdir().unwrap();
    refuse_uncommitted(&tools, dir.path()).await.unwrap();
    let git = async |words: &[&str]| git(&tools, dir.path(), words).await;
    git(&["init", "-q"]).await;
    fs::write(dir.path().join("a"), "a").unwrap();
    assert_eq!(refuse_uncommitted(&tools, dir.path()).await.unwrap_err().code, "connector.uncommitted");
    git(&["add", "."]).await;
    git(&["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"]).await;
    refuse_uncommitted(&tools, dir.path()).await.unwrap();
}

pub(super) async fn git(tools: &longshore_devkit::Tools, dir: &Path, words: &[&str]) {
    assert!(tools.answer("git", dir, words).await.unwrap().is_some(), "git {words:?}");
}
