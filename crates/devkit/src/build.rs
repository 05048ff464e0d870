//! Builds a connector: its unit tests, then its image, labelled and tagged by metadata.yaml.
//!
//! There are two builders. [`docker`] does what `docker build .` does, with an engine; [`native`] compiles a Rust project
//! into a static program and lays the image out itself. Both give the same labels.

mod busybox;

pub(crate) mod context;
mod docker;
mod elf;
mod label;
mod native;
pub(crate) mod program;
mod unit_tests;

pub use label::labels;
pub use unit_tests::Tests;

use crate::commands::Commands;
use crate::failure::config_failure;
use crate::install::Install;
use crate::tool::{Ended, Tools};
use crate::{Language, Project, bump, sbom};
use longshore_images::{Descriptor, Digest, ImageName, Platform, Store};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Who lays out the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// Docker where there are a Dockerfile and an engine; else native, where the project is one of Rust.
    Auto,
    /// A Docker Engine, by the project's Dockerfile.
    Docker,
    /// Longshore itself, for projects of Rust.
    Native,
}

/// How a connector is built.
pub struct BuildOptions<'a> {
    /// Leave the unit tests out.
    pub skip_tests: bool,
    /// Who lays out the image.
    pub builder: Builder,
    /// For which machine; this one when absent.
    pub platform: Option<Platform>,
    /// Where the native builder puts the image.
    pub store: &'a Store,
    /// The Docker Engine; the client's own choice when absent.
    pub docker_host: Option<String>,
    /// The manifest of `connectorBuildOptions.baseImage` for the platform, in the store. The caller pulls it.
    pub base: Option<Descriptor>,
    /// The busybox of an image that is built on nothing; looked for on this machine when absent.
    pub busybox: Option<PathBuf>,
    /// The answer of the connector's `spec`; the built connector is asked when absent.
    pub spec: Option<Value>,
    /// The time of files in a native image, in seconds since 1970.
    pub source_date: u64,
    /// The tools of this machine.
    pub tools: &'a Tools,
}

/// A built connector.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its name: the repository at the version.
    pub image: ImageName,
    /// The digest of its configuration: what Docker calls the image's id.
    pub id: Digest,
    /// Its manifest in the store; an engine keeps none.
    pub manifest: Option<Descriptor>,
    /// Who laid it out.
    pub builder: Builder,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What became of the unit tests.
    pub tests: Tests,
    /// The bill of materials: an SPDX document.
    pub sbom: Vec<u8>,
    /// What a person may want to know.
    pub notes: Vec<String>,
}

/// How long a connector may think about its `spec`.
const SPEC_TIMEOUT: Duration = Duration::from_secs(60);

/// What both builders are given and both answer.
struct Image {
    id: Digest,
    manifest: Option<Descriptor>,
    labels: BTreeMap<String, String>,
}

/// Builds a connector.
///
/// # Errors
/// `version.disagrees`; `connector.install_failed`; `connector.unit_tests_failed`; `connector.build_failed` and the other codes of building;
/// `tool.not_installed`; `docker.unavailable`.
pub async fn build(project: &Project, options: &BuildOptions<'_>) -> Result<Built, FailureReason> {
    bump::check_agreement(project)?;
    let commands = Commands::of(project)?;
    let image = project.image_name()?;
    let mut notes = Vec::new();
    let builder = choose(project, options, &mut notes).await?;
    // Before a test or a compiler leaves files behind.
    let revision = revision(project, options.tools).await;
    let tests = match options.skip_tests {
        true => Tests::Skipped,
        false => run_unit_tests(project, options.tools).await?,
    };
    let made = match builder {
        Builder::Docker => docker::build(project, options, &commands, &image, revision.as_deref(), &mut notes).await?,
        _ => native::build(project, options, &image, revision.as_deref(), &mut notes).await?,
    };
    let packages = sbom::packages_of_project(project, options.tools).await?;
    let sbom =
        sbom::spdx_document(project.connector_name(), image.tag().unwrap_or_default(), &packages, options.source_date);
    let Image { id, manifest, labels } = made;
    Ok(Built { image, id, manifest, builder, labels, tests, sbom, notes })
}

/// Runs the unit tests of a project, once what they need is installed.
///
/// # Errors
/// `connector.install_failed`, `connector.unit_tests_failed`, `connector.commands_invalid`, `tool.not_installed`.
pub async fn run_unit_tests(project: &Project, tools: &Tools) -> Result<Tests, FailureReason> {
    let commands = Commands::of(project)?;
    Install::of(project, &commands).run(tools).await?;
    unit_tests::run(project, &commands, tools).await
}

async fn choose(
    project: &Project,
    options: &BuildOptions<'_>,
    notes: &mut Vec<String>,
) -> Result<Builder, FailureReason> {
    let is_rust = project.language() == Language::Rust && project.has("Cargo.toml");
    match options.builder {
        Builder::Native if is_rust => return Ok(Builder::Native),
        Builder::Native => return Err(not_native(project)),
        Builder::Auto if is_rust && !project.has(docker::FILE) => return Ok(Builder::Native),
        Builder::Auto | Builder::Docker => {}
    }
    match docker::check(project, options).await {
        Ok(()) => Ok(Builder::Docker),
        Err(failure) if options.builder == Builder::Auto && is_rust => {
            notes.push(format!("built without Docker: {}", failure.message));
            Ok(Builder::Native)
        }
        Err(failure) => Err(failure),
    }
}

fn not_native(project: &Project) -> FailureReason {
    let message = format!(
        "{} is no project of Rust, and only those are built without a Docker Engine; run `longshore connector build {} \
         --builder docker`",
        project.connector_name(),
        project.dir().display()
    );
    config_failure("build.not_native", message)
}

/// The commit that the project's folder is at, unless something in it is not committed.
pub async fn revision(project: &Project, tools: &Tools) -> Option<String> {
    // What git says of a folder that is no repository interests nobody.
    let tools = tools.quiet();
    let ask = async |words: &'static [&str]| {
        let answer = tools.answer("git", project.dir(), words).await.ok()??;
        Some(answer.trim().to_owned())
    };
    let changes = ask(&["status", "--porcelain", "--", "."]).await?;
    if changes.is_empty() { ask(&["rev-parse", "HEAD"]).await.filter(|commit| !commit.is_empty()) } else { None }
}

/// The specification among the lines that a connector printed.
fn spec_among(lines: &str) -> Option<Value> {
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter(|message| message["type"] == "SPEC").find_map(|mut message| Some(message.get_mut("spec")?.take()))
}

/// What a person is told whose connector does not answer; `reference` leads to it.
fn no_spec(reference: &str) -> String {
    format!(
        "the connector does not answer `spec`, so the image has no label of its sync modes; try `longshore connector \
         spec {reference}`"
    )
}
