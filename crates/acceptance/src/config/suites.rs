//! The suites of a test configuration, whichever of its two forms it has: `acceptance_tests` with objects, or, until
//! 2022, `tests` with lists.

use super::document::What;
use super::failure::invalid;
use super::keys;
use super::section::{Key, Section};
use longshore_protocol::FailureReason;
use std::path::Path;

/// The suites whose tests are looked at, with the keys of a test.
const KEYS: [(&str, &[Key]); 8] = [
    ("spec", keys::SPEC),
    ("connection", keys::CONNECTION),
    ("discovery", keys::DISCOVERY),
    ("basic_read", keys::BASIC_READ),
    ("full_refresh", keys::FULL_REFRESH),
    ("incremental", keys::INCREMENTAL),
    ("connector_attributes", keys::ATTRIBUTES),
    ("connector_documentation", keys::DOCUMENTATION),
];

/// All suites that a file has.
pub(super) struct Suites<'a> {
    suites: Vec<Suite<'a>>,
    /// The side container of all suites.
    pub(super) client_container: Option<Section<'a>>,
    /// Whether it has the form until 2022.
    pub(super) is_legacy: bool,
}

/// One suite.
pub(super) struct Suite<'a> {
    pub(super) name: &'static str,
    pub(super) bypass_reason: Option<String>,
    pub(super) tests: Vec<Section<'a>>,
}

impl<'a> Suites<'a> {
    /// Reads the suites of a file.
    pub(super) fn of(file: &Path, root: &Section<'a>, notes: &mut Vec<String>) -> Result<Self, FailureReason> {
        let (modern, legacy) = (root.section("acceptance_tests")?, root.section("tests")?);
        let (all, is_legacy) = match (modern, legacy) {
            (Some(all), None) => (all, false),
            (None, Some(all)) => (all, true),
            (Some(_), Some(all)) => {
                let why = "`tests` is the old name of `acceptance_tests`; write all suites below `acceptance_tests`";
                return Err(invalid(file, all.line, why));
            }
            (None, None) => {
                let why = "`acceptance_tests` is missing; `longshore connector test REF --connector-config FILE` needs no \
                           test configuration";
                return Err(invalid(file, root.line, why));
            }
        };
        all.check(keys::SUITES, notes)?;
        let suites = KEYS.into_iter().map(|keys| suite(file, &all, keys, notes)).collect::<Result<Vec<_>, _>>()?;
        let client_container = all.section("client_container_config")?;
        Ok(Self { suites: suites.into_iter().flatten().collect(), client_container, is_legacy })
    }

    /// A suite, if the file has it.
    pub(super) fn get(&self, name: &str) -> Option<&Suite<'a>> {
        self.suites.iter().find(|suite| suite.name == name)
    }

    /// The tests of a suite.
    pub(super) fn tests(&self, name: &str) -> &[Section<'a>] {
        self.get(name).map_or(&[], |suite| &suite.tests)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Suite<'a>> {
        self.suites.iter()
    }
}

fn suite<'a>(
    file: &Path,
    all: &Section<'a>,
    (name, keys): (&'static str, &[Key]),
    notes: &mut Vec<String>,
) -> Result<Option<Suite<'a>>, FailureReason> {
    let Some(entry) = all.entry(name) else { return Ok(None) };
    let (bypass_reason, tests) = match (&entry.value.what, all.section(name)) {
        (What::List(items), _) => (None, all.objects(name, items)?),
        (What::Map(_), Ok(Some(section))) => {
            section.check(keys::SUITE, notes)?;
            (section.text("bypass_reason")?, section.sections("tests")?)
        }
        _ => return Err(all.wrong(entry, "an object with `tests` or a `bypass_reason`")),
    };
    if bypass_reason.is_some() && !tests.is_empty() {
        let why = format!("`{}` has tests and a bypass_reason; leave one of them out", all.name(name));
        return Err(invalid(file, entry.line, &why));
    }
    for test in &tests {
        test.check(keys, notes)?;
    }
    Ok(Some(Suite { name, bypass_reason, tests }))
}
