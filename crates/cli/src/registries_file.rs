//! What was told of single registries: who speaks plain HTTP, whose certificates are trusted, who stands in for whom.
//!
//! A JSON object from hosts to [`RegistryOptions`]: `{"registry.test:5000": {"ca_file": "/etc/ssl/team.pem"}}`.

use crate::failure::{Result, usage};
use longshore_images::RegistryOptions;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Reads the file; there need not be one.
///
/// # Errors
/// `registry.options_invalid` when it is there and cannot be understood.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, RegistryOptions>> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| invalid(path, &error.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(invalid(path, &error.to_string())),
    }
}

/// Remembers what was told of a registry, in place of what was told before.
///
/// # Errors
/// `registry.options_invalid` when the file cannot be read or written.
pub(crate) fn remember(path: &Path, host: &str, options: RegistryOptions) -> Result<()> {
    let mut all = read(path)?;
    all.insert(host.to_owned(), options);
    write(path, &all).map_err(|error| invalid(path, &error.to_string()))
}

fn write(path: &Path, all: &BTreeMap<String, RegistryOptions>) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, all)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

fn invalid(path: &Path, why: &str) -> longshore_protocol::FailureReason {
    let message = format!(
        "{} cannot be used: {why}; mend it, or remove it and tell `longshore registry login` again",
        path.display()
    );
    usage("registry.options_invalid", message)
}
