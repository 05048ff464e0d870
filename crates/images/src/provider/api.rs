//! Requests to clouds that make credentials: no redirects, since what is sent is secret; bounded answers; and a client
//! for metadata servers, which either answer at once or are not there.

use crate::failure::{system_failure, transient_failure};
use crate::http::{CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT, certificates, choose_tls};
use crate::{Secret, Settings};
use longshore_protocol::FailureReason;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};
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
    let mut builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT);
    for pem in certificates(settings, host)? {
        // They have been understood once already.
        let trusted = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
        builder = trusted.into_iter().fold(builder, ClientBuilder::add_root_certificate);
    }
    build(builder)
}

/// A client for metadata servers, which are never behind a proxy.
///
/// # Errors
/// `registry.tls`.
pub(super) fn metadata_client() -> Result<Client, FailureReason> {
    build(Client::builder().no_proxy().connect_timeout(METADATA_CONNECT_TIMEOUT).timeout(METADATA_TIMEOUT))
}

fn build(builder: ClientBuilder) -> Result<Client, FailureReason> {
    choose_tls();
    let client = builder.user_agent(USER_AGENT).redirect(Policy::none()).build();
    client.map_err(|error| system_failure("registry.tls", format!("TLS cannot be set up: {error}")))
}

/// Sends a request and reads the answer.
///
/// # Errors
/// When nothing answers, or too much.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let mut response = request.send().await.map_err(told)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(format!("it answered more than {MOST_BYTES} bytes"));
        }
    }
    Ok(Answer { status, headers, body })
}

/// An error and its causes, without the address, whose query may be nobody's business.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

/// A cloud's API that does not answer, or not in its own way.
pub(super) fn unreachable_api(what: &str, why: &str, remedy: &str) -> FailureReason {
    let message = format!("{what} gave no answer that can be used; {remedy}");
    transient_failure("registry.provider_unreachable", message).with_detail(why)
}
