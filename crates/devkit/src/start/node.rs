//! What package.json says of a project's program.

use super::no_program;
use crate::Project;
use longshore_protocol::FailureReason;
use serde_json::Value;

/// The file that node runs: the program of `bin`, else `main`.
///
/// # Errors
/// `connector.no_program`, `connector.unreadable`.
pub(super) fn main(project: &Project) -> Result<String, FailureReason> {
    let package = package(project)?;
    let program = match &package["bin"] {
        Value::Object(programs) => programs.values().next().and_then(Value::as_str),
        other => other.as_str(),
    };
    program.or_else(|| package["main"].as_str()).map(ToOwned::to_owned).ok_or_else(|| no_program(project))
}

/// Whether there is a script `build`.
///
/// # Errors
/// `connector.unreadable`.
pub(super) fn has_build(project: &Project) -> Result<bool, FailureReason> {
    Ok(package(project)?["scripts"]["build"].is_string())
}

fn package(project: &Project) -> Result<Value, FailureReason> {
    Ok(serde_json::from_str(&project.read("package.json")?.unwrap_or_default()).unwrap_or_default())
}
