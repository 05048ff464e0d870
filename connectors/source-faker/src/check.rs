//! `check`: a configuration that could be read works, since nothing outside is needed.

use crate::Config;
use longshore_connector_kit::Failure;

pub(crate) fn check(_config: &Config) -> Result<(), Failure> {
    Ok(())
}
