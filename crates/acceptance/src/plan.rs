//! What is to be judged, and with what: made of a test configuration, of flags, or of the connector's own answers.

use crate::reader::Reader;
use longshore_devkit::Project;
pub use longshore_devkit::hooks::ClientContainer;
use longshore_protocol::{ConfiguredCatalog, StreamDescriptor};
use longshore_runner::ConnectorRef;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How strict a suite is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// Only musts count.
    #[default]
    Low,
    /// Shoulds count like musts, nothing is sampled where everything can be tried, and what was not looked at needs a reason.
    High,
}

impl Strictness {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
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
    /// Whether the configuration was made of the spec, so that nobody has ever said that it works.
    pub config_is_derived: bool,
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
    /// Whether a test configuration was read.
    pub is_from_file: bool,
    /// What of the test configuration has no effect, and why: one sentence each.
    pub notes: Vec<String>,
    /// What the test configuration lacks for high strictness: one sentence each; at low they are warnings.
    pub unmet: Vec<String>,
    /// The image that the test configuration names, for when there is nothing else to start.
    pub image: Option<String>,
    /// Variables that the connector gets beside those of [`Subject::variables`](crate::Subject::variables).
    pub environment: Vec<(String, String)>,
    /// How long a run may take by the test configuration: the longest of what it says. Counts as the longest silence.
    pub silence: Option<Duration>,
    /// A container that prepares what the connector speaks with.
    pub client_container: Option<ClientContainer>,
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
    #[must_use]
    pub fn wants(&self, rule: &str) -> bool {
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
