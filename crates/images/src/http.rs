//! HTTP clients: whom they trust, how long they wait, how much they read. And documents of the web that are no images.

use crate::failure::{config_failure, system_failure, transient_failure};
use crate::registry::trouble::chain;
use crate::{Images, Settings};
use longshore_protocol::FailureReason;
use reqwest::{Client, ClientBuilder, Response, Url};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest that a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest silence within an answer.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What registries and token servers see of us.
pub(crate) const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// Makes ring the TLS of this process; every client is made after this.
pub fn choose_tls() {
    // It fails when it has been chosen already, by us.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client to be, which trusts what these registries' hosts are trusted by.
///
/// # Errors
/// `registry.ca_unreadable` when a file of certificates cannot be read or holds none.
pub(crate) fn builder(settings: &Settings, hosts: &[&str]) -> Result<ClientBuilder, FailureReason> {
    let mut builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT);
    for host in hosts {
        for pem in certificates(settings, host)? {
            // They have been understood once already.
            let trusted = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
            builder = trusted.into_iter().fold(builder, ClientBuilder::add_root_certificate);
        }
    }
    Ok(builder)
}

/// Makes the client.
///
/// # Errors
/// `registry.tls`.
pub(crate) fn build(builder: ClientBuilder) -> Result<Client, FailureReason> {
    choose_tls();
    builder.user_agent(USER_AGENT).build().map_err(|error| no_client(&error.to_string()))
}

pub(crate) fn no_client(why: &str) -> FailureReason {
    system_failure("registry.tls", format!("TLS cannot be set up: {why}"))
}

/// The bytes of an answer; none when there are more than so many.
pub(crate) async fn bounded(mut response: Response, most_bytes: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > most_bytes {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

impl Images {
    /// A document of the web, trusted like a registry of its host. No credentials go there but those of the address,
    /// which no message shows.
    ///
    /// # Errors
    /// `download.failed`.
    pub async fn download(&self, url: &str, most_bytes: usize) -> Result<Vec<u8>, FailureReason> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let parsed = parsed.ok_or_else(|| {
            let message = "this is no address to download from; write https://HOST/PATH";
            config_failure("download.failed", message)
        })?;
        let shown = without_secrets(&parsed);
        let broken = |error: reqwest::Error| {
            let is_theirs = error.status().is_some_and(|status| status.is_client_error() && status.as_u16() != 429);
            let failure = if is_theirs { config_failure } else { transient_failure };
            failure("download.failed", failed(&shown, &chain(&error.without_url())))
        };
        let host = parsed.authority().rsplit('@').next().unwrap_or_default();
        let client = build(builder(&self.settings, &[host])?.https_only(parsed.scheme() == "https"))?;
        let answer = client.get(parsed.clone()).send().await.and_then(Response::error_for_status).map_err(broken)?;
        let bytes = bounded(answer, most_bytes).await.map_err(broken)?;
        let large =
            || config_failure("download.failed", failed(&shown, &format!("it has more than {most_bytes} bytes")));
        bytes.ok_or_else(large)
    }
}

fn failed(url: &str, why: &dyn std::fmt::Display) -> String {
    format!("{url} cannot be downloaded: {why}; look at it by `curl -i {url}`")
}

/// An address without the password, or the signature, that may be in it.
fn without_secrets(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    // They fail where an address has no host, and then it has none of these.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
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
        let message = format!(
            "{} cannot be used as certificates of authorities: {why}; see `openssl x509 -in {0} -noout -subject`",
            path.display()
        );
        config_failure("registry.ca_unreadable", message)
    };
    let pem = std::fs::read(path).map_err(|error| unreadable(&error.to_string()))?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(pem),
        Ok(_) => Err(unreadable("it holds no PEM certificate")),
        Err(error) => Err(unreadable(&error.to_string())),
    }
}
