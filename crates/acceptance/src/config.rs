//! Makes a [`Plan`] of what an author wrote down: `acceptance-test-config.yml` in all its dialects, `metadata.yaml`, or
//! nothing at all.
//!
//! Whoever starts a suite does this: [`find`] looks for the test configuration of a folder, [`read`] makes a plan of it,
//! and [`of_project`] does when a project has none. Flags of the command line then go over the plan's fields. Once the
//! connector has told its spec, [`complete`] fills in what is still missing.

mod derive;
mod document;
mod draft;
mod failure;
mod files;
mod keys;
mod scenarios;
mod section;
mod suites;
#[cfg(test)]
mod tests;

use crate::plan::Plan;
use document::Node;
use draft::Draft;
use failure::{invalid, missing};
use longshore_devkit::Project;
use longshore_protocol::FailureReason;
use section::Section;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The names that a test configuration has.
const FILES: [&str; 2] = ["acceptance-test-config.yml", "acceptance-test-config.yaml"];

/// The test configuration of a folder, if it has one.
#[must_use]
pub fn find(dir: &Path) -> Option<PathBuf> {
    FILES.iter().map(|file| dir.join(file)).find(|path| path.is_file())
}

/// Makes a plan of a test configuration. `config` takes the place of the configuration that it names, whose file need not
/// be there then.
///
/// # Errors
/// `test.config_invalid`, `test.file_missing`, `test.file_invalid`, `test.secrets_missing`.
pub fn read(path: &Path, project: Option<Project>, config: Option<String>) -> Result<Plan, FailureReason> {
    let text = fs::read_to_string(path).map_err(|error| missing(path, "the test configuration", &error))?;
    let root: Node = serde_saphyr::from_str(&text).map_err(|error| {
        let line = error.location().map_or(0, |at| at.line());
        let told = error.without_snippet().to_string();
        let why = told.lines().next().unwrap_or_default();
        invalid(path, line, why.rsplit_once(" at line ").map_or(why, |(why, _)| why))
    })?;
    let mut draft = Draft::new(path, project, config);
    draft.read(&Section::of(path, String::new(), &root)?)?;
    Ok(draft.plan)
}

/// Makes a plan of a project without test configuration: of the scenarios that its `metadata.yaml` names, if any.
///
/// # Errors
/// `test.file_missing`, `test.file_invalid`, `test.secrets_missing`.
pub fn of_project(project: Project, config: Option<String>) -> Result<Plan, FailureReason> {
    scenarios::plan(project, config)
}

/// Fills in what a plan lacks, when the connector has told its spec (the object under `spec`): a configuration, and
/// some that must be refused.
pub fn complete(plan: &mut Plan, spec: &Value) {
    if plan.config.is_none() {
        match derive::config(spec) {
            Ok((config, of_what)) => {
                plan.notes.push(format!("there is no configuration, so one was made of the spec: {of_what}"));
                plan.config = Some(config);
                plan.config_is_derived = true;
            }
            Err(why) => {
                let before = plan.no_config.take().unwrap_or_else(|| "there is no configuration".to_owned());
                plan.no_config = Some(format!("{before}, and none can be made of the spec: {why}"));
            }
        }
    }
    if let Some(config) = &plan.config {
        plan.checks.extend(derive::invalid(spec, config));
    }
}
