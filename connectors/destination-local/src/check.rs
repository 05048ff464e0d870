//! `check`: makes a file in the folder, and removes it.

use crate::config::LocalConfig;
use crate::failure::of_io;
use longshore_connector_kit::Failure;
use std::fs;

/// Makes the folder, too: whoever configures it wants it.
pub(crate) fn check(config: &LocalConfig) -> Result<(), Failure> {
    if config.path.as_os_str().is_empty() {
        return Err(Failure::config("`path` is empty; name a folder"));
    }
    fs::create_dir_all(&config.path).map_err(|error| of_io(&config.path, &error))?;
    let probe = config.path.join(".longshore-check");
    fs::write(&probe, "probe").and_then(|()| fs::remove_file(&probe)).map_err(|error| of_io(&probe, &error))
}
