//! The configurations: which of those that a file names is the one with which everything is tried, and which are only
//! checked.

use super::{Draft, named};
use crate::config::section::Section;
use crate::config::suites::Suites;
use crate::plan::{CheckCase, CheckResult};
use longshore_protocol::FailureReason;

/// The configuration of a test that names none.
const DEFAULT: &str = "secrets/config.json";

/// The suites, those first whose configuration is used for everything. That of `spec` may be a dummy, made to fit.
const ORDER: [&str; 5] = ["basic_read", "discovery", "connection", "full_refresh", "incremental"];

impl<'a> Draft<'a> {
    pub(super) fn configs(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        if let Some(test) = self.main_test(suites)? {
            self.main = config_name(test)?;
            self.mode = test.text("deployment_mode")?;
            if !self.has_config {
                self.plan.config = Some(self.config(test)?);
            }
        }
        if self.plan.config.is_none() {
            self.plan.no_config = Some("no test of the test configuration names one that works".to_owned());
        }
        for test in suites.tests("connection") {
            let outcome = self.outcome(test)?;
            self.add_check(test, outcome)?;
            self.add_invalid(test)?;
        }
        for name in ["discovery", "basic_read", "full_refresh", "incremental"] {
            suites.tests(name).iter().try_for_each(|test| self.add_other(test))?;
        }
        suites.tests("spec").iter().try_for_each(|test| self.of_spec_alone(test))
    }

    /// The tests of a suite that say what comes with the main configuration; when it has none of these, the first.
    pub(super) fn with_main<'b>(&self, suites: &'b Suites<'a>, name: &str) -> Vec<&'b Section<'a>> {
        let tests = suites.tests(name);
        let is_main = |test: &&Section<'_>| config_name(test).is_ok_and(|name| name == self.main);
        let found: Vec<_> = tests.iter().filter(is_main).collect();
        if found.is_empty() { tests.iter().take(1).collect() } else { found }
    }

    /// The first test whose configuration shall work.
    fn main_test<'b>(&self, suites: &'b Suites<'a>) -> Result<Option<&'b Section<'a>>, FailureReason> {
        for test in ORDER.iter().flat_map(|name| suites.tests(name)) {
            if self.outcome(test)? == CheckResult::Succeeds {
                return Ok(Some(test));
            }
        }
        Ok(None)
    }

    fn outcome(&self, test: &Section<'_>) -> Result<CheckResult, FailureReason> {
        match test.text("status").map(Option::unwrap_or_default)?.as_str() {
            "" | "succeed" => Ok(CheckResult::Succeeds),
            "failed" => Ok(CheckResult::Fails),
            "exception" => Ok(CheckResult::Breaks),
            _ => Err(self.not_one_of(test, "status", "succeed, failed or exception")),
        }
    }

    /// The text of a test's configuration.
    fn config(&self, test: &Section<'_>) -> Result<String, FailureReason> {
        if let Some(entry) = test.entry("config_dict") {
            return Ok(entry.value.to_value().to_string());
        }
        self.folder.config(&path_of(test)?, &named(test, "config_path"))
    }

    /// Adds a check, unless it is the one that is made anyway.
    fn add_check(&mut self, test: &Section<'_>, expects: CheckResult) -> Result<(), FailureReason> {
        // With a configuration from elsewhere, those that are secret may well be absent.
        if self.has_config && expects == CheckResult::Succeeds {
            return Ok(());
        }
        let config = match self.config(test) {
            Err(failure) if self.has_config && failure.code == "test.secrets_missing" => {
                self.note(format!("{} has no effect: the file is not there", named(test, "config_path")));
                return Ok(());
            }
            config => config?,
        };
        let is_known = |case: &CheckCase| case.config == config && case.expects == expects;
        let is_main = expects == CheckResult::Succeeds && self.plan.config.as_deref() == Some(&config);
        if !is_main && !self.plan.checks.iter().any(is_known) {
            self.plan.checks.push(CheckCase { config, origin: config_name(test)?, expects, is_derived: false });
        }
        Ok(())
    }

    /// Before there was a status, a test named a configuration that must fail beside the one that must not.
    fn add_invalid(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(origin) = test.text("invalid_config_path")? else { return Ok(()) };
        let config = self.folder.config(&origin, &named(test, "invalid_config_path"))?;
        self.plan.checks.push(CheckCase { config, origin, expects: CheckResult::Fails, is_derived: false });
        Ok(())
    }

    /// A configuration beside the main one gets its check.
    fn add_other(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let name = config_name(test)?;
        if name != self.main && !self.has_config {
            let why = format!("everything else is tried with the first configuration, `{}`", self.main);
            self.note(format!("`{name}` (line {}) is only checked: {why}", test.line));
        }
        self.add_check(test, CheckResult::Succeeds)
    }

    fn of_spec_alone(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        if test.has("config_path") && config_name(test)? != self.main {
            let why = "whether a configuration fits the spec is judged of the one with which everything is tried";
            self.note(format!("{} has no effect: {why}", named(test, "config_path")));
        }
        Ok(())
    }
}

/// What a test's configuration is called: its file, or the place where it stands.
fn config_name(test: &Section<'_>) -> Result<String, FailureReason> {
    if test.has("config_dict") { Ok(test.name("config_dict")) } else { path_of(test) }
}

fn path_of(test: &Section<'_>) -> Result<String, FailureReason> {
    Ok(test.text("config_path")?.unwrap_or_else(|| DEFAULT.to_owned()))
}
