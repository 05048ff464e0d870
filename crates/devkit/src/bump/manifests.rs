//! Versions in manifests and lock files of package managers: TOML and JSON.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use toml_edit::{Document, Item, Table};

/// The versions at some paths of a TOML document; a path that leads to no text is none.
pub(super) fn in_tables(text: &str, paths: &[&[&str]]) -> Result<Vec<Range<usize>>, String> {
    let document = parse(text)?;
    let at = |path: &&[&str]| path.iter().try_fold(document.as_item(), |item, key| item.get(*key));
    Ok(paths.iter().filter_map(at).filter_map(|item| text_span(text, item)).collect())
}

/// The version of the project itself in a lock file.
pub(super) fn in_lock(text: &str, name: &str) -> Result<Vec<Range<usize>>, String> {
    let document = parse(text)?;
    let packages = document.get("package").and_then(Item::as_array_of_tables);
    let own = packages.into_iter().flatten().filter(|package| is_own(package, name));
    Ok(own.filter_map(|package| text_span(text, package.get("version")?)).collect())
}

/// Cargo gives a package of this folder no source; uv says that it is `.`.
fn is_own(package: &Table, name: &str) -> bool {
    let here =
        |source: &Item| ["editable", "virtual"].iter().any(|key| source.get(key).and_then(Item::as_str) == Some("."));
    package.get("name").and_then(Item::as_str) == Some(name) && package.get("source").is_none_or(here)
}

/// The name in a Cargo.toml or pyproject.toml.
pub(super) fn name(text: &str) -> Option<String> {
    let document = parse(text).ok()?;
    let tables = ["package", "project"].iter().filter_map(|table| document.get(table));
    tables.filter_map(|table| table.get("name")).find_map(Item::as_str).map(str::to_owned)
}

fn parse(text: &str) -> Result<Document<&str>, String> {
    Document::parse(text).map_err(|error| error.to_string().trim().replace('\n', " "))
}

/// A text of one line, without its quotation marks.
fn text_span(text: &str, item: &Item) -> Option<Range<usize>> {
    let value = item.as_str()?;
    let span = item.span()?;
    let inner = span.start + 1..span.end.checked_sub(1)?;
    (text.get(inner.clone()) == Some(value)).then_some(inner)
}

/// The parts of package.json and package-lock.json that name the version of the package itself.
#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    packages: BTreeMap<Cow<'a, str>, Locked<'a>>,
}

#[derive(Deserialize)]
struct Locked<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
}

/// The versions of a package.json or a package-lock.json.
pub(super) fn in_package_json(text: &str) -> Result<Vec<Range<usize>>, String> {
    let package: Package<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let own = package.packages.get("").and_then(|own| own.version);
    Ok(package.version.into_iter().chain(own).filter_map(|raw| raw_span(text, raw.get())).collect())
}

/// Where a part of a text lies in it.
fn raw_span(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let inner = part.strip_prefix('"')?.strip_suffix('"')?;
    Some(start + 1..start + 1 + inner.len())
}
