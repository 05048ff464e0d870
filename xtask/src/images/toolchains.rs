//! The base images that Dockerfiles of generated projects name, stood in for by one image: a Debian with the toolchains of
//! all languages, and with what the templates' dependencies are, so that `docker build .` needs no network.
//!
//! What belongs into it is asked of the templates themselves: each is rendered with its defaults, and what its
//! requirements, its lock files and its manifest name is downloaded by the host.

use super::{bootstrap, download_wheels, fingerprint, import, is_there, scratch};
use crate::command::{cargo, command, output, run};
use crate::docker::Engine;
use crate::places;
use crate::setup::JAVA_PACKAGES;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The images that stand for what they are called by.
const NAMES: [&str; 6] = [
    "rust:1.95-alpine",
    "python:3.12-slim-bookworm",
    "node:22-bookworm-slim",
    "maven:3.9-eclipse-temurin-17",
    "eclipse-temurin:17-jre",
    "debian:bookworm-slim",
];
/// What Dockerfiles call a busybox.
const BUSYBOX: &str = "busybox:1.37-musl";

/// What Debian gives, besides what connectors in Java need. Maven finds their libraries in the repository of Debian's packages.
const PACKAGES: &str = "ca-certificates,python3,python3-venv,gcc,libc6-dev,nodejs";
/// Debian's own npm comes in four hundred packages; this one comes whole, and runs on Debian's node.
const NPM: &str = "npm@10.9.4";
/// The recipe.
const RECIPE: &str = "xtask/src/images/toolchains";

/// A home of Maven, which reads its settings from there: they lead to the packages of Debian.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn maven_home() -> Result<PathBuf> {
    let home = places::cache()?.join("maven");
    fs::create_dir_all(home.join(".m2"))?;
    fs::copy(places::workspace().join(RECIPE).join("settings.xml"), home.join(".m2/settings.xml"))?;
    Ok(home)
}

/// Makes the image if its recipe, a template's dependencies or the toolchain changed, and gives it all its names.
pub(super) fn provide(engine: &Engine, busybox: &str) -> Result<()> {
    let rendered = scratch()?;
    let projects = render(rendered.path())?;
    let name = format!("longshore-test/toolchains:{}", fingerprint(&recipe(&projects)?));
    if !is_there(engine, &name) {
        let context = scratch()?;
        fill(context.path(), &projects)?;
        let base = format!("BASE={}", debian(engine)?);
        let mut build = engine.client(&["build", "--network=none", "--build-arg", &base, "--tag", &name]);
        run(build.arg(context.path()))?;
    }
    for alias in NAMES {
        run(&mut engine.client(&["tag", &name, alias]))?;
    }
    run(&mut engine.client(&["tag", busybox, BUSYBOX]))
}

/// Every template with its defaults, below `folder`.
fn render(folder: &Path) -> Result<Vec<PathBuf>> {
    run(&mut cargo(["build", "--locked", "-p", "longshore-cli"]))?;
    let program = places::debug_program("longshore")?;
    let program = program.to_string_lossy();
    let list = output(&mut command(&program, ["connector", "new", "--list", "--json"]))?;
    let list: Vec<Value> = serde_json::from_str(&list).context("`connector new --list --json` prints no list")?;
    let names = list.iter().filter_map(|template| template["name"].as_str());
    names
        .map(|template| {
            let dir = folder.join(template);
            let mut new = command(&program, ["connector", "new", template, "toolchains", "--yes", "--out"]);
            output(new.arg(&dir))?;
            Ok(dir)
        })
        .collect()
}

/// Files of projects that say what they depend on.
const MANIFESTS: [&str; 5] = ["requirements.txt", "package-lock.json", "Cargo.lock", "vendor/Cargo.lock", "pom.xml"];

