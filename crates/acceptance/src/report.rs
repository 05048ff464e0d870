//! What a suite says, in five forms.

mod counts;
#[cfg(test)]
mod fixture;
mod json;
mod junit;
mod markdown;
mod sarif;
mod terminal;

use crate::finding::{Finding, Status};
use crate::plan::{Plan, Strictness};
use crate::rule::Level;
use crate::subject::Subject;
use crate::suite::weigh;
use serde::Serialize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What came out of a suite. Serialized, it is the JSON report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The reference of the connector.
    pub connector: String,
    /// `source` or `destination`.
    pub kind: String,
    /// Whether no must is broken.
    pub passed: bool,
    /// How strict the suite was.
    pub strictness: Strictness,
    /// How long it took.
    pub duration_seconds: f64,
    /// The version of the suite.
    pub version: String,
    /// One for each rule that binds the connector.
    pub findings: Vec<Finding>,
    /// What of the test configuration has no effect, and why.
    pub notes: Vec<String>,
    /// The file of the connector's project that findings are pinned to.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Terminal,
    /// For CI servers: a test case for each rule.
    Junit,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
}

impl Format {
    /// All of them, by the names of the command line.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("terminal", Self::Terminal),
        ("junit", Self::Junit),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("sarif", Self::Sarif),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, format)| *format);
        let names = || Self::NAMES.map(|(name, _)| name).join(", ");
        found.ok_or_else(|| format!("there is no format `{text}`; there are {}", names()))
    }
}

impl Report {
    pub(crate) fn new(subject: &Subject<'_>, plan: &Plan, findings: Vec<Finding>, duration: Duration) -> Self {
        let report = Self {
            connector: subject.reference.to_string(),
            kind: subject.origin.to_string(),
            passed: true,
            strictness: plan.strictness,
            duration_seconds: (duration.as_secs_f64() * 1000.0).round() / 1000.0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            findings: Vec::new(),
            notes: plan.notes.iter().map(|note| (subject.hide)(note)).collect(),
            file: plan.project.as_ref().map(|project| project.dir().join("metadata.yaml")),
        };
        report.with(plan, findings)
    }

    /// The same with more findings, such as those of the author's own tests; the plan says what they weigh.
    #[must_use]
    pub fn with(mut self, plan: &Plan, mut findings: Vec<Finding>) -> Self {
        findings.iter_mut().for_each(|finding| weigh(finding, plan));
        self.findings.extend(findings);
        self.passed = !self.findings.iter().any(|finding| finding.is_failure());
        self
    }

    /// The report in a form; it ends with the end of a line.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let text = match format {
            Format::Terminal => terminal::render(self),
            Format::Junit => junit::render(self),
            Format::Json => json::render(self),
            Format::Markdown => markdown::render(self),
            Format::Sarif => sarif::render(self),
        };
        format!("{}\n", text.trim_end())
    }

    /// Musts that are broken.
    fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_failure())
    }

    /// Shoulds that are broken and do not count.
    fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_warning())
    }

    fn of_status(&self, status: Status) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.status == status)
    }
}

impl Finding {
    /// Whether it makes the suite fail.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status == Status::Failed && self.level == Level::Must
    }

    /// Whether it is broken and does not make the suite fail.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.status == Status::Failed && self.level == Level::Should
    }

    /// The evidence, unless it is what the message says already.
    fn telling_evidence(&self) -> &[String] {
        match self.evidence.as_slice() {
            [only] if *only == self.message => &[],
            evidence => evidence,
        }
    }

    /// The part of the rule's id before the dot.
    #[must_use]
    pub fn area(&self) -> &str {
        self.rule.split('.').next().unwrap_or(&self.rule)
    }
}
