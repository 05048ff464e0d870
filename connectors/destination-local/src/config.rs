//! The configuration.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;
use std::path::PathBuf;

/// Where the files are, and what they look like.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Local files")]
pub struct LocalConfig {
    /// The folder of the files. It is made if it is not there; a relative path starts in the folder in which the
    /// connector runs.
    #[schemars(title = "Folder", extend("order" = 0))]
    #[serde(default = "default_path")]
    pub path: PathBuf,
    /// How rows are written
    #[schemars(title = "Format", extend("order" = 1))]
    #[serde(default)]
    pub format: FileFormat,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// One JSON object per line, with the record's data as it came.
    #[default]
    Jsonl,
    /// One column for each property.
    Csv,
}

impl FileFormat {
    /// How the names of the files end.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

fn default_path() -> PathBuf {
    PathBuf::from("longshore-files")
}
