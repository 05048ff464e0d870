//! Configurations with which the bundled connectors are tried when nobody gives one.

use crate::failure::{Result, environment};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// A configuration, and the folder that it points to, which goes away with it.
pub(super) struct Sample {
    pub(super) config: String,
    _folder: TempDir,
}

/// The sample of a bundled connector.
///
/// # Errors
/// `file.unwritable`.
pub(super) fn of(name: &str) -> Result<Sample> {
    let failed = |error: io::Error| {
        environment("file.unwritable", format!("cannot write sample data for {name}: {error}; look at TMPDIR"))
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    let config = config(name, folder.path()).map_err(failed)?.to_string();
    Ok(Sample { config, _folder: folder })
}

fn config(name: &str, folder: &Path) -> io::Result<Value> {
    Ok(match name {
        // The seed makes two reads comparable, and there are states between its slices.
        "source-faker" => json!({"count": 1000, "seed": 42, "records_per_slice": 100}),
        "source-file" => {
            let file = folder.join("people.csv");
            fs::write(&file, people())?;
            json!({"path": file, "format": "csv"})
        }
        "destination-local" => json!({"path": folder.join("files")}),
        "destination-sqlite" => json!({"path": folder.join("tables.sqlite")}),
        _ => json!({}),
    })
}

fn people() -> String {
    let rows = (1..=200).map(|id| format!("{id},\"Person {id}, the {id}th\",{}.25,2024-01-01T00:00:00Z\n", id * 3));
    format!("id,name,balance,joined_at\n{}", rows.collect::<String>())
}
