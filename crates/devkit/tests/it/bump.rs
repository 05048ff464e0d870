//! `connector bump`: the files before and after, and what is refused.

use crate::projects::{METADATA, project};
use longshore_devkit::{Bump, BumpOptions, Bumped, Change, Project, bump, places};
use longshore_protocol::FailureReason;
use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn options() -> BumpOptions {
    let date = jiff::civil::date(2026, 1, 31);
    BumpOptions { date, message: Some("Faster".to_owned()), pull_request: None, dry_run: false }
}

fn run(project: &Project, by: &str) -> Result<Bumped, FailureReason> {
    bump(project, &by.parse().unwrap(), &options())
}

/// A file at 1.2.3, bumped by a patch: only its version is another.
fn golden(file: &str, before: &str) {
    let (dir, project) = project(&[(file, before)]);
    let bumped = run(&project, "patch").unwrap();
    let after = fs::read_to_string(dir.path().join(file)).unwrap();
    assert_eq!(after, before.replace("1.2.3", "1.2.4"), "{file}");
    assert!(bumped.changes.iter().any(|change| change.file == Path::new(file)), "{file}: {:?}", bumped.changes);
    let all = places(&Project::open(dir.path()).unwrap()).unwrap();
    let least = if file == "metadata.yaml" { 1 } else { 2 };
    assert!(all.len() >= least && all.iter().all(|place| place.version == "1.2.4"), "{file}: {all:?}");
}

#[test]
fn each_kind_of_file_changes_in_its_version_alone() {
    let lock_json = "{\n  \"name\": \"x\",\n  \"version\": \"1.2.3\",\n  \"packages\": {\n    \"\": { \"version\": \"1.2.3\" },\n    \
                     \"node_modules/a\": { \"version\": \"9.2.3\" }\n  }\n}\n";
    let pom = "<project>\n  <parent><version>9</version></parent>\n  <version>1.2.3</version>\n</project>\n";
    for (file, before) in [
        (
            "Dockerfile",
            "FROM x # y\nLABEL a=b  io.airbyte.version=\"1.2.3\" \\\n   c=d\n# LABEL io.airbyte.version=9\n",
        ),
        ("Cargo.toml", "# top\n[package]\nname='x'\nversion  =  '1.2.3' # here\n[dependencies]\na = \"1.2\"\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\nversion = \"1.2.3\"\n"),
        ("pyproject.toml", "[tool.poetry]\nversion = \"1.2.3\"\n[tool.other]\nversion = \"9\"\n"),
        ("setup.py", "setup(\n    name='x', version='1.2.3',  # the version\n)\n"),
        ("setup.cfg", "[metadata]\nname = x\nversion = 1.2.3\n"),
        ("package.json", "{\n\t\"name\": \"x\",\n\t\"version\":\"1.2.3\"\n}"),
        ("package-lock.json", lock_json),
        ("build.gradle", "plugins { id 'a' version '9' }\nversion = '1.2.3'\n"),
        ("build.gradle.kts", "version = \"1.2.3\"\n"),
        ("gradle.properties", "version=1.2.3\n"),
        ("pom.xml", pom),
    ] {
        golden(file, before);
        golden(file, &before.replace('\n', "\r\n"));
    }
    golden("metadata.yaml", &format!("{METADATA}  registryOverrides:\n    oss:\n      dockerImageTag: '1.2.3'\n"));
    golden("metadata.yaml", &METADATA.replace("name: X", "name: \"Größe – 大\" # ünï"));
    golden("metadata.yaml", &format!("\u{feff}{METADATA}"));
    golden("metadata.yaml", &METADATA.replace('\n', "\r\n").replace("1.2.3", "\"1.2.3\""));
}

#[test]
fn a_version_that_is_not_written_as_it_is_cannot_be_changed() {
    let escaped = METADATA.replace("1.2.3", "\"1.2\\x2e3\"");
    let (_dir, project) = project(&[("metadata.yaml", &escaped)]);
    assert_eq!(run(&project, "patch").unwrap_err().code, "connector.metadata_invalid");
}

/// Pieces of which files are made that nobody would write.
const PIECES: [&str; 22] = [
    "LABEL ",
    "io.airbyte.version",
    "version",
    "=",
    " ",
    "\"",
    "'",
    "\\",
    "\r",
    "\n",
    "#",
    "<project>",
    "<version>",
    "</",
    "<!--",
    "1.2.3",
    "é大",
    "{",
    "/*",
    "[metadata]\n",
    "<<EOF",
    "$",
];

proptest! {
    #[test]
    fn whatever_a_file_holds_its_version_is_changed_in_place(
        picks in prop::collection::vec(0..PIECES.len(), 0..24),
        file in prop::sample::select(vec!["Dockerfile", "setup.py", "setup.cfg", "build.gradle", "gradle.properties", "pom.xml"]),
    ) {
        let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
        let (dir, project) = project(&[(file, &text)]);
        if let Ok(bumped) = run(&project, "9.9.9") {
            let found = bumped.changes.iter().filter(|change| change.file == Path::new(file)).count();
            let after = fs::read_to_string(dir.path().join(file)).unwrap();
            prop_assert_eq!(after.matches("9.9.9").count(), found);
            prop_assert!(found > 0 || after == text);
        }
    }
}

