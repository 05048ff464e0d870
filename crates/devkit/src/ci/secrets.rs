//! The secrets that the connectors of a repository need.

use crate::Project;
use crate::secrets::needs_of;
use longshore_protocol::FailureReason;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The variables that all connectors below `connectors/` and `bases/` need, each once and sorted. A folder without
/// metadata.yaml is no connector.
///
/// # Errors
/// Those of a metadata.yaml that is broken, and of [`needs_of`].
pub fn secrets_of(repository: &Path) -> Result<Vec<String>, FailureReason> {
    let mut names = BTreeSet::new();
    let listed = ["connectors", "bases"].into_iter().flat_map(|folder| fs::read_dir(repository.join(folder)));
    for folder in listed.flatten().flatten() {
        let project = match Project::open(&folder.path()) {
            Err(reason) if reason.code == "connector.not_a_project" => continue,
            opened => opened?,
        };
        names.extend(needs_of(&project)?.into_iter().map(|need| need.variable));
    }
    Ok(names.into_iter().collect())
}
