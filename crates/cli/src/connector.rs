//! Understands what the user calls a connector; how one is started and asked is the worker's part.

use crate::bundled;
use crate::failure::{self, Result};
use longshore_protocol::FailureOrigin;
use longshore_runner::ConnectorRef;
use std::path::Path;

pub(crate) use longshore_worker::answer::{Answer, ask, spec_of, spec_of_image};
pub(crate) use longshore_worker::connector::{
    GRACE, Started, catalog_file, config_file, for_engine, launch, with_nothing_to_say,
};

/// Understands a REF. A folder needs no slash at its end, unless a bundled connector has its name.
pub(crate) fn parse(reference: &str) -> Result<ConnectorRef> {
    match bundled::find(reference) {
        None if Path::new(reference).is_dir() => Ok(ConnectorRef::Project { dir: reference.into() }),
        _ => ConnectorRef::parse(reference, &bundled::names()),
    }
}

/// Understands a REF that must be a source, or a destination; what is not bundled says so itself when it runs.
pub(crate) fn parse_as(role: FailureOrigin, reference: &str) -> Result<ConnectorRef> {
    let parsed = parse(reference)?;
    match bundled_of(&parsed) {
        Some(bundled) if bundled.role() != role => {
            let fitting: Vec<_> = bundled::CONNECTORS.iter().filter(|c| c.role() == role).map(|c| c.name).collect();
            let message = format!(
                "{} is a {}, and a {role} is needed here; bundled are {}",
                bundled.name,
                bundled.role(),
                fitting.join(", ")
            );
            Err(failure::usage("reference.wrong_role", message))
        }
        _ => Ok(parsed),
    }
}

/// The bundled connector behind a reference, if it is one.
pub(crate) fn bundled_of(reference: &ConnectorRef) -> Option<&'static bundled::Bundled> {
    match reference {
        ConnectorRef::Bundled { name } => bundled::find(name),
        _ => None,
    }
}
