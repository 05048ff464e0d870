//! Arguments of `connector build|bump|publish`: what is done with a connector project.

use super::registry::Trust;
use clap::{Args as ClapArgs, ValueEnum};
use longshore_images::{ImageName, Platform};
use std::path::PathBuf;

pub(super) const BUILD_EXAMPLES: &str = "Examples:
  longshore connector build connectors/source-x
  longshore connector build . --builder native      # a Rust connector, without Docker
  longshore connector build . --sbom source-x.spdx.json";

/// Arguments of `connector build`.
#[derive(Debug, ClapArgs)]
#[command(after_help = BUILD_EXAMPLES)]
pub(crate) struct BuildArgs {
    /// The connector project: the folder of metadata.yaml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
    /// Write the software bill of materials (SPDX 2.3, JSON) into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Option<PathBuf>,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// How an image is built, by `build` and by `publish`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BuildOptions {
    /// Who builds [default: docker where there is a Dockerfile, else native]
    #[arg(long, value_enum)]
    pub(crate) builder: Option<BuilderArg>,
    /// Do not run the unit tests first
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// For which machine [default: this one]
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub(crate) platform: Option<Platform>,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum BuilderArg {
    /// `docker build`, by the Docker Engine
    Docker,
    /// A static Rust program on a small base, without a daemon
    Native,
}

pub(super) const BUMP_EXAMPLES: &str = "Examples:
  longshore connector bump connectors/source-x patch --message 'Retry on 503'
  longshore connector bump . rc --pull-request https://github.com/team/connectors/pull/12
  longshore connector bump . 2.0.0 --dry-run";

/// Arguments of `connector bump`.
#[derive(Debug, ClapArgs)]
#[command(after_help = BUMP_EXAMPLES)]
pub(crate) struct BumpArgs {
    /// The connector project
    pub(crate) dir: PathBuf,
    /// patch, minor, major, rc, or the version itself
    #[arg(value_name = "patch|minor|major|rc|VERSION")]
    pub(crate) to: String,
    /// The changelog's text for this version
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// The pull request, for the changelog
    #[arg(long, value_name = "URL")]
    pub(crate) pull_request: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) const PUBLISH_EXAMPLES: &str = "Examples:
  longshore connector publish connectors/source-x --to registry.example.com/team/source-x
  longshore connector publish . --to europe-west1-docker.pkg.dev/PROJECT/connectors/source-x --index ./index
  longshore connector publish . --to registry.example.com/team/source-x --index oci:registry.example.com/team/index";

/// Arguments of `connector publish`.
#[derive(Debug, ClapArgs)]
#[command(after_help = PUBLISH_EXAMPLES)]
pub(crate) struct PublishArgs {
    /// The connector project
    pub(crate) dir: PathBuf,
    /// The repository of the image; the tag is the project's version
    #[arg(long, value_name = "REGISTRY/REPOSITORY")]
    pub(crate) to: ImageName,
    /// The connector index that gets the definition: a folder, or oci:REGISTRY/REPOSITORY
    #[arg(long, value_name = "PLACE")]
    pub(crate) index: Option<String>,
    /// Leave a version that was published from other sources as it is, and succeed; for CI, where not each commit has one
    #[arg(long)]
    pub(crate) unless_published: bool,
    /// Make the repository first if it is not there; Amazon ECR needs that
    #[arg(long)]
    pub(crate) create_repository: bool,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
