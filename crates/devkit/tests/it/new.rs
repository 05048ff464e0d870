//! `connector new`: every template, names and answers that are refused, folders that are, and what is written.

mod checklist;
mod update;

use insta::assert_snapshot;
use longshore_devkit::new::{
    Answers, ProjectName, Rendering, Template, Templates, default_answer, refuse_existing, resolve,
};
use longshore_devkit::{Project, todos};
use longshore_protocol::FailureReason;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const ID: &str = "00000000-0000-4000-8000-000000000000";

/// The answers of a test: what makes a rendering the same each time, and those given.
fn given(answers: &[(&str, &str)]) -> BTreeMap<String, String> {
    let fixed = [("definition_id", ID), ("year", "2026")];
    fixed.iter().chain(answers).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn resolved(template: &Template, name: &str, answers: &[(&str, &str)]) -> Result<Answers, FailureReason> {
    let name = ProjectName::parse(name, template.kind, template.is_singer())?;
    resolve(template, name, &given(answers), 2026, &mut default_answer)
}

/// A rendering by defaults; what has none gets its example.
fn rendered(templates: &Templates, template: &str, name: &str) -> Rendering {
    let template = templates.find(template).unwrap();
    let without_default = template.questions.iter().filter(|question| question.default.is_none());
    let examples: Vec<_> =
        without_default.map(|it| (it.key.as_str(), it.example.as_deref().expect("a default or an example"))).collect();
    let answers = resolved(&template, name, &examples).unwrap();
    let dir = answers.name.connector.clone();
    templates.render(&template, &answers, &dir).unwrap()
}

/// A folder of templates with one called `tiny`.
fn tiny(about: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Templates) {
    let dir = tempfile::tempdir().unwrap();
    let head = "version: 1\nkind: source\nlanguage: any\ntitle: T\ndescription: D\nsubtype: api\n";
    let files = [("tiny/template.yaml", format!("{head}{about}"))]
        .into_iter()
        .chain(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let templates = Templates::bundled().with_folder(dir.path()).unwrap();
    (dir, templates)
}

fn refused(templates: &Templates, answers: &[(&str, &str)]) -> FailureReason {
    let template = templates.find("tiny").unwrap();
    resolved(&template, "x", answers)
        .and_then(|answers| templates.render(&template, &answers, "x"))
        .map(drop)
        .unwrap_err()
}

/// A line for each file: mode, the first of its digest, path. What is taken along as it is changes with our crates.
fn tree(dir: &Path) -> String {
    let mut lines = Vec::new();
    walk(dir, dir, &mut lines);
    lines.sort();
    lines.into_iter().fold(String::new(), |mut text, (path, mode, digest)| {
        let _ = writeln!(text, "{mode:o} {digest} {path}");
        text
    })
}

fn walk(dir: &Path, root: &Path, lines: &mut Vec<(String, u32, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let below = path.strip_prefix(root).unwrap().display().to_string();
        if path.is_dir() {
            walk(&path, root, lines);
        } else {
            let changes_elsewhere = below.starts_with("vendor/") || below.starts_with(".longshore/");
            let digest: String =
                Sha256::digest(fs::read(&path).unwrap()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            lines.push((below, mode, if changes_elsewhere { "-".repeat(12) } else { digest }));
        }
    }
}

#[test]
fn every_template_makes_what_it_made_before() {
    let templates = Templates::bundled();
    for template in templates.list().unwrap() {
        let out = tempfile::tempdir().unwrap();
        let dir = out.path().join("project");
        rendered(&templates, &template.name, "Zürich 3 Öl").write(&dir).unwrap();
        // A version is raised with each change of what it renders: `longshore connector new --update` goes by it. Then
        // `INSTA_UPDATE=always cargo test -p longshore-devkit every_template` writes down what is made now.
        assert_snapshot!(template.name, format!("version {}\n{}", template.version, tree(&dir)));
    }
}

#[test]
fn every_template_makes_the_same_twice_and_is_a_project_with_places_for_a_person() {
    let templates = Templates::bundled();
    for template in templates.list().unwrap() {
        let out = tempfile::tempdir().unwrap();
        let dirs = ["one", "two"].map(|name| out.path().join(name));
        let rendering = rendered(&templates, &template.name, "3scale");
        for dir in &dirs {
            rendered(&templates, &template.name, "3scale").write(dir).unwrap();
        }
        assert_eq!(tree(&dirs[0]), tree(&dirs[1]), "{}", template.name);
        let project = Project::open(&dirs[0]).unwrap();
        assert_eq!(project.connector_name(), rendering.answers.name.connector);
        assert!(!todos(&dirs[0]).unwrap().is_empty(), "{}", template.name);
        for file in [
            "README.md",
            "CHECKLIST.md",
            "CHANGELOG.md",
            "Dockerfile",
            "acceptance-test-config.yml",
            "sample_config.json",
        ] {
            assert!(dirs[0].join(file).is_file(), "{} has no {file}", template.name);
        }
        assert!(!rendering.next("dir").unwrap().is_empty(), "{}", template.name);
    }
}

#[test]
fn every_answer_that_can_be_chosen_renders() {
    let templates = Templates::bundled();
    for template in templates.list().unwrap() {
        for question in template.questions.iter().filter(|question| !question.choices.is_empty()) {
            for choice in &question.choices {
                let mut answers: Vec<_> = template
                    .questions
                    .iter()
                    .filter(|it| it.default.is_none())
                    .map(|it| (it.key.as_str(), it.example.as_deref().unwrap_or_else(|| &it.choices[0])))
                    .collect();
                answers.retain(|(key, _)| *key != question.key);
                answers.push((&question.key, choice));
                let answers = resolved(&template, "x", &answers).unwrap();
                templates.render(&template, &answers, "x").unwrap();
            }
        }
    }
}

#[test]
fn a_template_of_ones_own_has_paths_conditions_and_crates() {
    let about = "vendor: [connector-kit]\nexecutable: [run.sh]\nquestions:\n  - {key: paging, ask: How, choices: \
                 [page, none], default: page}\nderived:\n  deep: \"<%= snake %>/x\"\n";
    let files = [
        ("tiny/files/run.sh", "<%= connector %>\n"),
        ("tiny/files/src/{deep}/{pascal}.txt.tmpl", "${{ x }} <%= dir %>\n"),
        ("tiny/files/only_page.txt", "<% if paging == \"page\" %>\npage\n<% endif %>\n"),
        ("tiny/files/pkg/__init__.py", ""),
        ("tiny/files/metadata.yaml", "data: {}\n"),
    ];
    let (_folder, templates) = tiny(about, &files);
    let template = templates.find("tiny").unwrap();
    let made = |answers: &[(&str, &str)]| {
        let answers = resolved(&template, "my api", answers).unwrap();
        templates.render(&template, &answers, "here").unwrap().files
    };
    let files = made(&[]);
    assert_eq!(files["src/my_api/x/MyApi.txt"].text, "${{ x }} here\n");
    assert_eq!((files["run.sh"].mode(), files["pkg/__init__.py"].mode()), (0o755, 0o644));
    assert_eq!((files["only_page.txt"].text.as_str(), files["metadata.yaml"].text.as_str()), ("page\n", "data: {}\n"));
    assert!(files.contains_key("CHECKLIST.md") && !made(&[("paging", "none")]).contains_key("only_page.txt"));
    let manifest = &files["vendor/connector-kit/Cargo.toml"].text;
    assert!(!manifest.contains("dev-dependencies") && manifest.contains("longshore-protocol.workspace = true"));
    let workspace = &files["vendor/Cargo.toml"].text;
    assert!(workspace.contains("longshore-protocol = { path = \"protocol\" }") && workspace.contains("serde = "));
    assert!(
        !workspace.contains("axum") && workspace.contains("members = [\"connector-kit\", \"protocol\"]"),
        "{workspace}"
    );
    assert!(files["vendor/protocol/src/lib.rs"].is_vendored && files["vendor/LICENSE"].text.contains("Apache License"));
}

#[test]
fn a_template_that_is_broken_is_told_with_file_and_line() {
    for (about, path, text, wanted) in [
        ("", "tiny/files/a", "x\n<%= nothing %>\n", "a: "),
        ("", "tiny/files/a", "<% if %>\n", "line 1"),
        ("derived:\n  up: ../..\n", "tiny/files/{up}/a", "x\n", "leads out"),
        ("executable: [no.sh]\n", "tiny/files/a", "x\n", "no.sh"),
        ("vendor: [nothing]\n", "tiny/files/a", "x\n", "crates/nothing"),
        ("questions:\n  - {key: a, ask: A, default: \"<%= b %>\"}\n", "tiny/files/a", "x\n", "undefined"),
    ] {
        let (_folder, templates) = tiny(about, &[(path, text)]);
        let failure = refused(&templates, &[]);
        assert_eq!(failure.code, "connector.template_invalid");
        assert!(failure.message.contains(wanted), "{}", failure.message);
    }
    let (_folder, templates) = tiny("versoin: 2\n", &[]);
    assert_eq!(templates.list().unwrap_err().code, "connector.template_invalid");
}

#[test]
fn answers_that_will_not_do_are_told_with_their_flag() {
    let about = "questions:\n  - {key: tap_package, ask: Which, pattern: \"[a-z-]+\", example: tap-x}\n  - {key: \
                 paging, ask: How, choices: [page, none], default: page}\n";
    let (_folder, templates) = tiny(about, &[("tiny/files/a", "x")]);
    let tap = ("tap_package", "tap-y");
    for (answers, code, wanted) in [
        (vec![], "connector.answer_missing", "--answer tap_package=tap-x"),
        (vec![("tap_package", "Tap Y!")], "connector.answer_invalid", "such as tap-x"),
        (vec![("tap_package", "")], "connector.answer_invalid", "tap_package"),
        (vec![("tap_package", "a\nb")], "connector.answer_invalid", "one line"),
        (vec![tap, ("paging", "pages")], "connector.answer_invalid", "page, none"),
        (vec![tap, ("pagign", "page")], "connector.answer_unknown", "`paging`"),
        (vec![tap, ("repository", "team/x:1")], "connector.answer_invalid", "tag"),
        (vec![tap, ("repository", "Team X")], "connector.answer_invalid", "repository"),
        (vec![tap, ("license", "GPL")], "connector.answer_invalid", "Apache-2.0"),
        (vec![tap, ("year", "26")], "connector.answer_invalid", "year"),
        (vec![tap, ("definition_id", "x")], "connector.answer_invalid", "UUID"),
    ] {
        let failure = refused(&templates, &answers);
        assert_eq!(failure.code, code, "{answers:?}");
        assert!(failure.message.contains(wanted), "{}", failure.message);
    }
}

#[test]
fn an_unknown_template_names_the_nearest() {
    let failure = Templates::bundled().find("generic-sorce").unwrap_err();
    assert_eq!(failure.code, "connector.template_unknown");
    assert!(failure.message.contains("`generic-source`"), "{}", failure.message);
    assert!(!Templates::bundled().find("qqq").unwrap_err().message.contains("nearest"));
    assert_eq!(Templates::bundled().find("shared").unwrap_err().code, "connector.template_unknown");
}

#[test]
fn nothing_is_ever_written_over() {
    let out = tempfile::tempdir().unwrap();
    let rendering = rendered(&Templates::bundled(), "generic-source", "x");
    let (full, file, link) = (out.path().join("full"), out.path().join("file"), out.path().join("link"));
    fs::create_dir(&full).unwrap();
    fs::write(full.join("mine"), "mine").unwrap();
    fs::write(&file, "mine").unwrap();
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    for dir in [&full, &file, &link] {
        assert_eq!(refuse_existing(dir).unwrap_err().code, "connector.exists");
        assert_eq!(rendering.write(dir).unwrap_err().code, "connector.exists");
    }
    assert_eq!(rendering.write(&file.join("below")).unwrap_err().code, "connector.unwritable");
    assert_eq!(rendering.write(Path::new("/proc/project")).unwrap_err().code, "connector.unwritable");
    assert_eq!(fs::read_dir(&full).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 3, "nothing is left behind");
}

#[test]
fn a_folder_that_is_there_and_empty_is_filled_and_those_above_are_made() {
    let out = tempfile::tempdir().unwrap();
    let rendering = rendered(&Templates::bundled(), "generic-source", "x");
    let empty = out.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o700)).unwrap();
    rendering.write(&empty).unwrap();
    assert_eq!(fs::metadata(&empty).unwrap().permissions().mode() & 0o777, 0o700, "the folder stays as it was");
    let deep = out.path().join("a/b/c");
    rendering.write(&deep).unwrap();
    assert_eq!(tree(&empty), tree(&deep));
    assert_eq!(fs::metadata(&deep).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 2);
    assert!(
        !fs::read_dir(&empty).unwrap().any(|it| it.unwrap().file_name().to_string_lossy().contains("longshore-new"))
    );
}

#[test]
fn a_folder_that_is_a_disk_of_its_own_is_filled() {
    // Memory, which every Linux has, is another disk than that of the test.
    let (disk, here) = (tempfile::tempdir_in("/dev/shm").unwrap(), tempfile::tempdir().unwrap());
    let link = here.path().join("project");
    std::os::unix::fs::symlink(disk.path(), &link).unwrap();
    rendered(&Templates::bundled(), "generic-source", "x").write(&link).unwrap();
    assert!(disk.path().join("connector.sh").is_file());
}
