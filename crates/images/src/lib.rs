//! OCI images and registries: names, credentials, resolve, pull, push, build.

mod credentials;
mod digest;
mod failure;
mod http;
mod name;
mod platform;
mod provider;
mod secret;
mod settings;

pub use credentials::{Attempt, Credentials, Found, find};
pub use digest::{Digest, DigestError};
pub use name::{DEFAULT_TAG, DOCKER_HUB, ImageName};
pub use platform::{Platform, PlatformError};
pub use secret::Secret;
pub use settings::{NoProgress, Progress, RegistryOptions, Settings};
