//! What can go wrong with one request, before it is said to anybody: told apart by what is to be done about it.

use crate::http::bounded;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use longshore_protocol::FailureReason;
use oci_client::errors::{OciDistributionError, OciErrorCode};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use std::error::Error;
use std::io;
use std::time::Duration;

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The registry answered, and its answer is no.
    Refused(Refusal),
    /// There was no answer, or not all of it.
    Broken(How, String),
    /// The content is another than was asked for.
    Mismatch(String),
    /// The failure is known already.
    Failed(FailureReason),
}

/// An answer that is no.
#[derive(Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The words of the specification, such as `NAME_UNKNOWN`.
    pub(crate) codes: Vec<String>,
    /// The rest of the answer, shortened.
    pub(crate) said: String,
    pub(crate) retry_after: Option<Duration>,
}

/// How an answer stayed away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// No connection came about.
    Unreachable,
    /// Nothing came for too long.
    Timeout,
    /// The certificate's authority is not known.
    UnknownAuthority,
    /// TLS did not come about otherwise.
    Tls,
    /// It speaks HTTP where TLS was spoken.
    SpeaksHttp,
    /// The connection ended before the answer.
    Cut,
    /// The answer is none that the specification knows.
    Odd,
}

/// How much of an answer is kept for the log.
const KEPT_CHARACTERS: usize = 1000;

/// The most bytes that are read of an answer that is no.
const MOST_REFUSAL_BYTES: usize = 1 << 20;

impl Trouble {
    /// Whether the same request may succeed a little later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            // An upload that is no longer known is begun anew.
            Self::Refused(refusal) => {
                matches!(refusal.status, 408 | 429 | 500..=599) || refusal.has("BLOB_UPLOAD_UNKNOWN")
            }
            Self::Broken(how, _) => matches!(how, How::Unreachable | How::Timeout | How::Cut),
            Self::Mismatch(_) | Self::Failed(_) => false,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Broken(How::Timeout, _))
    }

    pub(crate) fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    pub(crate) fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// How long the registry asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// The answer of a request that was not successful.
    pub(crate) async fn of_response(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        // An answer that cannot be read says nothing more than its status.
        let body = bounded(response, MOST_REFUSAL_BYTES).await.ok().flatten().unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        Self::Refused(Refusal { status, codes: codes_of(&body), said: shortened(&body), retry_after })
    }
}

impl Refusal {
    /// Whether it says this word of the specification.
    pub(crate) fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|it| it == code)
    }
}

/// For how long, or until when, the registry asks to wait.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = told.parse().ok().map(Duration::from_secs);
    let until = || rfc2822::parse(told).ok().map(|then| then.timestamp().duration_since(Timestamp::now()));
    seconds.or_else(|| Duration::try_from(until()?).ok())
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        if let Some(status) = error.status() {
            let said = shortened(&error.without_url().to_string());
            return Self::Refused(Refusal { status: status.as_u16(), said, ..Refusal::default() });
        }
        // Links to contents on other hosts may have a signature in them.
        let error = error.without_url();
        Self::Broken(how(&error), chain(&error))
    }
}

impl From<OciDistributionError> for Trouble {
    fn from(error: OciDistributionError) -> Self {
        let refused = |status, codes, said: &str| {
            Self::Refused(Refusal { status, codes, said: shortened(said), retry_after: None })
        };
        match error {
            OciDistributionError::RequestError(error) => error.into(),
            OciDistributionError::IoError(error) => error.into(),
            OciDistributionError::UnauthorizedError { .. } => refused(401, Vec::new(), ""),
            OciDistributionError::ServerError { code, message, .. } => refused(code, codes_of(&message), &message),
            OciDistributionError::RegistryError { envelope, .. } => {
                let codes = envelope.errors.iter().map(|error| word_of(&error.code)).collect();
                let status = envelope.errors.first().map_or(400, |error| status_of(&error.code));
                refused(status, codes, &envelope.to_string())
            }
            OciDistributionError::DigestError(error) => Self::Mismatch(error.to_string()),
            other => Self::Broken(How::Odd, other.to_string()),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        // Errors of reading an answer come wrapped.
        match error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>()) {
            Some(inner) => Self::Broken(how(inner), chain(&error)),
            None => Self::Broken(How::Cut, chain(&error)),
        }
    }
}

impl From<FailureReason> for Trouble {
    fn from(failure: FailureReason) -> Self {
        Self::Failed(failure)
    }
}

fn how(error: &reqwest::Error) -> How {
    let tls = tls_error(error);
    if let Some(rustls::Error::InvalidCertificate(problem)) = tls {
        let is_unknown = matches!(problem, rustls::CertificateError::UnknownIssuer);
        return if is_unknown { How::UnknownAuthority } else { How::Tls };
    }
    match tls {
        Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => How::SpeaksHttp,
        Some(_) => How::Tls,
        None if error.is_timeout() => How::Timeout,
        None if error.is_connect() => How::Unreachable,
        None => How::Cut,
    }
}

/// The error of TLS somewhere below; errors of I/O hide what they wrap from `source`.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let below = wrapped.map(|it| it as &(dyn Error + 'static)).or_else(|| error.source());
    below.and_then(tls_error)
}

/// An error with those below it, each said once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        below = error.source();
    }
    text
}

#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
}

fn codes_of(body: &str) -> Vec<String> {
    let envelope = serde_json::from_str::<Envelope>(body);
    envelope.map(|it| it.errors.into_iter().map(|entry| entry.code).collect()).unwrap_or_default()
}

fn word_of(code: &OciErrorCode) -> String {
    let word = serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned));
    word.unwrap_or_default()
}

fn status_of(code: &OciErrorCode) -> u16 {
    match code {
        OciErrorCode::Unauthorized => 401,
        OciErrorCode::Denied => 403,
        OciErrorCode::NameUnknown | OciErrorCode::ManifestUnknown | OciErrorCode::BlobUnknown => 404,
        OciErrorCode::Toomanyrequests => 429,
        _ => 400,
    }
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(KEPT_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
    use reqwest::header::{HeaderMap, RETRY_AFTER};
    use std::time::Duration;

    #[test]
    fn a_registry_asks_to_wait_for_seconds_or_until_a_time() {
        let asked = |told: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, told.parse().unwrap())]));
        let at = |seconds| {
            let then = Timestamp::now() + SignedDuration::from_secs(seconds);
            rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&then).unwrap()
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert!(asked(&at(60)).is_some_and(|pause| pause > Duration::from_secs(50)));
        assert_eq!(asked(&at(-60)), None);
        assert_eq!(asked("soon"), None);
    }
}
