//! The part of deny.toml that needs no network: banned packages, packages that must not be there twice, and licences.
//!
//! `cargo xtask deny` asks cargo-deny the same and more, advisories above all; this is what every run can afford.

use crate::command::{cargo, output};
use crate::places;
use anyhow::{Context, Result};
use serde::Deserialize;
use spdx::{Expression, ParseMode};
use std::collections::BTreeMap;
use std::fs;

/// What is read of deny.toml.
#[derive(Deserialize)]
struct Policy {
    bans: Bans,
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

/// A package that must not be there, or must not be there in two versions.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    deny_multiple_versions: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

/// The findings; unlike the other rules it asks cargo, which can fail.
pub(super) fn check() -> Result<Vec<String>> {
    let policy = fs::read_to_string(places::workspace().join("deny.toml")).context("cannot read deny.toml")?;
    let policy = toml::from_str(&policy).context("deny.toml is not what is expected")?;
    let metadata = output(&mut cargo(["metadata", "--format-version=1", "--locked"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("`cargo metadata` is not what is expected")?;
    Ok(findings(&policy, &metadata.packages))
}

fn findings(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let banned = policy.bans.deny.iter().filter_map(|ban| ban.problem(versions.get(ban.name.as_str())?));
    let licences = packages.iter().filter_map(|package| policy.licenses.problem(package));
    banned.chain(licences).collect()
}

impl Ban {
    fn problem(&self, versions: &[&str]) -> Option<String> {
        let Self { name, reason, .. } = self;
        match versions {
            [_] if self.deny_multiple_versions => None,
            many if self.deny_multiple_versions => {
                Some(format!("Cargo.lock: {name} is there as {}; deny.toml wants one: {reason}", many.join(" and ")))
            }
            _ => Some(format!(
                "Cargo.lock: {name} is banned by deny.toml: {reason}; `cargo tree -i {name}` says who asks"
            )),
        }
    }
}

impl Licenses {
    fn problem(&self, Package { name, license, .. }: &Package) -> Option<String> {
        let stated = license.as_deref().unwrap_or("none");
        let expression = Expression::parse_mode(stated, ParseMode::LAX).ok();
        let is_allowed = |text: &str| self.allow.iter().any(|allowed| allowed == text);
        let may = expression.is_some_and(|expression| expression.evaluate(|wanted| is_allowed(&wanted.to_string())));
        (!may).then(|| format!("Cargo.lock: {name} has the licence `{stated}`, which deny.toml does not allow"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Package, findings};

    const POLICY: &str = r#"
        licenses.allow = ["Apache-2.0", "MIT"]
        bans.deny = [{ crate = "openssl", reason = "r" }, { crate = "tokio", deny-multiple-versions = true, reason = "r" }]
    "#;

    fn found(packages: &[(&str, &str, &str)]) -> usize {
        let packages: Vec<Package> = packages
            .iter()
            .map(|(name, version, license)| Package {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
                license: Some((*license).to_owned()),
            })
            .collect();
        findings(&toml::from_str(POLICY).unwrap(), &packages).len()
    }

    #[test]
    fn banned_and_doubled_packages_are_found() {
        assert_eq!(found(&[("tokio", "1.0.0", "MIT")]), 0);
        assert_eq!(found(&[("tokio", "1.0.0", "MIT"), ("tokio", "2.0.0", "MIT")]), 1);
        assert_eq!(found(&[("openssl", "0.10.0", "MIT")]), 1);
    }

    #[test]
    fn one_allowed_licence_of_a_choice_is_enough() {
        assert_eq!(
            found(&[("a", "1.0.0", "GPL-3.0-only OR (MIT AND Apache-2.0)"), ("b", "1.0.0", "MIT/Apache-2.0")]),
            0
        );
        assert_eq!(found(&[("a", "1.0.0", "MIT AND GPL-3.0-only")]), 1);
    }
}
