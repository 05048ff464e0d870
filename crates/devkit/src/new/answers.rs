//! What a template is rendered with: the name, what was given, what was asked.

use super::name::ProjectName;
use super::render::{Variables, Words};
use super::template::{Question, Template, invalid};
use super::templates::nearest;
use crate::failure::config_failure;
use longshore_images::ImageName;
use longshore_protocol::FailureReason;
use regex::Regex;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The id that CI gives, so that what is made is the same each time; no connector may be published with it.
pub(crate) const FIXED_ID: &str = "00000000-0000-4000-8000-000000000000";
/// What is never asked, and can be given.
const UNASKED: [&str; 2] = ["definition_id", "year"];

/// All that a template is rendered with.
#[derive(Debug, Clone)]
pub struct Answers {
    /// The connector's name.
    pub name: ProjectName,
    /// The answers by their keys.
    pub values: BTreeMap<String, String>,
}

/// A question as it is put to a person.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// The answer that Enter gives.
    pub default: Option<String>,
}

impl Asked<'_> {
    /// Whether an answer will do.
    ///
    /// # Errors
    /// One sentence that says what is wanted.
    pub fn check(&self, answer: &str) -> Result<(), String> {
        check(self.question, answer)
    }
}

/// The default of a question, for where nobody can be asked.
///
/// # Errors
/// `connector.answer_missing` when it has none.
pub fn default_answer(asked: &Asked<'_>) -> Result<String, FailureReason> {
    asked.default.clone().ok_or_else(|| {
        let Question { key, ask, example, .. } = asked.question;
        let example = example.as_deref().unwrap_or("VALUE");
        let message =
            format!("an answer is missing, and nobody can be asked: {ask}; give it by `--answer {key}={example}`");
        config_failure("connector.answer_missing", message)
    })
}

/// Asks what was not given.
///
/// # Errors
/// `connector.answer_unknown`, `connector.answer_invalid`, `connector.template_invalid`, and those of `ask`.
pub fn resolve(
    template: &Template,
    name: ProjectName,
    given: &BTreeMap<String, String>,
    year: i16,
    ask: &mut dyn FnMut(&Asked<'_>) -> Result<String, FailureReason>,
) -> Result<Answers, FailureReason> {
    refuse_unknown(template, given)?;
    let values = UNASKED.iter().map(|key| unasked(key, given, year)).collect::<Result<_, _>>()?;
    let mut answers = Answers { name, values };
    let words = Words::new();
    for question in &template.questions {
        let variables = Variables::of(template, &answers, "");
        let default = question.default.as_deref().map(|text| words.render(text, &variables)).transpose();
        let asked = Asked { question, default: default.map_err(|why| invalid(&template.name, &why))? };
        let answer = match given.get(&question.key) {
            Some(answer) => answer.clone(),
            None => ask(&asked)?,
        };
        asked.check(&answer).map_err(|why| refused(&question.key, &why))?;
        answers.values.insert(question.key.clone(), answer);
    }
    Ok(answers)
}

fn refuse_unknown(template: &Template, given: &BTreeMap<String, String>) -> Result<(), FailureReason> {
    let keys = || template.questions.iter().map(|question| question.key.as_str()).chain(UNASKED);
    let Some(unknown) = given.keys().find(|key| !keys().any(|known| known == key.as_str())) else { return Ok(()) };
    let advice = match nearest(unknown, keys()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!("it asks {}", keys().collect::<Vec<_>>().join(", ")),
    };
    let message = format!(
        "the template `{}` does not ask `{}`, {advice}; see `longshore connector new --list --json`",
        template.name,
        unknown.escape_debug()
    );
    Err(config_failure("connector.answer_unknown", message))
}

fn unasked(key: &str, given: &BTreeMap<String, String>, year: i16) -> Result<(String, String), FailureReason> {
    let value = match (key, given.get(key)) {
        ("year", Some(year)) if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => year.clone(),
        ("year", Some(_)) => return Err(refused(key, "a year is four digits, such as 2026")),
        ("year", None) => year.to_string(),
        (_, Some(id)) => Uuid::try_parse(id)
            .map_err(|_| refused(key, "that is no UUID; make one with `uuidgen`, or leave it out"))?
            .hyphenated()
            .to_string(),
        (_, None) => Uuid::new_v4().hyphenated().to_string(),
    };
    Ok((key.to_owned(), value))
}

fn check(question: &Question, answer: &str) -> Result<(), String> {
    let example = question.example.as_ref().map(|example| format!(", such as {example}")).unwrap_or_default();
    if answer.trim().is_empty() {
        return Err(format!("an answer is needed{example}"));
    }
    if answer.chars().any(char::is_control) {
        return Err(format!("one line is wanted, of signs that a screen shows{example}"));
    }
    if !question.choices.is_empty() && !question.choices.iter().any(|choice| choice == answer) {
        return Err(format!("`{answer}` is none of {}", question.choices.join(", ")));
    }
    if question.key == "repository" {
        return check_repository(answer);
    }
    let pattern = question.pattern.as_ref().map(|pattern| Regex::new(&format!("^(?:{pattern})$"))).transpose();
    match pattern.map_err(|error| error.to_string())? {
        Some(pattern) if !pattern.is_match(answer) => {
            Err(format!("`{answer}` will not do; write it{}", &example.replace(", ", " ")))
        }
        _ => Ok(()),
    }
}

fn check_repository(answer: &str) -> Result<(), String> {
    let name: ImageName = answer.parse().map_err(|failure: FailureReason| failure.message)?;
    let last = answer.rsplit('/').next().unwrap_or_default();
    let has_tag = name.digest().is_some() || last.contains(':');
    if has_tag { Err("the version is the tag; write it without one, such as team/source-x".to_owned()) } else { Ok(()) }
}

fn refused(key: &str, why: &str) -> FailureReason {
    let message = format!("the answer to `{key}` will not do: {why}; give it by `--answer {key}=VALUE`");
    config_failure("connector.answer_invalid", message)
}
