//! `check`: what goes nowhere can always go there.

use crate::config::NullConfig;
use longshore_connector_kit::Failure;

pub(crate) fn check(_config: &NullConfig) -> Result<(), Failure> {
    Ok(())
}
