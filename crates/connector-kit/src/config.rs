//! A connector's configuration is a Rust type; its spec is derived from it.
//!
//! ```
//! use longshore_connector_kit::{JsonSchema, config::connection_specification, schemars};
//! use serde::Deserialize;
//!
//! /// Rates of an exchange
//! #[derive(Deserialize, JsonSchema)]
//! struct Config {
//!     /// The key that the exchange gave you
//!     #[schemars(title = "API key", extend("airbyte_secret" = true, "order" = 0))]
//!     api_key: String,
//!     /// Days per request
//!     #[schemars(title = "Window", extend("order" = 1))]
//!     #[serde(default = "one_week")]
//!     window_days: u32,
//!     /// How to sign in
//!     auth: Auth,
//! }
//! fn one_week() -> u32 { 7 }
//!
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(tag = "method", rename_all = "snake_case")]
//! enum Auth { None {}, Token { token: String } }
//!
//! let spec = connection_specification::<Config>();
//! assert_eq!(spec["properties"]["api_key"]["airbyte_secret"], true);
//! assert_eq!(spec["properties"]["window_days"]["default"], 7);
//! assert_eq!(spec["properties"]["auth"]["oneOf"][1]["properties"]["method"]["const"], "token");
//! ```

mod unknown;

pub(crate) use unknown::unknown_keys;

use crate::Failure;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A configuration: read from JSON, described by a schema.
pub trait Config: DeserializeOwned + JsonSchema {}

impl<T: DeserializeOwned + JsonSchema> Config for T {}

/// The `connectionSpecification` of a configuration type: JSON Schema draft-07, without references.
#[must_use]
pub fn connection_specification<C: Config>() -> Value {
    schema_of::<C>()
}

/// The JSON Schema of a type: draft-07, without references.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    list_texts(&mut schema);
    schema
}

/// A choice of constant texts becomes an `enum`: forms take `oneOf` for a choice of objects.
fn list_texts(schema: &mut Value) {
    let texts: Option<Vec<Value>> = schema.get("oneOf").and_then(Value::as_array).and_then(|choices| {
        choices.iter().map(|choice| choice.get("const").filter(|it| it.is_string()).cloned()).collect()
    });
    if let (Some(texts), Some(members)) = (texts, schema.as_object_mut()) {
        members.remove("oneOf");
        members.insert("type".to_owned(), "string".into());
        members.insert("enum".to_owned(), texts.into());
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(list_texts),
        Value::Array(items) => items.iter_mut().for_each(list_texts),
        _ => {}
    }
}

/// Reads a configuration.
///
/// # Errors
/// A config error that names the field when a key is missing, unknown, or of the wrong type.
pub fn parse_config<C: Config>(text: &str) -> Result<C, Failure> {
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // serde_json adds the place in the file; a value in it could be a secret, so only what was expected is shown.
        let problem = without_value(&inner.to_string());
        if path == "." {
            Failure::config(format!("the configuration is wrong: {problem}"))
        } else {
            Failure::config(format!("the configuration is wrong at `{path}`: {problem}"))
        }
    })
}

/// "invalid type: string \"secret\", expected u64 at line 1" without the string.
fn without_value(message: &str) -> String {
    let Some((head, tail)) = message.split_once(", expected ") else { return message.to_owned() };
    match head.split_once(": ") {
        Some((kind @ ("invalid type" | "invalid value"), what)) => {
            let what = what.split([' ', '`']).next().unwrap_or_default();
            format!("{kind}: found {what}, expected {tail}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        count: u64,
        #[allow(dead_code)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Inner {
        path: String,
    }

    #[test]
    fn every_error_names_the_field_and_shows_no_value() {
        for (text, words) in [
            (r#"{}"#, vec!["missing field `count`"]),
            (r#"{"count":1,"cuont":2}"#, vec!["cuont", "count"]),
            (r#"{"count":"s3cret"}"#, vec!["`count`", "expected u64"]),
            (r#"{"count":1,"inner":{"path":7}}"#, vec!["`inner.path`", "string"]),
            ("nonsense", vec!["line 1"]),
        ] {
            let message = parse_config::<Sample>(text).unwrap_err().message;
            assert!(words.iter().all(|w| message.contains(w)), "{text}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }
}
