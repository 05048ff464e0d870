//! What holds for the whole file: image, folder, strictness, variables, times, suites left out, the side container.

use super::{Draft, named};
use crate::config::failure::invalid;
use crate::config::keys;
use crate::config::section::{Section, scalar_text};
use crate::config::suites::{Suite, Suites};
use crate::plan::{ClientContainer, Strictness};
use longshore_protocol::FailureReason;
use std::time::Duration;

/// The variable that tells a connector where it runs.
const DEPLOYMENT_MODE: &str = "DEPLOYMENT_MODE";

/// A time for a whole run says little about how long it may be silent: neither less than this…
const LEAST_SILENCE: Duration = Duration::from_secs(60);

/// …nor more, or whatever hangs holds up a suite for hours.
const MOST_SILENCE: Duration = Duration::from_secs(600);

/// The rules that nobody looks at when a suite is left out.
const RULES: [(&str, &[&str]); 7] = [
    ("spec", &["spec", "compatibility.spec", "compatibility.config"]),
    ("connection", &["check"]),
    ("discovery", &["discover", "compatibility.catalog"]),
    ("basic_read", &["read", "state", "status", "failure"]),
    ("full_refresh", &["full_refresh"]),
    ("incremental", &["incremental", "resume", "future_state"]),
    ("connector_attributes", &["metadata"]),
];

impl<'a> Draft<'a> {
    pub(super) fn root(&mut self, root: &Section<'a>) -> Result<(), FailureReason> {
        root.check(keys::ROOT, &mut self.plan.notes)?;
        self.plan.image = root.text("connector_image")?;
        if let Some(base) = root.text("base_path")? {
            self.folder.base = self.folder.base.join(base);
        }
        self.plan.strictness = match root.text("test_strictness_level")?.as_deref() {
            None | Some("low") => Strictness::Low,
            Some("high") => Strictness::High,
            Some(_) => return Err(self.not_one_of(root, "test_strictness_level", "low or high")),
        };
        self.variables(root)
    }

    pub(super) fn whole(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        if let Some(mode) = self.mode.as_deref().map(str::to_ascii_uppercase) {
            self.plan.environment.push((DEPLOYMENT_MODE.to_owned(), mode));
        }
        for suite in suites.iter() {
            self.left_out(suite);
            for test in &suite.tests {
                self.time(test)?;
                self.deployment_mode(test)?;
                self.client_container(test.section("client_container_config")?)?;
            }
        }
        self.client_container(suites.client_container.clone())
    }

    /// What to say of a word that is none of those that are possible.
    pub(super) fn not_one_of(&self, section: &Section<'_>, key: &str, words: &str) -> FailureReason {
        match section.entry(key) {
            Some(entry) => section.wrong(entry, words),
            None => invalid(self.file, section.line, &format!("`{}` must be {words}", section.name(key))),
        }
    }

    fn variables(&mut self, root: &Section<'a>) -> Result<(), FailureReason> {
        let Some(variables) = root.section("custom_environment_variables")? else { return Ok(()) };
        for entry in variables.entries {
            let value = scalar_text(&entry.value).ok_or_else(|| variables.wrong(entry, "a text"))?;
            self.plan.environment.push((entry.key.clone(), value));
        }
        Ok(())
    }

    fn left_out(&mut self, suite: &Suite<'_>) {
        let Some(why) = &suite.bypass_reason else { return };
        let rules = RULES.iter().find(|(name, _)| *name == suite.name).map(|(_, rules)| *rules);
        self.bypass(rules.unwrap_or_default(), why);
    }

    fn time(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let seconds = test.count("timeout_seconds")?.filter(|seconds| *seconds > 0);
        let silence = seconds.map(|it| Duration::from_secs(it).clamp(LEAST_SILENCE, MOST_SILENCE));
        self.plan.silence = self.plan.silence.max(silence);
        Ok(())
    }

    /// All runs of a suite share one environment, which is that of the main test.
    fn deployment_mode(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(mode) = test.text("deployment_mode")? else { return Ok(()) };
        if !["cloud", "oss"].contains(&mode.to_ascii_lowercase().as_str()) {
            return Err(self.not_one_of(test, "deployment_mode", "cloud or oss"));
        }
        if self.is_apart(test)? {
            let why = "all runs have the mode of the test whose configuration is used for everything";
            self.note(format!("{} has no effect: {why}", named(test, "deployment_mode")));
        }
        Ok(())
    }

    /// Whether a test is for another deployment mode than the one in which everything runs.
    pub(super) fn is_apart(&self, test: &Section<'_>) -> Result<bool, FailureReason> {
        let lower = |mode: &Option<String>| mode.as_deref().map(str::to_ascii_lowercase);
        Ok(lower(&test.text("deployment_mode")?) != lower(&self.mode))
    }

    /// What several places say of the side container goes together; the first counts.
    fn client_container(&mut self, section: Option<Section<'_>>) -> Result<(), FailureReason> {
        let Some(section) = section else { return Ok(()) };
        section.check(keys::CLIENT_CONTAINER, &mut self.plan.notes)?;
        let dockerfile = section.text("client_container_dockerfile_path")?.map(|it| self.folder.path(&it));
        let dockerfile = dockerfile.map(|path| std::path::absolute(&path).unwrap_or(path));
        let kept = self.plan.client_container.get_or_insert_with(ClientContainer::default);
        kept.secrets_path = kept.secrets_path.take().or(section.text("secrets_path")?);
        kept.dockerfile_path = kept.dockerfile_path.take().or(dockerfile);
        for (command, key) in [
            (&mut kept.setup_command, "setup_command"),
            (&mut kept.teardown_command, "teardown_command"),
            (&mut kept.final_teardown_command, "final_teardown_command"),
        ] {
            if command.is_empty() {
                *command = section.texts(key)?;
            }
        }
        Ok(())
    }
}