#[test]
fn an_override_of_another_version_stays() {
    let metadata = format!(
        "{METADATA}  registryOverrides:\n    cloud:\n      dockerImageTag: 1.0.0\n    oss:\n      enabled: true\n"
    );
    let (dir, project) = project(&[("metadata.yaml", &metadata)]);
    run(&project, "minor").unwrap();
    let after = fs::read_to_string(dir.path().join("metadata.yaml")).unwrap();
    assert_eq!(after, metadata.replace("1.2.3", "1.3.0"));
}

#[test]
fn lock_files_follow_their_manifest() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"registry\"\n\n[[package]]\nname = \
                \"x\"\nversion = \"1.2.3\"\n";
    let manifest = "[package]\nname = \"x\"\nversion = \"1.2.3\"\n";
    let (dir, one) = project(&[("Cargo.toml", manifest), ("Cargo.lock", lock)]);
    run(&one, "major").unwrap();
    let after = fs::read_to_string(dir.path().join("Cargo.lock")).unwrap();
    assert!(after.contains("\"a\"\nversion = \"1.2.3\"") && after.contains("\"x\"\nversion = \"2.0.0\""), "{after}");
    let uv = "[[package]]\nname = \"x\"\nversion = \"1.2.3\"\nsource = { editable = \".\" }\n";
    let (dir, two) = project(&[("pyproject.toml", &manifest.replace("package", "project")), ("uv.lock", uv)]);
    run(&two, "patch").unwrap();
    assert!(fs::read_to_string(dir.path().join("uv.lock")).unwrap().contains("1.2.4"));
}

#[test]
fn a_version_that_stands_elsewhere_is_no_place() {
    let (_dir, project) = project(&[
        ("Cargo.toml", "[package]\nname = \"x\"\nversion.workspace = true\n"),
        ("setup.py", "setup(version=VERSION)\n"),
        ("Dockerfile", "ARG V\nLABEL io.airbyte.version=$V\n"),
    ]);
    assert_eq!(places(&project).unwrap().len(), 1);
}

#[test]
fn places_that_disagree_are_refused_until_one_version_is_named() {
    let (dir, project) = project(&[("Dockerfile", "FROM x\nLABEL io.airbyte.version=1.2.2\n")]);
    let failure = run(&project, "patch").unwrap_err();
    assert_eq!(failure.code, "version.disagrees");
    assert!(failure.message.contains("metadata.yaml:7: 1.2.3, Dockerfile:2: 1.2.2; "), "{}", failure.message);
    let bumped = run(&project, "1.2.3").unwrap();
    let change = Change { file: "Dockerfile".into(), line: 2, from: Some("1.2.2".to_owned()), to: "1.2.3".to_owned() };
    assert_eq!(bumped.changes, [change]);
    assert!(fs::read_to_string(dir.path().join("Dockerfile")).unwrap().contains("1.2.3"));
    assert_eq!(run(&project, "1.2.2").unwrap_err().code, "version.goes_down");
}

#[test]
fn pythons_spelling_of_a_candidate_agrees() {
    let (_dir, project) = project(&[
        ("metadata.yaml", &METADATA.replace("1.2.3", "1.2.4-rc.1")),
        ("pyproject.toml", "[project]\nname = \"x\"\nversion = \"1.2.4rc1\"\n"),
    ]);
    assert_eq!(run(&project, "rc").unwrap().to.to_string(), "1.2.4-rc.2");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let (_dir, project) = project(&[("package.json", "{ not json")]);
    let failure = run(&project, "patch").unwrap_err();
    assert_eq!(failure.code, "version.file_invalid");
    assert!(failure.message.contains("package.json"), "{}", failure.message);
}

#[test]
fn the_changelog_gets_a_row() {
    let readme = "# X\n\n```\n| Version | Date |\n|---|---|\n```\n\n## Changelog\n\n| Version | Date | Pull Request | Subject |\n\
                  |:--------|:-----|:-----|:-----|\n| 1.2.3 | 2025-01-01 | - | First |\n";
    let (dir, one) = project(&[("docs/x.md", readme), ("README.md", &readme.replace('\n', "\r\n"))]);
    let with_link = BumpOptions { pull_request: Some("https://example.org/pull/12".to_owned()), ..options() };
    let bumped = bump(&one, &Bump::Patch, &with_link).unwrap();
    let row = "| 1.2.4 | 2026-01-31 | [12](https://example.org/pull/12) | Faster |";
    let after = readme.replace("| 1.2.3 |", &format!("{row}\n| 1.2.3 |"));
    assert_eq!(fs::read_to_string(dir.path().join("docs/x.md")).unwrap(), after);
    assert_eq!(fs::read_to_string(dir.path().join("README.md")).unwrap(), after.replace('\n', "\r\n"));
    let change = Change { file: "docs/x.md".into(), line: 12, from: None, to: row.to_owned() };
    assert!(bumped.changes.contains(&change), "{:?}", bumped.changes);
}

