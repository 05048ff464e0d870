//! `check`: opens the file and looks at its beginning.

use crate::Config;
use crate::discover::columns;
use longshore_connector_kit::Failure;

/// Records that `check` looks at.
const SAMPLE: usize = 10;

pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    columns(config, &config.location()?, SAMPLE).map(drop)
}
