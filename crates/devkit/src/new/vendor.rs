//! The crates of this repository that a project takes along in `vendor/`: a workspace of their own, since they are in
//! no registry, so that a project builds by itself wherever it is.

use super::render::RenderedFile;
use super::template::{Template, invalid};
use super::templates::{embedded, embedded_below};
use longshore_protocol::FailureReason;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// Where they are in a project.
pub(super) const FOLDER: &str = "vendor/";
/// What every one of them is written in.
const PROTOCOL: &str = "protocol";
const HEAD: &str = "# Crates of Longshore, as they were when this project was made. `longshore connector new \
                    --update` renews them.\n";
const PREFIX: &str = "longshore-";
/// What is in a manifest about files that are left behind.
const LEFT_BEHIND: [&str; 4] = ["dev-dependencies", "example", "test", "bench"];
const DEPENDENCIES: [&str; 2] = ["dependencies", "build-dependencies"];

/// The files below `vendor/`, none for a template that takes nothing along.
pub(super) fn files(template: &Template) -> Result<BTreeMap<String, RenderedFile>, FailureReason> {
    let mut texts = BTreeMap::new();
    if template.vendor.is_empty() {
        return Ok(BTreeMap::new());
    }
    let broken = |why: String| invalid(&template.name, &why);
    let members: BTreeSet<&str> = template.vendor.iter().map(String::as_str).chain([PROTOCOL]).collect();
    let mut needed = BTreeSet::new();
    for member in &members {
        let manifest = manifest(member).map_err(broken)?;
        needed.extend(inherited(&manifest));
        texts.insert(format!("{member}/Cargo.toml"), manifest.to_string());
        texts.extend(sources(member).map_err(broken)?);
    }
    texts.insert("Cargo.toml".to_owned(), workspace(&members, &needed).map_err(broken)?);
    texts.insert("LICENSE".to_owned(), text("LICENSE").map_err(broken)?.to_owned());
    let file = |text| RenderedFile { text, is_executable: false, is_vendored: true };
    Ok(texts.into_iter().map(|(path, text)| (format!("{FOLDER}{path}"), file(text))).collect())
}

fn text(path: &str) -> Result<&'static str, String> {
    let bytes = embedded(path).ok_or_else(|| format!("`vendor` names what this program does not have: {path}"))?;
    str::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))
}

fn parse(path: &str) -> Result<DocumentMut, String> {
    text(path)?.parse().map_err(|error: toml_edit::TomlError| format!("{path}: {error}"))
}

/// A crate's manifest without what is about its tests.
fn manifest(member: &str) -> Result<DocumentMut, String> {
    let mut manifest = parse(&format!("crates/{member}/Cargo.toml"))?;
    for key in LEFT_BEHIND {
        manifest.remove(key);
    }
    Ok(manifest)
}

fn sources(member: &str) -> Result<Vec<(String, String)>, String> {
    let folder = format!("crates/{member}/src");
    let sources = embedded_below(&folder).map(|(path, bytes)| {
        let text = str::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))?;
        Ok((format!("{member}/src/{path}"), text.to_owned()))
    });
    sources.collect()
}

/// The dependencies that a manifest has from its workspace.
fn inherited(manifest: &DocumentMut) -> Vec<String> {
    let tables = DEPENDENCIES.iter().filter_map(|key| manifest.get(key)?.as_table_like());
    let is_inherited = |item: &Item| item.get("workspace").and_then(Item::as_bool) == Some(true);
    tables
        .flat_map(|table| table.iter().filter(|(_, item)| is_inherited(item)))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The manifest of the workspace: what our own says about what these members need.
fn workspace(members: &BTreeSet<&str>, needed: &BTreeSet<String>) -> Result<String, String> {
    let ours = parse("Cargo.toml")?;
    let ours = ours.get("workspace").and_then(Item::as_table).ok_or("no workspace")?;
    let mut workspace = Table::new();
    for key in ["resolver", "package", "lints"] {
        workspace.extend(ours.get(key).map(|item| (key, item.clone())));
    }
    workspace.insert("members", value(members.iter().copied().collect::<Array>()));
    let mut dependencies = Table::new();
    for name in needed {
        let known = ours.get("dependencies").and_then(|all| all.get(name));
        let item = known.ok_or_else(|| format!("no workspace dependency {name}"))?;
        dependencies.insert(name, moved(name, item, members)?);
    }
    workspace.insert("dependencies", Item::Table(dependencies));
    let mut document = DocumentMut::new();
    document.insert("workspace", Item::Table(workspace));
    // What stood between them in our own manifest leaves gaps.
    let document = document.to_string().replace("\n\n\n", "\n\n");
    Ok(format!("{HEAD}{document}"))
}

/// A crate of ours is beside the others here.
fn moved(name: &str, item: &Item, members: &BTreeSet<&str>) -> Result<Item, String> {
    let mut item = item.clone();
    if let Some(path) = item.as_table_like_mut().and_then(|table| table.get_mut("path")) {
        let member = name.strip_prefix(PREFIX).filter(|member| members.contains(member));
        let member = member.ok_or_else(|| format!("{name} is not among what `vendor` names"))?;
        *path = value(member);
    }
    Ok(item)
}
