//! What tests of registries have: machines, a registry that they know, projects to publish, images to push.

use crate::place::{Place, Ran};
use crate::running::Running;
use longshore_images::{Content, ImageBuilder, LayerBuilder, Owner, Platform, Store};
use longshore_test_support::registry::{Auth, Options, Registry, User};
use rustix::process::Signal;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The password of every registry here; no failure may show it.
pub(crate) const PASSWORD: &str = "pass-word-of-this-test";

/// An engine that is not there.
const NO_ENGINE: &str = "unix:///nonexistent/docker.sock";

/// A machine that has been told about a registry and logged in to it.
pub(crate) struct Machine {
    pub(crate) place: Place,
    /// The registry as this machine names it; there may be a proxy in front of it.
    pub(crate) host: String,
    engine: String,
}

/// A registry of Longshore's test user.
pub(crate) fn htpasswd() -> Auth {
    Auth::Htpasswd(vec![User::new("ci", PASSWORD)])
}

/// A registry with TLS by a private authority and passwords, as a team runs its own.
pub(crate) fn private() -> Registry {
    Registry::start(Options { auth: htpasswd(), tls: true, ..Options::default() })
}

/// A variable that `cargo xtask test` sets.
#[track_caller]
pub(crate) fn of_xtask(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("this test needs {name}; run it by: cargo xtask test -p longshore-cli"))
}

impl Machine {
    /// A machine with a Docker Engine.
    pub(crate) fn with_engine(registry: &Registry) -> Self {
        Self::with(registry, of_xtask("DOCKER_HOST"))
    }

    /// A machine without.
    pub(crate) fn without_engine(registry: &Registry) -> Self {
        Self::with(registry, NO_ENGINE.to_owned())
    }

    fn with(registry: &Registry, engine: String) -> Self {
        let machine = Self { place: Place::new(), host: registry.host(), engine };
        machine.log_in(registry);
        machine
    }

    /// The same machine, for which a proxy stands for the registry.
    pub(crate) fn behind(mut self, proxy: String, registry: &Registry) -> Self {
        self.host = proxy;
        self.log_in(registry);
        self
    }

    fn log_in(&self, registry: &Registry) {
        let Some(user) = registry.users().first() else { return };
        let mut words = vec!["registry", "login", &self.host, "--username", &user.name, "--password-stdin"];
        let ca_file = (registry.scheme() == "https").then(|| registry.ca_file().display().to_string());
        match &ca_file {
            Some(file) => words.extend(["--ca-file", file]),
            None => words.push("--plain-http"),
        }
        let output = self.place.run_with_input(words, user.password.as_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The name of an image at the registry.
    pub(crate) fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.host)
    }

    /// Longshore, with this machine's engine and compiler.
    pub(crate) fn longshore(&self, words: &[&str]) -> Command {
        let mut command = self.place.longshore(words);
        command.env("DOCKER_HOST", &self.engine).env("DOCKER_BUILDKIT", "0");
        command.envs(of_rust()).env("CARGO_TARGET_DIR", self.place.path("target"));
        command
    }

    /// Runs Longshore to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(&mut self.longshore(words))
    }

    /// Runs Longshore to an end that must be good.
    #[track_caller]
    pub(crate) fn succeed(&self, words: &[&str]) -> Ran {
        succeed(&mut self.longshore(words))
    }

    /// Runs Longshore to an end that must be bad: this code, this exit code, and this command in the message.
    #[track_caller]
    pub(crate) fn fail(&self, words: &[&str], code: &str, exit: i32, advice: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.code, exit, "{words:?}: {ran:?}");
        let line = ran.stderr.lines().find(|line| line.starts_with(&format!("error[{code}]: ")));
        assert!(line.is_some_and(|line| line.contains(advice)), "{words:?}: no {code} with `{advice}`: {ran:?}");
        ran
    }

    /// What the Docker client prints, with the credentials of this machine.
    #[track_caller]
    pub(crate) fn docker(&self, words: &[&str]) -> String {
        let mut command = Command::new("docker");
        command.args(words).env("HOME", self.place.path("")).env("DOCKER_HOST", &self.engine);
        stdout(command.env("DOCKER_BUILDKIT", "0").output().unwrap(), words)
    }

    /// Takes every image of the registry off the engine.
    pub(crate) fn forget_images(&self) {
        let of_registry = format!("reference={}/*/*", self.host);
        let ids = self.docker(&["image", "ls", "--quiet", "--no-trunc", "--filter", &of_registry]);
        let mut ids: Vec<&str> = ids.lines().collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            self.docker(&[["image", "rm", "--force"].as_slice(), &ids].concat());
        }
    }

    /// A copy of one of tests/projects, with an image of its own at the registry; its folder.
    pub(crate) fn project(&self, name: &str) -> String {
        let to = self.place.path(name);
        copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects").join(name), &to);
        let base = std::env::var("LONGSHORE_TEST_BUSYBOX_IMAGE").unwrap_or_default();
        for file in ["Dockerfile", "metadata.yaml"].map(|file| to.join(file)).iter().filter(|file| file.exists()) {
            replace(file, "REPOSITORY", &self.at(&format!("team/{name}")));
            replace(file, "BASE_IMAGE", &base);
        }
        to.display().to_string()
    }

    /// A sync from an image into a new SQLite file.
    pub(crate) fn sync(&self, source: &str) -> Ran {
        let config = self.place.file("sqlite.json", r#"{"path": "numbers.db"}"#);
        let words = ["sync", "--json", "--source", source, "--destination", "destination-sqlite"];
        self.run(&[words.as_slice(), &["--destination-config", &config]].concat())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.engine != NO_ENGINE && !std::thread::panicking() {
            self.forget_images();
        }
    }
}

