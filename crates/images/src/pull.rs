//! Pulling: a name is resolved, and what the store lacks of it is fetched, several contents at once, each gone on with
//! where it stopped.

mod blob;

pub(crate) use blob::fetch;

use crate::image::{Descriptor, Document, Manifest};
use crate::images::{at, chosen};
use crate::registry::Registry;
use crate::registry::documents::Fetched;
use crate::registry::explain::About;
use crate::{Freshness, ImageName, Images, Platform, StoredImage, registry_host};
use futures_util::{StreamExt, TryStreamExt, stream};
use longshore_protocol::FailureReason;
use std::sync::Arc;

/// How many contents move at once.
pub(crate) const AT_ONCE: usize = 4;

impl Images {
    /// Brings an image into the store, for a machine, and gives it its name there.
    ///
    /// # Errors
    /// As [`Images::resolve`], and `image.digest_mismatch`, `image.truncated`, `image.disk_full`.
    pub async fn pull(
        &self,
        name: &ImageName,
        platform: &Platform,
        freshness: Freshness,
    ) -> Result<StoredImage, FailureReason> {
        let is_enough = freshness == Freshness::Stored || name.digest().is_some();
        if let Some(image) = is_enough.then(|| self.stored(name, platform)).transpose()?.flatten() {
            return Ok(image);
        }
        let _hold = self.store.hold()?;
        let mirrors = self.settings.options_of(name.registry()).mirrors;
        for mirror in mirrors {
            let pulled = match registry_host(&mirror) {
                Ok(host) => self.pull_from(&host, name, platform).await,
                Err(failure) => Err(failure),
            };
            match pulled {
                Ok(image) => return Ok(image),
                Err(failure) if failure.code == "image.disk_full" => return Err(failure),
                Err(failure) => {
                    (self.settings.notice)(&format!("the mirror {mirror} is of no use: {}", failure.message));
                }
            }
        }
        self.pull_from(name.registry(), name, platform).await
    }

    async fn pull_from(&self, host: &str, name: &ImageName, platform: &Platform) -> Result<StoredImage, FailureReason> {
        let registry = self.registry(host, name.repository())?;
        let root = self.root(&registry, name).await?;
        let (manifest, parts) = self.manifest(&registry, name, &root, platform).await?;
        let image = StoredImage {
            name: name.clone(),
            root: root.descriptor,
            manifest,
            config: parts.config.clone(),
            layers: parts.layers.clone(),
        };
        let about = About::pull(name);
        fetch(self, &registry, name.repository(), &about, &image.config).await?;
        if let Err(failure) = self.check_platform(&image, platform) {
            // What was damaged on this disk is fetched once more; every other failure stays.
            if failure.code != "image.store_damaged" {
                return Err(failure);
            }
            fetch(self, &registry, name.repository(), &about, &image.config).await?;
            self.check_platform(&image, platform)?;
        }
        self.fetch_layers(&registry, name, &about, &parts).await?;
        self.store.name(name, &image.root)?;
        Ok(image)
    }

    async fn fetch_layers(
        &self,
        registry: &Arc<Registry>,
        name: &ImageName,
        about: &About,
        parts: &Manifest,
    ) -> Result<(), FailureReason> {
        let fetches = parts.blobs().into_iter().map(|blob| fetch(self, registry, name.repository(), about, blob));
        stream::iter(fetches.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What the name means, from the store when the registry says that this is still the same.
    async fn root(&self, registry: &Registry, name: &ImageName) -> Result<Fetched, FailureReason> {
        if let Some(known) = self.store.find(name)?
            && registry.digest_of(name).await?.as_ref() == Some(&known.digest)
            && let Some(stored) = self.stored_bytes(name, &known)
        {
            return Ok(stored);
        }
        let fetched = registry.document(name).await?;
        self.store.add(&fetched.bytes)?;
        Ok(fetched)
    }

    /// The manifest for a machine, which is in the store then.
    async fn manifest(
        &self,
        registry: &Registry,
        name: &ImageName,
        root: &Fetched,
        platform: &Platform,
    ) -> Result<(Descriptor, Manifest), FailureReason> {
        let entry = match &root.document {
            Document::Manifest(manifest) => return Ok((root.descriptor.clone(), manifest.clone())),
            Document::Index(index) => chosen(name, index, platform)?,
        };
        let fetched = match self.stored_bytes(name, &entry) {
            Some(stored) => stored,
            None => registry.document(&at(name, &entry.digest)).await?,
        };
        self.store.add(&fetched.bytes)?;
        match fetched.document {
            Document::Manifest(manifest) => Ok((entry, manifest)),
            Document::Index(_) => Err(crate::image::invalid(&name.to_string(), "its index leads to an index")),
        }
    }

    fn stored_bytes(&self, name: &ImageName, wanted: &Descriptor) -> Option<Fetched> {
        let bytes = self.store.has(&wanted.digest).then(|| self.store.read(&wanted.digest).ok())??;
        let (document, _) = Document::parse(&bytes, Some(&wanted.media_type), &name.to_string()).ok()?;
        Some(Fetched { bytes, document, descriptor: wanted.clone(), limit: None })
    }
}
