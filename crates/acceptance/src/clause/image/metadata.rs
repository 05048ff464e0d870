//! What `metadata.yaml` of a project says.

use super::rules::{ALLOWED_HOSTS, MATCHES, VALID};
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use longshore_devkit::{ConnectorType, Metadata};
use longshore_protocol::FailureOrigin;
use serde_json::Value;

/// What registries require. What Longshore itself cannot do without was read before.
const REQUIRED: [&str; 10] = [
    "name",
    "definitionId",
    "connectorType",
    "connectorSubtype",
    "dockerRepository",
    "dockerImageTag",
    "license",
    "documentationUrl",
    "githubIssueLabel",
    "releaseStage",
];

pub(super) fn judge(metadata: Option<&Metadata>, origin: FailureOrigin) -> Vec<Finding> {
    let Some(metadata) = metadata else {
        return [VALID, MATCHES, ALLOWED_HOSTS].map(|rule: Rule| rule.skipped("there is no metadata.yaml")).into();
    };
    let is_source = metadata.connector_type == ConnectorType::Source;
    vec![
        valid(&metadata.data),
        matches(is_source, origin == FailureOrigin::Source),
        allowed_hosts(metadata.support_level.as_deref(), metadata.allowed_hosts.is_some()),
    ]
}

fn valid(data: &Value) -> Finding {
    let is_missing = |name: &&&str| data.get(**name).is_none_or(|value| value.is_null() || value == "");
    let missing = REQUIRED.iter().filter(is_missing);
    let wrong = missing.map(|name| Wrong::new(format!("metadata.yaml has no `{name}`"), ""));
    VALID.judged(format!("all {} members are there", REQUIRED.len()), wrong.collect())
}

fn matches(says_source: bool, is_source: bool) -> Finding {
    let word = |is_source: bool| if is_source { "source" } else { "destination" };
    match says_source == is_source {
        true => MATCHES.passed(format!("it is a {}", word(is_source))),
        false => MATCHES.failed(format!("metadata.yaml says {}, and it is a {}", word(says_source), word(is_source))),
    }
}

fn allowed_hosts(support_level: Option<&str>, has_hosts: bool) -> Finding {
    match (support_level, has_hosts) {
        (_, true) => ALLOWED_HOSTS.passed("`allowedHosts` is there"),
        (Some("certified"), false) => {
            ALLOWED_HOSTS.failed("the connector is certified, and metadata.yaml has no `allowedHosts`")
        }
        _ => ALLOWED_HOSTS.skipped("the connector is not certified"),
    }
}

#[cfg(test)]
mod tests {
    use super::{REQUIRED, allowed_hosts, matches, valid};
    use crate::finding::Status::{Failed, Passed, Skipped};
    use serde_json::{Map, Value, json};

    #[test]
    fn required_members_are_there() {
        let mut whole: Map<String, Value> = REQUIRED.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
        assert_eq!(valid(&Value::Object(whole.clone())).status, Passed);
        whole.remove("license");
        assert_eq!(valid(&Value::Object(whole)).status, Failed);
    }

    #[test]
    fn kinds_match_and_certified_connectors_name_hosts() {
        assert_eq!(matches(true, true).status, Passed);
        assert_eq!(matches(true, false).status, Failed);
        assert_eq!(allowed_hosts(Some("certified"), false).status, Failed);
        assert_eq!(allowed_hosts(Some("community"), false).status, Skipped);
        assert_eq!(allowed_hosts(None, true).status, Passed);
    }
}
