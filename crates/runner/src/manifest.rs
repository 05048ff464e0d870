//! Runs a declarative manifest, and the code beside it, by the Python CDK.

use crate::Launch;
use longshore_protocol::FailureReason;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

/// The package that runs manifests, and the version that our templates are tried with.
pub(crate) const PACKAGE: &str = "airbyte-cdk";
pub(crate) const VERSION: &str = "7.39.1";

/// What the CDK's own program for manifests does not do: it answers `spec` with its own instead of the manifest's, and
/// trusts no code.
const LAUNCHER: &str = include_str!("manifest/launch.py");

/// The program and its arguments before the verb. `cdk` is a program of the environment that the CDK is installed in.
///
/// # Errors
/// `manifest.unreadable`.
pub(crate) fn words(launch: &Launch<'_>, cdk: &Path, file: &Path) -> Result<Vec<OsString>, FailureReason> {
    let shown = file.display();
    let unreadable = |error| {
        let message = format!("the manifest {shown} cannot be read: {error}; look at it with `ls -l {shown}`");
        launch.config_failure("manifest.unreadable", message)
    };
    File::open(file).map_err(unreadable)?;
    let file = std::path::absolute(file).map_err(unreadable)?;
    Ok(vec![cdk.with_file_name("python").into(), "-c".into(), LAUNCHER.into(), file.into()])
}
