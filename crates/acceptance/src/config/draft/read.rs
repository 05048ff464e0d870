//! The suites `basic_read` and `full_refresh`: what is read, and what must come.

use super::{Draft, NO_REASON, are_same, named};
use crate::config::keys;
use crate::config::section::Section;
use crate::config::suites::Suites;
use crate::plan::Expected;
use longshore_protocol::FailureReason;

impl<'a> Draft<'a> {
    pub(super) fn basic_read(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in suites.tests("basic_read") {
            for (stream, why) in test.names("empty_streams")? {
                self.plan.empty_streams.insert(stream, why.unwrap_or_else(|| NO_REASON.to_owned()));
            }
            self.ignored_fields(test)?;
            self.switches(test)?;
        }
        for test in self.with_main(suites, "basic_read") {
            self.catalog(test)?;
            if let Some(expected) = test.section("expect_records")? {
                self.expected(&expected, suites.is_legacy)?;
            }
        }
        Ok(())
    }

    pub(super) fn full_refresh(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in suites.tests("full_refresh") {
            self.ignored_fields(test)?;
        }
        self.with_main(suites, "full_refresh").into_iter().try_for_each(|test| self.catalog(test))
    }

    /// One catalog is read; the first counts.
    fn catalog(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(path) = test.text("configured_catalog_path")? else { return Ok(()) };
        let named = named(test, "configured_catalog_path");
        let catalog = self.folder.catalog(&path, &named)?;
        match &self.plan.catalog {
            None => self.plan.catalog = Some(catalog),
            Some(first) if !are_same(first, &catalog) => {
                self.note(format!("{named} has no effect: all full refreshes are read with the first catalog"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn switches(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        self.bypass_if_off(test, "validate_schema", &["read.schema", "read.undeclared_fields", "read.shares_fields"])?;
        self.bypass_if_off(test, "validate_stream_statuses", &["status"])?;
        self.bypass_if_off(test, "validate_state_messages", &["state"])?;
        self.bypass_if_off(test, "validate_primary_keys_data_type", &["discover.primary_key_scalar"])?;
        let about_failures = ["failure.unknown_stream_fails", "trace.error_on_failure"];
        self.bypass_if_off(test, "expect_trace_message_on_failure", &about_failures)?;
        // It was announced by the second name, and read by the first.
        for key in ["fail_on_extra_columns", "fail_on_extra_fields"] {
            self.plan.undeclared_fields_allowed |= test.flag(key)? == Some(false);
        }
        self.plan.every_field_has_values |= test.flag("validate_data_points")? == Some(true);
        Ok(())
    }

    fn expected(&mut self, section: &Section<'_>, is_legacy: bool) -> Result<(), FailureReason> {
        section.check(keys::EXPECT_RECORDS, &mut self.plan.notes)?;
        if let Some(why) = section.text("bypass_reason")? {
            self.bypass(&["read.expected_records"], &why);
        }
        let Some(path) = section.text("path")? else { return Ok(()) };
        let records = self.folder.records(&path, &named(section, "path"))?;
        // Who wrote a file since 2023 could not say whether other fields may come, and nobody looked.
        let extra_fields = section.flag("extra_fields")?.unwrap_or(!is_legacy);
        let extra_records = section.flag("extra_records")?.unwrap_or(true);
        let exact_order = section.flag("exact_order")?.unwrap_or(false);
        let expected = self.plan.expected.get_or_insert_with(|| Expected {
            exact_order,
            extra_fields,
            extra_records,
            ..Expected::default()
        });
        expected.records.extend(records);
        Ok(())
    }

    fn ignored_fields(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(by_stream) = test.section("ignored_fields")? else { return Ok(()) };
        for entry in by_stream.entries {
            let fields = by_stream.names(&entry.key)?;
            let fields = fields.into_iter().map(|(field, why)| (field, why.unwrap_or_else(|| NO_REASON.to_owned())));
            let kept = self.plan.ignored_fields.entry(entry.key.clone()).or_default();
            for (field, why) in fields {
                if !kept.iter().any(|(it, _)| *it == field) {
                    kept.push((field, why));
                }
            }
        }
        Ok(())
    }
}