/// Everything that the image follows from.
fn recipe(projects: &[PathBuf]) -> Result<Vec<String>> {
    let files = projects.iter().flat_map(|project| MANIFESTS.map(|file| project.join(file)));
    let manifests = files.filter_map(|file| fs::read_to_string(file).ok());
    let own = ["Dockerfile", "settings.xml"].map(|file| read(&places::workspace().join(RECIPE).join(file)));
    let own = own.into_iter().collect::<Result<Vec<_>>>()?;
    let compiler = output(&mut command("rustc", ["--version"]))?;
    Ok(own.into_iter().chain(manifests).chain([compiler, packages(), NPM.to_owned()]).collect())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn packages() -> String {
    format!("{PACKAGES},{}", JAVA_PACKAGES.join(","))
}

fn debian(engine: &Engine) -> Result<String> {
    let packages = packages();
    let name = format!("longshore-test/debian:{}", fingerprint(&[&packages]));
    if !is_there(engine, &name) {
        let root = scratch()?;
        bootstrap(root.path(), &packages)?;
        import(engine, root.path(), &name)?;
    }
    Ok(name)
}

/// Downloads into the folder of the build what goes into the image.
fn fill(context: &Path, projects: &[PathBuf]) -> Result<()> {
    for file in ["Dockerfile", "settings.xml"] {
        fs::copy(places::workspace().join(RECIPE).join(file), context.join(file))?;
    }
    for folder in ["wheels", "npm-cache", "crates"] {
        fs::create_dir(context.join(folder))?;
    }
    let mut asked = BTreeSet::new();
    for project in projects {
        let has = |file: &str| project.join(file).is_file();
        if has("requirements.txt") && asked.insert(read(&project.join("requirements.txt"))?) {
            collect_wheels(&project.join("requirements.txt"), &context.join("wheels"))?;
        }
        if has("package-lock.json") {
            fill_npm_cache(project, &context.join("npm-cache"))?;
        }
        for manifest in ["Cargo.toml", "vendor/Cargo.toml"] {
            if has(manifest) && has(&manifest.replace("toml", "lock")) {
                vendor_crates(&project.join(manifest), &context.join("crates"))?;
            }
        }
    }
    copy_rust(&context.join("rust"))?;
    unpack_npm(context)
}

/// What a project needs of Python packages, for the Python of the image. The Python of this machine finds out what that is, and
/// makes wheels of it: those of plain Python run anywhere; of the others the wheels for the image's Python are downloaded, or
/// the sources where there are none.
fn collect_wheels(requirements: &Path, wheels: &Path) -> Result<()> {
    let (environment, made) = (scratch()?, scratch()?);
    run(command("python3", ["-m", "venv"]).arg(environment.path()))?;
    let python = environment.path().join("bin/python");
    let pip = |words: &[&str]| command(&python.to_string_lossy(), [&["-m", "pip"], words].concat());
    run(pip(&["wheel", "--quiet", "--requirement"]).arg(requirements).arg("--wheel-dir").arg(made.path()))?;
    let mut native = Vec::new();
    for entry in fs::read_dir(made.path())? {
        let file = entry?;
        let name = file.file_name().to_string_lossy().into_owned();
        match name.split('-').collect::<Vec<_>>()[..] {
            _ if name.ends_with("-none-any.whl") => drop(fs::copy(file.path(), wheels.join(&name))?),
            [package, version, ..] => native.push(format!("{package}=={version}")),
            _ => bail!("{name} is no name of a wheel"),
        }
    }
    let list = environment.path().join("native.txt");
    fs::write(&list, native.join("\n"))?;
    if !native.is_empty() && download_wheels(&list, wheels).is_err() {
        for wanted in &native {
            fs::write(&list, wanted)?;
            if download_wheels(&list, wheels).is_err() {
                let words = ["download", "--quiet", "--no-deps", "--no-binary=:all:", wanted, "--dest"];
                run(pip(&words).arg(wheels))?;
            }
        }
    }
    // What sources are built with.
    run(pip(&["download", "--quiet", "--no-deps", "setuptools", "wheel", "--dest"]).arg(wheels))
}

fn fill_npm_cache(project: &Path, cache: &Path) -> Result<()> {
    let mut npm = command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache"]);
    run(npm.arg(cache).current_dir(project))
}

fn vendor_crates(manifest: &Path, crates: &Path) -> Result<()> {
    let mut vendor = cargo(["vendor", "--quiet", "--locked", "--versioned-dirs", "--no-delete", "--manifest-path"]);
    run(vendor.arg(manifest).arg(crates).current_dir(manifest.parent().unwrap_or(Path::new("/"))))
}

/// The compiler of this machine: its programs and libraries, without its documentation.
fn copy_rust(to: &Path) -> Result<()> {
    let sysroot = output(&mut command("rustc", ["--print", "sysroot"]))?;
    fs::create_dir(to)?;
    for part in ["bin", "lib"] {
        run(command("cp", ["--archive"]).arg(Path::new(sysroot.trim()).join(part)).arg(to))?;
    }
    Ok(())
}

fn unpack_npm(context: &Path) -> Result<()> {
    let mut pack = command("npm", ["pack", "--silent", NPM]);
    let archive = output(pack.current_dir(context))?;
    run(command("tar", ["--extract", "--file", archive.trim()]).current_dir(context))?;
    fs::remove_file(context.join(archive.trim()))?;
    fs::rename(context.join("package"), context.join("npm")).context("the archive of npm has no folder `package`")
}
