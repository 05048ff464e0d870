//! What CI runs: each check that must hold before a change lands, the cheap ones first.
//!
//! `cargo deny` is not among them: it has to be compiled (minutes on a fresh machine) and to reach the advisory database.
//! The part of its policy that needs neither, bans and licences of deny.toml, is checked by [`tidy`]; the rest is
//! `cargo xtask deny`.

use crate::command::{cargo, run as run_command};
use crate::docker::Engine;
use crate::{images, places, setup, tidy};
use anyhow::Result;

/// Runs every check. With arguments, runs only these tests, with all that they need around them.
///
/// # Errors
/// The first check that fails.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    setup::run()?;
    if arguments.is_empty() {
        check_sources()?;
        tests(&["--workspace".to_owned()])
    } else {
        tests(arguments)
    }
}

fn check_sources() -> Result<()> {
    run_command(&mut cargo(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    run_command(&mut cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// The tests get an engine, the images and the program as users have it: a release build.
fn tests(arguments: &[String]) -> Result<()> {
    run_command(&mut cargo(["build", "--locked", "--release", "-p", "longshore-cli"]))?;
    let engine = Engine::start()?;
    let images = images::provide(&engine)?;
    let mut test = cargo(["test", "--locked"]);
    test.args(arguments)
        .envs([engine.environment()])
        .envs(images.environment())
        .env("LONGSHORE_BIN", places::release_program("longshore")?);
    run_command(&mut test)
}
