//! `longshore.yaml`: how a project is tested and built where the way of its language is not enough. The schema of
//! metadata.yaml, which others check, has no place for it.

use crate::Project;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde::Deserialize;

/// The file, by name.
const FILE: &str = "longshore.yaml";

/// What the file says; nothing where there is none.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Commands {
    /// The program and the arguments that run the unit tests, in the project's folder and without a shell.
    pub(super) unit_tests: Option<Vec<String>>,
    /// What `docker build` is told before the `.`: `--target`, `--build-arg`.
    #[serde(default)]
    pub(super) docker_build: Vec<String>,
}

impl Commands {
    /// Those of a project.
    pub(super) fn of(project: &Project) -> Result<Self, FailureReason> {
        let Some(text) = project.read(FILE)? else { return Ok(Self::default()) };
        let read: Self = serde_saphyr::from_str(&text).map_err(|error| {
            let told = error.without_snippet().to_string();
            invalid(project, told.lines().next().unwrap_or_default()).with_detail(error.to_string())
        })?;
        match &read.unit_tests {
            Some(words) if words.is_empty() => Err(invalid(project, "`unitTests` has no words")),
            _ => Ok(read),
        }
    }
}

fn invalid(project: &Project, why: &str) -> FailureReason {
    let message = format!(
        "{}: {why}; write it like `unitTests: [make, test]`, see `longshore explain connector.commands_invalid`",
        project.dir().join(FILE).display()
    );
    config_failure("connector.commands_invalid", message)
}
