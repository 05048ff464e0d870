//! Runs the benchmarks of benches/ in a release build.

use crate::command::{cargo, command, run as run_command};
use crate::docker::Engine;
use crate::{images, places, setup};
use anyhow::Result;

/// Builds what is measured, and measures it. The benchmark of containers gets an engine and an image.
///
/// # Errors
/// When something does not build or a benchmark cannot run. How fast it is never fails.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    setup::run()?;
    run_command(&mut cargo(["build", "--release", "-p", "longshore-cli", "-p", "longshore-benches"]))?;
    let engine = Engine::start()?;
    let images = images::provide(&engine)?;
    let program = places::release_program("longshore-benches")?;
    let mut bench = command(&program.to_string_lossy(), arguments);
    bench
        .envs([engine.environment()])
        .envs(images.environment())
        .env("LONGSHORE_BIN", places::release_program("longshore")?);
    run_command(&mut bench)
}
