//! OCI images and registries: names, credentials, resolve, pull, push, build.
//!
//! [`Images`] is the front: the store of this machine and the registries behind it, for whoever has an [`ImageName`].
//! In the order in which an image comes:
//!
//! * `name`, `digest`, `platform`, `image`: what images are called and made of;
//! * `credentials` and `provider`: who asks a registry, found where Docker and Podman keep it or made by the cloud;
//! * `token` and `registry`: a session with one registry, its tokens, tries, and failures with their codes;
//! * `pull`, `push`, `copy`, `inspect`, `check`, `artifact`: what is done with it;
//! * `store`, `archive`, `files`, `build`: images on this machine, out of one registry or into another.
//!
//! What this crate does **not** know: connectors, Docker, and the environment, which comes in by [`Settings`].

mod archive;
mod artifact;
mod build;
mod check;
mod copy;
mod credentials;
mod digest;
mod failure;
mod files;
mod http;
mod image;
mod images;
mod inspect;
mod name;
mod platform;
mod provider;
mod pull;
mod push;
mod registry;
mod secret;
mod settings;
mod store;
mod token;

pub use build::{Beneath, BuiltImage, BuiltLayer, Content, ImageBuilder, LayerBuilder, Owner};
pub use check::{Access, CheckStep};
pub use credentials::{Attempt, Credentials, Found, Kept, Listed, auth_entry, find, find_for, list, login, logout};
pub use digest::{Digest, DigestError};
pub use files::copy_file;
pub use http::choose_tls;
pub use image::{Descriptor, Document, ImageConfig, Index, Manifest, RootFs, RunConfig, media_type};
pub use images::{Freshness, Images, Resolved, StoredImage};
pub use inspect::{Inspection, LayerInspection, PlatformInspection};
pub use name::{DOCKER_HUB, ImageName, registry_host};
pub use platform::{Platform, PlatformError};
pub use provider::{EcrRegistry, Provider, advice, create_repository, explain_name};
pub use push::Attached;
pub use registry::Patience;
pub use secret::Secret;
pub use settings::{NoProgress, Progress, RegistryOptions, Settings};
pub use store::{Hold, Store};
