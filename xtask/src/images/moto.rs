//! A program from PyPI that answers in place of Amazon's services, in an environment of its own that is kept.

use super::fingerprint;
use crate::command::{command, run};
use crate::places;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

const REQUIREMENT: &str = "moto[server]==5.2.5";
/// Written last: an environment without it was interrupted.
const COMPLETE: &str = "complete";

/// Makes the environment if it is not there, and gives the path of `moto_server`.
pub(super) fn provide() -> Result<PathBuf> {
    let folder = places::cache()?.join(format!("moto-{}", fingerprint(&[REQUIREMENT])));
    let bin = folder.join("bin");
    if !folder.join(COMPLETE).exists() {
        // `--clear` removes what an interrupted run left.
        run(command("python3", ["-m", "venv", "--clear"]).arg(&folder))?;
        let python = bin.join("python");
        run(&mut command(&python.to_string_lossy(), ["-m", "pip", "install", "--quiet", REQUIREMENT]))?;
        fs::write(folder.join(COMPLETE), REQUIREMENT)?;
    }
    Ok(bin.join("moto_server"))
}
