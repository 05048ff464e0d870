//! The configuration and the manifest of an image, on its layers.

use super::layer::BuiltLayer;
use crate::image::{ImageConfig, Manifest, invalid, media_type};
use crate::{Descriptor, Digest, Platform, Store};
use longshore_protocol::FailureReason;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An image that another is built upon.
#[derive(Debug, Clone)]
pub struct Beneath {
    manifest: Manifest,
    config: Map<String, Value>,
    read: ImageConfig,
}

impl Beneath {
    /// Reads an image of the store: the manifest of one machine, with its layers.
    ///
    /// # Errors
    /// `image.manifest_invalid`, and the errors of [`Store::read`].
    pub fn read(store: &Store, manifest: &Descriptor) -> Result<Self, FailureReason> {
        let name = manifest.digest.as_str();
        let broken = |error: serde_json::Error| invalid(name, "it is not of one image").with_detail(error.to_string());
        let found: Manifest = serde_json::from_slice(&store.read(&manifest.digest)?).map_err(broken)?;
        let bytes = store.read(&found.config.digest)?;
        let read = ImageConfig::parse(&bytes, name)?;
        let config = serde_json::from_slice(&bytes).map_err(broken)?;
        Ok(Self { manifest: found, config, read })
    }

    /// For which machine it is.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        self.read.platform()
    }
}

/// An image that is being put together.
#[derive(Debug, Clone)]
pub struct ImageBuilder {
    platform: Platform,
    beneath: Option<Beneath>,
    layers: Vec<(BuiltLayer, String)>,
    settings: BTreeMap<&'static str, Value>,
    environment: Vec<(String, String)>,
    labels: BTreeMap<String, String>,
    created: String,
}

/// An image in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// Its manifest.
    pub manifest: Descriptor,
    /// Its configuration, whose digest Docker calls the image's id.
    pub config: Descriptor,
}

/// The time that an image has whose source says none.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

impl ImageBuilder {
    /// An image without layers.
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        let (layers, settings, labels) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let created = NO_TIME.to_owned();
        Self { platform, beneath: None, layers, settings, environment: Vec::new(), labels, created }
    }

    /// Builds on another image: its layers lie below, its variables and labels hold unless others are set.
    #[must_use]
    pub fn on(mut self, beneath: Beneath) -> Self {
        self.beneath = Some(beneath);
        self
    }

    /// When the source was last changed, in seconds since 1970.
    #[must_use]
    pub fn source_date(mut self, seconds: u64) -> Self {
        let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        self.created = time.map_or_else(|| NO_TIME.to_owned(), |time| time.to_string());
        self
    }

    /// Puts a layer on top; `made_by` is what the image's history says of it.
    #[must_use]
    pub fn layer(mut self, layer: BuiltLayer, made_by: &str) -> Self {
        self.layers.push((layer, made_by.to_owned()));
        self
    }

    /// The program with its first words.
    #[must_use]
    pub fn entrypoint(mut self, words: &[&str]) -> Self {
        self.settings.insert("Entrypoint", json!(words));
        // Words after the entry point that the image beneath has are meant for another program.
        self.settings.insert("Cmd", Value::Null);
        self
    }

    /// Who runs it, by numbers: `1000:1000`.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.settings.insert("User", json!(user));
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn working_folder(mut self, path: &str) -> Self {
        self.settings.insert("WorkingDir", json!(path));
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Labels.
    #[must_use]
    pub fn labels(mut self, labels: &BTreeMap<String, String>) -> Self {
        self.labels.extend(labels.clone());
        self
    }

    /// Writes configuration and manifest into the store. Whoever calls this holds the store until the image has a name.
    ///
    /// # Errors
    /// Those of [`Store::add`].
    pub fn finish(&self, store: &Store) -> Result<BuiltImage, FailureReason> {
        let config = Value::Object(self.config()).to_string();
        store.add(config.as_bytes())?;
        let config = Descriptor::of(media_type::OCI_CONFIG, config.as_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": config,
            "layers": self.layer_descriptors(),
        });
        let manifest = manifest.to_string();
        store.add(manifest.as_bytes())?;
        Ok(BuiltImage { manifest: Descriptor::of(media_type::OCI_MANIFEST, manifest.as_bytes()), config })
    }

    fn layer_descriptors(&self) -> Vec<Descriptor> {
        let beneath = self.beneath.iter().flat_map(|beneath| &beneath.manifest.layers).map(as_oci);
        beneath.chain(self.layers.iter().map(|(layer, _)| layer.descriptor.clone())).collect()
    }

    fn config(&self) -> Map<String, Value> {
        let beneath = self.beneath.as_ref();
        let mut config = Map::new();
        config.insert("created".to_owned(), json!(self.created));
        config.insert("architecture".to_owned(), json!(self.platform.architecture));
        config.insert("os".to_owned(), json!(self.platform.os));
        if let Some(variant) = &self.platform.variant {
            config.insert("variant".to_owned(), json!(variant));
        }
        config.insert("config".to_owned(), Value::Object(self.run_config()));
        let below = beneath.map(|beneath| beneath.read.rootfs.diff_ids.clone()).unwrap_or_default();
        let diff_ids: Vec<Digest> =
            below.into_iter().chain(self.layers.iter().map(|(it, _)| it.diff_id.clone())).collect();
        config.insert("rootfs".to_owned(), json!({"type": "layers", "diff_ids": diff_ids}));
        config.insert("history".to_owned(), Value::Array(self.history()));
        config
    }

    fn run_config(&self) -> Map<String, Value> {
        let below = self.beneath.as_ref().and_then(|beneath| beneath.config.get("config")?.as_object());
        let mut run = below.cloned().unwrap_or_default();
        run.extend(self.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        run.insert("Env".to_owned(), json!(self.variables()));
        let mut labels = self.beneath.as_ref().map(|beneath| beneath.read.config.labels.clone()).unwrap_or_default();
        labels.extend(self.labels.clone());
        run.insert("Labels".to_owned(), json!(labels));
        run.retain(|_, value| !value.is_null());
        run.sort_keys();
        run
    }

    /// `NAME=value`: those of the image beneath, then ours, which win.
    fn variables(&self) -> Vec<String> {
        let below = self.beneath.iter().flat_map(|beneath| beneath.read.config.env.iter().cloned());
        let is_ours = |line: &String| {
            let name = line.split('=').next().unwrap_or_default();
            self.environment.iter().any(|(ours, _)| ours == name)
        };
        let ours = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        below.filter(|line| !is_ours(line)).chain(ours).collect()
    }

    fn history(&self) -> Vec<Value> {
        let below = self.beneath.as_ref().and_then(|beneath| beneath.config.get("history")?.as_array());
        let ours = self.layers.iter().map(|(_, made_by)| json!({"created": self.created, "created_by": made_by}));
        below.into_iter().flatten().cloned().chain(ours).collect()
    }
}

/// Docker's word for a layer in the word of the OCI: the content is the same, and one manifest should not mix them.
fn as_oci(layer: &Descriptor) -> Descriptor {
    let mut layer = layer.clone();
    if layer.media_type == media_type::DOCKER_LAYER_GZIP {
        media_type::OCI_LAYER_GZIP.clone_into(&mut layer.media_type);
    }
    layer
}
