//! The packages that a project's manifests and lock files name.

use super::Package;
use crate::tool::{Call, Tools};
use crate::{Language, Project};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::BTreeSet;
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
    let words = ["tree", "--locked", "--edges", "normal", "--target", RUST_TARGET, "--prefix", "none", "--format"];
    let words = words.into_iter().chain(["{p}\t{l}"]);
    let asked = tools.run(Call::new("cargo", project.dir(), words).asking()).await;
    if let Some(answer) = asked.ok().filter(|ended| ended.is_success()) {
        return Ok(linked(&answer.stdout));
    }
    let lock = project.read("Cargo.lock")?.unwrap_or_default();
    Ok(locked(&lock, |package| text(package, "source").is_some(), "cargo"))
}

/// The lines of `cargo tree`, such as `serde v1.0.2 (proc-macro)\tMIT (*)`, but the first, which is the connector itself.
fn linked(tree: &str) -> BTreeSet<Package> {
    let package = |line: &str| {
        let (package, licence) = line.split_once('\t')?;
        let (name, rest) = package.split_once(" v")?;
        let version = rest.split(' ').next()?;
        let licence = licence.trim_end_matches(" (*)");
        Some(Package::new("cargo", name, version, Some(licence).filter(|licence| !licence.is_empty())))
    };
    tree.lines().skip(1).filter_map(package).collect()
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

    fn purls(packages: impl IntoIterator<Item = super::Package>) -> Vec<String> {
        packages.into_iter().map(|package| package.purl).collect()
    }

    #[test]
    fn only_what_is_linked_counts() {
        let tree = "own v0.1.0 (/source)\tMIT\na v1.0.0+b\tUnlicense OR MIT\nb v2.0.0 (proc-macro)\tMIT (*)\na v1.0.0+b\tUnlicense OR MIT (*)\nc v3.0.0 (/source/vendor/c)\t\n";
        assert_eq!(purls(linked(tree)), ["pkg:cargo/a@1.0.0%2Bb", "pkg:cargo/b@2.0.0", "pkg:cargo/c@3.0.0"]);
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
