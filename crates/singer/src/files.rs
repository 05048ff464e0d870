//! The files of a run: what we were given, and what the program is given, in a folder that only we can read.

use crate::Failure;
use crate::json::{RawObject, object};
use crate::output::Output;
use crate::secrets::secrets_of;
use crate::settings::{RESERVED_KEY, Settings};
use crate::time::now_ms;
use longshore_protocol::ConfiguredCatalog;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The configuration as the program gets it, and a folder for its other files, which goes when the run ends.
pub(crate) struct Inputs {
    folder: TempDir,
    /// What stands under our own key, to be put back when the program writes a new configuration.
    reserved: Option<String>,
    written: String,
    pub(crate) value: Value,
}

impl Inputs {
    /// Reads the configuration, takes our key out of it, and writes the rest for the program.
    ///
    /// # Errors
    /// When it is no JSON object, or our key holds something unknown.
    pub(crate) fn open(config: &Path, settings: &mut Settings, output: &Output) -> Result<Self, Failure> {
        let text = read_file(config)?;
        let members = RawObject::parse(&text)
            .ok_or_else(|| Failure::config(format!("the configuration {} is no JSON object", config.display())))?;
        let reserved = members.get(RESERVED_KEY).map(|raw| raw.get().to_owned());
        if let Some(own) = &reserved {
            settings.merge(Settings::parse(own, &format!("`{RESERVED_KEY}` of the configuration"))?);
        }
        let written = object(members.0.iter().filter(|(key, _)| key != RESERVED_KEY).map(|(k, v)| (k, v.get())));
        let value = serde_json::from_str(&written).unwrap_or_default();
        output.hide(secrets_of(&value));
        let folder = tempfile::Builder::new().prefix("longshore-singer-").tempdir();
        let folder =
            folder.map_err(|error| Failure::system(format!("cannot make a folder for the program: {error}")))?;
        let inputs = Self { folder, reserved, written, value };
        inputs.write("config.json", &inputs.written)?;
        Ok(inputs)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config.json")
    }

    /// Writes another file for the program.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        let failed = |error| Failure::system(format!("cannot write {}: {error}", path.display()));
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        Ok(path)
    }

    /// Changes settings that the program is given.
    pub(crate) fn set(&mut self, name: &str, value: Value) -> Result<(), Failure> {
        self.value[name] = value;
        self.written = self.value.to_string();
        self.write("config.json", &self.written).map(drop)
    }

    /// Programs whose tokens rotate write them into their configuration: then it is handed on, or it would be lost.
    pub(crate) fn report_changes(&self, output: &Output) -> Result<(), Failure> {
        let Ok(text) = fs::read_to_string(self.config()) else { return Ok(()) };
        let Ok(mut config) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        if config == self.value || !config.is_object() {
            return Ok(());
        }
        if let Some(own) = self.reserved.as_deref().and_then(|own| serde_json::from_str(own).ok()) {
            config[RESERVED_KEY] = own;
        }
        let control =
            json!({"type": "CONNECTOR_CONFIG", "emitted_at": now_ms(), "connectorConfig": {"config": config}});
        output.message(&json!({"type": "CONTROL", "control": control}).to_string())
    }
}

pub(crate) fn read_file(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::config(format!("cannot read {}: {error}", path.display())))
}

pub(crate) fn read_catalog(path: &Path) -> Result<ConfiguredCatalog, Failure> {
    serde_json::from_str(&read_file(path)?)
        .map_err(|error| Failure::config(format!("{} is not a configured catalog: {error}", path.display())))
}
