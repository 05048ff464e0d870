//! Keeps the secrets of a run out of everything that Longshore prints or stores, even if a connector prints them itself.

use serde_json::Value;
use std::collections::HashSet;

/// Values that must not be seen. Neither `Debug` nor `Display`.
#[derive(Default, Clone)]
pub struct Secrets {
    /// The longest first: a secret may hold another one.
    values: Vec<String>,
    /// Names of properties that a spec calls secret.
    names: HashSet<String>,
}

/// Parts of property names behind which secrets stand.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "credential",
    "passphrase",
    "authorization",
    "sas_",
];

/// Shorter values would blacken ordinary text.
const SHORTEST: usize = 4;

/// What stands in the place of a secret.
const BLACK: &str = "**********";

impl Secrets {
    /// Learns from a connector's spec which properties hold secrets, whatever their names. To be told before
    /// [`add`](Self::add).
    pub fn learn(&mut self, spec: &Value) {
        match spec {
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    if value.get("airbyte_secret") == Some(&Value::Bool(true)) {
                        self.names.insert(plain(name));
                    }
                    self.learn(value);
                }
            }
            _ => {}
        }
    }

    /// Collects the secrets of a configuration by the names of its properties.
    pub fn add(&mut self, config: &str) {
        if let Ok(value) = serde_json::from_str(config) {
            self.collect(&value, false);
            self.values.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
            self.values.dedup();
        }
    }

    /// Adds one secret.
    pub fn add_value(&mut self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.push(secret);
            self.values.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    fn collect(&mut self, value: &Value, secret: bool) {
        match value {
            Value::String(text) if secret && text.len() >= SHORTEST => self.push(text),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, secret)),
            Value::Object(members) => {
                for (name, value) in members {
                    let name = plain(name);
                    let is_secret = self.names.contains(&name) || NAMES.iter().any(|part| name.contains(part));
                    self.collect(value, secret || is_secret);
                }
            }
            _ => {}
        }
    }

    /// The value, as it is and as it looks inside a JSON text, and line by line: logs have lines.
    fn push(&mut self, text: &str) {
        let escaped = Value::from(text).to_string();
        let escaped = escaped.trim_matches('"');
        if escaped != text {
            self.values.push(escaped.to_owned());
        }
        if text.contains('\n') {
            let lines = text.lines().map(str::trim).filter(|line| line.len() >= 2 * SHORTEST);
            self.values.extend(lines.map(str::to_owned));
        }
        self.values.push(text.to_owned());
    }

    /// The text with each secret blackened.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, secret| text.replace(secret, BLACK))
    }
}

/// One way to write a name.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::Secrets;
    use serde_json::json;

    #[test]
    fn values_behind_secret_names_are_blackened_and_others_are_not() {
        let mut secrets = Secrets::default();
        secrets.add(r#"{"user":"alice","credentials":{"Client-Secret":"s3cr3t!","auth_type":"oauth"},"count":5,"api_key":"k-123456"}"#);
        assert_eq!(secrets.hide("alice used s3cr3t! and k-123456"), "alice used ********** and **********");
    }

    #[test]
    fn what_a_spec_calls_secret_is_blackened_raw_escaped_and_line_by_line() {
        let mut secrets = Secrets::default();
        secrets.learn(&json!({"properties": {"a": {"oneOf": [{"properties": {"dsn": {"airbyte_secret": true}}}]}}}));
        secrets.add(&json!({"a": {"dsn": "ab\"c\\d\nsecond-line"}, "b": {"plain": "visible"}}).to_string());
        let printed = format!("raw ab\"c\\d\nsecond-line; {}; visible", json!({"x": "ab\"c\\d\nsecond-line"}));
        assert_eq!(secrets.hide(&printed), "raw **********; {\"x\":\"**********\"}; visible");
        assert_eq!(secrets.hide("it said: second-line"), "it said: **********");
    }
}
