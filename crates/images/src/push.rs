//! Pushing: what the registry lacks goes up, several contents at once, and the manifest last, first by its digest and
//! then by its tag.

mod attach;

pub use attach::Attached;

use crate::failure::config_failure;
use crate::image::Descriptor;
use crate::pull::AT_ONCE;
use crate::registry::Registry;
use crate::registry::explain::About;
use crate::registry::trouble::Trouble;
use crate::token::Scope;
use crate::{Digest, ImageName, Images, Settings, Store, StoredImage};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use longshore_protocol::FailureReason;
use std::collections::HashSet;
use std::io;
use tokio_util::io::ReaderStream;

/// How much of a file is read at once.
const PIECE_BYTES: usize = 1 << 18;

impl Images {
    /// Brings an image of the store to a registry, under another name or its own; gives the digest of its manifest.
    ///
    /// # Errors
    /// `registry.denied`, `image.store_damaged`, and all that can fail with a registry.
    pub async fn push(&self, image: &StoredImage, to: &ImageName) -> Result<Digest, FailureReason> {
        if let Some(wanted) = to.digest().filter(|wanted| **wanted != image.manifest.digest) {
            return Err(other_digest(to, wanted, &image.manifest.digest));
        }
        let _hold = self.store.hold()?;
        let registry = self.registry_of(to)?;
        let upload = Upload::new(self, &registry, to).near(&image.name);
        let mut seen = HashSet::new();
        let blobs = std::iter::once(&image.config).chain(&image.layers).filter(|blob| seen.insert(&blob.digest));
        let pushes = blobs.map(|blob| upload.bring(blob));
        stream::iter(pushes.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let bytes = self.store.read(&image.manifest.digest)?;
        put(&registry, to, &bytes, &image.manifest).await?;
        Ok(image.manifest.digest.clone())
    }
}

/// Puts a manifest or an index: first by its digest, so that a tag never leads to something that is not there.
pub(crate) async fn put(
    registry: &Registry,
    to: &ImageName,
    bytes: &[u8],
    descriptor: &Descriptor,
) -> Result<bool, FailureReason> {
    let by_digest = registry.put_document(to, descriptor.digest.as_str(), bytes, &descriptor.media_type).await?;
    if let Some(tag) = to.tag() {
        registry.put_document(to, tag, bytes, &descriptor.media_type).await?;
    }
    Ok(by_digest)
}

fn other_digest(to: &ImageName, wanted: &Digest, is: &Digest) -> FailureReason {
    let message = format!("{wanted} cannot be pushed: the image is {is}; name {} without a digest", to.untagged());
    config_failure("image.digest_mismatch", message)
}

/// Contents on their way to one repository.
pub(crate) struct Upload<'a> {
    settings: &'a Settings,
    store: &'a Store,
    registry: &'a Registry,
    to: &'a ImageName,
    /// Another repository of the same registry that may have the contents.
    from: Option<&'a str>,
    scope: Scope,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(images: &'a Images, registry: &'a Registry, to: &'a ImageName) -> Self {
        let scope = Scope::push(to.repository());
        Self { settings: &images.settings, store: &images.store, registry, to, from: None, scope }
    }

    /// The contents may be where an image is called `name`, if that is another repository of this registry.
    pub(crate) fn near(self, name: &'a ImageName) -> Self {
        let is_near = name.registry() == self.to.registry() && name.repository() != self.to.repository();
        Self { from: is_near.then(|| name.repository()), ..self }
    }

    /// Whether a content is there, or could be taken over from the other repository.
    pub(crate) async fn is_there(&self, blob: &Descriptor) -> Result<bool, FailureReason> {
        if self.registry.has_blob(&self.scope, &About::push(self.to), &blob.digest).await? {
            return Ok(true);
        }
        match self.from {
            Some(from) => Ok(self.registry.mount(self.to, from, &blob.digest).await),
            None => Ok(false),
        }
    }

    /// Brings up a content of the store, unless it is there.
    pub(crate) async fn bring(&self, blob: &Descriptor) -> Result<(), FailureReason> {
        if self.is_there(blob).await? {
            return Ok(());
        }
        let sent = self.send_stored(blob).await;
        match sent {
            Err(failure) if failure.code == "image.digest_mismatch" => {
                self.store.verify(&blob.digest)?;
                Err(failure)
            }
            sent => sent,
        }
    }

    /// Brings up a content of the store.
    pub(crate) async fn send_stored(&self, blob: &Descriptor) -> Result<(), FailureReason> {
        self.send(blob, async || {
            let file = tokio::fs::File::from_std(self.store.open_blob(&blob.digest)?);
            Ok(ReaderStream::with_capacity(file, PIECE_BYTES))
        })
        .await
    }

    /// Brings up a content from wherever its bytes come.
    pub(crate) async fn send<S, F>(&self, blob: &Descriptor, bytes: impl Fn() -> F) -> Result<(), FailureReason>
    where
        F: Future<Output = Result<S, Trouble>>,
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        let progress = &self.settings.progress;
        let sent = self.registry.push_blob(&self.scope, self.to, blob, async || {
            progress.begin(blob.digest.as_str(), blob.size, 0);
            let (progress, what) = (progress.clone(), blob.digest.clone());
            let told = bytes().await?.inspect(move |piece| {
                progress.moved(what.as_str(), piece.as_ref().map_or(0, Bytes::len) as u64);
            });
            Ok(told)
        });
        let sent = sent.await;
        progress.end(blob.digest.as_str());
        sent
    }
}
