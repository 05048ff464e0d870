//! Every template, as a person meets it: made, asked, diagnosed, tested, built into an image, without an edit.
//!
//! `docker build` finds the base images of the Dockerfiles in the engine of the tests: `cargo xtask test` has made one image
//! with all toolchains that stands for them.

use crate::place::{Ran, program};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// Compilers and package managers take all the machine there is: one project at a time.
static TURN: Mutex<()> = Mutex::new(());

/// A project made of a template with its defaults.
struct Made {
    template: &'static str,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Made {
    #[track_caller]
    fn of(template: &'static str) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let made = Self { template, folder: tempfile::tempdir().unwrap(), _turn: turn };
        made.run(&["new", template, "green field 7", "--yes", "--out", &made.dir()]);
        made
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn dir(&self) -> String {
        self.path().display().to_string()
    }

    fn has(&self, file: &str) -> bool {
        self.path().join(file).is_file()
    }

    /// Longshore with the tools of this machine as they are set up: package managers have their own
    /// settings in variables and in the home.
    fn longshore(&self, words: &[&str]) -> Ran {
        let maven_home = std::env::var("LONGSHORE_TEST_MAVEN_HOME");
        let maven_home = maven_home.expect("run this test by: cargo xtask test -p longshore-cli");
        let mut command = Command::new(program());
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/templates"));
        command.env("MAVEN_OPTS", format!("-Duser.home={maven_home}"));
        command.env("DOCKER_BUILDKIT", "0").env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        Ran::of(&mut command)
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> Ran {
        let ran = self.longshore(&[&["connector"], words].concat());
        assert_eq!(ran.code, 0, "{}: {words:?}: {}\n{}", self.template, ran.stdout, ran.stderr);
        ran
    }

    /// The messages of one kind that a verb prints, and nothing but messages.
    #[track_caller]
    fn messages(&self, verb: &str, kind: &str) -> Vec<Value> {
        let config = self.path().join("sample_config.json").display().to_string();
        let (dir, words) = (self.dir(), ["--config", &config]);
        let words: &[&str] = if verb == "spec" { &[] } else { &words };
        let ran = self.longshore(&[&["connector", verb, &dir, "--json"], words].concat());
        // A check that says FAILED is an answer, and the command that asked for it has failed.
        assert!(ran.code == 0 || verb == "check", "{}: {verb}: {ran:?}", self.template);
        let messages = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        messages.filter(|message| message["type"] == kind).collect()
    }

    #[track_caller]
    fn is_healthy(&self, reference: &str) {
        let report = self.run(&["doctor", reference, "--json"]).result();
        assert_eq!(report["healthy"], true, "{}: {report:#}", self.template);
    }

    /// What holds for every template.
    #[track_caller]
    fn is_green(&self) -> String {
        assert_eq!(self.messages("spec", "SPEC").len(), 1);
        assert_eq!(self.messages("check", "CONNECTION_STATUS").len(), 1);
        self.is_healthy(&self.dir());
        let todos = self.run(&["todo", &self.dir(), "--json"]).result();
        assert!(!todos.as_array().unwrap_or_else(|| panic!("{todos:#}")).is_empty(), "{}: no TODO", self.template);
        for file in ["README.md", "CHECKLIST.md", "metadata.yaml", "acceptance-test-config.yml", "Dockerfile"] {
            assert!(self.has(file), "{} has no {file}", self.template);
        }
        let built = self.run(&["build", &self.dir(), "--builder", "docker", "--json"]).result();
        assert_eq!(built["unit_tests"], "passed", "{}: {built:#}", self.template);
        let image = built["image"].as_str().unwrap().to_owned();
        self.is_healthy(&format!("docker:{image}"));
        image
    }

    /// That the connector works without anything around it: how many records come, and how many the next time.
    #[track_caller]
    fn reads_offline(&self) -> (u64, u64) {
        assert_eq!(self.messages("check", "CONNECTION_STATUS")[0]["connectionStatus"]["status"], "SUCCEEDED");
        assert!(!self.messages("discover", "CATALOG")[0]["catalog"]["streams"].as_array().unwrap().is_empty());
        let config = self.path().join("sample_config.json").display().to_string();
        let state = self.folder.path().join("state.json").display().to_string();
        let sync = || {
            let source = ["sync", "--json", "--source", &self.dir(), "--source-config", &config];
            let ran =
                self.longshore(&[&source[..], &["--destination", "destination-null", "--state", &state]].concat());
            ran.expect_success();
            let streams = ran.result()["streams"].as_array().unwrap().clone();
            streams.iter().map(|stream| stream["records_committed"].as_u64().unwrap()).sum::<u64>()
        };
        (sync(), sync())
    }

    /// That the connector writes what comes, and says so.
    #[track_caller]
    fn writes_offline(&self) {
        let config = self.path().join("sample_config.json").display().to_string();
        let source = ["sync", "--json", "--source", "source-faker", "--streams", "users"];
        let ran =
            self.longshore(&[&source[..], &["--destination", &self.dir(), "--destination-config", &config]].concat());
        ran.expect_success();
        assert_eq!(ran.counts(), (1000, 1000));
    }

    fn image_is_removed(&self, image: &str) {
        let removed = Command::new("docker").args(["image", "rm", "--force", image]).output().unwrap();
        assert!(removed.status.success(), "{removed:?}");
    }
}

/// The size of an image in bytes, as the engine counts it.
fn size_of(image: &str) -> u64 {
    let output = Command::new("docker").args(["image", "inspect", "--format", "{{.Size}}", image]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_rust_source_is_green_and_small() {
    let made = Made::of("rust-source");
    let image = made.is_green();
    assert!(size_of(&image) <= 15_000_000, "{} bytes", size_of(&image));
    made.image_is_removed(&image);
}

#[test]
fn a_rust_destination_is_green_and_writes() {
    let made = Made::of("rust-destination");
    let image = made.is_green();
    made.writes_offline();
    made.image_is_removed(&image);
}

#[test]
fn a_python_source_is_green_and_reads() {
    let made = Made::of("python-source");
    let image = made.is_green();
    let (first, second) = made.reads_offline();
    assert!(first > 0 && second < first, "{first} records, then {second}");
    made.image_is_removed(&image);
}

#[test]
fn a_python_http_source_is_green() {
    let made = Made::of("python-http-source");
    let image = made.is_green();
    made.image_is_removed(&image);
}

#[test]
fn a_python_destination_is_green_and_writes() {
    let made = Made::of("python-destination");
    let image = made.is_green();
    made.writes_offline();
    made.image_is_removed(&image);
}

#[test]
fn a_declarative_source_is_green() {
    let made = Made::of("declarative-source");
    let image = made.is_green();
    made.image_is_removed(&image);
}

#[test]
fn a_singer_tap_is_green_and_reads() {
    let made = Made::of("singer-tap");
    let image = made.is_green();
    let (first, second) = made.reads_offline();
    assert!(first > 0 && second == first, "the sample has no cursor: {first} records, then {second}");
    made.image_is_removed(&image);
}

#[test]
fn a_singer_target_is_green_and_writes() {
    let made = Made::of("singer-target");
    let image = made.is_green();
    made.writes_offline();
    made.image_is_removed(&image);
}

#[test]
fn a_typescript_source_is_green_and_reads() {
    let made = Made::of("typescript-source");
    let image = made.is_green();
    let (first, second) = made.reads_offline();
    assert!(first > 0 && second < first, "{first} records, then {second}");
    made.image_is_removed(&image);
}

#[test]
fn a_java_source_is_green() {
    let made = Made::of("java-source");
    let image = made.is_green();
    made.image_is_removed(&image);
}

#[test]
fn a_java_destination_is_green_and_writes() {
    let made = Made::of("java-destination");
    let image = made.is_green();
    made.writes_offline();
    made.image_is_removed(&image);
}

#[test]
fn a_generic_source_is_green_and_reads() {
    let made = Made::of("generic-source");
    let image = made.is_green();
    let (first, second) = made.reads_offline();
    assert!(first > 0 && second < first, "{first} records, then {second}");
    made.image_is_removed(&image);
}

#[test]
fn a_generic_destination_is_green_and_writes() {
    let made = Made::of("generic-destination");
    let image = made.is_green();
    made.writes_offline();
    made.image_is_removed(&image);
}

#[test]
fn every_template_has_a_test_here() {
    let listed = Ran::of(Command::new(program()).args(["connector", "new", "--list", "--json"])).result();
    let own = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/templates.rs")).unwrap();
    for template in listed.as_array().unwrap() {
        let name = template["name"].as_str().unwrap();
        assert!(own.contains(&format!("Made::of(\"{name}\")")), "{name} is tried by nobody");
    }
}
