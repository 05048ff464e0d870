//! What an answer, or none, means: whose fault it is, what to do, and whether to try again.

use super::Auth;
use super::url::shown;
use crate::Failure;
use std::time::Duration;
use ureq::Error;

/// Characters of a refusing answer that go to the log.
const SHOWN_CHARACTERS: usize = 500;

/// A request that failed.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    pub(crate) again: Again,
    pub(crate) status: Option<u16>,
}

/// Whether it is tried again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Again {
    /// It would fail again.
    Never,
    /// Soon.
    Soon,
    /// When the server says.
    After(Duration),
}

impl Refusal {
    pub(crate) fn never(failure: Failure) -> Self {
        Self { failure, again: Again::Never, status: None }
    }

    fn soon(failure: Failure) -> Self {
        Self { failure, again: Again::Soon, status: None }
    }
}

/// No answer came, or it broke off.
pub(crate) fn of_error(error: Error, method: &str, url: &str) -> Refusal {
    let target = format!("{method} {}", shown(url));
    match error {
        Error::HostNotFound => of_unknown_host(&target),
        Error::Timeout(_) => {
            Refusal::soon(Failure::transient(format!("the server did not answer {target} in time; try again later")))
        }
        Error::BadUri(_) | Error::Http(_) => Refusal::never(Failure::config(format!(
            "`{}` is not an address one can ask; it begins with http:// or https:// and has a host",
            shown(url)
        ))),
        Error::InvalidProxyUrl => Refusal::never(Failure::config("the proxy's address is wrong; correct HTTPS_PROXY")),
        other => of_connection(&other.to_string(), &target),
    }
}

fn of_unknown_host(target: &str) -> Refusal {
    let message = format!("the host of {target} cannot be found; check the address and the network");
    Refusal::soon(Failure::transient(message))
}

fn of_connection(reason: &str, target: &str) -> Refusal {
    if reason.contains("certificate") {
        let message = format!(
            "the server of {target} shows a certificate that nobody we know has signed; put the PEM file of its \
             authority's certificate into SSL_CERT_FILE"
        );
        return Refusal::never(Failure::config(message).with_internal(reason));
    }
    if reason.contains("failed to lookup address") {
        return of_unknown_host(target);
    }
    let plain = reason.strip_prefix("io: ").unwrap_or(reason);
    let plain = plain.split(" (os error").next().unwrap_or_default();
    let message = format!("{target} failed: {plain}; check the address and the network, or try again later");
    Refusal::soon(Failure::transient(message).with_internal(reason))
}

/// An answer that is not 2xx.
pub(crate) fn of_status(status: u16, body: &str, target: &str, auth: &Auth, wait: Option<Duration>) -> Refusal {
    let failure = match status {
        401 => Failure::config(format!("the API does not accept us ({status} for {target}); check {}", auth.what())),
        403 => Failure::config(format!(
            "the API refuses access ({status} for {target}); check {} and what it gives a right to",
            auth.what()
        )),
        404 | 410 => Failure::config(format!("there is nothing at {target} ({status}); check the address")),
        407 => Failure::config(format!("the proxy refuses {target} (407); check user and password in HTTPS_PROXY")),
        429 => Failure::transient(format!("the API allows no more requests for now (429 for {target}); try later")),
        300..=399 => Failure::config(format!("{target} leads elsewhere ({status}); check the address")),
        408 | 425 | 500..=599 => {
            Failure::transient(format!("the server is in trouble ({status} for {target}); try again later"))
        }
        _ => Failure::config(format!("the API refuses {target} ({status}); check the configuration")),
    };
    let again = match (status, wait) {
        (408 | 425 | 429 | 500 | 502..=599, Some(wait)) => Again::After(wait),
        (408 | 425 | 429 | 500 | 502..=599, None) => Again::Soon,
        _ => Again::Never,
    };
    let said: String = auth.without_secrets(body).chars().take(SHOWN_CHARACTERS).collect();
    let internal = if said.is_empty() { failure.message.clone() } else { format!("{}; {said}", failure.message) };
    Refusal { failure: failure.with_internal(internal), again, status: Some(status) }
}

/// It was tried until patience ended.
pub(crate) fn given_up(failure: Failure, tries: u32, again: Again) -> Failure {
    let more = match again {
        Again::After(wait) if wait > Duration::from_secs(1) => {
            format!(" (it asks for {} s of patience, which is more than we have)", wait.as_secs())
        }
        _ if tries > 1 => format!(" (tried {tries} times)"),
        _ => String::new(),
    };
    Failure { message: format!("{}{more}", failure.message), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_protocol::FailureKind;

    #[test]
    fn each_status_has_its_kind_and_says_what_to_check() {
        use FailureKind::{ConfigError, TransientError};
        for (status, kind, word, again) in [
            (401, ConfigError, "the token", Again::Never),
            (403, ConfigError, "right", Again::Never),
            (404, ConfigError, "address", Again::Never),
            (400, ConfigError, "configuration", Again::Never),
            (302, ConfigError, "elsewhere", Again::Never),
            (429, TransientError, "later", Again::Soon),
            (503, TransientError, "later", Again::Soon),
            (501, TransientError, "later", Again::Never),
        ] {
            let refusal = of_status(status, "for s3cret", "GET http://h/x", &Auth::bearer("s3cret"), None);
            assert_eq!((refusal.failure.kind, refusal.again), (kind, again), "{status}");
            assert!(refusal.failure.message.contains(word), "{}", refusal.failure.message);
            assert!(!format!("{:?}", refusal.failure).contains("s3cret"));
        }
    }
}
