//! What high strictness demands of a test configuration, and what of it is missing.

use super::Draft;
use crate::config::section::Section;
use crate::config::suites::{Suite, Suites};
use longshore_protocol::FailureReason;

/// The suites that must be there, or be left out for a reason.
const OF_SOURCES: [&str; 6] = ["spec", "connection", "discovery", "basic_read", "full_refresh", "incremental"];
const OF_DESTINATIONS: [&str; 2] = ["spec", "connection"];

impl<'a> Draft<'a> {
    pub(super) fn demands(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        let is_destination = self.is_destination();
        let needed: &[&str] = if is_destination { &OF_DESTINATIONS } else { &OF_SOURCES };
        for name in needed {
            let is_there = |suite: &Suite<'_>| suite.bypass_reason.is_some() || !suite.tests.is_empty();
            if !suites.get(name).is_some_and(is_there) {
                self.demand(format!("the suite `{name}` has neither tests nor a bypass_reason"));
            }
        }
        for test in suites.tests("spec") {
            self.of_spec(test)?;
        }
        for test in self.with_main(suites, "basic_read") {
            self.of_basic_read(test)?;
        }
        for test in suites.tests("full_refresh") {
            self.of_ignored_fields(test)?;
        }
        for test in self.with_main(suites, "incremental") {
            self.of_incremental(test)?;
        }
        for test in suites.tests("connector_attributes") {
            self.of_names(test, "streams_without_primary_key")?;
            self.of_reason(test, "allowed_hosts")?;
        }
        Ok(())
    }

    fn demand(&mut self, lack: String) {
        self.plan.unmet.push(lack);
    }

    fn of_spec(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(method) = test.section("auth_default_method")? else { return Ok(()) };
        if method.flag("oauth")? == Some(false) && !method.has("bypass_reason") {
            self.demand(format!("`{}` has no bypass_reason", method.place));
        }
        Ok(())
    }

    fn of_basic_read(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        self.of_names(test, "empty_streams")?;
        self.of_ignored_fields(test)?;
        let expected = test.section("expect_records")?;
        if !expected.is_some_and(|it| it.has("path") || it.has("bypass_reason")) {
            self.demand(format!("`{}` has neither a path nor a bypass_reason", test.name("expect_records")));
        }
        if test.has("configured_catalog_path") {
            let name = test.name("configured_catalog_path");
            self.demand(format!("`{name}` leaves streams out; every stream that is discovered must be read"));
        }
        if test.flag("validate_schema")? == Some(false) {
            self.demand(format!("`{}` is false", test.name("validate_schema")));
        }
        Ok(())
    }

    fn of_incremental(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let section = test.section("future_state")?;
        let is_in_section = section.as_ref().is_some_and(|it| it.has("future_state_path") || it.has("bypass_reason"));
        if !is_in_section && !test.has("future_state_path") && !test.has("state_path") {
            self.demand(format!("`{}` has neither a future_state_path nor a bypass_reason", test.name("future_state")));
        }
        section.map_or(Ok(()), |section| self.of_names(&section, "missing_streams"))
    }

    fn of_ignored_fields(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(by_stream) = test.section("ignored_fields")? else { return Ok(()) };
        by_stream.entries.iter().try_for_each(|entry| self.of_names(&by_stream, &entry.key))
    }

    fn of_reason(&mut self, test: &Section<'_>, key: &str) -> Result<(), FailureReason> {
        if test.section(key)?.is_some_and(|section| !section.has("bypass_reason")) {
            self.demand(format!("`{}` has no bypass_reason", test.name(key)));
        }
        Ok(())
    }

    fn of_names(&mut self, section: &Section<'_>, key: &str) -> Result<(), FailureReason> {
        for (name, why) in section.names(key)? {
            if why.is_none() {
                self.demand(format!("`{name}` in `{}` has no bypass_reason", section.name(key)));
            }
        }
        Ok(())
    }
}
