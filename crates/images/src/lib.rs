//! OCI images and registries: names, credentials, resolve, pull, push, build.

mod credentials;
mod digest;
mod failure;
mod http;
mod image;
mod name;
mod platform;
mod provider;
mod secret;
mod settings;
mod store;

pub use credentials::{Attempt, Credentials, Found, find};
pub use digest::{Digest, DigestError};
pub use image::{Descriptor, Document, ImageConfig, Index, Manifest, RootFs, RunConfig, media_type};
pub use name::{DEFAULT_TAG, DOCKER_HUB, ImageName};
pub use platform::{Platform, PlatformError};
pub use secret::Secret;
pub use settings::{NoProgress, Progress, RegistryOptions, Settings};
pub use store::{Hold, Store};
