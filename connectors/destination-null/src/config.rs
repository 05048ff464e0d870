//! The configuration: there is nothing to configure.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;

/// Nothing to configure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Null")]
pub struct NullConfig {}
