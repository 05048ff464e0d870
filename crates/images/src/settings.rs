//! Where images, credentials and trust are on this machine.

use crate::Credentials;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything about this machine that registries and images need. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    /// The store of images: an OCI image layout, made on first use.
    pub store_dir: PathBuf,
    /// Docker's `config.json`, whether it exists or not: `$DOCKER_CONFIG/config.json`, `~/.docker/config.json`.
    pub docker_config: PathBuf,
    /// Podman's `auth.json`, in the order in which they are asked after Docker's; they need not exist.
    pub podman_auth: Vec<PathBuf>,
    /// Credentials that were given by variables, by the host that they are for; they go before all that is found.
    pub given: BTreeMap<String, Credentials>,
    /// What was told about single registries, by their host with port: `registry.test:5000`.
    pub registries: BTreeMap<String, RegistryOptions>,
    /// What was told about every registry of this command.
    pub all_registries: RegistryOptions,
    /// Folders like `/etc/docker/certs.d`: `HOST[:PORT]/*.crt` below them are trusted for that host.
    pub certificate_dirs: Vec<PathBuf>,
    /// The variables that cloud providers and credential helpers go by: PATH, HOME, `AWS_…`, `GOOGLE_…`, `AZURE_…`, ….
    pub environment: Arc<Vec<(OsString, OsString)>>,
    /// Is told what takes long or deserves a warning; one line without its end.
    pub notice: Arc<dyn Fn(&str) + Send + Sync>,
    /// Is told of bytes that moved.
    pub progress: Arc<dyn Progress>,
}

/// What has to be told about a registry, since it is not to be guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryOptions {
    /// It speaks HTTP without TLS. Credentials go over the wire as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain_http: bool,
    /// A PEM file with certificates of authorities that are trusted for it, besides those of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Hosts that are asked before it when images are pulled, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
}

/// Is told how transfers go on.
pub trait Progress: Send + Sync {
    /// A blob of so many bytes begins to move, of which `done` are there already.
    fn begin(&self, what: &str, bytes: u64, done: u64);
    /// So many more bytes of it moved.
    fn moved(&self, what: &str, bytes: u64);
    /// It is there.
    fn end(&self, what: &str);
}

/// Tells nobody.
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn moved(&self, _: &str, _: u64) {}
    fn end(&self, _: &str) {}
}

impl Settings {
    /// What was told about a registry: for it alone, or for all.
    #[must_use]
    pub fn options_of(&self, host: &str) -> RegistryOptions {
        let own = self.registries.get(host).cloned().unwrap_or_default();
        RegistryOptions {
            plain_http: own.plain_http || self.all_registries.plain_http,
            ca_file: self.all_registries.ca_file.clone().or(own.ca_file),
            mirrors: own.mirrors,
        }
    }

    /// The value of a variable, unless it is empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        let found = self.environment.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_os_str()).filter(|value| !value.is_empty())
    }
}
