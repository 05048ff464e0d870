//! The configuration.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;
use std::path::PathBuf;

/// Where the tables are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "SQLite")]
pub struct SqliteConfig {
    /// The database file. It is made, with the folders above it, if it is not there; a relative path starts in the
    /// folder in which the connector runs.
    #[schemars(title = "File", extend("order" = 0))]
    #[serde(default = "default_path")]
    pub path: PathBuf,
}

fn default_path() -> PathBuf {
    PathBuf::from("longshore.sqlite")
}
