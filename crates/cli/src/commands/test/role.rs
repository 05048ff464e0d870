//! Whether a connector is a source or a destination, as far as can be told before it is asked.

use crate::connector::bundled_of;
use longshore_devkit::{ConnectorType, Project};
use longshore_protocol::FailureOrigin;
use longshore_runner::ConnectorRef;
use std::path::Path;

/// What the connector is: bundled ones and projects say so; of others the name may, and their spec corrects it later.
pub(super) fn of(reference: &ConnectorRef, project: Option<&Project>) -> FailureOrigin {
    if let Some(project) = project {
        return match project.metadata().connector_type {
            ConnectorType::Source => FailureOrigin::Source,
            ConnectorType::Destination => FailureOrigin::Destination,
        };
    }
    bundled_of(reference).map_or_else(|| by_name(reference), |bundled| bundled.role())
}

/// The name of a file says more than the folders it lies in. Who does not say is taken for a source.
fn by_name(reference: &ConnectorRef) -> FailureOrigin {
    let names = names(reference);
    let of_files = names.iter().rev().filter_map(|name| Path::new(name).file_name()?.to_str()).find_map(role_in);
    of_files.or_else(|| names.iter().rev().find_map(|name| role_in(name))).unwrap_or(FailureOrigin::Source)
}

fn names(reference: &ConnectorRef) -> Vec<String> {
    match reference {
        ConnectorRef::Exec { words } => words.clone(),
        ConnectorRef::Singer { words } => words.iter().map(|word| word.replace("target-", "destination-")).collect(),
        other => vec![other.to_string()],
    }
}

fn role_in(name: &str) -> Option<FailureOrigin> {
    match (name.contains("source"), name.contains("destination")) {
        (true, false) => Some(FailureOrigin::Source),
        (false, true) => Some(FailureOrigin::Destination),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::by_name;
    use longshore_protocol::FailureOrigin::{self, Destination, Source};
    use longshore_runner::ConnectorRef;

    fn role(reference: &str) -> FailureOrigin {
        by_name(&ConnectorRef::parse(reference, &[]).unwrap())
    }

    #[test]
    fn a_name_says_what_a_connector_is() {
        assert_eq!(role("docker:team/destination-x:1.2.3"), Destination);
        assert_eq!(role("pypi:airbyte-source-faker==7.2.1"), Source);
        assert_eq!(role("exec:python3 /destinations/source_x.py"), Source);
        assert_eq!(role("exec:python3 /source-code/my_destination.py --fast"), Destination);
        assert_eq!(role("exec:python3 /destinations/x.py"), Destination);
        assert_eq!(role("exec:python3 x.py"), Source);
        assert_eq!(role("singer:target-jsonl"), Destination);
    }
}
