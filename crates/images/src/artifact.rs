//! Artifacts: documents that are no images and live in a registry all the same, as the one layer of a manifest.

use crate::image::{Descriptor, Document, Manifest, media_type};
use crate::push::{Upload, put};
use crate::registry::Registry;
use crate::registry::explain::About;
use crate::registry::trouble::Trouble;
use crate::token::Scope;
use crate::{Digest, ImageName, Images};
use futures_util::StreamExt;
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;

/// The configuration of an artifact that has none.
const EMPTY: &[u8] = b"{}";

/// The most bytes of a document that is read into memory.
const MOST_BYTES: usize = 64 << 20;

impl Images {
    /// Puts a document at a tag, in place of what is there; gives the digest of its manifest.
    ///
    /// # Errors
    /// `registry.denied`, and all that can fail with a registry.
    pub async fn put_artifact(
        &self,
        name: &ImageName,
        artifact_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, FailureReason> {
        let registry = self.registry_of(name)?;
        let (text, descriptor) = self.bring_artifact(&registry, name, artifact_type, bytes, None).await?;
        put(&registry, name, &text, &descriptor).await?;
        Ok(descriptor.digest)
    }

    /// The document at a tag.
    ///
    /// # Errors
    /// `image.not_found`, `image.manifest_invalid` when there is no artifact of that type, and all that can fail with a
    /// registry.
    pub async fn get_artifact(&self, name: &ImageName, artifact_type: &str) -> Result<Vec<u8>, FailureReason> {
        let registry = self.registry_of(name)?;
        match registry.document(name).await?.document {
            Document::Manifest(Manifest { artifact_type: Some(is), layers, .. }) if is == artifact_type => {
                let [layer] = &layers[..] else { return Err(not_that(name, artifact_type)) };
                registry.small_blob(name, layer, MOST_BYTES).await
            }
            _ => Err(not_that(name, artifact_type)),
        }
    }

    /// Brings up the parts of an artifact; gives its manifest, which is not there yet.
    pub(crate) async fn bring_artifact(
        &self,
        registry: &Registry,
        to: &ImageName,
        artifact_type: &str,
        bytes: &[u8],
        subject: Option<&Descriptor>,
    ) -> Result<(Vec<u8>, Descriptor), FailureReason> {
        let _hold = self.store.hold()?;
        let (config, layer) = (Descriptor::of(media_type::EMPTY, EMPTY), Descriptor::of(artifact_type, bytes));
        self.store.add(EMPTY)?;
        self.store.add(bytes)?;
        let upload = Upload::new(self, registry, to);
        upload.bring(&config).await?;
        upload.bring(&layer).await?;
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(media_type::OCI_MANIFEST.to_owned()),
            artifact_type: Some(artifact_type.to_owned()),
            config,
            layers: vec![layer],
            subject: subject.map(|it| Descriptor::new(&it.media_type, it.digest.clone(), it.size)),
            annotations: BTreeMap::new(),
        };
        let text = serde_json::to_vec(&manifest).unwrap_or_default(); // strings and numbers are always JSON
        let mut descriptor = Descriptor::of(media_type::OCI_MANIFEST, &text);
        descriptor.artifact_type = manifest.artifact_type;
        Ok((text, descriptor))
    }
}

impl Registry {
    /// A content, read into memory.
    pub(crate) async fn small_blob(
        &self,
        name: &ImageName,
        wanted: &Descriptor,
        most_bytes: usize,
    ) -> Result<Vec<u8>, FailureReason> {
        let scope = Scope::pull(name.repository());
        self.attempt(&scope, &About::pull(name), async |auth| {
            let mut stream = self.open_blob(&scope, &auth, wanted, 0).await?.bytes;
            let mut bytes = Vec::new();
            while let Some(piece) = stream.next().await {
                bytes.extend_from_slice(&piece?);
                if bytes.len() > most_bytes {
                    let problem = format!("{} is larger than {most_bytes} bytes", wanted.digest);
                    return Err(crate::image::invalid(&name.to_string(), &problem).into());
                }
            }
            let found = Digest::of(&bytes);
            if found == wanted.digest { Ok(bytes) } else { Err(Trouble::Mismatch(format!("{found} came"))) }
        })
        .await
    }
}

fn not_that(name: &ImageName, artifact_type: &str) -> FailureReason {
    crate::image::invalid(&name.to_string(), &format!("it is no artifact of the type {artifact_type}"))
}
