//! What the user told the wrapper: a file (`--settings`), and the key `_longshore` of the configuration, which wins and is
//! never handed on to the program.

use crate::Failure;
use crate::args::{Kind, Options};
use longshore_protocol::{DestinationSyncMode, SyncMode};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The key of the configuration that is the wrapper's own.
pub(crate) const RESERVED_KEY: &str = "_longshore";

/// All settings; each may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Whether the program is a tap or a target, where it cannot be told.
    pub(crate) kind: Option<Kind>,
    /// A file with the spec, for programs that do not describe their configuration.
    pub(crate) spec: Option<PathBuf>,
    /// A Singer catalog, for taps that cannot discover.
    pub(crate) catalog: Option<PathBuf>,
    /// By which option the tap takes its catalog.
    pub(crate) catalog_option: Option<CatalogOption>,
    /// The folder in which the program runs: that of the caller, unless it is said.
    pub(crate) folder: Option<PathBuf>,
    /// What a target can do, where it does not say.
    pub(crate) sync_modes: Option<Vec<DestinationSyncMode>>,
    /// Goes on after records that cannot be read, as if they had not been sent.
    pub(crate) skip_broken_records: Option<bool>,
    /// Streams that are not offered.
    pub(crate) exclude_streams: Vec<String>,
    /// What the tap's catalog does not say, by the name of the stream.
    pub(crate) streams: BTreeMap<String, StreamSettings>,
}

/// What is known better about one stream.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StreamSettings {
    pub(crate) primary_key: Option<Vec<String>>,
    pub(crate) cursor_field: Option<String>,
    pub(crate) sync_modes: Option<Vec<SyncMode>>,
    /// Of Singer: `FULL_TABLE`, `INCREMENTAL`, `LOG_BASED`.
    pub(crate) replication_method: Option<String>,
    /// The name that the tap's messages carry, where it is another than in its catalog.
    pub(crate) message_name: Option<String>,
}

/// How a tap is given its catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CatalogOption {
    Catalog,
    Properties,
    /// Both options with one file: taps of some libraries accept both and look at one.
    Both,
    None,
}

impl Settings {
    /// # Errors
    /// When the file cannot be read or holds something unknown.
    pub(crate) fn of(options: &Options) -> Result<Self, Failure> {
        let mut settings = match &options.settings {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::config(format!("cannot read the settings {}: {error}", path.display()))
                })?;
                let mut settings = Self::parse(&text, &path.display().to_string())?;
                let folder = path.parent().unwrap_or(Path::new(""));
                for file in [&mut settings.spec, &mut settings.catalog, &mut settings.folder].into_iter().flatten() {
                    *file = folder.join(&*file);
                }
                settings
            }
        };
        settings.kind = options.kind.or(settings.kind);
        settings.spec = options.spec.clone().or(settings.spec);
        Ok(settings)
    }

    pub(crate) fn parse(text: &str, place: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|error| Failure::config(format!("the settings in {place} are wrong: {error}")))
    }

    /// Takes over what `other` says.
    pub(crate) fn merge(&mut self, other: Self) {
        self.kind = other.kind.or(self.kind);
        self.spec = other.spec.or(self.spec.take());
        self.catalog = other.catalog.or(self.catalog.take());
        self.folder = other.folder.or(self.folder.take());
        self.catalog_option = other.catalog_option.or(self.catalog_option);
        self.sync_modes = other.sync_modes.or(self.sync_modes.take());
        self.skip_broken_records = other.skip_broken_records.or(self.skip_broken_records);
        self.exclude_streams.extend(other.exclude_streams);
        self.streams.extend(other.streams);
    }

    pub(crate) fn stream(&self, name: &str) -> StreamSettings {
        self.streams.get(name).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_says_wins() {
        let mut settings = Settings::parse(
            r#"{"catalog_option":"catalog","exclude_streams":["a"],"streams":{"s":{"primary_key":["x"]}}}"#,
            "f",
        )
        .unwrap();
        settings.merge(Settings::parse(r#"{"catalog_option":"properties","exclude_streams":["b"]}"#, "f").unwrap());
        assert_eq!(settings.catalog_option, Some(CatalogOption::Properties));
        assert_eq!(settings.exclude_streams, ["a", "b"]);
        assert_eq!(settings.stream("s").primary_key.unwrap(), ["x"]);
    }

    #[test]
    fn a_misspelled_setting_is_named() {
        let failure = Settings::parse(r#"{"exclude":[]}"#, "singer.json").unwrap_err();
        assert!(failure.message.contains("singer.json") && failure.message.contains("exclude"), "{failure}");
    }
}