/// Where Rust is on this machine, for a home that is another.
fn of_rust() -> Vec<(&'static str, PathBuf)> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let place = |name, folder| (name, std::env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from));
    vec![place("CARGO_HOME", ".cargo"), place("RUSTUP_HOME", ".rustup")]
}

/// Runs a command to an end that must be good.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Ran {
    let ran = Ran::of(command);
    assert_eq!(ran.code, 0, "{command:?}: {}\n{}", ran.stderr, ran.stdout);
    ran
}

/// Kills a program without warning once something has happened.
#[track_caller]
pub(crate) fn kill_when(command: &mut Command, has_happened: impl Fn() -> bool) {
    let mut running = Running::start(command);
    running.wait_until("it was to be killed", has_happened);
    running.signal(Signal::KILL);
    running.finish();
}

#[track_caller]
pub(crate) fn stdout(output: Output, words: &[&str]) -> String {
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What skopeo prints, which knows a registry and its user.
#[track_caller]
pub(crate) fn skopeo(registry: &Registry, words: &[&str]) -> String {
    let mut command = Command::new("skopeo");
    command.args(words);
    let is_copy = words[0] == "copy";
    let flag = |name: &str| format!("--{}{name}", if is_copy { "dest-" } else { "" });
    if let Some(user) = registry.users().first() {
        command.args([flag("creds"), user.basic()]);
    }
    match registry.scheme() {
        "https" => command.arg(flag("cert-dir")).arg(registry.ca_file().parent().unwrap()),
        _ => command.arg(flag("tls-verify=false")),
    };
    stdout(command.output().unwrap(), words)
}

/// Another processor than this machine's.
pub(crate) fn elsewhere() -> Platform {
    let here = Platform::of_this_machine();
    let other = if here.architecture == "arm64" { "amd64" } else { "arm64" };
    Platform { architecture: other.to_owned(), ..here }
}

/// Pushes an image with layers of so many random bytes, for a machine.
pub(crate) fn push_noise(registry: &Registry, repository_and_tag: &str, layers: &[usize], platform: &Platform) {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    let store = Store::open(&layout).unwrap();
    let mut image = ImageBuilder::new(platform.clone()).entrypoint(&["/airbyte/source"]);
    for (at, length) in layers.iter().enumerate() {
        let mut layer = LayerBuilder::new(0);
        layer.file(&format!("noise/{at}"), Content::Bytes(noise(at, *length)), 0o644, Owner::ROOT).unwrap();
        image = image.layer(layer.finish(&store).unwrap(), "noise");
    }
    let mut manifest = image.finish(&store).unwrap().manifest;
    manifest.platform = Some(platform.clone());
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest],
    });
    let root = longshore_images::Descriptor::of(longshore_images::media_type::OCI_INDEX, index.to_string().as_bytes());
    store.add(index.to_string().as_bytes()).unwrap();
    store.name(&"registry.test/noise:1".parse().unwrap(), &root).unwrap();
    let from = format!("oci:{}", layout.display());
    skopeo(registry, &["copy", "--all", &from, &format!("docker://{}/{repository_and_tag}", registry.host())]);
}

/// Bytes that nothing makes smaller; the same for the same seed.
pub(crate) fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ seed as u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length.div_ceil(8)).flat_map(|_| next()).take(length).collect()
}

/// Changes a text in a file.
pub(crate) fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, text.replace(from, to)).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// What became of each step of a publication: its name and its outcome.
pub(crate) fn steps(ran: &Ran) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let result = ran.result();
    let steps = result["steps"].as_array().unwrap_or_else(|| panic!("no steps: {ran:?}"));
    steps.iter().map(|step| (word(&step["name"]), word(&step["outcome"]))).collect()
}
