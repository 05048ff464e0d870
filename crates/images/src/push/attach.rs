//! Attaching an artifact to an image: a manifest whose subject is the image's. Registries that do not list artifacts by
//! their subjects have a tag for each subject, which is an index of them.

use super::{Upload, put};
use crate::image::{Descriptor, Document, Index, Manifest, media_type};
use crate::registry::Registry;
use crate::{Digest, ImageName, Images};
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;

/// The configuration of an artifact that has none.
const EMPTY: &[u8] = b"{}";

impl Images {
    /// Attaches some bytes, such as an SBOM, to an image that is in its registry; gives the digest of their manifest.
    /// The same bytes attached again are there once.
    ///
    /// # Errors
    /// `registry.denied`, and all that can fail with a registry.
    pub async fn attach(
        &self,
        subject: &Descriptor,
        artifact_type: &str,
        media_type: &str,
        bytes: &[u8],
        to: &ImageName,
    ) -> Result<Digest, FailureReason> {
        let _hold = self.store.hold()?;
        let registry = self.registry(to.registry())?;
        let (config, layer) = (Descriptor::of(media_type::EMPTY, EMPTY), Descriptor::of(media_type, bytes));
        self.store.add(EMPTY)?;
        self.store.add(bytes)?;
        let upload = Upload::new(self, &registry, to, None);
        upload.bring(&config).await?;
        upload.bring(&layer).await?;
        let manifest = artifact(subject, artifact_type, config, layer);
        let text = serde_json::to_vec(&manifest).unwrap_or_default(); // strings and numbers are always JSON
        let mut descriptor = Descriptor::of(media_type::OCI_MANIFEST, &text);
        let by_digest = to.with_digest(descriptor.digest.clone());
        let is_listed = put(&registry, &by_digest, &text, &descriptor).await?;
        descriptor.artifact_type = manifest.artifact_type;
        if !is_listed {
            list(&registry, to, subject, descriptor.clone()).await?;
        }
        Ok(descriptor.digest)
    }
}

fn artifact(subject: &Descriptor, artifact_type: &str, config: Descriptor, layer: Descriptor) -> Manifest {
    Manifest {
        schema_version: 2,
        media_type: Some(media_type::OCI_MANIFEST.to_owned()),
        artifact_type: Some(artifact_type.to_owned()),
        config,
        layers: vec![layer],
        subject: Some(Descriptor::new(&subject.media_type, subject.digest.clone(), subject.size)),
        annotations: BTreeMap::new(),
    }
}

/// Adds an artifact to the index of its subject's tag.
async fn list(
    registry: &Registry,
    to: &ImageName,
    subject: &Descriptor,
    artifact: Descriptor,
) -> Result<(), FailureReason> {
    let tag = subject.digest.as_str().replace(':', "-");
    let place = to.with_tag(&tag)?;
    let mut index = match registry.document(&place).await {
        Ok(fetched) => match fetched.document {
            Document::Index(index) => index,
            Document::Manifest(_) => empty_index(),
        },
        Err(failure) if failure.code == "image.not_found" => empty_index(),
        Err(failure) => return Err(failure),
    };
    if index.manifests.iter().any(|entry| entry.digest == artifact.digest) {
        return Ok(());
    }
    index.manifests.push(artifact);
    let text = serde_json::to_vec(&index).unwrap_or_default(); // strings and numbers are always JSON
    registry.put_document(&place, &tag, &text, media_type::OCI_INDEX).await?;
    Ok(())
}

fn empty_index() -> Index {
    Index {
        schema_version: 2,
        media_type: Some(media_type::OCI_INDEX.to_owned()),
        manifests: Vec::new(),
        annotations: BTreeMap::new(),
    }
}
