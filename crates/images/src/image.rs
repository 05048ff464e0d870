//! What registries keep: descriptors, manifests of images, indexes of manifests, and the parts of a configuration that
//! are read here. They are read from bytes that are kept as they came; nothing is written again from these types.

use crate::failure::config_failure;
use crate::{Digest, Platform};
use longshore_protocol::FailureReason;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Media types that registries and clients agree on.
pub mod media_type {
    /// A manifest of the OCI.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An index of the OCI.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// A manifest of Docker, schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's word for an index.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// A configuration of the OCI.
    pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// A configuration of Docker.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// A gzipped layer of the OCI.
    pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A layer of the OCI that is not compressed.
    pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
    /// A gzipped layer of Docker.
    pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// A content that is nothing: the configuration of an artifact that has none.
    pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
    /// All that a registry may answer when it is asked for a manifest.
    pub const MANIFESTS: [&str; 4] = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST];
}

/// The most bytes of a manifest or an index; registries allow no more.
pub(crate) const MOST_MANIFEST_BYTES: u64 = 4 << 20;

/// Says of a content what it is, how it is found, and how large it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// For which machine it is; entries of an index have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What else is told of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
    /// What an artifact is, which is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor of nothing but media type, digest and size.
    #[must_use]
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        let media_type = media_type.to_owned();
        Self { media_type, digest, size, platform: None, annotations: BTreeMap::new(), artifact_type: None }
    }

    /// The descriptor of some bytes.
    #[must_use]
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// Whether it is of a list of manifests.
    #[must_use]
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), media_type::OCI_INDEX | media_type::DOCKER_LIST)
    }

    /// Whether it is of one image's manifest.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        matches!(self.media_type.as_str(), media_type::OCI_MANIFEST | media_type::DOCKER_MANIFEST)
    }
}

/// What an image consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// What the manifest says of itself; it may say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What an artifact is, which is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Where its configuration is.
    pub config: Descriptor,
    /// Its layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// To which manifest it is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// What else is told of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// The configuration and the layers, each once.
    #[must_use]
    pub fn blobs(&self) -> Vec<&Descriptor> {
        let mut seen = HashSet::new();
        std::iter::once(&self.config).chain(&self.layers).filter(|blob| seen.insert(&blob.digest)).collect()
    }

    /// The bytes that are to be moved when nothing is there yet.
    #[must_use]
    pub fn compressed_bytes(&self) -> u64 {
        self.blobs().iter().fold(0, |sum, blob| sum.saturating_add(blob.size))
    }
}

/// A list of manifests: one image for several machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// What the index says of itself; it may say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The manifests, and indexes below this one.
    pub manifests: Vec<Descriptor>,
    /// What else is told of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
}

impl Index {
    /// The manifests of images, without attestations, which say that they are for the machine `unknown/unknown`.
    pub fn images(&self) -> impl Iterator<Item = &Descriptor> {
        let is_unknown = |platform: &Platform| platform.os == "unknown" || platform.architecture == "unknown";
        self.manifests.iter().filter(move |entry| !entry.platform.as_ref().is_some_and(is_unknown))
    }

    /// The manifest that runs on a machine: the very platform, else the first that runs there, else the only one that
    /// does not say for which machine it is.
    #[must_use]
    pub fn find(&self, platform: &Platform) -> Option<&Descriptor> {
        let of = |entry: &&Descriptor| entry.platform.clone();
        let exact = self.images().find(|entry| of(entry).as_ref() == Some(platform));
        let fitting = || self.images().find(|entry| of(entry).is_some_and(|built| platform.runs(&built)));
        let silent = || self.images().next().filter(|entry| entry.platform.is_none() && self.images().count() == 1);
        exact.or_else(fitting).or_else(silent)
    }
}

/// What a manifest's bytes turn out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Document {
    /// One image, or an artifact.
    Manifest(Manifest),
    /// Several.
    Index(Index),
}

