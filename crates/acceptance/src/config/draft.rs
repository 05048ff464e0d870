//! A plan while it is made of a test configuration: what all of its parts need.

mod attributes;
mod configs;
mod demands;
mod read;
mod state;
mod whole;

use super::files::Folder;
use super::section::Section;
use super::suites::Suites;
use crate::plan::Plan;
use longshore_devkit::{ConnectorType, Project};
use longshore_protocol::{ConfiguredCatalog, FailureReason};
use std::path::Path;

/// The reason of a bypass whose author gave none.
const NO_REASON: &str = "the test configuration gives no reason";

/// A plan in the making.
pub(super) struct Draft<'a> {
    /// The test configuration.
    file: &'a Path,
    folder: Folder,
    pub(super) plan: Plan,
    /// Whether somebody gave a configuration in place of those that the file names.
    has_config: bool,
    /// What the configuration is called with which everything is tried.
    main: String,
    /// The deployment mode of the test whose configuration it is.
    mode: Option<String>,
}

impl<'a> Draft<'a> {
    /// A draft that nothing has been read into.
    pub(super) fn new(file: &'a Path, project: Option<Project>, config: Option<String>) -> Self {
        let dir = file.parent().unwrap_or(Path::new(""));
        let here = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        let of_project = project.as_ref().map_or(here, Project::dir).to_owned();
        let has_config = config.is_some();
        let plan = Plan { project, config, is_from_file: true, ..Plan::default() };
        Self {
            file,
            folder: Folder { base: dir.to_owned(), project: of_project },
            plan,
            has_config,
            main: String::new(),
            mode: None,
        }
    }

    /// Reads the whole file.
    pub(super) fn read(&mut self, root: &Section<'a>) -> Result<(), FailureReason> {
        self.root(root)?;
        let suites = Suites::of(self.file, root, &mut self.plan.notes)?;
        self.configs(&suites)?;
        self.whole(&suites)?;
        self.spec(&suites)?;
        self.discovery(&suites)?;
        self.basic_read(&suites)?;
        self.full_refresh(&suites)?;
        self.incremental(&suites)?;
        self.attributes(&suites)?;
        self.demands(&suites)
    }

    /// Lets rules be broken, for a reason. The first reason counts.
    fn bypass(&mut self, rules: &[&str], why: &str) {
        for rule in rules {
            self.plan.bypasses.entry((*rule).to_owned()).or_insert_with(|| why.to_owned());
        }
    }

    /// Lets rules be broken when a switch is off.
    fn bypass_if_off(&mut self, test: &Section<'_>, key: &str, rules: &[&str]) -> Result<(), FailureReason> {
        if test.flag(key)? == Some(false) {
            self.bypass(rules, &format!("{key} is false"));
        }
        Ok(())
    }

    /// Says something once, at whatever line it comes up first.
    fn note(&mut self, note: String) {
        let words = |note: &str| note.split(" (line ").next().unwrap_or_default().to_owned();
        let is_known = |known: &String| words(known) == words(&note);
        if !self.plan.notes.iter().any(is_known) {
            self.plan.notes.push(note);
        }
    }

    /// Whether the connector is a destination, as far as anybody can know before it runs.
    fn is_destination(&self) -> bool {
        let by_name = || self.plan.image.as_deref().is_some_and(|image| image.contains("destination-"));
        let by_project = |project: &Project| project.metadata().connector_type == ConnectorType::Destination;
        self.plan.project.as_ref().map_or_else(by_name, by_project)
    }
}

/// Where a file is named, for messages: `` `acceptance_tests.spec.tests[0].config_path` (line 7) ``.
fn named(test: &Section<'_>, key: &str) -> String {
    let line = test.entry(key).map_or(test.line, |entry| entry.line);
    format!("`{}` (line {line})", test.name(key))
}

fn are_same(one: &ConfiguredCatalog, other: &ConfiguredCatalog) -> bool {
    serde_json::to_string(one).ok() == serde_json::to_string(other).ok()
}
