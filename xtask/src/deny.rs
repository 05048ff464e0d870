//! Asks cargo-deny about our dependencies: licences, bans, sources, and the advisory database.

use crate::command::{cargo, run as run_command, succeeds};
use anyhow::Result;

/// Installs cargo-deny when it is not there, and runs it with deny.toml.
///
/// # Errors
/// When it cannot be installed, or finds something.
pub(crate) fn run() -> Result<()> {
    if !succeeds(&mut cargo(["deny", "--version"])) {
        run_command(&mut cargo(["install", "--locked", "cargo-deny"]))?;
    }
    run_command(&mut cargo(["deny", "--workspace", "check"]))
}
