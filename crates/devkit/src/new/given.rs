//! What a person gave before anything was asked: a file of answers, and flags that win over it.

use super::templates::nearest;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Template, name and answers, as far as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The template.
    pub template: Option<String>,
    /// The connector's name.
    pub name: Option<String>,
    /// Answers by their keys.
    pub answers: BTreeMap<String, String>,
}

impl Given {
    /// Reads a file of answers, YAML or JSON: `template`, `name`, and the keys of questions, at the top or below
    /// `answers`. `shown` is the file's name for messages.
    ///
    /// # Errors
    /// `connector.answers_invalid`.
    pub fn parse(text: &str, shown: &str) -> Result<Self, FailureReason> {
        let read: Map<String, Value> = match serde_json::from_str(text) {
            Ok(read) => read,
            Err(_) => serde_saphyr::from_str(text).map_err(|error| {
                let told = error.without_snippet().to_string();
                invalid(shown, told.lines().next().unwrap_or_default()).with_detail(error.to_string())
            })?,
        };
        let mut given = Self::default();
        for (key, value) in read {
            match (key.as_str(), value) {
                ("answers", Value::Object(inner)) => given.add_all(inner, shown)?,
                (_, value) => given.add(&key, value, shown)?,
            }
        }
        Ok(given)
    }

    /// Adds `KEY=VALUE` of a flag, which wins over what a file said.
    ///
    /// # Errors
    /// `connector.answers_invalid`.
    pub fn add_flag(&mut self, flag: &str) -> Result<(), FailureReason> {
        let (key, value) = flag
            .split_once('=')
            .ok_or_else(|| invalid("--answer", &format!("`{}` has no `=`", flag.escape_debug())))?;
        self.add(key.trim(), Value::from(value), "--answer")
    }

    fn add_all(&mut self, inner: Map<String, Value>, shown: &str) -> Result<(), FailureReason> {
        inner.into_iter().try_for_each(|(key, value)| self.add(&key, value, shown))
    }

    fn add(&mut self, key: &str, value: Value, shown: &str) -> Result<(), FailureReason> {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(invalid(shown, &format!("the answer to `{}` is no text", key.escape_debug()))),
        };
        match key {
            "template" => self.template = Some(value),
            "name" => self.name = Some(value),
            _ => drop(self.answers.insert(key.to_owned(), value)),
        }
        Ok(())
    }

    /// The key of the file that was probably meant to be `template` or `name`.
    #[must_use]
    pub fn misspelled(&self, wanted: &str) -> Option<&str> {
        self.answers.keys().map(String::as_str).find(|key| nearest(key, [wanted].into_iter()).is_some())
    }
}

fn invalid(shown: &str, why: &str) -> FailureReason {
    let message =
        format!("{shown}: {why}; write `KEY: VALUE` lines, such as `template: rust-source` and `name: my-api`");
    config_failure("connector.answers_invalid", message)
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn answers_are_read_from_yaml_and_json_and_flags_win() {
        let yaml = "template: rust-source\nname: 3scale\npaging: page\nanswers:\n  year: 2026\n";
        let json = r#"{"template": "rust-source", "name": "3scale", "answers": {"paging": "page", "year": 2026}}"#;
        let mut given = Given::parse(yaml, "a.yaml").unwrap();
        assert_eq!(given, Given::parse(json, "-").unwrap());
        given.add_flag("paging=cursor=x").unwrap();
        assert_eq!((given.answers["paging"].as_str(), given.answers["year"].as_str()), ("cursor=x", "2026"));
        assert_eq!(given.template.as_deref(), Some("rust-source"));
    }

    #[test]
    fn what_are_no_answers_is_refused() {
        for text in ["- a", "a: [1]", "a: {b: c}", "{", "just text"] {
            assert_eq!(Given::parse(text, "x").unwrap_err().code, "connector.answers_invalid", "{text}");
        }
        assert_eq!(Given::default().add_flag("paging").unwrap_err().code, "connector.answers_invalid");
    }
}
