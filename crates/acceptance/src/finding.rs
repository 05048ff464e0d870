//! What a suite found of one rule.

use crate::rule::Level;
use serde::Serialize;
use std::borrow::Cow;

/// The most pieces of evidence that a finding keeps.
const MOST_EVIDENCE: usize = 10;

/// The most characters of one piece.
const MOST_CHARACTERS: usize = 2_000;

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The rule holds.
    Passed,
    /// It is broken.
    Failed,
    /// It could not be looked at, or does not concern this connector.
    Skipped,
    /// It is broken or was not looked at, and the author of the connector said why that is all right.
    Bypassed,
}

/// What was found of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id; `own.NAME` for a test of the author.
    pub rule: Cow<'static, str>,
    /// How much it weighs.
    pub level: Level,
    /// What came out.
    pub status: Status,
    /// The rule in a few words.
    pub title: Cow<'static, str>,
    /// What was seen, in one or two sentences.
    pub message: String,
    /// The very messages of the connector that show it.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub remedy: Cow<'static, str>,
}

impl Finding {
    /// Adds a piece of evidence; long ones are cut, and so are many.
    #[must_use]
    pub(crate) fn with(mut self, evidence: impl Into<String>) -> Self {
        if self.evidence.len() < MOST_EVIDENCE {
            self.evidence.push(cut(evidence.into()));
        }
        self
    }
}

/// What came of a test of the author, as a must.
#[must_use]
pub fn own_test(name: &str, passed: bool, ending: &str, output: String) -> Finding {
    let finding = Finding {
        rule: format!("own.{name}").into(),
        level: Level::Must,
        status: if passed { Status::Passed } else { Status::Failed },
        title: format!("test of the author: {name}").into(),
        message: format!("the author's test {name} ended with {ending}"),
        evidence: Vec::new(),
        remedy: "Run the command that longshore.yaml names for it in the project's folder, and mend what it prints."
            .into(),
    };
    if passed { finding } else { finding.with(output) }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}… ({} bytes in all)", &text[..at], text.len()),
        None => text,
    }
}
