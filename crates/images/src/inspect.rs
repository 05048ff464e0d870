//! What an image is, without pulling it.

use crate::image::{Document, Manifest};
use crate::images::at;
use crate::registry::Registry;
use crate::registry::documents::Fetched;
use crate::{Digest, ImageConfig, ImageName, Images, Platform};
use longshore_protocol::FailureReason;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most bytes of a configuration.
const MOST_CONFIG_BYTES: usize = 16 << 20;

/// What an image is.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Its full name.
    pub name: String,
    /// The digest that the name means.
    pub digest: Digest,
    /// The media type of what the name means.
    pub media_type: String,
    /// For which machines there are manifests.
    pub platforms: Vec<PlatformInspection>,
    /// The machine that all below is of.
    pub platform: Option<Platform>,
    /// The bytes that a pull moves.
    pub compressed_bytes: u64,
    /// The layers, the lowest first.
    pub layers: Vec<LayerInspection>,
    /// The digest of its configuration, by which builds are told apart.
    pub config: Digest,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The program with its first words.
    pub entrypoint: Vec<String>,
    /// The words after those, unless others are given.
    pub cmd: Vec<String>,
    /// The names of its variables; their values may be secrets.
    pub env: Vec<String>,
    /// Who runs it.
    pub user: String,
    /// When it was made, as it says.
    pub created: Option<String>,
}

/// One manifest of several.
#[derive(Debug, Clone, Serialize)]
pub struct PlatformInspection {
    /// For which machine it is.
    pub platform: Platform,
    /// Its digest.
    pub digest: Digest,
    /// The bytes that a pull of it moves.
    pub compressed_bytes: u64,
}

/// One layer.
#[derive(Debug, Clone, Serialize)]
pub struct LayerInspection {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub compressed_bytes: u64,
}

impl Images {
    /// What an image is, from its registry. What is of one manifest is that of this machine's kind.
    ///
    /// # Errors
    /// As [`Images::resolve`].
    pub async fn inspect(&self, name: &ImageName) -> Result<Inspection, FailureReason> {
        let registry = self.registry_of(name)?;
        let root = registry.document(name).await?;
        let manifests = manifests(&registry, name, &root).await?;
        let here = Platform::of_this_machine();
        let of_here = |it: &&(Option<Platform>, Digest, Manifest)| it.0.as_ref().is_some_and(|built| here.runs(built));
        let shown = manifests.iter().find(of_here).or_else(|| manifests.first());
        let Some((_, _, manifest)) = shown else {
            return Err(crate::image::invalid(&name.to_string(), "it lists no image"));
        };
        let config = config(&registry, name, manifest).await?;
        let described = |(platform, digest, manifest): &(Option<Platform>, Digest, Manifest)| PlatformInspection {
            platform: platform.clone().or_else(|| config.platform()).unwrap_or_else(Platform::of_this_machine),
            digest: digest.clone(),
            compressed_bytes: manifest.compressed_bytes(),
        };
        Ok(inspection(name, &root, manifest, &config, manifests.iter().map(described).collect()))
    }
}

/// The manifests that a name means, with their machines where the index says them.
async fn manifests(
    registry: &Registry,
    name: &ImageName,
    root: &Fetched,
) -> Result<Vec<(Option<Platform>, Digest, Manifest)>, FailureReason> {
    let index = match &root.document {
        Document::Manifest(manifest) => return Ok(vec![(None, root.descriptor.digest.clone(), manifest.clone())]),
        Document::Index(index) => index,
    };
    let mut manifests = Vec::new();
    for entry in index.images().filter(|entry| entry.is_manifest()) {
        if let Document::Manifest(manifest) = registry.document(&at(name, &entry.digest)).await?.document {
            manifests.push((entry.platform.clone(), entry.digest.clone(), manifest));
        }
    }
    Ok(manifests)
}

async fn config(registry: &Registry, name: &ImageName, manifest: &Manifest) -> Result<ImageConfig, FailureReason> {
    let bytes = registry.small_blob(name, &manifest.config, MOST_CONFIG_BYTES).await?;
    ImageConfig::parse(&bytes, &name.to_string())
}

fn inspection(
    name: &ImageName,
    root: &Fetched,
    manifest: &Manifest,
    config: &ImageConfig,
    platforms: Vec<PlatformInspection>,
) -> Inspection {
    let run = config.config.clone();
    let layer = |layer: &crate::Descriptor| LayerInspection {
        digest: layer.digest.clone(),
        media_type: layer.media_type.clone(),
        compressed_bytes: layer.size,
    };
    let name_of = |variable: &String| variable.split('=').next().unwrap_or_default().to_owned();
    Inspection {
        name: name.to_string(),
        digest: root.descriptor.digest.clone(),
        media_type: root.descriptor.media_type.clone(),
        platforms,
        platform: config.platform(),
        compressed_bytes: manifest.compressed_bytes(),
        layers: manifest.layers.iter().map(layer).collect(),
        config: manifest.config.digest.clone(),
        labels: run.labels,
        entrypoint: run.entrypoint,
        cmd: run.cmd,
        env: run.env.iter().map(name_of).collect(),
        user: run.user,
        created: config.created.clone(),
    }
}
