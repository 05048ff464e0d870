//! Attaching an artifact to an image: a manifest whose subject is the image's. Registries that do not list artifacts by
//! their subjects have a tag for each subject, which is an index of them.

use super::put;
use crate::image::{Descriptor, Document, Index, media_type};
use crate::registry::Registry;
use crate::{Digest, ImageName, Images};
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;

/// What became of something that was to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The digest of its manifest.
    pub digest: Digest,
    /// Whether it was not there yet.
    pub is_new: bool,
}

impl Images {
    /// Attaches some bytes, such as an SBOM, to an image that is in its registry. The same bytes attached again are there
    /// once.
    ///
    /// # Errors
    /// `registry.denied`, and all that can fail with a registry.
    pub async fn attach(
        &self,
        subject: &Descriptor,
        artifact_type: &str,
        bytes: &[u8],
        to: &ImageName,
    ) -> Result<Attached, FailureReason> {
        let registry = self.registry_of(to)?;
        let (text, descriptor) = self.bring_artifact(&registry, to, artifact_type, bytes, Some(subject)).await?;
        let by_digest = to.with_digest(descriptor.digest.clone());
        // A registry that cannot say whether it is there is given it once more.
        let is_new = registry.document(&by_digest).await.is_err();
        let is_listed = put(&registry, &by_digest, &text, &descriptor).await?;
        if !is_listed {
            list(&registry, to, subject, descriptor.clone()).await?;
        }
        Ok(Attached { digest: descriptor.digest, is_new })
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
