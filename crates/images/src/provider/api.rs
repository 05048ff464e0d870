//! Requests to clouds that make credentials: no redirects, since what is sent is secret; bounded answers; and a client
//! for metadata servers, which either answer at once or are not there.

use crate::failure::transient_failure;
use crate::registry::trouble::chain;
use crate::{Secret, Settings, http};
use longshore_protocol::FailureReason;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use std::time::Duration;

/// The longest that a connection to a metadata server takes, if there is one.
const METADATA_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest that a metadata server takes to answer.
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);

/// The most bytes of an answer.
const MOST_BYTES: usize = 1 << 20;

/// An answer, read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A text of the answer's JSON object.
    pub(super) fn text(&self, member: &str) -> Option<String> {
        let object: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        object.get(member)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A secret of the answer's JSON object.
    pub(super) fn secret(&self, member: &str) -> Option<Secret> {
        self.text(member).map(Secret::new)
    }
}

/// A client for APIs, which trusts what the registry is trusted by.
///
/// # Errors
/// `registry.ca_unreadable`, `registry.tls`.
pub(super) fn client(settings: &Settings, host: &str) -> Result<Client, FailureReason> {
    http::build(http::builder(settings, &[host])?.redirect(Policy::none()))
}

/// A client for metadata servers, which are never behind a proxy.
///
/// # Errors
/// `registry.tls`.
pub(super) fn metadata_client() -> Result<Client, FailureReason> {
    let builder = Client::builder().no_proxy().redirect(Policy::none());
    http::build(builder.connect_timeout(METADATA_CONNECT_TIMEOUT).timeout(METADATA_TIMEOUT))
}

/// Sends a request and reads the answer.
///
/// # Errors
/// When nothing answers, or too much. The address is left out: its query may be nobody's business.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let told = |error: reqwest::Error| chain(&error.without_url());
    let response = request.send().await.map_err(told)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = http::bounded(response, MOST_BYTES).await.map_err(told)?;
    let body = body.ok_or_else(|| format!("it answered more than {MOST_BYTES} bytes"))?;
    Ok(Answer { status, headers, body })
}

/// A cloud's API that does not answer, or not in its own way.
pub(super) fn unreachable_api(what: &str, why: &str, remedy: &str) -> FailureReason {
    let message = format!("{what} gave no answer that can be used; {remedy}");
    transient_failure("registry.provider_unreachable", message).with_detail(why)
}
