//! The configuration, and what follows from it: the format and the name of the stream.

use crate::location::Location;
use longshore_connector_kit::{Failure, JsonSchema, schemars};
use serde::Deserialize;

/// Which file to read, and how
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "File (CSV, JSONL)")]
pub struct Config {
    /// A local path, or a URL that begins with http:// or https://
    #[schemars(title = "Path or URL", extend("order" = 0, "examples" = ["/data/people.csv", "https://example.com/events.jsonl"]))]
    pub path: String,

    /// What the file holds; told by its extension (csv, jsonl, ndjson) when absent
    #[schemars(title = "Format", with = "String", extend("order" = 1, "enum" = ["csv", "jsonl"]))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,

    /// The name of the stream; the name of the file without extension when absent
    #[schemars(title = "Stream", with = "String", extend("order" = 2))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,

    /// What stands between two fields of a CSV file: one ASCII character
    #[schemars(title = "Delimiter", with = "String", extend("order" = 3, "default" = ",", "minLength" = 1, "maxLength" = 1))]
    #[serde(default)]
    pub delimiter: Delimiter,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Fields between delimiters; the first record names them
    Csv,
    /// A JSON object on each line
    Jsonl,
}

/// One ASCII character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Delimiter(pub(crate) u8);

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl TryFrom<String> for Delimiter {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Self(*byte)),
            _ => Err("a delimiter must be one ASCII character, and not a quote or the end of a line"),
        }
    }
}

impl Config {
    /// Where the file is.
    ///
    /// # Errors
    /// A config error when `path` is neither a path nor a URL that can be read.
    pub(crate) fn location(&self) -> Result<Location, Failure> {
        Location::parse(&self.path)
    }

    /// What the file holds.
    ///
    /// # Errors
    /// A config error when neither `format` nor the extension says it.
    pub(crate) fn format(&self, location: &Location) -> Result<Format, Failure> {
        let extension = location.extension().to_ascii_lowercase();
        self.format.map_or_else(
            || match extension.as_str() {
                "csv" => Ok(Format::Csv),
                "jsonl" | "ndjson" => Ok(Format::Jsonl),
                _ => Err(Failure::config(format!(
                    "the name of {location} does not tell its format: set `format` to `csv` or `jsonl`"
                ))),
            },
            Ok,
        )
    }

    /// The name of the one stream.
    pub(crate) fn stream_name(&self, location: &Location) -> String {
        self.stream.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| location.stem())
    }
}
