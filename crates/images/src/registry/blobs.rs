//! Contents of a repository: whether they are there, their bytes from a position on, and their way up.

use super::explain::About;
use super::trouble::{How, Trouble};
use super::{Registry, Way, good};
use crate::image::Descriptor;
use crate::token::{Authorization, Scope};
use crate::{Digest, ImageName};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use longshore_protocol::FailureReason;
use oci_client::client::BlobResponse;
use oci_client::errors::OciDistributionError;
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::{Method, Response, StatusCode};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bytes of a content.
pub(crate) struct Bytestream {
    /// They begin at the position that was asked for; otherwise at the beginning.
    pub(crate) is_rest: bool,
    pub(crate) bytes: BoxStream<'static, io::Result<Bytes>>,
}

impl Registry {
    /// Whether a content is in a repository.
    pub(crate) async fn has_blob(&self, scope: &Scope, about: &About, digest: &Digest) -> Result<bool, FailureReason> {
        self.attempt(scope, about, async |auth| {
            let reference = self.reference(&scope.repository);
            Ok(self.client(Way::Down, scope, &auth).await?.blob_exists(&reference, digest.as_str()).await?)
        })
        .await
    }

    /// The bytes of a content from a position on; asked for once.
    pub(crate) async fn open_blob(
        &self,
        scope: &Scope,
        auth: &Authorization,
        wanted: &Descriptor,
        from: u64,
    ) -> Result<Bytestream, Trouble> {
        let reference = self.reference(&scope.repository);
        let client = self.client(Way::Down, scope, auth).await?;
        let answer = client.pull_blob_stream_partial(&reference, wanted.digest.as_str(), from, None).await?;
        Ok(match answer {
            BlobResponse::Full(stream) => Bytestream { is_rest: from == 0, bytes: stream.stream },
            BlobResponse::Partial(stream) => Bytestream { is_rest: true, bytes: stream.stream },
        })
    }

    /// Brings a content up; `bytes` makes its bytes anew for each try.
    pub(crate) async fn push_blob<S, F>(
        &self,
        scope: &Scope,
        name: &ImageName,
        wanted: &Descriptor,
        bytes: impl Fn() -> F,
    ) -> Result<(), FailureReason>
    where
        F: Future<Output = Result<S, Trouble>>,
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        self.attempt(scope, &About::push(name), async |auth| {
            let reference = self.reference(name.repository());
            let client = self.client(Way::Up, scope, &auth).await?;
            let moved = Arc::new(AtomicU64::new(0));
            let counter = Arc::clone(&moved);
            let bytes = bytes().await?.map(move |piece: io::Result<Bytes>| {
                counter.fetch_add(piece.as_ref().map_or(0, Bytes::len) as u64, Ordering::Relaxed);
                piece.map_err(Into::into)
            });
            let sent = client.push_blob_stream(&reference, bytes, wanted.digest.as_str(), Some(wanted.size));
            watched(sent, &moved, wanted.size, self.patience.silence).await
        })
        .await
    }

    /// Takes a content over from another repository of this registry; says whether that came about. Whoever may not
    /// read there is told so in many ways, and brings the content up instead.
    pub(crate) async fn mount(&self, name: &ImageName, from: &str, digest: &Digest) -> bool {
        let scope = Scope::push_from(name.repository(), from);
        let query = [("mount", digest.as_str()), ("from", from)];
        let Ok(response) = self.begin_upload(&scope, name, &query).await else { return false };
        if response.status() != StatusCode::CREATED {
            self.cancel(name, &response).await;
        }
        response.status() == StatusCode::CREATED
    }

    /// Proves the right to push: begins an upload and takes it back.
    pub(crate) async fn try_upload(&self, name: &ImageName) -> Result<(), FailureReason> {
        let scope = Scope::push(name.repository());
        let response = self.begin_upload(&scope, name, &[]).await?;
        self.cancel(name, &response).await;
        Ok(())
    }

    async fn begin_upload(
        &self,
        scope: &Scope,
        name: &ImageName,
        query: &[(&str, &str)],
    ) -> Result<Response, FailureReason> {
        let url = self.url(&format!("v2/{}/blobs/uploads/", name.repository()));
        self.attempt(scope, &About::push(name), async |auth| {
            good(self.request(Method::POST, &url, &auth).query(query).header(CONTENT_LENGTH, 0)).await
        })
        .await
    }

    /// Takes an upload back. Where that is not allowed the registry removes it after some days.
    async fn cancel(&self, name: &ImageName, begun: &Response) {
        let place = begun.headers().get(LOCATION).and_then(|it| it.to_str().ok());
        let Some(url) = place.and_then(|place| begun.url().join(place).ok()) else { return };
        let scope = Scope::take_back(name.repository());
        if let Ok(auth) = self.authorize(&scope, &About::push(name)).await {
            let _ = self.request(Method::DELETE, url.as_str(), &auth).send().await;
        }
    }
}

/// How much longer than for a piece a registry may be silent once it has all: it looks at the whole content then.
const SILENCES_AT_THE_END: u32 = 10;

/// Waits for an upload as long as bytes are taken.
async fn watched<T>(
    sent: impl Future<Output = Result<T, OciDistributionError>>,
    moved: &AtomicU64,
    size: u64,
    silence: Duration,
) -> Result<(), Trouble> {
    let mut sent = pin!(sent);
    let (mut before, mut silences) = (0, 0);
    loop {
        if let Ok(done) = tokio::time::timeout(silence, &mut sent).await {
            return Ok(done.map(|_| ())?);
        }
        let now = moved.load(Ordering::Relaxed);
        silences = if now == before { silences + 1 } else { 0 };
        before = now;
        if silences >= if now < size { 1 } else { SILENCES_AT_THE_END } {
            return Err(Trouble::Broken(How::Timeout, format!("{now} of {size} bytes were taken")));
        }
    }
}
