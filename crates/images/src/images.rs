//! Images, for whoever has a name: the store of this machine and the registries behind one front.

use crate::image::{Descriptor, Document, Manifest};
use crate::registry::documents::Fetched;
use crate::registry::{Patience, Registry};
use crate::{Digest, ImageName, Platform, Settings, Store};
use longshore_protocol::FailureReason;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The store and the registries of some settings. Sessions with registries last as long as it does.
pub struct Images {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    patience: Patience,
    sessions: Mutex<HashMap<(String, String), Arc<Registry>>>,
}

/// Whether the registry is asked for an image that is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// What is in the store under that name is good enough; nobody is asked.
    Stored,
    /// The registry says what the name means now. What of that is here already is not fetched again.
    Asked,
}

/// An image that is in the store, with all its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// By which name it came.
    pub name: ImageName,
    /// What the name means: an index, or the manifest itself.
    pub root: Descriptor,
    /// The manifest for one machine.
    pub manifest: Descriptor,
    /// Its configuration.
    pub config: Descriptor,
    /// Its layers, the lowest first.
    pub layers: Vec<Descriptor>,
}

/// What a name means in its registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What the name means: an index, or a manifest.
    pub root: Descriptor,
    /// The manifest for the machine that was asked for.
    pub manifest: Descriptor,
    /// For which machines there are manifests; empty when the image is no index.
    pub platforms: Vec<Platform>,
}

impl Images {
    /// Opens the store of the settings.
    ///
    /// # Errors
    /// `image.store_unusable`, `image.disk_full`.
    pub fn new(settings: Settings) -> Result<Self, FailureReason> {
        let store = Store::open(&settings.store_dir)?;
        Ok(Self { settings, store, patience: Patience::default(), sessions: Mutex::default() })
    }

    /// Waits for registries in another way; for tests.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The session with the registry of an image.
    pub(crate) fn registry_of(&self, name: &ImageName) -> Result<Arc<Registry>, FailureReason> {
        self.registry(name.registry(), name.repository())
    }

