//! `template.yaml`: what a template is, and what it asks.

use crate::ConnectorType;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its folder's name: `rust-source`.
    #[serde(skip)]
    pub name: String,
    /// Raised with each change of what it renders.
    pub version: u32,
    /// Whether it makes something that reads or that writes.
    pub kind: ConnectorType,
    /// `rust`, `python`, `typescript`, `java`, `yaml`, `any`.
    pub language: String,
    /// The line of the menu.
    pub title: String,
    /// What it is for, in one line.
    pub description: String,
    /// `connectorSubtype` of metadata.yaml.
    pub subtype: String,
    /// The crates of this repository that go along.
    #[serde(default)]
    pub vendor: Vec<String>,
    /// The rendered files that can be run.
    #[serde(default)]
    pub executable: Vec<String>,
    /// Lines for `.gitignore` and `.dockerignore`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// What it asks beside the name.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Further variables, each a template over the name and the answers.
    #[serde(default)]
    pub derived: BTreeMap<String, String>,
    /// Commands for the person who made a project.
    #[serde(default)]
    pub next: Vec<String>,
}

/// A question of a template.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The variable of the answer.
    pub key: String,
    /// What a person reads.
    pub ask: String,
    /// A template over what is known so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// A regular expression that the whole answer matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// An answer that is right, for the message about a wrong one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The answers that there are; empty where any is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

impl Template {
    pub(super) fn parse(name: &str, text: &[u8]) -> Result<Self, FailureReason> {
        let text = str::from_utf8(text).map_err(|error| invalid(name, &error.to_string()))?;
        let mut template: Self = serde_saphyr::from_str(text).map_err(|error| {
            let told = error.without_snippet().to_string();
            invalid(name, told.lines().next().unwrap_or_default()).with_detail(error.to_string())
        })?;
        name.clone_into(&mut template.name);
        template.questions.extend(common_questions());
        Ok(template)
    }

    /// Whether it wraps a tap or a target of Singer.
    #[must_use]
    pub fn is_singer(&self) -> bool {
        self.vendor.iter().any(|krate| krate == "singer")
    }
}

/// What every template asks, last.
fn common_questions() -> [Question; 2] {
    let question = |key: &str, ask: &str, default: &str| Question {
        key: key.to_owned(),
        ask: ask.to_owned(),
        default: Some(default.to_owned()),
        pattern: None,
        example: None,
        choices: Vec::new(),
    };
    let licences = ["Apache-2.0", "MIT", "ELv2", "Proprietary"];
    [
        Question {
            example: Some("team/source-x".to_owned()),
            ..question("repository", "Name of its image, without registry and tag", "local/<%= connector %>")
        },
        Question { choices: licences.map(str::to_owned).into(), ..question("license", "Licence", licences[0]) },
    ]
}

pub(super) fn invalid(name: &str, why: &str) -> FailureReason {
    let message = format!("the template `{name}` is broken: {why}; correct it, or report it if it is one of ours");
    config_failure("connector.template_invalid", message)
}