/// What every document says first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Understands the bytes of a manifest or an index; gives the media type too, which the bytes say of themselves, or
    /// else `told` (the `Content-Type` of the answer), or else what their form says.
    ///
    /// # Errors
    /// `image.manifest_invalid`, with `name` in its message.
    pub fn parse(bytes: &[u8], told: Option<&str>, name: &str) -> Result<(Self, String), FailureReason> {
        let broken = |error: serde_json::Error| invalid(name, &what_it_is(bytes)).with_detail(error.to_string());
        let outline: Outline = serde_json::from_slice(bytes).map_err(broken)?;
        if outline.schema_version != 2 {
            let why = format!("it is of schema {}, which is no longer in use; build it anew", outline.schema_version);
            return Err(invalid(name, &why));
        }
        let has_list = outline.manifests.is_some();
        let media_type = media_type_of(outline.media_type.as_deref(), told, has_list);
        let is_list = matches!(media_type.as_str(), media_type::OCI_INDEX | media_type::DOCKER_LIST);
        if !media_type::MANIFESTS.contains(&media_type.as_str()) || is_list != has_list {
            return Err(invalid(name, &format!("it says that it is `{media_type}`, and is not")));
        }
        let document = match is_list {
            true => Self::Index(serde_json::from_slice(bytes).map_err(broken)?),
            false => Self::Manifest(serde_json::from_slice(bytes).map_err(broken)?),
        };
        Ok((document, media_type))
    }

    /// What it refers to.
    #[must_use]
    pub fn children(&self) -> Vec<&Descriptor> {
        match self {
            Self::Manifest(manifest) => manifest.blobs(),
            Self::Index(index) => index.manifests.iter().collect(),
        }
    }
}

fn media_type_of(own: Option<&str>, told: Option<&str>, has_list: bool) -> String {
    let told = told.map(|told| told.split(';').next().unwrap_or(told).trim());
    let by_form = if has_list { media_type::OCI_INDEX } else { media_type::OCI_MANIFEST };
    let known = told.filter(|told| media_type::MANIFESTS.contains(told));
    own.or(known).unwrap_or(by_form).to_owned()
}

/// A few words on bytes that are no manifest.
fn what_it_is(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        "the registry answers a web page in its place".to_owned()
    } else {
        "it is not the JSON of a manifest".to_owned()
    }
}

pub(crate) fn invalid(name: &str, why: &str) -> FailureReason {
    let message = format!("the manifest of {name} cannot be used: {why}; push the image again");
    config_failure("image.manifest_invalid", message)
}

/// The parts of an image's configuration that are read here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ImageConfig {
    /// `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// `linux`.
    #[serde(default)]
    pub os: String,
    /// `v8`.
    #[serde(default)]
    pub variant: Option<String>,
    /// When it was made, as it says.
    #[serde(default)]
    pub created: Option<String>,
    /// How it is run.
    #[serde(default, deserialize_with = "null_as_default")]
    pub config: RunConfig,
    /// Which layers it has.
    #[serde(default, deserialize_with = "null_as_default")]
    pub rootfs: RootFs,
}

/// How an image is run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    /// The program with its first words.
    #[serde(deserialize_with = "null_as_default")]
    pub entrypoint: Vec<String>,
    /// The words after those, unless others are given.
    #[serde(deserialize_with = "null_as_default")]
    pub cmd: Vec<String>,
    /// Variables, `NAME=value`.
    #[serde(deserialize_with = "null_as_default")]
    pub env: Vec<String>,
    /// Labels.
    #[serde(deserialize_with = "null_as_default")]
    pub labels: BTreeMap<String, String>,
    /// Who runs it.
    #[serde(deserialize_with = "null_as_default")]
    pub user: String,
    /// Where.
    #[serde(deserialize_with = "null_as_default")]
    pub working_dir: String,
}

/// The layers of an image, as they are without compression.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// Digests of the tar archives.
    #[serde(deserialize_with = "null_as_default")]
    pub diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// Understands the bytes of a configuration.
    ///
    /// # Errors
    /// `image.manifest_invalid`, with `name` in its message.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, FailureReason> {
        let broken = |error: serde_json::Error| {
            invalid(name, "its configuration is not the JSON of one").with_detail(error.to_string())
        };
        serde_json::from_slice(bytes).map_err(broken)
    }

    /// For which machine it is; none when it does not say.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        let variant = self.variant.clone().filter(|variant| !variant.is_empty());
        let platform = Platform { os: self.os.clone(), architecture: self.architecture.clone(), variant };
        (!self.os.is_empty() && !self.architecture.is_empty()).then_some(platform)
    }
}

fn null_as_default<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
