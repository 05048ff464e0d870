//! Whether a configuration fits the connector's specification. What is wrong is said without any value.

use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::Value;

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Where: a JSON pointer, empty for the whole document.
    pub path: String,
    /// What is wanted there.
    pub wanted: String,
}

/// Everything in `config` that the specification's `connectionSpecification` does not allow.
///
/// # Errors
/// `secrets.spec_invalid` when that is no JSON Schema.
pub fn violations(spec: &Value, config: &Value) -> Result<Vec<Violation>, FailureReason> {
    let schema = spec.get("connectionSpecification").unwrap_or(&Value::Null);
    if !schema.is_object() {
        return Err(invalid("it has no `connectionSpecification`"));
    }
    // The error repeats parts of the schema, which is public.
    let validator = jsonschema::validator_for(schema).map_err(|error| invalid(&error.to_string()))?;
    let violation = |error: jsonschema::ValidationError<'_>| Violation {
        path: error.instance_path().to_string(),
        wanted: error.masked_with("this").to_string(),
    };
    Ok(validator.iter_errors(config).map(violation).collect())
}

fn invalid(problem: &str) -> FailureReason {
    let message = "the connector's specification is no JSON Schema; look at it: longshore connector spec REF";
    config_failure("secrets.spec_invalid", message).with_detail(problem)
}
