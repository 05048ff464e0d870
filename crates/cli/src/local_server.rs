//! How commands of this machine reach the server of `longshore up`: a file in the data folder that only its owner reads.

use crate::failure::{Result, environment};
use longshore_control_plane::FirstCredentials;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "server.json";

/// Where the server is, and who may do everything. It holds a secret: no `Debug`.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct LocalServer {
    /// Without a final slash.
    pub(crate) url: String,
    /// Of the first user; absent when somebody else keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret: Option<String>,
}

impl LocalServer {
    /// What stands in the data folder; none when no `up` has been there.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(FILE)).ok()?).ok()
    }

    /// Notes where the server is now and, the first time, who may do everything.
    ///
    /// # Errors
    /// `platform.no_data_folder`.
    pub(crate) fn keep(folder: &Path, url: &str, first: Option<&FirstCredentials>) -> Result<()> {
        let mut server = Self::read(folder).unwrap_or_default();
        server.url = url.to_owned();
        if let Some(first) = first {
            server.client_id = Some(first.client_id.clone());
            server.client_secret = Some(first.client_secret.clone());
        }
        let text = serde_json::to_string_pretty(&server).unwrap_or_default();
        write(folder, &text).map_err(|error| {
            let message = format!("cannot write {}: {error}", folder.join(FILE).display());
            environment("platform.no_data_folder", message)
        })
    }
}

/// As a whole or not at all: a command may be reading it.
fn write(folder: &Path, text: &str) -> std::io::Result<()> {
    let beside = folder.join(format!("{FILE}.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    fs::rename(beside, folder.join(FILE))
}
