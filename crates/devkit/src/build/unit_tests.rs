//! Runs the unit tests of a project, as its language does it.

use crate::commands::Commands;
use crate::tool::{Call, Ended, Tools, not_installed};
use crate::{Language, Project};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What became of the unit tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tests {
    /// They passed.
    Passed,
    /// The project has none; the reason.
    None(String),
    /// They were left out, as was asked.
    Skipped,
}

const FAILED: &str = "the unit tests of the connector fail";
/// What npm writes into a package.json that nobody has written tests for.
const NPM_HAS_NONE: &str = "no test specified";
/// What pytest ends with when it found no test.
const PYTEST_FOUND_NONE: i32 = 5;
/// Where tests of Python are that need nothing from outside, the first that is there.
const PYTHON_FOLDERS: [&str; 4] = ["unit_tests", "tests/unit", "tests/unit_tests", "tests"];

pub(super) async fn run(project: &Project, commands: &Commands, tools: &Tools) -> Result<Tests, FailureReason> {
    if let Some(words) = &commands.unit_tests {
        return passed(tools.run(Call::of(project.dir(), words)).await?);
    }
    match project.language() {
        Language::Rust if project.has("Cargo.toml") => run_tool(project, tools, "cargo", &["test"]).await,
        Language::Python => python(project, tools).await,
        Language::Node => node(project, tools).await,
        Language::Java => java(project, tools).await,
        Language::Rust | Language::Other => {
            Ok(Tests::None("no known way to test this project; `unitTests` in longshore.yaml says one".to_owned()))
        }
    }
}

async fn run_tool(project: &Project, tools: &Tools, program: &str, words: &[&str]) -> Result<Tests, FailureReason> {
    passed(tools.run(Call::new(program, project.dir(), words)).await?)
}

fn passed(ended: Ended) -> Result<Tests, FailureReason> {
    ended.or_failure("connector.unit_tests_failed", FAILED).map(|_| Tests::Passed)
}

async fn python(project: &Project, tools: &Tools) -> Result<Tests, FailureReason> {
    let Some(place) = python_tests(project.dir()) else {
        return Ok(Tests::None("there is no folder unit_tests or tests".to_owned()));
    };
    let own = std::path::absolute(project.dir()).map(|dir| dir.join(".venv/bin/python"));
    let program = own.ok().filter(|python| python.is_file()).unwrap_or_else(|| PathBuf::from("python3"));
    let mut call = Call::new("", project.dir(), ["-m", "pytest", place]);
    call.program = program;
    let ended = tools.run(call).await?;
    match ended.code() {
        Some(PYTEST_FOUND_NONE) => Ok(Tests::None(format!("pytest found none in {place}"))),
        Some(1) if ended.tail.contains("No module named pytest") => Err(not_installed(Path::new("python"))),
        _ => passed(ended),
    }
}

fn python_tests(dir: &Path) -> Option<&'static str> {
    let is_test = |name: &str| name.starts_with("test_") && name.ends_with(".py");
    let names = fs::read_dir(dir).into_iter().flatten().flatten();
    let has_tests = || names.map(|entry| entry.file_name()).any(|name| is_test(&name.to_string_lossy()));
    let folder = PYTHON_FOLDERS.into_iter().find(|folder| dir.join(folder).is_dir());
    folder.or_else(|| has_tests().then_some("."))
}

async fn node(project: &Project, tools: &Tools) -> Result<Tests, FailureReason> {
    let package = project.read("package.json")?.unwrap_or_default();
    let package: Value = serde_json::from_str(&package).unwrap_or_default();
    match package["scripts"]["test"].as_str() {
        Some(script) if !script.contains(NPM_HAS_NONE) => run_tool(project, tools, "npm", &["test"]).await,
        _ => Ok(Tests::None("package.json has no script `test`".to_owned())),
    }
}

async fn java(project: &Project, tools: &Tools) -> Result<Tests, FailureReason> {
    let (wrapper, program, words): (_, _, &[&str]) = match project.has("pom.xml") {
        true => ("mvnw", "mvn", &["--batch-mode", "test"]),
        false => ("gradlew", "gradle", &["test"]),
    };
    let own = std::path::absolute(project.dir()).map(|dir| dir.join(wrapper)).ok().filter(|path| path.is_file());
    let program = own.unwrap_or_else(|| PathBuf::from(program));
    let mut call = Call::new("", project.dir(), words);
    call.program = program;
    passed(tools.run(call).await?)
}
