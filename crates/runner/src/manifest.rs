//! Runs a declarative manifest by the program of the Python CDK that is made for it.

use crate::{InputFile, Launch};
use longshore_protocol::FailureReason;
use std::fs;
use std::path::Path;

/// The package whose program runs manifests, and the version that our templates are tried with.
pub(crate) const PACKAGE: &str = "airbyte-cdk";
pub(crate) const VERSION: &str = "7.39.1";

/// Python that a manifest refers to lies beside it under this name.
const COMPONENTS: &str = "components.py";

/// The launch with the manifest, and the code beside it, among its files.
///
/// # Errors
/// `manifest.unreadable`.
pub(crate) fn launch<'a>(mut launch: Launch<'a>, file: &Path) -> Result<Launch<'a>, FailureReason> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| {
            let message = format!("the manifest {} cannot be read: {error}; look at `ls -l {0}`", path.display());
            launch.config_failure("manifest.unreadable", message)
        })
    };
    let manifest = read(file)?;
    let components = file.with_file_name(COMPONENTS);
    let components = components.is_file().then(|| read(&components)).transpose()?;
    let input = |flag, name, content| InputFile { flag: Some(flag), name, content, env: None };
    launch.files.push(input("--manifest-path", "manifest.yaml", manifest));
    launch.files.extend(components.map(|content| input("--components-path", COMPONENTS, content)));
    Ok(launch)
}
