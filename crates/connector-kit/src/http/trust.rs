//! Which servers are trusted: the public authorities that are compiled in, and those of a company.

use crate::Failure;
use crate::invocation::Trust;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// The authorities to trust. Those compiled in are always among them: a private one signs the servers of a company, and
/// connectors mostly talk to others as well.
pub(crate) fn roots(trust: &Trust) -> Result<RootCerts, Failure> {
    let files = files(trust)?;
    if files.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    let mut certificates: Vec<Certificate<'static>> =
        public.map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    for file in files {
        certificates.extend(read(&file)?);
    }
    Ok(RootCerts::from(certificates))
}

fn files(trust: &Trust) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = trust.file.iter().cloned().collect();
    if let Some(folder) = &trust.folder {
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable("SSL_CERT_DIR", folder, &error))?;
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        files.extend(paths.filter(|path| path.is_file()));
    }
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let text = std::fs::read(file).map_err(|error| unreadable("SSL_CERT_FILE", file, &error))?;
    let certificates = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    Ok(certificates.collect())
}

fn unreadable(variable: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::config(format!("certificates cannot be read from {}: {error}; correct {variable}", path.display()))
}
