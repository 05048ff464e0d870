//! Runs a Python connector from PyPI in an environment that Longshore makes on first use and keeps.
//!
//! An environment lies at `CACHE/pypi/PACKAGE-VERSION-pyPYTHON/`. The scripts inside hold its path, so it cannot be
//! made elsewhere and moved: the file `.longshore-program` written last says that it is complete, and which program
//! the connector is. A lock beside it keeps two Longshores from making it at the same time. Without a version the
//! newest one of the first use stays; removing the folder fetches the newest again.

mod environment;
mod install;

use crate::Settings;
use environment::Environment;
use longshore_protocol::{FailureOrigin, FailureReason};
use std::path::PathBuf;

/// The program of a Python connector, installed if need be.
///
/// # Errors
/// `pypi.no_python`, `pypi.no_venv`, `pypi.not_found`, `pypi.install_failed`, `pypi.no_program`, or `runner.work_dir_failed` when the
/// cache cannot be written.
pub(crate) async fn program(
    settings: &Settings,
    origin: FailureOrigin,
    package: &str,
    version: Option<&str>,
) -> Result<PathBuf, FailureReason> {
    let python = install::Python::find(settings).await?;
    let environment = Environment::of(&settings.cache_dir, package, version, &python.version);
    if let Some(program) = environment.program() {
        return Ok(program);
    }
    let _lock = environment.lock(settings).await?;
    if let Some(program) = environment.program() {
        return Ok(program); // Another Longshore made it meanwhile.
    }
    let requirement = version.map_or_else(|| package.to_owned(), |version| format!("{package}=={version}"));
    (settings.notice)(&format!("installing {requirement} from PyPI (first use)"));
    let name = install::install(settings, &python, &environment, origin, package, &requirement).await?;
    environment.complete(&name)
}
