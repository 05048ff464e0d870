//! What is to be judged, and with what: made of a test configuration, of flags, or of the connector's own answers.

use crate::reader::Reader;
use longshore_devkit::Project;
use longshore_protocol::{ConfiguredCatalog, StreamDescriptor};
use longshore_runner::ConnectorRef;
use serde_json::Value;
use std::collections::BTreeMap;

/// How strict a suite is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Only musts count.
    #[default]
    Low,
    /// Shoulds count like musts, nothing is sampled where everything can be tried, and what was not looked at needs a reason.
    High,
}

/// What a suite works with. Holds configurations, so it has neither `Debug` nor `Display`.
#[derive(Default)]
pub struct Plan {
    /// How strict it is.
    pub strictness: Strictness,
    /// The rules to judge, by id or by the part before the dot; all when empty.
    pub only: Vec<String>,
    /// The configuration with which everything is tried; none when there is none and none could be derived.
    pub config: Option<String>,
    /// Why there is no configuration.
    pub no_config: Option<String>,
    /// More configurations to check, and what shall come out.
    pub checks: Vec<CheckCase>,
    /// The spec that the connector shall answer: the object under `spec`.
    pub spec: Option<Value>,
    /// The streams to read, in place of all that are discovered.
    pub catalog: Option<ConfiguredCatalog>,
    /// The streams whose incremental reads are judged, in place of all that can.
    pub incremental_catalog: Option<ConfiguredCatalog>,
    /// Streams that may be empty, and why.
    pub empty_streams: BTreeMap<String, String>,
    /// Records that must come.
    pub expected: Option<Expected>,
    /// Fields whose values differ between reads, by stream; a path is written `a/b`, with the reason.
    pub ignored_fields: BTreeMap<String, Vec<(String, String)>>,
    /// States far ahead of all records, as the array that `--state` takes.
    pub future_state: Option<Vec<Value>>,
    /// Streams without a future state, and why.
    pub no_future_state: BTreeMap<String, String>,
    /// Whether each property of the schema must have a value in some record.
    pub every_field_has_values: bool,
    /// Whether records may have fields that the schema does not name. False unless told.
    pub undeclared_fields_allowed: bool,
    /// Streams that have no primary key, and why.
    pub no_primary_key: BTreeMap<String, String>,
    /// An older version, with which specs and catalogs must be compatible.
    pub previous: Option<ConnectorRef>,
    /// Reads what a destination wrote.
    pub reader: Option<Reader>,
    /// Rules that need not hold, by id or by the part before the dot, and why.
    pub bypasses: BTreeMap<String, String>,
    /// The project of the connector, when its sources are here.
    pub project: Option<Project>,
    /// What of the test configuration has no effect, and why: one sentence each.
    pub notes: Vec<String>,
}

/// One configuration to check.
pub struct CheckCase {
    /// The configuration.
    pub config: String,
    /// Where it came from, for people: a file's name, or `derived: count is a text`.
    pub origin: String,
    /// What shall come out.
    pub expects: CheckResult,
    /// Whether the suite made it up itself; then what comes out weighs less.
    pub is_derived: bool,
}

/// What a check shall come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// SUCCEEDED.
    Succeeds,
    /// FAILED, or an error trace.
    Fails,
    /// An error trace and no status.
    Breaks,
}

/// Records that must come.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Each with its stream.
    pub records: Vec<(StreamDescriptor, Value)>,
    /// In this order, among the records of their stream.
    pub exact_order: bool,
    /// Whether records may have fields beside the expected ones.
    pub extra_fields: bool,
    /// Whether other records may come.
    pub extra_records: bool,
}

impl Plan {
    /// Whether a rule is asked for.
    pub(crate) fn wants(&self, rule: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| covers(only, rule))
    }

    /// Why a rule need not hold, if it need not.
    pub(crate) fn bypass(&self, rule: &str) -> Option<&str> {
        self.bypasses.iter().find(|(it, _)| covers(it, rule)).map(|(_, why)| why.as_str())
    }
}

/// Whether a word names a rule: its id, or the part of it before the dot.
pub(crate) fn covers(word: &str, rule: &str) -> bool {
    rule == word || rule.split('.').next() == Some(word)
}
