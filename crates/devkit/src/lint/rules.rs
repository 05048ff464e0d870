//! The rules: what each asks for, why, and how it is followed.

use super::Advice;
use serde::Serialize;

/// One rule.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// Why it is.
    pub why: &'static str,
    /// How it is followed.
    pub how: &'static str,
}

const fn rule(id: &'static str, why: &'static str, how: &'static str) -> Rule {
    Rule { id, why, how }
}

/// All rules, in the order in which advice is given.
pub const RULES: [Rule; 24] = [
    rule(
        "spec-secret-not-marked",
        "A value that is not marked is shown in forms, kept in clear, and printed in logs.",
        "Add `\"airbyte_secret\": true` to the property.",
    ),
    rule(
        "spec-secret-cannot-be-one",
        "A boolean, an object, a list or a constant holds no secret; a form that hides it cannot be filled in.",
        "Mark the text inside it that is secret, or nothing.",
    ),
    rule(
        "spec-title-missing",
        "Forms show the title; without one they show the name of the property.",
        "Add a `title` of one to four words.",
    ),
    rule(
        "spec-description-missing",
        "People who set the connector up have nothing but the description to go by.",
        "Add a `description`: what it is, and where it is found in the other system.",
    ),
    rule(
        "spec-order",
        "Without `order` forms show properties in any order, and two of the same order change places.",
        "Give each property of a level its own `order`, the most important 0.",
    ),
    rule(
        "spec-required-missing",
        "Without `required` a form lets everything be empty, and the check fails later and less clearly.",
        "List the properties that it cannot do without: `\"required\": [\"api_key\"]`.",
    ),
    rule(
        "spec-one-of-shape",
        "Forms tell the choices apart by one property that is constant in each; without it a choice cannot be shown.",
        "Give the parent `type: object`, each choice `properties`, and one property of the same name with another `const` in each.",
    ),
    rule(
        "spec-additional-properties",
        "A platform adds properties of its own; a spec that forbids them refuses a good configuration, and so does the next version.",
        "Leave `additionalProperties` out, or set it to true.",
    ),
    rule(
        "catalog-no-primary-key",
        "Without a primary key nobody can keep the newest of each record only.",
        "Name it in `source_defined_primary_key` of the stream, if the records have one.",
    ),
    rule(
        "catalog-key-not-in-schema",
        "A key that the schema does not have cannot be found in records.",
        "Correct `source_defined_primary_key`, or add the field to `json_schema`.",
    ),
    rule(
        "catalog-no-cursor",
        "A stream without a cursor is read as a whole each time.",
        "Offer `incremental` and name `default_cursor_field`, if the other system can be asked for what changed.",
    ),
    rule(
        "catalog-cursor-not-in-schema",
        "A cursor that the schema does not have cannot be found in records.",
        "Correct `default_cursor_field`, or add the field to `json_schema`.",
    ),
    rule(
        "docs-sections",
        "People look for the same things in each connector: how it is set up, how it is run, how it is tested, what changed.",
        "Add the section to README.md.",
    ),
    rule(
        "docs-changelog-row",
        "Whoever takes a version wants to know what it changes.",
        "Write the row for the version, which `longshore connector bump` does.",
    ),
    rule(
        "licence-missing",
        "What has no licence may not be used by others.",
        "Name it in metadata.yaml as SPDX does: `license: Apache-2.0`.",
    ),
    rule(
        "licence-differs",
        "Two licences in one project leave open which one holds.",
        "Name the same in metadata.yaml and in the package's manifest.",
    ),
    rule(
        "docker-base-not-pinned",
        "A base image without a tag, or with `latest`, is another one tomorrow.",
        "Name a version, and a digest for builds that can be repeated: `FROM debian:12-slim@sha256:…`.",
    ),
    rule(
        "docker-labels",
        "Platforms find out by the labels which connector an image holds.",
        "Add `LABEL io.airbyte.name=REPOSITORY io.airbyte.version=VERSION`, as metadata.yaml has them.",
    ),
    rule(
        "docker-entrypoint",
        "Platforms start the image by ENTRYPOINT or by AIRBYTE_ENTRYPOINT, in a folder of their own.",
        "Write both, with whole paths, and the same words.",
    ),
    rule(
        "docker-root-user",
        "A connector needs no rights over its container, and clusters that forbid root refuse it.",
        "Add `USER 1000` behind the last line that needs rights.",
    ),
    rule(
        "metadata-language-tag",
        "Indexes list connectors by language.",
        "Add `language:rust` (python, java, typescript…) to `tags`.",
    ),
    rule(
        "metadata-documentation-url",
        "The link to the documentation is shown where the connector is set up.",
        "Set `documentationUrl` to a page that is reached by https.",
    ),
    rule(
        "metadata-allowed-hosts",
        "A source of an API that names its hosts can be kept from talking to others.",
        "List them in `allowedHosts.hosts`; `${key}` stands for a value of the configuration.",
    ),
    rule(
        "todo-left",
        "A TODO in a published connector is a promise that nobody keeps.",
        "Do it, or remove it; `longshore connector todo DIR` lists all.",
    ),
];

/// Where a rule stands among all.
pub(super) fn position(id: &str) -> usize {
    RULES.iter().position(|rule| rule.id == id).unwrap_or(RULES.len())
}

/// Advice without a place in a file, with the remedy of its rule.
pub(super) fn advice(id: &'static str, message: impl Into<String>) -> Advice {
    let remedy = RULES.iter().find(|rule| rule.id == id).map_or("", |rule| rule.how).to_owned();
    Advice { rule: id, file: None, line: None, message: message.into(), remedy }
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use std::collections::HashSet;

    #[test]
    fn each_rule_has_its_own_id_a_reason_and_a_way() {
        let ids: HashSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.iter().all(|rule| rule.why.ends_with('.') && rule.how.ends_with('.')));
    }
}
