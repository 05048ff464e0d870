//! The guides: every command in them is run, or says why it is not.
//!
//! A block that is fenced with `sh run` is run; all of one guide in order, in one shell that ends with the first command
//! that fails. `sh not-run: WHY` is not. There is no third kind.

use crate::place::program;
use longshore_test_support::registry::{Auth, Options, Registry, User};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

/// What a guide's Dockerfile begins with; in tests it is the busybox of the test images.
const BASE_IMAGE: &str = "busybox:1.36";

/// Stands in for `gcloud`: `auth configure-docker HOST` as the real one does it.
const GCLOUD: &str = r#"#!/bin/sh
[ "$1 $2" = "auth configure-docker" ] || exit 64
mkdir -p "$HOME/.docker"
printf '{"credHelpers": {"%s": "gcloud"}}\n' "$3" > "$HOME/.docker/config.json"
"#;

/// Stands in for the credential helper of `gcloud`.
const GCLOUD_HELPER: &str = r#"#!/bin/sh
case "$1" in
get) read -r host; printf '{"ServerURL": "%s", "Username": "oauth2accesstoken", "Secret": "ya29.token"}\n' "$host" ;;
list) echo '{}' ;;
*) exit 64 ;;
esac
"#;

/// Names of images are those of the guides, and there is one engine: guides that use it take turns.
static ENGINE: Mutex<()> = Mutex::new(());

/// A fenced block of a guide.
struct Block {
    line: usize,
    /// What stands behind the fence: `sh run`.
    kind: String,
    text: String,
}

/// Where a guide is tried: a home, stand-ins of programs, and variables.
struct Stage {
    home: TempDir,
    variables: Vec<(&'static str, String)>,
    keeps_environment: bool,
}

fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide")
}

fn blocks(guide: &str) -> Vec<Block> {
    let path = guides().join(guide);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut blocks, mut open) = (Vec::new(), None::<(Block, usize)>);
    for (at, line) in text.lines().enumerate() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        match (&mut open, words.strip_prefix("```")) {
            (None, Some(kind)) => {
                let block = Block { line: at + 1, kind: kind.trim().to_owned(), text: String::new() };
                open = Some((block, indent));
            }
            (Some(_), Some("")) => blocks.extend(open.take().map(|(block, _)| block)),
            (Some((block, indent)), _) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{guide}: a block has no end");
    blocks
}

impl Block {
    fn is_run(&self) -> bool {
        self.kind == "sh run"
    }

    fn is_shell(&self) -> bool {
        ["sh", "bash", "shell", "console", ""].contains(&self.kind.split(' ').next().unwrap_or_default())
    }

    fn has_a_reason(&self) -> bool {
        self.kind.strip_prefix("sh not-run: ").is_some_and(|why| !why.trim().is_empty())
    }
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(home.path().join("work")).unwrap();
        symlink(program(), bin.join("longshore")).unwrap();
        Self { home, variables: Vec::new(), keeps_environment: false }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn with_program(self, name: &str, script: &str) -> Self {
        let file = self.home.path().join("bin").join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// With the environment and the home of this process: compilers and package managers have their settings there.
    fn with_tools(mut self) -> Self {
        self.keeps_environment = true;
        let maven = format!("-Duser.home={}", of_xtask("LONGSHORE_TEST_MAVEN_HOME"));
        self.with("MAVEN_OPTS", maven)
    }

    fn with_registry(self, registry: &Registry) -> Self {
        let user = &registry.users()[0];
        self.with("REGISTRY", registry.host())
            .with("REGISTRY_USER", &user.name)
            .with("REGISTRY_PASSWORD", &user.password)
            .with("CA_FILE", registry.ca_file().to_string_lossy())
    }

    /// Runs what a guide says is run.
    #[track_caller]
    fn run(&self, guide: &str) {
        let script: String = blocks(guide).iter().filter(|block| block.is_run()).map(told).collect();
        assert!(!script.is_empty(), "{guide} has nothing to run");
        let home = self.home.path();
        let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("set -eu -o pipefail\n{script}")]).current_dir(home.join("work"));
        if !self.keeps_environment {
            shell.env_clear().env("HOME", home);
        }
        // Guides find what was compiled where a person finds it.
        shell.env("PATH", path).env("DOCKER_BUILDKIT", "0").env_remove("CARGO_TARGET_DIR");
        shell.envs(self.variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        let output = shell.output().unwrap();
        let printed =
            format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{guide}: {}\n{printed}", output.status);
    }
}

/// A block that says to stderr where it begins, so that the last one said is the one that failed.
fn told(block: &Block) -> String {
    format!("echo '==> line {}' >&2\n{}", block.line, block.text)
}

fn registry() -> Registry {
    let auth = Auth::Htpasswd(vec![User::new("ci", "a password")]);
    Registry::start(Options { auth, tls: true, ..Options::default() })
}

/// The names of the guides in one folder of guides.
fn guides_in(folder: &str) -> Vec<String> {
    let names = fs::read_dir(guides().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| format!("{folder}{}", name.to_string_lossy()));
    names.filter(|name| name.ends_with(".md")).collect()
}

