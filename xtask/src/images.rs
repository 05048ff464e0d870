//! The images that the tests run, made on this machine: a small Debian by debootstrap, and on it a connector that nobody
//! here wrote, from PyPI; and a busybox that is nothing but itself. [`moto`] and [`pgvector`] are beside them, programs from PyPI too.
//!
//! Images are named after what they are made of, so that one is made once and kept until its recipe changes. The host
//! downloads, by its own apt and pip settings; no build step sees the network, and no proxy, certificate or registry of
//! the host gets into an image.

mod clients;
mod moto;
mod pgvector;
mod toolchains;

use crate::command::{command, output, run, succeeds};
use crate::docker::Engine;
use crate::places;
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SUITE: &str = "bookworm";
/// The Python of the suite, for which wheels are chosen.
const PYTHON: &str = "3.11";
const PACKAGES: &str = "ca-certificates,python3,python3-venv";
const DEFAULT_MIRROR: &str = "http://deb.debian.org/debian";
/// Static, as the set-up has made sure.
const BUSYBOX: &str = "/bin/busybox";
/// The recipe of the connector's image: a Dockerfile and the pinned requirements.
const SOURCE_FAKER: &str = "crates/cli/tests/images/source-faker";

/// The names of the images that tests use.
pub(crate) struct Images {
    /// `airbyte-source-faker` of PyPI, laid out like a published connector image.
    source_faker: String,
    /// A busybox, and a shell by it.
    busybox: String,
    /// The program that answers in place of Amazon.
    moto_server: PathBuf,
    /// Clients of the platform's APIs.
    clients: PathBuf,
    /// A Postgres with pgvector, and the words of a tokenizer.
    pgvector: PathBuf,
    /// Where Maven finds its settings.
    maven_home: PathBuf,
}

impl Images {
    /// The variables that tell tests the names.
    pub(crate) fn environment(self) -> [(&'static str, String); 6] {
        [
            ("LONGSHORE_TEST_FAKER_IMAGE", self.source_faker),
            ("LONGSHORE_TEST_BUSYBOX_IMAGE", self.busybox),
            ("LONGSHORE_TEST_MOTO", self.moto_server.to_string_lossy().into_owned()),
            ("LONGSHORE_TEST_CLIENTS", self.clients.to_string_lossy().into_owned()),
            ("LONGSHORE_TEST_PGVECTOR", self.pgvector.to_string_lossy().into_owned()),
            ("LONGSHORE_TEST_MAVEN_HOME", self.maven_home.to_string_lossy().into_owned()),
        ]
    }
}

/// Makes what the engine does not have yet.
///
/// # Errors
/// When a download or a build fails.
pub(crate) fn provide(engine: &Engine) -> Result<Images> {
    remove_leftovers()?;
    let base = python_base(engine).context("cannot make the base image of the tests")?;
    let source_faker = source_faker(engine, &base).context("cannot make the image of airbyte-source-faker")?;
    let busybox = busybox(engine).context("cannot make the image of busybox")?;
    let moto_server = moto::provide().context("cannot install moto")?;
    let clients = clients::provide().context("cannot install the clients of the platform's APIs")?;
    let pgvector = pgvector::provide().context("cannot get a Postgres with pgvector")?;
    toolchains::provide(engine, &busybox).context("cannot make the image of the toolchains")?;
    Ok(Images { source_faker, busybox, moto_server, clients, pgvector, maven_home: toolchains::maven_home()? })
}

fn python_base(engine: &Engine) -> Result<String> {
    let name = format!("longshore-test/python:{}", fingerprint(&[SUITE, PACKAGES]));
    if !is_there(engine, &name) {
        let folder = scratch()?;
        bootstrap(folder.path(), PACKAGES)?;
        import(engine, folder.path(), &name)?;
    }
    Ok(name)
}

fn bootstrap(root: &Path, packages: &str) -> Result<()> {
    let mut debootstrap = command("debootstrap", ["--variant=minbase", &format!("--include={packages}"), SUITE]);
    run(debootstrap.arg(root).arg(mirror()))
}

/// The mirror that apt uses on this machine, if it has the suite.
fn mirror() -> String {
    let sources = output(&mut command("apt-get", ["indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)"]));
    let found = sources.ok().and_then(|lines| {
        let wanted = format!("{SUITE} main ");
        lines.lines().find_map(|line| line.strip_prefix(&wanted).map(str::to_owned))
    });
    found.unwrap_or_else(|| DEFAULT_MIRROR.to_owned())
}

fn import(engine: &Engine, root: &Path, name: &str) -> Result<()> {
    let folder = scratch()?;
    let archive = folder.path().join("root.tar");
    let mut tar = command("tar", ["--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists", "--create", "--file"]);
    run(tar.arg(&archive).arg("--directory").arg(root).arg("."))?;
    run(engine.client(&["import"]).arg(&archive).arg(name))
}

/// The busybox of the host, under every name that it answers to.
fn busybox(engine: &Engine) -> Result<String> {
    let program = fs::read(BUSYBOX).context(BUSYBOX)?;
    let name = format!("longshore-test/busybox:{}", fingerprint(&[program.as_slice(), b"1777"]));
    if !is_there(engine, &name) {
        let root = scratch()?;
        let bin = root.path().join("bin");
        fs::create_dir_all(&bin)?;
        let tmp = root.path().join("tmp");
        fs::create_dir(&tmp)?;
        fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777))?;
        fs::copy(BUSYBOX, bin.join("busybox"))?;
        for applet in output(&mut command(BUSYBOX, ["--list"]))?.lines().filter(|applet| *applet != "busybox") {
            symlink("busybox", bin.join(applet))?;
        }
        import(engine, root.path(), &name)?;
    }
    Ok(name)
}

