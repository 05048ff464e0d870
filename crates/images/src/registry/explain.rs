//! What a person is told when a registry does not do what it was asked: one code for each thing that is mended
//! differently.

use super::trouble::{How, Refusal, Trouble};
use crate::failure::{config_failure, system_failure, transient_failure};
use crate::token::Authorization;
use crate::{DOCKER_HUB, ImageName, provider};
use longshore_protocol::FailureReason;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// The image, or the registry's host.
    pub(crate) name: String,
    pub(crate) wish: Wish,
}

/// What somebody wants of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Pull,
    Push,
    LogIn,
}

impl About {
    pub(crate) fn pull(name: &ImageName) -> Self {
        Self { name: name.to_string(), wish: Wish::Pull }
    }

    pub(crate) fn push(name: &ImageName) -> Self {
        Self { name: name.to_string(), wish: Wish::Push }
    }

    pub(crate) fn host(host: &str) -> Self {
        Self { name: host.to_owned(), wish: Wish::LogIn }
    }
}

/// Makes a failure of some trouble with a registry.
pub(crate) fn failure(host: &str, about: &About, auth: &Authorization, trouble: Trouble) -> FailureReason {
    match trouble {
        Trouble::Failed(failure) => failure,
        Trouble::Refused(refusal) => refused(host, about, auth, &refusal).with_detail(refusal.detail()),
        Trouble::Broken(how, said) => broken(host, how, &said).with_detail(said),
        Trouble::Mismatch(said) => mismatch(&about.name, host).with_detail(said),
    }
}

/// A content that is another than its digest says.
pub(crate) fn mismatch(name: &str, host: &str) -> FailureReason {
    let message = format!(
        "{host} gives other bytes for {name} than their digest says; push the image again, and look at proxies in \
         between if that does not help"
    );
    system_failure("image.digest_mismatch", message)
}

/// A content that ends too early.
pub(crate) fn truncated(name: &str, host: &str) -> FailureReason {
    let message = format!("{host} does not give all bytes of {name}, again and again; push the image again");
    transient_failure("image.truncated", message)
}

pub(crate) fn not_a_registry(host: &str) -> FailureReason {
    let message = format!("{host} answers, but it is no registry of images; look at `curl -i https://{host}/v2/`");
    config_failure("registry.not_a_registry", message)
}

fn refused(host: &str, about: &About, auth: &Authorization, refusal: &Refusal) -> FailureReason {
    let has = |code: &str| refusal.codes.iter().any(|it| it == code);
    match refusal.status {
        401 => unauthorized(host, about, auth),
        403 => denied(host, about),
        429 => rate_limited(host),
        404 if has("NAME_UNKNOWN") => repository_not_found(host, about),
        404 => not_found(host, about),
        500..=599 | 408 => failed(host, refusal.status),
        400 if refusal.said.contains("HTTP request to an HTTPS server") => speaks_https(host),
        _ if has("DENIED") => denied(host, about),
        _ if has("DIGEST_INVALID") => mismatch(&about.name, host),
        _ if has("MANIFEST_INVALID") || has("MANIFEST_BLOB_UNKNOWN") => refused_manifest(host, about),
        status => unexpected(host, about, status),
    }
}

fn unauthorized(host: &str, about: &About, auth: &Authorization) -> FailureReason {
    if auth.is_anonymous() {
        return missing(host, about);
    }
    // Whoever has made a token of the credentials has taken them: what lacks is the right.
    if auth.is_token() { denied(host, about) } else { rejected(host, &auth.place) }
}

/// There are no credentials where some are needed.
pub(crate) fn missing(host: &str, about: &About) -> FailureReason {
    let verb = match about.wish {
        Wish::Pull => format!("pulls {}", about.name),
        Wish::Push => format!("pushes {}", about.name),
        Wish::LogIn => "asks".to_owned(),
    };
    let message =
        format!("{host} wants to know who {verb}, and there are no credentials for it; {}", provider::advice(host));
    config_failure("registry.credentials_missing", message)
}

/// The credentials are not taken.
pub(crate) fn rejected(host: &str, place: &str) -> FailureReason {
    let message = format!("{host} does not take the credentials from {place}; {}", provider::advice(host));
    config_failure("registry.credentials_rejected", message)
}

