//! The HTTP client for what is no registry: token servers, clouds' metadata, APIs that make credentials.

use crate::failure::{config_failure, system_failure, transient_failure};
use crate::{Images, Settings};
use longshore_protocol::FailureReason;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest that a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest silence within an answer.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What registries and token servers see of us.
pub(crate) const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// Makes ring the TLS of this process; every client is made after this.
pub(crate) fn choose_tls() {
    // It fails when it has been chosen already, by us.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that trusts what a registry's host is trusted by.
///
/// # Errors
/// `registry.ca_unreadable` when a file of certificates cannot be read or holds none.
pub(crate) fn client(settings: &Settings, host: &str) -> Result<reqwest::Client, FailureReason> {
    choose_tls();
    let mut builder =
        reqwest::Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT);
    for pem in certificates(settings, host)? {
        // They have been understood once already.
        let trusted = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
        builder = trusted.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    }
    builder.build().map_err(|error| system_failure("registry.tls", format!("TLS cannot be set up: {error}")))
}

impl Images {
    /// A document of the web, trusted like a registry of its host. No credentials go there.
    ///
    /// # Errors
    /// `download.failed`.
    pub async fn download(&self, url: &str, most_bytes: usize) -> Result<Vec<u8>, FailureReason> {
        let failed = |why: String| {
            let message = format!("{url} cannot be had: {why}; look at it by `curl -i {url}`");
            transient_failure("download.failed", message)
        };
        let parsed = reqwest::Url::parse(url).map_err(|error| failed(error.to_string()))?;
        let host = parsed.authority().rsplit('@').next().unwrap_or_default();
        let answer = client(&self.settings, host)?.get(parsed.clone()).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(|error| failed(error.without_url().to_string()))?;
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > most_bytes {
                return Err(failed(format!("it is larger than {most_bytes} bytes")));
            }
        }
        Ok(bytes)
    }
}

/// The PEM files that are trusted for a host besides the authorities of the machine: the one that was told, and those
/// below the folders of certificates, as Docker reads `/etc/docker/certs.d/HOST[:PORT]/*.crt`.
///
/// # Errors
/// `registry.ca_unreadable`.
pub(crate) fn certificates(settings: &Settings, host: &str) -> Result<Vec<Vec<u8>>, FailureReason> {
    let told = settings.options_of(host).ca_file.into_iter();
    let found = settings.certificate_dirs.iter().flat_map(|dir| certificate_files(&dir.join(host)));
    told.chain(found).map(|path| read_certificates(&path)).collect()
}

fn certificate_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == "crt")).collect();
    files.sort();
    files
}

fn read_certificates(path: &Path) -> Result<Vec<u8>, FailureReason> {
    let unreadable = |why: &str| {
        let message = format!("{} cannot be used as certificates of authorities: {why}", path.display());
        config_failure("registry.ca_unreadable", message)
    };
    let pem = std::fs::read(path).map_err(|error| unreadable(&error.to_string()))?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(pem),
        Ok(_) => Err(unreadable("it holds no PEM certificate")),
        Err(error) => Err(unreadable(&error.to_string())),
    }
}
