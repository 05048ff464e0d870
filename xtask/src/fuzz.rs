//! Fuzzes a target of fuzz/. It needs a nightly compiler and cargo-fuzz, which nothing else does.

use crate::command::{cargo, run as run_command, succeeds};
use anyhow::{Result, bail};

/// Runs one target for some time, beginning with its seeds, or lists the targets.
///
/// # Errors
/// When cargo-fuzz is not there (with the command that installs it), or the target finds something.
pub(crate) fn run(target: Option<&str>, seconds: u32) -> Result<()> {
    if !succeeds(&mut cargo(["fuzz", "--version"])) {
        bail!(
            "fuzzing needs cargo-fuzz and a nightly compiler: \
             rustup toolchain install nightly && cargo install --locked cargo-fuzz"
        );
    }
    let Some(target) = target else { return run_command(&mut cargo(["+nightly", "fuzz", "list"])) };
    let found = format!("fuzz/corpus/{target}");
    std::fs::create_dir_all(crate::places::workspace().join(&found))?;
    let seeds = format!("fuzz/seeds/{target}");
    let limit = format!("-max_total_time={seconds}");
    let options = ["-dict=fuzz/messages.dict", "-max_len=4096", &limit];
    run_command(cargo(["+nightly", "fuzz", "run", target, &found, &seeds, "--"]).args(options))
}
