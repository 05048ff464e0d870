//! The labels of a connector's image: one sorted map, the same whoever builds.

use crate::{ConnectorType, Project};
use serde_json::Value;
use std::collections::BTreeMap;

/// The labels. `spec` is what the connector answers to `spec`, `revision` the commit that is built.
#[must_use]
pub fn labels(project: &Project, spec: Option<&Value>, revision: Option<&str>) -> BTreeMap<String, String> {
    let metadata = project.metadata();
    let version = metadata.docker_image_tag.to_string();
    let hosts = metadata.allowed_hosts.as_ref().map(|allowed| allowed.hosts.join(","));
    let url = metadata.documentation_url.clone();
    let all = [
        ("io.airbyte.name", Some(metadata.docker_repository.clone())),
        ("io.airbyte.version", Some(version.clone())),
        ("io.longshore.allowed-hosts", hosts),
        ("io.longshore.connector-type", Some(metadata.connector_type.as_str().to_owned())),
        ("io.longshore.definition-id", Some(metadata.definition_id.clone())),
        ("io.longshore.documentation-url", url.clone()),
        ("io.longshore.supported-sync-modes", spec.map(|spec| sync_modes(metadata.connector_type, spec))),
        ("io.longshore.supports-refreshes", Some(metadata.supports_refreshes.to_string())),
        ("org.opencontainers.image.licenses", metadata.license.clone()),
        ("org.opencontainers.image.revision", revision.map(str::to_owned)),
        ("org.opencontainers.image.source", repository(project)),
        ("org.opencontainers.image.title", Some(metadata.name.clone())),
        ("org.opencontainers.image.url", url),
        ("org.opencontainers.image.version", Some(version)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A destination lists them; a source says whether it can go on from where it was.
fn sync_modes(connector_type: ConnectorType, spec: &Value) -> String {
    let listed = spec["supported_destination_sync_modes"].as_array();
    let listed: Vec<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    match connector_type {
        ConnectorType::Destination => listed.join(","),
        ConnectorType::Source if spec["supportsIncremental"] == true => "full_refresh,incremental".to_owned(),
        ConnectorType::Source => "full_refresh".to_owned(),
    }
}

/// Where the sources are, when a manifest says so. What git knows differs from clone to clone.
fn repository(project: &Project) -> Option<String> {
    let read = |file| project.read(file).ok().flatten();
    let in_toml = |file, path: &[&str]| {
        let text = read(file)?;
        let document = toml_edit::Document::parse(text.as_str()).ok()?;
        let found = path.iter().try_fold(document.as_item(), |item, key| item.get(*key))?;
        Some(found.as_str()?.to_owned())
    };
    let in_package = || {
        let package: Value = serde_json::from_str(&read("package.json")?).ok()?;
        let url = package["repository"].as_str().or(package["repository"]["url"].as_str())?;
        Some(url.strip_prefix("git+").unwrap_or(url).to_owned())
    };
    let found = in_toml("Cargo.toml", &["package", "repository"])
        .or_else(|| in_toml("pyproject.toml", &["project", "urls", "Repository"]))
        .or_else(|| in_toml("pyproject.toml", &["tool", "poetry", "repository"]))
        .or_else(in_package);
    // A URL with a password in it has no business in an image.
    found.filter(|url| !url.contains('@'))
}
