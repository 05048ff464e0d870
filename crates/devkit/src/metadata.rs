//! `metadata.yaml`: what a connector says of itself. The fields that Longshore acts on have types; everything is kept as
//! a value too, since an index hands all of it on.

use crate::failure::config_failure;
use crate::version;
use longshore_images::ImageName;
use longshore_protocol::FailureReason;
use semver::Version;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// The file, by name.
pub(crate) const FILE: &str = "metadata.yaml";

/// What stands below `data:`.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The name that people read.
    pub name: String,
    /// The UUID of the definition.
    pub definition_id: String,
    /// Whether it reads or writes.
    pub connector_type: ConnectorType,
    /// `api`, `database`, `file`…
    pub connector_subtype: Option<String>,
    /// The image's name without registry tag: `team/source-x`.
    pub docker_repository: String,
    /// The version: the one source of truth.
    pub docker_image_tag: Version,
    /// Where its documentation is.
    pub documentation_url: Option<String>,
    /// Its licence, as SPDX writes it.
    pub license: Option<String>,
    /// Whether it can refresh streams; absent means no.
    pub supports_refreshes: bool,
    /// With which hosts it speaks.
    pub allowed_hosts: Option<AllowedHosts>,
    /// `language:rust`, `keyword:…`.
    pub tags: Vec<String>,
    /// The image to build on.
    pub base_image: Option<String>,
    /// What is said of releases.
    pub releases: Releases,
    /// How long it may be silent.
    pub max_seconds_between_messages: Option<u64>,
    /// `community`, `certified`, `archived`.
    pub support_level: Option<String>,
    /// `alpha`, `beta`, `generally_available`, `custom`.
    pub release_stage: Option<String>,
    /// The names of the test suites that it says it has.
    pub test_suites: Vec<String>,
    /// All of `data:`, with what has no field here.
    pub data: Value,
}

/// Whether a connector reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorType {
    /// It reads.
    Source,
    /// It writes.
    Destination,
}

impl ConnectorType {
    /// The word of the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}

/// With which hosts a connector speaks; an empty list means with none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct AllowedHosts {
    /// Names, with `*` and `${config.path}`.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// What is said of releases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Releases {
    /// By version: `2.0.0`.
    #[serde(default)]
    pub breaking_changes: BTreeMap<String, BreakingChange>,
    /// Where migrating is explained.
    pub migration_documentation_url: Option<String>,
}

/// What people must do when they take a major version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakingChange {
    /// What it breaks.
    #[serde(default)]
    pub message: String,
    /// The last day of the version before, `2026-12-31`.
    pub upgrade_deadline: Option<String>,
    /// `auto_upgrade` or `disable`.
    pub deadline_action: Option<String>,
    /// Where migrating is explained.
    pub migration_documentation_url: Option<String>,
}

impl Metadata {
    /// Understands the text of a `metadata.yaml`; `path` is for messages alone.
    ///
    /// # Errors
    /// `connector.metadata_invalid` with line and column.
    pub fn parse(text: &str, path: &Path) -> Result<Self, FailureReason> {
        let file = read(text, path)?;
        let data = serde_saphyr::from_str::<WholeFile>(text).map_err(|error| broken(path, &error))?.data;
        Self::checked(file.data, data).map_err(|(at, why)| invalid(path, Some(at), &why))
    }

    fn checked(typed: Data, data: Value) -> Result<Self, (Location, String)> {
        let docker_image_tag = checked_tag(&typed.docker_image_tag)?;
        check_id(&typed.definition_id)?;
        check_repository(&typed.docker_repository)?;
        Ok(Self {
            name: typed.name,
            definition_id: typed.definition_id.value.to_ascii_lowercase(),
            connector_type: typed.connector_type,
            connector_subtype: typed.connector_subtype,
            docker_repository: typed.docker_repository.value,
            docker_image_tag,
            documentation_url: typed.documentation_url,
            license: typed.license,
            supports_refreshes: typed.supports_refreshes.unwrap_or(false),
            allowed_hosts: typed.allowed_hosts,
            tags: typed.tags.unwrap_or_default(),
            base_image: typed.connector_build_options.and_then(|options| options.base_image),
            releases: typed.releases.unwrap_or_default(),
            max_seconds_between_messages: typed.max_seconds_between_messages,
            support_level: typed.support_level,
            release_stage: typed.release_stage,
            test_suites: typed.connector_test_suites_options.into_iter().flatten().map(|suite| suite.suite).collect(),
            data,
        })
    }
}

