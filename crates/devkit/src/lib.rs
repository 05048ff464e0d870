//! A connector's life before production: build, bump, publish, index, secrets, CI. Knows no jobs and no connections.

mod build;
mod bump;
mod changelog;
mod checklist;
pub mod ci;
mod commands;
pub mod dev;
pub mod doctor;
mod failure;
pub mod index;
mod install;
pub mod lint;
mod metadata;
pub mod new;
mod project;
mod publish;
mod sbom;
pub mod secrets;
mod start;
mod todo;
mod tool;
mod trial;
mod version;

pub use build::{BuildOptions, Builder, Built, Tests, build, labels, revision, run_unit_tests};
pub use bump::{BumpOptions, Bumped, Change, Place, bump, places};
pub use changelog::changelog;
pub use checklist::{Checklist, Evidence, Judged, Verdict};
pub use metadata::{AllowedHosts, BreakingChange, ConnectorType, Metadata, Releases};
pub use project::{Language, Project};
pub use publish::{Outcome, Publication, Published, Step, Workshop};
pub use sbom::{Package, SPDX_MEDIA_TYPE, packages_of_image, packages_of_project, spdx_document};
pub use start::Start;
pub use todo::{Todo, todos, todos_in};
pub use tool::Tools;
pub use trial::Variables;
pub use version::Bump;
