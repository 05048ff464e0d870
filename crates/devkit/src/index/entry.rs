//! The entry of a version, made of the `data` of its metadata.yaml and of what publishing found out.

use super::Kind;
use crate::Project;
use crate::failure::config_failure;
use longshore_images::{DOCKER_HUB, ImageName};
use longshore_protocol::FailureReason;
use serde_json::{Map, Value, json};

/// What publishing a version found out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Release<'a> {
    /// What the registry calls the image.
    pub digest: Option<&'a str>,
    /// When it was published, as RFC 3339.
    pub released_at: Option<&'a str>,
    /// What changed, from the documentation.
    pub changelog: &'a [super::Change],
}

/// What an entry does not have: how a connector is made and tested, and what is said there in another way.
const NOT_LISTED: [&str; 6] = [
    "definitionId",
    "connectorType",
    "connectorSubtype",
    "registryOverrides",
    "connectorBuildOptions",
    "connectorTestSuitesOptions",
];

/// What an override says of another index than this one, and of another image than the one that was published.
const OF_OTHERS: [&str; 3] = ["enabled", "dockerRepository", "dockerImageTag"];

const LANGUAGE: &str = "language:";

/// The entry of a version. `data` is that of metadata.yaml, with unknown keys; `spec` the connector's whole
/// specification. `registryOverrides.oss` is applied, but for what is published elsewhere: whether, and which image.
///
/// # Errors
/// `index.entry_invalid` when `data` does not say what the connector is.
pub fn entry_from_metadata(data: &Value, spec: &Value, release: &Release<'_>) -> Result<Value, FailureReason> {
    let data = data.as_object().ok_or_else(|| incomplete("data"))?;
    let kind = kind_of(data)?;
    let id = data.get("definitionId").and_then(Value::as_str).ok_or_else(|| incomplete("definitionId"))?;
    let mut entry = Map::new();
    entry.insert(kind.id_key().to_owned(), json!(id));
    entry.extend(data.iter().filter(|(key, _)| !NOT_LISTED.contains(&key.as_str())).map(owned));
    entry.extend(overrides(data).filter(|(key, _)| !OF_OTHERS.contains(&key.as_str())).map(owned));
    for (key, value) in defaults(data) {
        entry.entry(key).or_insert(value);
    }
    entry.insert("spec".to_owned(), spec.clone());
    add_release(&mut entry, release);
    Ok(Value::Object(entry))
}

/// The entry of a project whose image is published as `image`, wherever its metadata.yaml says that it belongs.
///
/// # Errors
/// `index.entry_invalid`.
pub fn entry_of_project(
    project: &Project,
    image: &ImageName,
    spec: &Value,
    release: &Release<'_>,
) -> Result<Value, FailureReason> {
    let mut data = project.metadata().data.clone();
    let repository = if image.registry() == DOCKER_HUB { image.repository().to_owned() } else { image.untagged() };
    data["dockerRepository"] = repository.into();
    data["dockerImageTag"] = image.tag().into();
    entry_from_metadata(&data, spec, release)
}

fn kind_of(data: &Map<String, Value>) -> Result<Kind, FailureReason> {
    let word = data.get("connectorType").and_then(Value::as_str);
    Kind::BOTH.into_iter().find(|kind| word == Some(kind.word())).ok_or_else(|| incomplete("connectorType"))
}

fn overrides(data: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let of_index = data.get("registryOverrides").and_then(|all| all.get("oss")).and_then(Value::as_object);
    of_index.into_iter().flatten()
}

fn defaults(data: &Map<String, Value>) -> impl Iterator<Item = (&'static str, Value)> {
    let subtype = data.get("connectorSubtype").map(|subtype| ("sourceType", subtype.clone()));
    let tags = data.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let language = tags.filter_map(|tag| tag.strip_prefix(LANGUAGE)).next().map(|word| ("language", json!(word)));
    let fixed = [("tombstone", json!(false)), ("public", json!(true)), ("custom", json!(false))];
    subtype.into_iter().chain(language).chain(fixed)
}

fn add_release(entry: &mut Map<String, Value>, release: &Release<'_>) {
    let mut version = Map::new();
    version.insert("dockerImageTag".to_owned(), entry.get("dockerImageTag").cloned().unwrap_or_default());
    if let Some(digest) = release.digest {
        entry.insert("dockerImageDigest".to_owned(), json!(digest));
        version.insert("dockerImageDigest".to_owned(), json!(digest));
    }
    if let Some(moment) = release.released_at {
        version.insert("releasedAt".to_owned(), json!(moment));
    }
    if !release.changelog.is_empty() {
        entry.insert("changelog".to_owned(), json!(release.changelog));
    }
    entry.insert("versions".to_owned(), json!([version]));
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

fn incomplete(key: &str) -> FailureReason {
    let message = format!("metadata.yaml has no `{key}` that an index could list; add it below `data:`");
    config_failure("index.entry_invalid", message)
}