#[test]
fn the_changelog_gets_a_section() {
    let with_content =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n- A thing.\n\n## [1.2.3] - 2025-01-01\n\n- First.\n";
    let (dir, one) = project(&[("CHANGELOG.md", with_content)]);
    bump(&one, &Bump::Patch, &BumpOptions { message: None, ..options() }).unwrap();
    let after = fs::read_to_string(dir.path().join("CHANGELOG.md")).unwrap();
    assert_eq!(after, with_content.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.2.4] - 2026-01-31\n"));
    let without = "# Changelog\n\n## [1.2.3] - 2025-01-01\n\n- First.\n";
    let (dir, two) = project(&[("CHANGELOG.md", without)]);
    run(&two, "patch").unwrap();
    let after = fs::read_to_string(dir.path().join("CHANGELOG.md")).unwrap();
    assert_eq!(after, without.replace("## [1.2.3]", "## [1.2.4] - 2026-01-31\n\n- Faster\n\n## [1.2.3]"));
}

#[test]
fn a_version_that_a_changelog_has_is_not_added_again() {
    let text = "| Version | Date |\n|---|---|\n| 1.2.4 | 2026-01-01 |\n";
    let (dir, project) = project(&[("CHANGELOG.md", text)]);
    assert_eq!(run(&project, "patch").unwrap().changes.len(), 1);
    assert_eq!(fs::read_to_string(dir.path().join("CHANGELOG.md")).unwrap(), text);
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let (dir, project) = project(&[]);
    let bumped = bump(&project, &Bump::Rc, &BumpOptions { dry_run: true, ..options() }).unwrap();
    assert_eq!((bumped.to.to_string().as_str(), bumped.changes.len()), ("1.2.4-rc.1", 1));
    assert_eq!(fs::read_to_string(dir.path().join("metadata.yaml")).unwrap(), METADATA);
}

#[test]
fn a_major_version_without_its_breaking_change_is_noted() {
    assert!(run(&project(&[]).1, "major").unwrap().notes[0].contains("breakingChanges[\"2.0.0\"]"));
    let told = format!("{METADATA}  releases:\n    breakingChanges:\n      2.0.0:\n        message: All is new\n");
    assert!(run(&project(&[("metadata.yaml", &told)]).1, "major").unwrap().notes.is_empty());
}

#[test]
fn all_files_change_or_none() {
    let (dir, project) = project(&[("package.json", "{\"version\":\"1.2.3\"}")]);
    // The last file is read-only: the first must not have changed when that is noticed.
    fs::set_permissions(dir.path().join("package.json"), fs::Permissions::from_mode(0o444)).unwrap();
    let failure = run(&project, "patch").unwrap_err();
    assert_eq!(failure.code, "version.write_failed");
    assert!(failure.message.contains("no file was changed"), "{}", failure.message);
    assert_eq!(fs::read_to_string(dir.path().join("metadata.yaml")).unwrap(), METADATA);
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn modes_and_links_stay() {
    let (dir, _) = project(&[("shared/Dockerfile", "LABEL io.airbyte.version=1.2.3\n")]);
    symlink("shared/Dockerfile", dir.path().join("Dockerfile")).unwrap();
    fs::set_permissions(dir.path().join("metadata.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    run(&Project::open(dir.path()).unwrap(), "patch").unwrap();
    assert!(fs::symlink_metadata(dir.path().join("Dockerfile")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(dir.path().join("shared/Dockerfile")).unwrap(), "LABEL io.airbyte.version=1.2.4\n");
    assert_eq!(fs::metadata(dir.path().join("metadata.yaml")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn the_lock_file_of_a_workspace_goes_along() {
    let dir = tempfile::tempdir().unwrap();
    let lock = |version: &str| {
        format!(
            "version = 4\n\n[[package]]\nname = \"x\"\nversion = \"{version}\"\n\n[[package]]\nname = \"y\"\nversion = \"1.2.3\"\n"
        )
    };
    let member = dir.path().join("connectors/source-x");
    fs::create_dir_all(&member).unwrap();
    fs::write(dir.path().join("Cargo.toml"), "[workspace]\nmembers = [\"connectors/*\"]\n").unwrap();
    fs::write(dir.path().join("Cargo.lock"), lock("1.2.3")).unwrap();
    fs::write(member.join("Cargo.toml"), "[package]\nname = \"x\"\nversion = \"1.2.3\"\n").unwrap();
    fs::write(member.join("metadata.yaml"), METADATA).unwrap();
    let bumped = run(&Project::open(&member).unwrap(), "patch").unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("Cargo.lock")).unwrap(), lock("1.2.4"));
    assert!(bumped.changes.iter().any(|change| change.file == Path::new("../../Cargo.lock")), "{:?}", bumped.changes);
}
