//! A connector's life before production: build, bump, publish, index, secrets, CI. Knows no jobs and no connections.

mod build;
mod bump;
mod changelog;
pub mod ci;
mod commands;
mod failure;
pub mod index;
mod install;
mod metadata;
pub mod new;
mod project;
mod publish;
mod sbom;
pub mod secrets;
mod start;
mod todo;
mod tool;
mod version;

pub use build::{BuildOptions, Builder, Built, Tests, build, labels, revision};
pub use bump::{BumpOptions, Bumped, Change, Place, bump, places};
pub use changelog::changelog;
pub use metadata::{AllowedHosts, BreakingChange, ConnectorType, Metadata, Releases};
pub use project::{Language, Project};
pub use publish::{Outcome, Publication, Published, Step, Workshop};
pub use sbom::{Package, SPDX_MEDIA_TYPE, packages_of_image, packages_of_project, spdx_document};
pub use start::Start;
pub use todo::{Todo, todos, todos_in};
pub use tool::Tools;
pub use version::Bump;
