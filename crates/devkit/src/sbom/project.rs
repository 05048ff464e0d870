//! The packages that a project's manifests and lock files name.

use super::Package;
use crate::tool::{Call, Tools};
use crate::{Language, Project};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{Document, Item, Table};

/// For which machine cargo is asked; the packages of all of Linux are nearly the same.
const RUST_TARGET: &str = "x86_64-unknown-linux-gnu";

/// The packages that get into the connector, sorted. A project that pins none has none.
///
/// # Errors
/// `connector.unreadable`.
pub async fn packages_of_project(project: &Project, tools: &Tools) -> Result<Vec<Package>, FailureReason> {
    let packages: BTreeSet<Package> = match project.language() {
        Language::Rust => rust(project, tools).await?,
        Language::Python => python(project)?,
        Language::Node => node(&project.read("package-lock.json")?.unwrap_or_default()),
        Language::Java | Language::Other => BTreeSet::new(),
    };
    Ok(packages.into_iter().collect())
}

/// What cargo says is linked; the whole lock file where cargo cannot say it, since then nothing is left out.
async fn rust(project: &Project, tools: &Tools) -> Result<BTreeSet<Package>, FailureReason> {
    let words = ["metadata", "--format-version", "1", "--locked", "--filter-platform", RUST_TARGET];
    let asked = tools.run(Call::new("cargo", project.dir(), words).asking()).await;
    if let Some(answer) = asked.ok().filter(|ended| ended.is_success()) {
        return Ok(linked(&serde_json::from_str(&answer.stdout).unwrap_or_default()));
    }
    let lock = project.read("Cargo.lock")?.unwrap_or_default();
    Ok(locked(&lock, |package| text(package, "source").is_some(), "cargo"))
}

/// The normal dependencies of the root in the answer of `cargo metadata`, and theirs.
fn linked(metadata: &Value) -> BTreeSet<Package> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let id = |value: &Value| value["id"].as_str().unwrap_or_default().to_owned();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|it| (id(&it), it)).collect();
    let root = metadata["resolve"]["root"].as_str().unwrap_or_default();
    let (mut open, mut reached) = (vec![root.to_owned()], BTreeSet::new());
    while let Some(next) = open.pop() {
        let Some(node) = nodes.get(&next).filter(|_| reached.insert(next.clone())) else { continue };
        let is_normal = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let normal = list(&node["deps"]).into_iter().filter(is_normal);
        open.extend(normal.filter_map(|dependency| Some(dependency["pkg"].as_str()?.to_owned())));
    }
    reached.remove(root);
    let packages = list(&metadata["packages"]).into_iter().filter(|package| reached.contains(&id(package)));
    packages
        .filter_map(|it| {
            Some(Package::new("cargo", it["name"].as_str()?, it["version"].as_str()?, it["license"].as_str()))
        })
        .collect()
}

/// The packages of a lock file of the form that cargo, poetry and uv share.
fn locked(lock: &str, counts: impl Fn(&Table) -> bool, ecosystem: &str) -> BTreeSet<Package> {
    let Ok(document) = Document::parse(lock) else { return BTreeSet::new() };
    let packages = document.get("package").and_then(Item::as_array_of_tables).into_iter().flatten();
    let package = |table: &Table| Some(Package::new(ecosystem, text(table, "name")?, text(table, "version")?, None));
    packages.filter(|table| counts(table)).filter_map(package).collect()
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Item::as_str)
}

fn python(project: &Project) -> Result<BTreeSet<Package>, FailureReason> {
    let is_elsewhere = |package: &Table| {
        let source = package.get("source");
        !["editable", "virtual"].iter().any(|key| source.and_then(|source| source.get(*key)).is_some())
    };
    let mut packages = BTreeSet::new();
    for lock in ["poetry.lock", "uv.lock"] {
        packages.extend(locked(&project.read(lock)?.unwrap_or_default(), is_elsewhere, "pypi"));
    }
    if packages.is_empty() {
        let requirements = project.read("requirements.txt")?.unwrap_or_default();
        packages.extend(requirements.lines().filter_map(pinned));
    }
    Ok(packages)
}

/// `name[extra]==1.2.3 ; marker  # comment`.
fn pinned(line: &str) -> Option<Package> {
    let line = line.split(['#', ';']).next()?;
    let (name, version) = line.split_once("==")?;
    let name = name.split('[').next()?.trim().to_ascii_lowercase().replace(['_', '.'], "-");
    let version = version.trim_start_matches('=').split_whitespace().next()?;
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_plain.then(|| Package::new("pypi", &name, version, None))
}

/// What package-lock.json says is installed beside development.
fn node(lock: &str) -> BTreeSet<Package> {
    let lock: Value = serde_json::from_str(lock).unwrap_or_default();
    let packages = lock["packages"].as_object().into_iter().flatten();
    let package = |(place, package): (&String, &Value)| {
        let (_, name) = place.rsplit_once("node_modules/")?;
        let counts = package["dev"] != true && package["link"] != true;
        counts.then(|| Some(Package::new("npm", name, package["version"].as_str()?, package["license"].as_str())))?
    };
    packages.filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::{linked, locked, node, pinned, text};
    use serde_json::json;

    fn purls(packages: impl IntoIterator<Item = super::Package>) -> Vec<String> {
        packages.into_iter().map(|package| package.purl).collect()
    }

    #[test]
    fn only_what_is_linked_counts() {
        let node = |id: &str, deps: &[(&str, Option<&str>)]| {
            let deps: Vec<_> =
                deps.iter().map(|(pkg, kind)| json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]})).collect();
            json!({"id": id, "deps": deps})
        };
        let package = |id: &str| json!({"id": id, "name": id, "version": "1.0.0", "license": "MIT"});
        let metadata = json!({
            "packages": [package("root"), package("a"), package("b"), package("dev"), package("build")],
            "resolve": {"root": "root", "nodes": [
                node("root", &[("a", None), ("dev", Some("dev")), ("build", Some("build"))]),
                node("a", &[("b", None)]), node("b", &[("a", None)]), node("dev", &[]), node("build", &[]),
            ]},
        });
        assert_eq!(purls(linked(&metadata)), ["pkg:cargo/a@1.0.0", "pkg:cargo/b@1.0.0"]);
    }

    #[test]
    fn lock_files_name_packages() {
        let lock = "[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n[[package]]\nname = \"a\"\nversion = \"1.0.0+b\"\nsource = \"r\"\n";
        let found = locked(lock, |package| text(package, "source").is_some(), "cargo");
        assert_eq!(purls(found), ["pkg:cargo/a@1.0.0%2Bb"]);
        let lock = r#"{"packages":{"":{"version":"1.0.0"},"node_modules/@s/p":{"version":"2.0.0","license":"MIT"},
            "node_modules/d":{"version":"1.0.0","dev":true}}}"#;
        assert_eq!(purls(node(lock)), ["pkg:npm/%40s/p@2.0.0"]);
        assert_eq!(purls(pinned("Some_Thing[x]==1.2 ; python_version > '3' # why")), ["pkg:pypi/some-thing@1.2"]);
        assert!(["-r other.txt", "a>=1", "# a==1", ""].iter().all(|line| pinned(line).is_none()));
    }
}
