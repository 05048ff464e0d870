//! The configuration: there is nothing to configure.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;

/// Nothing to configure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Null")]
#[serde(deny_unknown_fields)]
pub struct NullConfig {}
