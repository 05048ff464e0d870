//! Keeps the secrets of a run out of everything that Longshore prints, even if a connector prints them itself.

use serde_json::Value;

/// Values that must not be seen. Neither `Debug` nor `Display`.
#[derive(Default, Clone)]
pub(crate) struct Secrets(Vec<String>);

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

impl Secrets {
    /// Collects the secrets of a configuration by the names of its properties.
    pub(crate) fn add(&mut self, config: &str) {
        if let Ok(value) = serde_json::from_str(config) {
            self.collect(&value, false);
            self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    fn collect(&mut self, value: &Value, secret: bool) {
        match value {
            Value::String(text) if secret && text.len() >= SHORTEST => self.0.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, secret)),
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.to_ascii_lowercase().replace('-', "_");
                    self.collect(value, secret || NAMES.iter().any(|part| name.contains(part)));
                }
            }
            _ => {}
        }
    }

    /// The text with each secret blackened.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "**********"))
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn values_behind_secret_names_are_blackened_and_others_are_not() {
        let mut secrets = Secrets::default();
        secrets.add(r#"{"user":"alice","credentials":{"Client-Secret":"s3cr3t!","auth_type":"oauth"},"count":5,"api_key":"k-123456"}"#);
        assert_eq!(secrets.hide("alice used s3cr3t! and k-123456"), "alice used ********** and **********");
    }
}