#[track_caller]
fn of_xtask(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("this test needs {name}; run it by: cargo xtask test -p longshore-cli"))
}

fn docker(words: &[&str]) {
    let output = Command::new("docker").args(words).output().unwrap();
    assert!(output.status.success(), "docker {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_command_of_a_guide_is_run_or_says_why_not() {
    let guides: Vec<String> = ["", "registries/"].into_iter().flat_map(guides_in).collect();
    assert!(guides.len() > 18, "{guides:?}");
    for guide in guides {
        for block in blocks(&guide).iter().filter(|block| block.is_shell()) {
            let (line, kind) = (block.line, &block.kind);
            assert!(
                block.is_run() || block.has_a_reason(),
                "{guide}:{line}: `{kind}` is no `sh run`, `sh not-run: WHY`"
            );
        }
    }
}

#[test]
fn the_guide_to_private_registries_works() {
    Stage::new().run("registries/README.md");
}

#[test]
fn the_guide_to_a_registry_of_your_own_works() {
    let _turn = ENGINE.lock();
    let (registry, stage) = (registry(), Stage::new());
    let archive = stage.home.path().join("image.tar").to_string_lossy().into_owned();
    docker(&["save", "--output", &archive, &of_xtask("LONGSHORE_TEST_BUSYBOX_IMAGE")]);
    let stage = stage.with_registry(&registry).with("IMAGE_ARCHIVE", archive);
    stage.with("DOCKER_HOST", of_xtask("DOCKER_HOST")).run("registries/self-hosted.md");
}

#[test]
fn the_guide_to_google_artifact_registry_works() {
    let stage = Stage::new().with_program("gcloud", GCLOUD).with_program("docker-credential-gcloud", GCLOUD_HELPER);
    stage.run("registries/google-artifact-registry.md");
}

#[test]
fn the_guide_to_amazon_ecr_works() {
    let moto = Moto::start();
    let stage = Stage::new().with("AWS_ENDPOINT_URL", &moto.url);
    let stage = stage.with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").with("AWS_SECRET_ACCESS_KEY", "a secret");
    stage.run("registries/amazon-ecr.md");
}

#[test]
fn the_guide_to_publishing_works() {
    let _turn = ENGINE.lock();
    let registry = registry();
    docker(&["tag", &of_xtask("LONGSHORE_TEST_BUSYBOX_IMAGE"), BASE_IMAGE]);
    let stage = Stage::new().with_registry(&registry).with("DOCKER_HOST", of_xtask("DOCKER_HOST"));
    stage.run("publish-a-connector.md");
    // The engine is kept between runs, and the registry's port is another one each time.
    docker(&["image", "rm", "--force", &format!("{}/team/source-hello:0.1.1", registry.host())]);
}

#[test]
fn the_guide_to_the_platform_works() {
    Stage::new().run("platform.md");
}

#[test]
fn the_guide_to_a_new_connector_works() {
    Stage::new().run("new-connector.md");
}

#[test]
fn the_guide_to_any_language_works() {
    Stage::new().run("generic.md");
}

#[test]
fn the_guides_to_the_loop_the_doctor_and_good_practice_work() {
    for guide in ["dev-loop.md", "doctor.md", "best-practices.md"] {
        Stage::new().run(guide);
    }
}

#[test]
fn the_guide_to_acceptance_tests_works() {
    Stage::new().run("acceptance-tests.md");
}

#[test]
fn the_guide_to_sources_in_rust_works() {
    Stage::new().with_tools().run("rust-source.md");
}

#[test]
fn the_guide_to_destinations_in_rust_works() {
    Stage::new().with_tools().run("rust-destination.md");
}

#[test]
fn the_guide_to_python_works() {
    Stage::new().with_tools().run("python.md");
}

#[test]
fn the_guide_to_declarative_sources_works() {
    Stage::new().with_tools().run("declarative.md");
}

#[test]
fn the_guide_to_typescript_works() {
    Stage::new().with_tools().run("typescript.md");
}

#[test]
fn the_guide_to_java_works() {
    Stage::new().with_tools().run("java.md");
}

#[test]
fn the_guide_to_singer_works() {
    Stage::new().with_tools().run("singer.md");
}

/// A program that answers in place of Amazon.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    /// Starts it at a free port, and returns when it says which.
    fn start() -> Self {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", &of_xtask("LONGSHORE_TEST_MOTO"), "-H", "127.0.0.1", "-p", "0"]);
        command.env("PYTHONUNBUFFERED", "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let (mut said, mut lines) = (Vec::new(), lines);
        let url = loop {
            let line = lines.next().unwrap_or_else(|| panic!("moto does not listen; it printed {said:?}"));
            if let Some((_, url)) = line.split_once("Running on ") {
                break url.trim().to_owned();
            }
            said.push(line);
        };
        std::thread::spawn(move || lines.for_each(drop)); // so that its pipe never fills
        Self { process, url }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
