//! Manifests and indexes: asked for, checked against their digests, and put.

use super::explain::About;
use super::trouble::Trouble;
use super::{Registry, good};
use crate::image::{self, Descriptor, Document, MOST_MANIFEST_BYTES, media_type};
use crate::token::{Authorization, Scope};
use crate::{Digest, ImageName, http};
use longshore_protocol::FailureReason;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};

/// A manifest or an index, as the registry has it.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) document: Document,
    pub(crate) descriptor: Descriptor,
    pub(crate) limit: Option<RateLimit>,
}

/// What Docker Hub says of how much may be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RateLimit {
    pub(crate) limit: String,
    pub(crate) remaining: String,
}

impl Registry {
    /// The manifest or index that a name means.
    pub(crate) async fn document(&self, name: &ImageName) -> Result<Fetched, FailureReason> {
        let about = About::pull(name);
        let found = self.attempt(&Scope::pull(name.repository()), &about, |auth| self.get_document(name, auth)).await;
        match found {
            Err(failure) if failure.code == "image.not_found" => Err(self.not_found(name, failure).await),
            found => found,
        }
    }

    /// Tells a missing repository from a missing tag, which many registries do not.
    async fn not_found(&self, name: &ImageName, failure: FailureReason) -> FailureReason {
        match self.look_for_repository(name).await {
            Err(other) if matches!(other.code.as_str(), "image.not_found" | "image.repository_not_found") => {
                let about = About::pull(name);
                super::explain::repository_not_found(&self.host, &about)
            }
            _ => failure,
        }
    }

    /// The digest that a name has now, if the registry tells it without the manifest. An answer without a body says too
    /// little of what is missing, and some registries do not know `HEAD`.
    pub(crate) async fn digest_of(&self, name: &ImageName) -> Result<Option<Digest>, FailureReason> {
        let scope = Scope::pull(name.repository());
        self.attempt(&scope, &About::pull(name), async |auth| {
            let url = self.document_url(name.repository(), name.wanted());
            let accept = media_type::MANIFESTS.join(", ");
            match good(self.request(Method::HEAD, &url, &auth).header(ACCEPT, accept)).await {
                Err(trouble) if matches!(trouble.status(), Some(400 | 404 | 405)) => Ok(None),
                answer => Ok(told_digest(answer?.headers())),
            }
        })
        .await
    }

    async fn get_document(&self, name: &ImageName, auth: Authorization) -> Result<Fetched, Trouble> {
        let url = self.document_url(name.repository(), name.wanted());
        let accept = media_type::MANIFESTS.join(", ");
        let response = good(self.request(Method::GET, &url, &auth).header(ACCEPT, accept)).await?;
        let headers = response.headers().clone();
        let bytes = bytes_of(response, &name.to_string()).await?;
        let digest = Digest::of(&bytes);
        for wanted in name.digest().cloned().into_iter().chain(told_digest(&headers)) {
            if wanted != digest {
                return Err(Trouble::Mismatch(format!("{wanted} was wanted, and {digest} came")));
            }
        }
        let told = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let (document, media_type) = Document::parse(&bytes, told, &name.to_string())?;
        let descriptor = Descriptor::of(&media_type, &bytes);
        Ok(Fetched { bytes, document, descriptor, limit: rate_limit(&headers) })
    }

    fn document_url(&self, repository: &str, wanted: &str) -> String {
        self.url(&format!("v2/{repository}/manifests/{wanted}"))
    }

    /// Puts a manifest or an index at a tag or its digest; says whether the registry lists it by its subject.
    pub(crate) async fn put_document(
        &self,
        name: &ImageName,
        wanted: &str,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<bool, FailureReason> {
        self.attempt(&Scope::push(name.repository()), &About::push(name), async |auth| {
            let url = self.document_url(name.repository(), wanted);
            let request = self.request(Method::PUT, &url, &auth).header(CONTENT_TYPE, media_type);
            let response = good(request.body(bytes.to_vec())).await?;
            Ok(response.headers().contains_key("oci-subject"))
        })
        .await
    }
}

/// All bytes of an answer, as long as they are not more than a manifest may have.
async fn bytes_of(response: Response, name: &str) -> Result<Vec<u8>, Trouble> {
    let bytes = http::bounded(response, MOST_MANIFEST_BYTES as usize).await?;
    bytes.ok_or_else(|| image::invalid(name, "it is larger than 4 MiB").into())
}

fn told_digest(headers: &HeaderMap) -> Option<Digest> {
    headers.get("docker-content-digest")?.to_str().ok()?.parse().ok()
}

fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.split(';').next()?.to_owned());
    Some(RateLimit { limit: text("ratelimit-limit")?, remaining: text("ratelimit-remaining")? })
}
