//! The acceptance suites on connectors that nobody here wrote, from PyPI: three sources and a destination.

use crate::place::{Place, Ran};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const FAKER: &str = "pypi:airbyte-source-faker==7.2.1";
const HARDCODED: &str = "pypi:airbyte-source-hardcoded-records==0.0.48";
const FILE: &str = "pypi:airbyte-source-file==0.6.0";
const PGVECTOR: &str = "pypi:airbyte-destination-pgvector==0.1.4";

/// A variable that `cargo xtask test` sets.
fn given(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set; run these tests by `cargo xtask test`")).into()
}

/// Environments of Python connectors are made once on a machine.
fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

fn test(place: &Place, reference: &str, config: &Value, words: &[&str], variables: &[(&str, &Path)]) -> Value {
    let config = place.file("connector.json", config.to_string());
    let mut command = place.longshore(["connector", "test", reference, "--connector-config", &config, "--json"]);
    let wanted = |name: &str| name.starts_with("PIP_") || name == "HOME";
    command.args(words).envs(std::env::vars().filter(|(name, _)| wanted(name))).env("XDG_CACHE_HOME", cache());
    command.envs(variables.iter().copied());
    let ran = Ran::of(&mut command);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", ran.stdout, ran.stderr))
}

/// The rules of a level that are broken.
fn broken<'a>(report: &'a Value, level: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap().iter();
    let broken = findings.filter(|finding| finding["status"] == "failed" && finding["level"] == level);
    broken.map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn finding<'a>(report: &'a Value, rule: &str) -> &'a Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule).unwrap()
}

fn count(report: &Value, status: &str) -> usize {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == status).count()
}

/// The historic suites pass it with its own defaults.
#[test]
fn the_known_faker_passes_with_its_own_defaults() {
    let report = test(&Place::new(), FAKER, &json!({"count": 1000}), &[], &[]);
    assert_eq!(broken(&report, "must"), Vec::<&str>::new(), "{report:#}");
    assert!(count(&report, "passed") > 60, "{report:#}");
}

/// Their one genuine failure: from a state in the middle it returns nothing, where hundreds were still to come.
#[test]
fn the_known_faker_does_not_resume_with_always_updated_off() {
    let config = json!({"count": 1000, "always_updated": false});
    let report = test(&Place::new(), FAKER, &config, &["--only", "resume", "--only", "read"], &[]);
    assert_eq!(report["passed"], false);
    assert_eq!(broken(&report, "must"), ["resume.nothing_lost"], "{report:#}");
    let evidence = finding(&report, "resume.nothing_lost")["evidence"].to_string();
    assert!(evidence.len() > 20, "{evidence}");
}
