//! The clients of PyPI that speak the platform's APIs, each in an environment of its own that is kept: what one of them
//! needs, another does not bear.

use super::fingerprint;
use crate::command::{command, run};
use crate::places;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of an environment, and what is installed in it.
const CLIENTS: [(&str, &[&str]); 5] = [
    ("sdk-0.53", &["airbyte-api==0.53.0"]),
    ("sdk-1.0", &["airbyte-api==1.0.1"]),
    ("pyairbyte", &["airbyte==0.71.3"]),
    ("dagster", &["dagster-airbyte==0.29.27"]),
    ("prefect", &["prefect-airbyte==0.3.2", "prefect<3"]),
];
/// Written last: an environment without it was interrupted.
const COMPLETE: &str = "complete";

/// Makes the environments that are not there, and gives the folder in which they are by name.
pub(super) fn provide() -> Result<PathBuf> {
    let wanted: Vec<&str> = CLIENTS.iter().flat_map(|(_, requirements)| requirements.iter().copied()).collect();
    let folder = places::cache()?.join(format!("clients-{}", fingerprint(&wanted)));
    for (name, requirements) in CLIENTS {
        make(&folder.join(name), requirements)?;
    }
    Ok(folder)
}

fn make(folder: &Path, requirements: &[&str]) -> Result<()> {
    if folder.join(COMPLETE).exists() {
        return Ok(());
    }
    // `--clear` removes what an interrupted run left.
    run(command("python3", ["-m", "venv", "--clear"]).arg(folder))?;
    let python = folder.join("bin/python");
    run(command(&python.to_string_lossy(), ["-m", "pip", "install", "--quiet"]).args(requirements))?;
    fs::write(folder.join(COMPLETE), requirements.join("\n"))?;
    Ok(())
}