    /// The session with a registry, for one of its repositories.
    pub(crate) fn registry(&self, host: &str, repository: &str) -> Result<Arc<Registry>, FailureReason> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (host.to_owned(), repository.to_owned());
        if let Some(session) = sessions.get(&place) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(self.own_registry(host, Some(repository))?);
        sessions.insert(place, Arc::clone(&session));
        Ok(session)
    }

    /// A session that nobody shares.
    pub(crate) fn own_registry(&self, host: &str, repository: Option<&str>) -> Result<Registry, FailureReason> {
        Registry::open(&self.settings, host, repository, &self.patience)
    }

    /// What a name means in its registry, for a machine or, without one, for this machine's kind or else the first.
    ///
    /// # Errors
    /// `image.not_found`, `image.repository_not_found`, `image.wrong_architecture`, `image.manifest_invalid`, and all
    /// that can fail with a registry.
    pub async fn resolve(&self, name: &ImageName, platform: Option<&Platform>) -> Result<Resolved, FailureReason> {
        let registry = self.registry_of(name)?;
        let fetched = registry.document(name).await?;
        let manifest = match (&fetched.document, platform) {
            (Document::Manifest(_), _) => fetched.descriptor.clone(),
            (Document::Index(index), Some(platform)) => chosen(name, index, platform)?,
            (Document::Index(index), None) => {
                let here = chosen(name, index, &Platform::of_this_machine());
                here.or_else(|failure| index.images().next().cloned().ok_or(failure))?
            }
        };
        let platforms = platforms_of(&fetched);
        Ok(Resolved { root: fetched.descriptor, manifest, platforms })
    }

    /// The tags of a repository.
    ///
    /// # Errors
    /// `image.repository_not_found`, and all that can fail with a registry.
    pub async fn tags(&self, name: &ImageName) -> Result<Vec<String>, FailureReason> {
        self.registry_of(name)?.tags(name).await
    }

    /// The image that has a name in the store, if it is there with all its parts for a machine.
    ///
    /// # Errors
    /// `image.wrong_architecture`, `image.manifest_invalid`, `image.store_unusable`.
    pub fn stored(&self, name: &ImageName, platform: &Platform) -> Result<Option<StoredImage>, FailureReason> {
        let Some(root) = self.store.find(name)? else { return Ok(None) };
        let Some((manifest, parts)) = self.stored_manifest(name, &root, platform)? else { return Ok(None) };
        let is_whole = parts.blobs().iter().all(|blob| self.store.holds(blob));
        let image = StoredImage { name: name.clone(), root, manifest, config: parts.config, layers: parts.layers };
        if !is_whole {
            return Ok(None);
        }
        match self.check_platform(&image, platform) {
            Ok(()) => Ok(Some(image)),
            Err(failure) if failure.code == "image.store_damaged" => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn stored_manifest(
        &self,
        name: &ImageName,
        root: &Descriptor,
        platform: &Platform,
    ) -> Result<Option<(Descriptor, Manifest)>, FailureReason> {
        let Some(document) = self.stored_document(name, root)? else { return Ok(None) };
        let manifest = match document {
            Document::Manifest(manifest) => return Ok(Some((root.clone(), manifest))),
            Document::Index(index) => chosen(name, &index, platform)?,
        };
        match self.stored_document(name, &manifest)? {
            Some(Document::Manifest(parts)) => Ok(Some((manifest, parts))),
            _ => Ok(None),
        }
    }

    fn stored_document(&self, name: &ImageName, wanted: &Descriptor) -> Result<Option<Document>, FailureReason> {
        // What is damaged is removed by reading it, and then is as if it had never been there.
        let Some(bytes) = self.store.read(&wanted.digest).ok() else { return Ok(None) };
        let (document, _) = Document::parse(&bytes, Some(&wanted.media_type), &name.to_string())?;
        Ok(Some(document))
    }

    /// The configuration of a stored image.
    ///
    /// # Errors
    /// `image.store_damaged`, `image.manifest_invalid`.
    pub fn config(&self, image: &StoredImage) -> Result<crate::ImageConfig, FailureReason> {
        crate::ImageConfig::parse(&self.store.read(&image.config.digest)?, &image.name.to_string())
    }

    /// Refuses an image whose configuration names another machine.
    pub(crate) fn check_platform(&self, image: &StoredImage, platform: &Platform) -> Result<(), FailureReason> {
        let config = self.config(image)?;
        match config.platform().filter(|built| !platform.runs(built)) {
            Some(built) => Err(wrong_architecture(&image.name, &[built], platform)),
            None => Ok(()),
        }
    }
}

/// For which machines an index has manifests.
pub(crate) fn platforms_of(fetched: &Fetched) -> Vec<Platform> {
    match &fetched.document {
        Document::Index(index) => index.images().filter_map(|entry| entry.platform.clone()).collect(),
        Document::Manifest(_) => Vec::new(),
    }
}

/// The manifest of an index for a machine.
pub(crate) fn chosen(name: &ImageName, index: &crate::Index, platform: &Platform) -> Result<Descriptor, FailureReason> {
    let built: Vec<Platform> = index.images().filter_map(|entry| entry.platform.clone()).collect();
    index.find(platform).cloned().ok_or_else(|| wrong_architecture(name, &built, platform))
}

fn wrong_architecture(name: &ImageName, built: &[Platform], wanted: &Platform) -> FailureReason {
    let built: Vec<String> = built.iter().map(ToString::to_string).collect();
    let built = if built.is_empty() { "no machine".to_owned() } else { built.join(", ") };
    let tagged = name.tag().map_or_else(|| name.untagged(), |tag| format!("{}:{tag}", name.untagged()));
    let message = format!(
        "{name} is built for {built} and not for {wanted}; build it by `docker build --platform {wanted} -t {tagged} .`"
    );
    crate::failure::config_failure("image.wrong_architecture", message)
}

/// The name of a digest in the repository of an image.
pub(crate) fn at(name: &ImageName, digest: &Digest) -> ImageName {
    name.with_digest(digest.clone())
}