/// The file with the fields that are looked at, and where some of them stand.
#[derive(Deserialize)]
struct File {
    data: Data,
}

#[derive(Deserialize)]
struct WholeFile {
    data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    name: String,
    definition_id: Spanned<String>,
    connector_type: ConnectorType,
    connector_subtype: Option<String>,
    docker_repository: Spanned<String>,
    docker_image_tag: Spanned<String>,
    documentation_url: Option<String>,
    license: Option<String>,
    supports_refreshes: Option<bool>,
    allowed_hosts: Option<AllowedHosts>,
    tags: Option<Vec<String>>,
    connector_build_options: Option<ConnectorBuildOptions>,
    releases: Option<Releases>,
    max_seconds_between_messages: Option<u64>,
    support_level: Option<String>,
    release_stage: Option<String>,
    connector_test_suites_options: Option<Vec<TestSuite>>,
    registry_overrides: Option<BTreeMap<String, Option<RegistryOverride>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectorBuildOptions {
    base_image: Option<String>,
}

#[derive(Deserialize)]
struct TestSuite {
    suite: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistryOverride {
    docker_image_tag: Option<Spanned<String>>,
}

/// Where the file names its version: `dockerImageTag`, then those of `registryOverrides`, each with its bytes.
pub(crate) fn versions(text: &str, path: &Path) -> Result<Vec<Range<usize>>, FailureReason> {
    let data = read(text, path)?.data;
    let overrides = data.registry_overrides.unwrap_or_default().into_values().flatten();
    let own = bytes_of(text, &data.docker_image_tag).ok_or_else(|| {
        let why = "dockerImageTag: the version must stand there as it is, without escapes";
        invalid(path, Some(data.docker_image_tag.referenced), why)
    })?;
    let others = overrides.filter_map(|it| bytes_of(text, &it.docker_image_tag?));
    Ok(std::iter::once(own).chain(others).collect())
}

/// The bytes of a scalar without its quotation marks.
fn bytes_of(text: &str, scalar: &Spanned<String>) -> Option<Range<usize>> {
    let start = usize::try_from(scalar.defined.span().byte_offset()?).ok()?;
    let within = text.get(start..)?.find(scalar.value.as_str())?;
    Some(start + within..start + within + scalar.value.len())
}

fn read(text: &str, path: &Path) -> Result<File, FailureReason> {
    serde_saphyr::from_str(text).map_err(|error| broken(path, &error))
}

fn checked_tag(tag: &Spanned<String>) -> Result<Version, (Location, String)> {
    version::parse(&tag.value).map_err(|why| (tag.referenced, format!("dockerImageTag: {why}")))
}

fn check_id(id: &Spanned<String>) -> Result<(), (Location, String)> {
    let lengths = id.value.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let is_hex = id.value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let why = || format!("definitionId: `{}` is no UUID; make one with `uuidgen` and never change it again", id.value);
    if lengths && is_hex { Ok(()) } else { Err((id.referenced, why())) }
}

fn check_repository(repository: &Spanned<String>) -> Result<(), (Location, String)> {
    let wanted = "write the image's name without a tag, such as team/source-x";
    let why = |why: &str| (repository.referenced, format!("dockerRepository: {why}; {wanted}"));
    let name: ImageName = repository.value.parse().map_err(|error: FailureReason| why(&error.message))?;
    let last = repository.value.rsplit('/').next().unwrap_or_default();
    if name.digest().is_some() || last.contains(':') { Err(why("it has a tag")) } else { Ok(()) }
}

/// What a reader of YAML says of an unquoted `Null`, in its words.
const NULL: &str = "cannot deserialize null into string";

fn broken(path: &Path, error: &serde_saphyr::Error) -> FailureReason {
    let told = error.without_snippet();
    let text = told.to_string();
    let why = text.lines().next().unwrap_or_default();
    let why = match why.rsplit_once(" at line ") {
        _ if why.starts_with(NULL) => {
            "a text is wanted here, and this means nothing in YAML; put it in quotation marks"
        }
        Some((why, _)) => why,
        None => why,
    };
    invalid(path, told.location(), why).with_detail(error.to_string())
}

fn invalid(path: &Path, at: Option<Location>, why: &str) -> FailureReason {
    let place = at.filter(|at| at.line() > 0).map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default();
    let message =
        format!("{}{place}: {why}; `longshore explain connector.metadata_invalid` shows the form", path.display());
    config_failure("connector.metadata_invalid", message)
}
