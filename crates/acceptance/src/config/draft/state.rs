//! The suite `incremental`: states, and what a read from them yields.

use super::{Draft, NO_REASON, are_same, named};
use crate::config::keys;
use crate::config::section::Section;
use crate::config::suites::Suites;
use longshore_protocol::FailureReason;

impl<'a> Draft<'a> {
    pub(super) fn incremental(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in self.with_main(suites, "incremental") {
            self.incremental_catalog(test)?;
            for key in ["future_state_path", "state_path"] {
                self.future_states(test, key)?;
            }
            if let Some(section) = test.section("future_state")? {
                self.future_state(&section)?;
            }
            self.looks_back(test)?;
            if test.flag("skip_comprehensive_incremental_tests")? == Some(true) {
                self.bypass(&["resume"], "skip_comprehensive_incremental_tests is true");
            }
        }
        Ok(())
    }

    fn incremental_catalog(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let Some(path) = test.text("configured_catalog_path")? else { return Ok(()) };
        let named = named(test, "configured_catalog_path");
        let catalog = self.folder.catalog(&path, &named)?;
        match &self.plan.incremental_catalog {
            None => self.plan.incremental_catalog = Some(catalog),
            Some(first) if !are_same(first, &catalog) => {
                self.note(format!("{named} has no effect: all incremental reads are made with the first catalog"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn future_state(&mut self, section: &Section<'_>) -> Result<(), FailureReason> {
        section.check(keys::FUTURE_STATE, &mut self.plan.notes)?;
        if let Some(why) = section.text("bypass_reason")? {
            self.bypass(&["future_state"], &why);
        }
        for (stream, why) in section.names("missing_streams")? {
            self.plan.no_future_state.insert(stream, why.unwrap_or_else(|| NO_REASON.to_owned()));
        }
        self.future_states(section, "future_state_path")
    }

    fn future_states(&mut self, section: &Section<'_>, key: &str) -> Result<(), FailureReason> {
        let Some(path) = section.text(key)? else { return Ok(()) };
        let states = self.folder.states(&path, &named(section, key))?;
        match &self.plan.future_state {
            None => self.plan.future_state = Some(states),
            Some(first) if *first != states => {
                self.note(format!("{} has no effect: one future state is tried, the first", named(section, key)));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// A source that looks back reads again what is this many days older than its state.
    fn looks_back(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let days = test.count("threshold_days")?.unwrap_or(0);
        if days > 0 {
            let why = format!("threshold_days is {days}: what is that much older than a state may come again");
            self.bypass(&["resume.nothing_repeated", "resume.final_state"], &why);
        }
        Ok(())
    }
}