/// The credentials are good and have no right.
pub(crate) fn denied(host: &str, about: &About) -> FailureReason {
    let message = match about.wish {
        Wish::Pull => format!(
            "{host} does not let these credentials pull {}, or there is no such repository; get the right to read it, \
             and prove it by `longshore registry check {}`",
            about.name, about.name
        ),
        _ => format!(
            "{host} does not let these credentials push {}; get the right to write there, and prove it by `longshore \
             registry check --push {}`",
            about.name, about.name
        ),
    };
    config_failure("registry.denied", message)
}

fn rate_limited(host: &str) -> FailureReason {
    let advice = match host {
        DOCKER_HUB => {
            "log in, which allows more: `longshore registry login docker.io --username NAME --password-stdin`"
        }
        _ => "wait some minutes and run the command again",
    };
    transient_failure("registry.rate_limited", format!("{host} says that it was asked too often; {advice}"))
}

pub(crate) fn repository_not_found(host: &str, about: &About) -> FailureReason {
    let message =
        format!("{host} has no repository of the name in {}; look at the spelling, or push it first", about.name);
    config_failure("image.repository_not_found", message)
}

fn not_found(host: &str, about: &About) -> FailureReason {
    let name = &about.name;
    let message =
        format!("{host} has no {name}; see which tags there are by `longshore image tags {}`", untagged(name));
    config_failure("image.not_found", message)
}

/// A name without what is looked for in it.
fn untagged(name: &str) -> String {
    name.parse::<ImageName>().map_or_else(|_| name.to_owned(), |name| name.untagged())
}

fn refused_manifest(host: &str, about: &About) -> FailureReason {
    let message = format!("{host} does not take the manifest of {}; run the command again", about.name);
    system_failure("image.manifest_invalid", message)
}

fn failed(host: &str, status: u16) -> FailureReason {
    let message = format!("{host} fails with status {status}, again and again; look at its own log, or try later");
    transient_failure("registry.failed", message)
}

fn unexpected(host: &str, about: &About, status: u16) -> FailureReason {
    let message = format!("{host} answers status {status}, for {}; look at its own log", about.name);
    system_failure("registry.failed", message)
}

fn speaks_https(host: &str) -> FailureReason {
    let message = format!("{host} speaks HTTPS; leave out `--plain-http`");
    config_failure("registry.speaks_https", message)
}

fn broken(host: &str, how: How, said: &str) -> FailureReason {
    match how {
        How::Cut => {
            let message =
                format!("{host} ends the connection before it has answered; look at its own log, or try later");
            transient_failure("registry.unreachable", message)
        }
        How::Unreachable => {
            let message = format!("{host} cannot be reached: {said}; look at `curl -i https://{host}/v2/`");
            transient_failure("registry.unreachable", message)
        }
        How::Timeout => {
            let message = format!("{host} does not answer in time; look at `curl -i https://{host}/v2/`, or try later");
            transient_failure("registry.timeout", message)
        }
        How::UnknownAuthority => {
            let message = format!(
                "the certificate of {host} is by an authority that this machine does not know; name its PEM file by \
                 `--ca-file FILE`"
            );
            config_failure("registry.tls", message)
        }
        How::Tls if said.contains("CaUsedAsEndEntity") => {
            let message = format!(
                "{host} shows the certificate of an authority as its own; make it one of its own, with \
                 `basicConstraints=CA:FALSE`"
            );
            config_failure("registry.tls", message)
        }
        How::Tls => {
            let message =
                format!("TLS with {host} does not come about: {said}; a private authority is told by `--ca-file FILE`");
            config_failure("registry.tls", message)
        }
        How::SpeaksHttp => {
            let message = format!("{host} speaks HTTP without TLS; if that is meant to be so, say `--plain-http`");
            config_failure("registry.speaks_http", message)
        }
        How::Odd => {
            let message = format!("{host} answers what no registry may answer: {said}; look at its own log");
            system_failure("registry.failed", message)
        }
    }
}

impl Refusal {
    fn detail(&self) -> String {
        format!("status {}: {}", self.status, self.said)
    }
}
