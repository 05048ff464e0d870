//! `connector lint`: what it advises, where, and that it never blocks.

use crate::place::Place;
use std::collections::BTreeSet;

const METADATA: &str = "metadataSpecVersion: \"1.0\"\ndata:\n  name: X\n  definitionId: \
                        0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  connectorType: source\n  connectorSubtype: api\n  \
                        dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n  license: MIT\n  documentationUrl: \
                        http://x.test\n";

const SOURCE: &str = r#"#!/bin/sh
case $1 in
spec) printf '{"type":"SPEC","spec":%s}\n' "$(tr -d '\n' < "$(dirname "$0")/spec.json")" ;;
discover) echo '{"type":"CATALOG","catalog":{"streams":[{"name":"users","json_schema":{"properties":{"id":{}}},"supported_sync_modes":["full_refresh"]}]}}' ;;
esac
"#;

const SPEC: &str = "{\"connectionSpecification\": {\n  \"type\": \"object\",\n  \"properties\": {\n    \"api_key\": {\"type\": \"string\"}\n  }\n}}\n";

fn project() -> Place {
    let place = Place::new();
    for (name, text) in [
        ("metadata.yaml", METADATA),
        ("longshore.yaml", "run: [sh, source.sh]\n"),
        ("source.sh", SOURCE),
        ("spec.json", SPEC),
        ("package.json", "{\n  \"license\": \"Apache-2.0\"\n}\n"),
        ("Dockerfile", "FROM debian\nENTRYPOINT /run\n"),
        ("main.py", "x = 1\n# TODO: more\n"),
        ("sample_config.json", "{}"),
    ] {
        place.file(name, text);
    }
    place
}

#[test]
fn advice_names_the_rule_the_file_and_the_line_and_blocks_nothing() {
    let place = project();
    let ran = place.run(["connector", "lint", ".", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let result = ran.result();
    let advice = result["advice"].as_array().unwrap();
    let rules: BTreeSet<&str> = advice.iter().map(|it| it["rule"].as_str().unwrap()).collect();
    let expected = [
        "catalog-no-cursor",
        "catalog-no-primary-key",
        "docker-base-not-pinned",
        "docker-entrypoint",
        "docker-labels",
        "docker-root-user",
        "docs-changelog-row",
        "docs-sections",
        "licence-differs",
        "metadata-allowed-hosts",
        "metadata-documentation-url",
        "metadata-language-tag",
        "spec-description-missing",
        "spec-required-missing",
        "spec-secret-not-marked",
        "spec-title-missing",
        "todo-left",
    ];
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), expected);
    let place_of = |rule: &str| {
        let found = advice.iter().find(|it| it["rule"] == rule).unwrap();
        format!("{}:{}", found["file"].as_str().unwrap_or_default(), found["line"])
    };
    assert_eq!(place_of("spec-secret-not-marked"), "spec.json:4");
    assert_eq!(place_of("licence-differs"), "package.json:2");
    assert_eq!(place_of("docker-base-not-pinned"), "Dockerfile:1");
    assert_eq!(place_of("todo-left"), "main.py:2");
}

#[test]
fn what_cannot_be_seen_is_said() {
    let place = project();
    std::fs::remove_file(place.path("sample_config.json")).unwrap();
    let ran = place.run(["connector", "lint", "."]);
    assert!(ran.code == 0 && ran.stdout.contains("not looked at: the catalog: it needs a configuration"), "{ran:?}");
    place.file("source.sh", "exit 1");
    let ran = place.run(["connector", "lint", "."]);
    assert!(ran.code == 0 && ran.stdout.contains("not looked at: the spec: "), "{ran:?}");
    assert!(ran.stdout.contains("Dockerfile:1: debian has no tag"), "{ran:?}");
}

#[test]
fn a_bundled_connector_and_a_rule_can_be_asked_about() {
    let place = Place::new();
    let ran = place.run(["connector", "lint", "source-faker", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.result()["advice"].as_array().unwrap().iter().all(|it| it["file"].is_null()), "{ran:?}");
    let ran = place.run(["connector", "lint", "--explain", "docker-root-user"]);
    assert!(ran.code == 0 && ran.stdout.contains("USER 1000"), "{ran:?}");
    let ran = place.run(["connector", "lint", "--explain", "no-such-rule"]);
    assert!(ran.code == 2 && ran.stderr.contains("error[lint.unknown_rule]"), "{ran:?}");
}
