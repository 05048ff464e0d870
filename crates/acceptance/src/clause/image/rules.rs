//! The rules of images and of `metadata.yaml`.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] = &[LABELS, ENTRYPOINT, VALID, MATCHES, ALLOWED_HOSTS];

pub(super) const LABELS: Rule = Rule {
    id: "image.labels",
    level: Level::Should,
    title: "The image is labelled with name and version",
    demand: "An image SHOULD have the labels `io.airbyte.name` and `io.airbyte.version`, equal to `dockerRepository` and \
             `dockerImageTag` of metadata.yaml.",
    reason: "It is how platforms and people learn which connector an image holds once its tag has moved.",
    check: "The labels of the image are read, and compared with metadata.yaml when it is there.",
    remedy: "Add `LABEL io.airbyte.name=team/source-x io.airbyte.version=1.0.0` to the Dockerfile, or build with `longshore \
             connector build`.",
};

pub(super) const ENTRYPOINT: Rule = Rule {
    id: "image.entrypoint",
    level: Level::Must,
    title: "AIRBYTE_ENTRYPOINT is set and equals ENTRYPOINT",
    demand: "An image MUST have the variable `AIRBYTE_ENTRYPOINT`, equal to its ENTRYPOINT joined by spaces.",
    reason: "Some platforms start the image by the variable and do not look at the ENTRYPOINT: without it they cannot start it.",
    check: "The variables and the ENTRYPOINT of the image are read.",
    remedy: "Add `ENV AIRBYTE_ENTRYPOINT=\"python /airbyte/main.py\"`, with the words of your ENTRYPOINT, to the Dockerfile.",
};

pub(super) const VALID: Rule = Rule {
    id: "metadata.valid",
    level: Level::Should,
    title: "metadata.yaml has what registries require",
    demand: "`metadata.yaml` SHOULD have name, definitionId, connectorType, connectorSubtype, dockerRepository, dockerImageTag, \
             license, documentationUrl, githubIssueLabel and releaseStage.",
    reason: "The usual registries refuse a connector without them.",
    check: "The members below `data:` of the project's metadata.yaml are read.",
    remedy: "Add what is named.",
};

pub(super) const MATCHES: Rule = Rule {
    id: "metadata.matches",
    level: Level::Must,
    title: "metadata.yaml says what the connector is",
    demand: "The `connectorType` of metadata.yaml MUST be what the connector is: a source, or a destination.",
    reason: "Platforms list it under the wrong kind, and ask it for what it cannot do.",
    check: "The type is compared with the spec: a destination has `supported_destination_sync_modes`.",
    remedy: "Correct `connectorType`.",
};

pub(super) const ALLOWED_HOSTS: Rule = Rule {
    id: "metadata.allowed_hosts",
    level: Level::Should,
    title: "metadata.yaml of certified connectors names hosts",
    demand: "`metadata.yaml` of a connector with `supportLevel: certified` SHOULD have `allowedHosts`.",
    reason: "Platforms that shut connectors off from the network let it through to nothing, or to everything.",
    check: "The member below `data:` of the project's metadata.yaml is read.",
    remedy: "Add `allowedHosts: {hosts: [api.example.com]}`; an empty list means that it needs no network.",
};