fn source_faker(engine: &Engine, base: &str) -> Result<String> {
    let recipe = places::workspace().join(SOURCE_FAKER);
    let read = |file: &str| fs::read_to_string(recipe.join(file)).with_context(|| format!("{SOURCE_FAKER}/{file}"));
    let name = format!(
        "longshore-test/source-faker:{}",
        fingerprint(&[base, &read("Dockerfile")?, &read("requirements.txt")?])
    );
    if !is_there(engine, &name) {
        let context = scratch()?;
        for file in ["Dockerfile", "requirements.txt"] {
            fs::copy(recipe.join(file), context.path().join(file))?;
        }
        download_wheels(&recipe.join("requirements.txt"), &context.path().join("wheels"))?;
        let base = format!("BASE={base}");
        let mut build = engine.client(&["build", "--network=none", "--build-arg", &base, "--tag", &name]);
        run(build.arg(context.path()))?;
        run(&mut engine.client(&["image", "prune", "--force"]))?; // the stage with the wheels
    }
    Ok(name)
}

/// Downloads what the image's Python needs, whatever Python the host has.
fn download_wheels(requirements: &Path, wheels: &Path) -> Result<()> {
    let environment = scratch()?;
    run(command("python3", ["-m", "venv"]).arg(environment.path()))?;
    let python = environment.path().join("bin/python");
    let mut pip = command(&python.to_string_lossy(), ["-m", "pip", "download", "--quiet", "--only-binary=:all:"]);
    pip.args(["--implementation", "cp", "--python-version", PYTHON]);
    for platform in ["manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux1"] {
        pip.arg("--platform").arg(format!("{platform}_{}", std::env::consts::ARCH));
    }
    run(pip.arg("--requirement").arg(requirements).arg("--dest").arg(wheels))
}

fn is_there(engine: &Engine, image: &str) -> bool {
    succeeds(&mut engine.client(&["image", "inspect", image]))
}

/// A folder that goes away with its value.
fn scratch() -> Result<TempDir> {
    let parent = scratch_folder()?;
    fs::create_dir_all(&parent)?;
    tempfile::tempdir_in(&parent).with_context(|| format!("cannot make a folder in {}", parent.display()))
}

/// What an interrupted run left. Only one run at a time has the engine, so nobody else is working there.
fn remove_leftovers() -> Result<()> {
    let folder = scratch_folder()?;
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// On the cache's disk: a system has more files than a `/tmp` in memory should hold.
fn scratch_folder() -> Result<PathBuf> {
    Ok(places::cache()?.join("scratch"))
}

/// A short name for a recipe. Another compiler may give another one; the image is then made anew.
fn fingerprint<P: Hash>(parts: &[P]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
