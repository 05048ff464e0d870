//! Copying an image from registry to registry, for all machines that it is built for, through this machine's memory.

use crate::image::{Descriptor, Document, Manifest, invalid};
use crate::images::at;
use crate::pull::AT_ONCE;
use crate::push::{Upload, put};
use crate::registry::Registry;
use crate::registry::documents::Fetched;
use crate::registry::explain::About;
use crate::registry::trouble::Trouble;
use crate::token::Scope;
use crate::{Digest, ImageName, Images};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use longshore_protocol::FailureReason;
use std::sync::Arc;

/// How deep indexes may lie in indexes.
const DEEPEST: usize = 4;

impl Images {
    /// Copies what a name means to another name: byte for byte, so that the digest stays the same. What is there
    /// already is not moved.
    ///
    /// # Errors
    /// All that can fail with either registry.
    pub async fn copy(&self, from: &ImageName, to: &ImageName) -> Result<Digest, FailureReason> {
        let (source, target) = (self.registry_of(from)?, self.registry_of(to)?);
        let root = source.document(from).await?;
        let copy = Copy { images: self, source, target, from, to };
        copy.parts(&root, DEEPEST).await?;
        put(&copy.target, to, &root.bytes, &root.descriptor).await?;
        Ok(root.descriptor.digest)
    }
}

struct Copy<'a> {
    images: &'a Images,
    source: Arc<Registry>,
    target: Arc<Registry>,
    from: &'a ImageName,
    to: &'a ImageName,
}

impl Copy<'_> {
    /// Copies what a manifest or an index refers to.
    fn parts<'a>(&'a self, of: &'a Fetched, depth: usize) -> BoxFuture<'a, Result<(), FailureReason>> {
        async move {
            match &of.document {
                Document::Manifest(manifest) => self.blobs(manifest).await,
                Document::Index(_) if depth == 0 => {
                    Err(invalid(&self.from.to_string(), "its indexes lie too deep in each other"))
                }
                Document::Index(index) => {
                    for entry in &index.manifests {
                        self.entry(entry, depth - 1).await?;
                    }
                    Ok(())
                }
            }
        }
        .boxed()
    }

    async fn entry(&self, entry: &Descriptor, depth: usize) -> Result<(), FailureReason> {
        let fetched = self.source.document(&at(self.from, &entry.digest)).await?;
        self.parts(&fetched, depth).await?;
        put(&self.target, &at(self.to, &entry.digest), &fetched.bytes, &fetched.descriptor).await?;
        Ok(())
    }

    async fn blobs(&self, manifest: &Manifest) -> Result<(), FailureReason> {
        let upload = Upload::new(self.images, &self.target, self.to).near(self.from);
        let copies = manifest.blobs().into_iter().map(|blob| self.blob(&upload, blob));
        stream::iter(copies.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn blob(&self, upload: &Upload<'_>, blob: &Descriptor) -> Result<(), FailureReason> {
        if upload.is_there(blob).await? {
            return Ok(());
        }
        if self.images.store.holds(blob) {
            return upload.send_stored(blob).await;
        }
        let scope = Scope::pull(self.from.repository());
        let about = About::pull(self.from);
        upload
            .send(blob, async || {
                let opened = self
                    .source
                    .attempt(&scope, &about, async |auth| self.source.open_blob(&scope, &auth, blob, 0).await);
                Ok(opened.await.map_err(Trouble::from)?.bytes)
            })
            .await
    }
}
