//! Which secrets are there, and whether they are as they should be.

use super::needs::Need;
use super::workflow::missing_in;
use super::write::{Git, refuse_tracked, understood};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A secret, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// The secret.
    #[serde(flatten)]
    pub need: Need,
    /// Whether its file is written.
    pub is_written: bool,
    /// Whether the environment has it.
    pub is_in_environment: bool,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The secret's variable; none when it is about the whole folder.
    pub variable: Option<String>,
    /// What it is, as an error says it.
    pub failure: FailureReason,
}

/// The secrets of the connector in `dir`. `is_set` says whether the environment has a variable.
pub fn list(dir: &Path, needs: &[Need], is_set: impl Fn(&str) -> bool) -> Vec<Listed> {
    let listed = |need: &Need| Listed {
        is_written: dir.join("secrets").join(&need.file).is_file(),
        is_in_environment: is_set(&need.variable),
        need: need.clone(),
    };
    needs.iter().map(listed).collect()
}

/// Checks that no secret is tracked by git, that those which are written fit the specification and are their owner's
/// alone, and that each is used in every workflow (name and text).
pub fn check(
    dir: &Path,
    needs: &[Need],
    spec: Option<&Value>,
    workflows: &[(String, String)],
    git: &Git<'_>,
) -> Vec<Finding> {
    let tracked = refuse_tracked(dir, git).err().map(|failure| Finding { variable: None, failure });
    let of_files = needs.iter().filter_map(|need| {
        let failure = of_file(dir, need, spec).err()?;
        Some(Finding { variable: Some(need.variable.clone()), failure })
    });
    let names: Vec<String> = needs.iter().map(|need| need.variable.clone()).collect();
    let of_workflows = workflows.iter().flat_map(|(name, text)| unused(name, text, &names));
    tracked.into_iter().chain(of_files).chain(of_workflows).collect()
}

fn of_file(dir: &Path, need: &Need, spec: Option<&Value>) -> Result<(), FailureReason> {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("secrets").join(&need.file);
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    understood(need, &bytes, spec)?;
    let is_open = fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    let shown = path.display();
    let message = || format!("others can read {shown}; keep it to yourself: chmod 600 {shown}");
    if is_open { Err(crate::failure::config_failure("secrets.open_to_others", message())) } else { Ok(()) }
}

fn unused(workflow: &str, text: &str, names: &[String]) -> Vec<Finding> {
    let finding = |name: &str| {
        let message = format!("{workflow} does not use {name}; write it into the list: longshore ci init");
        let failure = crate::failure::config_failure("secrets.not_in_workflow", message);
        Finding { variable: Some(name.to_owned()), failure }
    };
    missing_in(text, names).into_iter().map(finding).collect()
}
