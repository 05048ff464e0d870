//! Configurations made of a spec: one that fits, for connectors whose every needed property has a value to begin with, and
//! some that do not fit.

mod misfit;
mod value;

pub(super) use misfit::invalid;

use serde_json::Value;
use value::Maker;

/// A configuration that the spec allows, and of what it was made, in words for people. The error says why there is none.
pub(super) fn config(spec: &Value) -> Result<(String, String), String> {
    let schema = schema_of(spec)?;
    let maker = Maker { root: schema };
    let mut made = Vec::new();
    let config = maker.whole(&mut made)?;
    let validator = jsonschema::draft7::new(schema).map_err(|error| format!("its schema cannot be used: {error}"))?;
    if let Err(error) = validator.validate(&config) {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the configuration".to_owned() } else { format!("`{place}`") };
        return Err(format!("what its defaults and examples make of {place} does not fit its own schema; {GIVE}"));
    }
    let of_what = if made.is_empty() { "it is empty".to_owned() } else { made.join(", ") };
    Ok((config.to_string(), of_what))
}

/// What to do when there is none.
const GIVE: &str = "give one with `--connector-config FILE`";

/// The schema of configurations.
fn schema_of(spec: &Value) -> Result<&Value, String> {
    let schema = &spec["connectionSpecification"];
    if schema.is_object() { Ok(schema) } else { Err(format!("it has no connectionSpecification; {GIVE}")) }
}

#[cfg(test)]
mod tests;
