//! What CI runs: each check that must hold before a change lands, the cheap ones first.
//!
//! `cargo deny` is not among them: it has to be compiled (minutes on a fresh machine) and to reach the advisory database.
//! The part of its policy that needs neither, bans and licences of deny.toml, is checked by [`tidy`]; the rest is
//! `cargo xtask deny`.

use crate::command::{cargo, run as run_command, shown};
use crate::docker::Engine;
use crate::{images, places, setup, tidy};
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

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
    run_and_count(&mut test)
}

/// Runs the tests, shows what they print, and closes with one line that sums up all test programs.
fn run_and_count(test: &mut Command) -> Result<()> {
    eprintln!("==> {}", shown(test));
    let mut child = test.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let (mut stdout, mut passed, mut failed) = (std::io::stdout(), 0, 0);
    for line in BufReader::new(child.stdout.take().context("the tests have no stdout")?).lines() {
        let line = line?;
        writeln!(stdout, "{line}")?;
        if let Some((of_one, and_failed)) = counts(&line) {
            passed += of_one;
            failed += and_failed;
        }
    }
    let status = child.wait()?;
    writeln!(stdout, "{passed} passed, {failed} failed")?;
    ensure!(status.success(), "the tests ended with {status}");
    Ok(())
}

/// The counts of passed and failed tests in the closing line of one test program.
fn counts(line: &str) -> Option<(u64, u64)> {
    let mut parts = line.strip_prefix("test result: ")?.split_once(". ")?.1.split("; ");
    let mut count = |what: &str| parts.next()?.strip_suffix(what)?.trim().parse().ok();
    Some((count(" passed")?, count(" failed")?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn the_closing_line_of_a_test_program_is_understood() {
        let line = "test result: FAILED. 41 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(counts(line), Some((41, 1)));
        assert_eq!(counts("test result: ok. 7 passed; 0 failed; 0 ignored"), Some((7, 0)));
        assert_eq!(counts("running 7 tests"), None);
    }
}
