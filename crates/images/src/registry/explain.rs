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
    let has = |code: &str| refusal.has(code);
    match refusal.status {
        401 => unauthorized(host, about, auth),
        403 if auth.is_anonymous() => missing(host, about),
        403 => denied(host, about),
        413 => too_large(host, about),
        429 => rate_limited(host),
        _ if has("MANIFEST_INVALID") || has("MANIFEST_BLOB_UNKNOWN") => refused_manifest(host, about),
        404 if has("BLOB_UPLOAD_UNKNOWN") => failed(host, 404),
        404 if has("NAME_UNKNOWN") || about.wish == Wish::Push => repository_not_found(host, about),
        404 => not_found(host, about),
        500..=599 | 408 => failed(host, refusal.status),
        400 if refusal.said.contains("HTTP request to an HTTPS server") => speaks_https(host),
        _ if has("DENIED") => denied(host, about),
        _ if has("DIGEST_INVALID") => mismatch(&about.name, host),
        _ if refusal.said.contains("immutable") => immutable(host, about),
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
        Wish::Pull => format!("pulls {}, or has no such repository", about.name),
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
    let remedy = match about.wish {
        Wish::Push => {
            "make it there first; for Amazon ECR `longshore connector publish DIR --to NAME --create-repository` does so"
        }
        _ => "look at the spelling, or push it first by `longshore image push`",
    };
    let message = format!("{host} has no repository of the name in {}; {remedy}", about.name);
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

fn too_large(host: &str, about: &About) -> FailureReason {
    let message = format!(
        "{host} takes no content as large as one of {}; let the proxy before it take more, for nginx by \
         `client_max_body_size 0;`",
        about.name
    );
    config_failure("registry.too_large", message)
}

fn immutable(host: &str, about: &About) -> FailureReason {
    let message = format!(
        "{host} has another {} already and lets no tag be changed; publish a new version, which \
         `longshore connector bump DIR patch` makes",
        about.name
    );
    config_failure("image.tag_taken", message)
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
    transient_failure("registry.failed", message)
}

fn speaks_https(host: &str) -> FailureReason {
    let message = format!("{host} speaks HTTPS; leave out `--plain-http`");
    config_failure("registry.speaks_https", message)
}

fn broken(host: &str, how: How, said: &str) -> FailureReason {
    let transient = |code, why: &str| transient_failure(code, format!("{host} {why}"));
    match how {
        How::Cut => transient(
            "registry.unreachable",
            "ends the connection before it has answered; look at its own log, or try later",
        ),
        How::Unreachable => transient(
            "registry.unreachable",
            &format!("cannot be reached: {said}; look at `curl -i https://{host}/v2/`"),
        ),
        How::Timeout => transient(
            "registry.timeout",
            &format!("does not answer in time; look at `curl -i https://{host}/v2/`, or try later"),
        ),
        How::Odd => {
            transient("registry.failed", &format!("answers what no registry may answer: {said}; look at its own log"))
        }
        How::UnknownAuthority | How::Tls | How::SpeaksHttp => not_trusted(host, how, said),
    }
}

/// TLS did not come about.
fn not_trusted(host: &str, how: How, said: &str) -> FailureReason {
    let (code, message) = match how {
        How::SpeaksHttp => (
            "registry.speaks_http",
            format!("{host} speaks HTTP without TLS; if that is meant to be so, say `--plain-http`"),
        ),
        How::UnknownAuthority => (
            "registry.tls",
            format!(
                "the certificate of {host} is by an authority that this machine does not know; name its PEM file by \
                 `--ca-file FILE`"
            ),
        ),
        _ if said.contains("CaUsedAsEndEntity") => (
            "registry.tls",
            format!(
                "{host} shows the certificate of an authority as its own; make it one of its own, with \
                 `basicConstraints=CA:FALSE`"
            ),
        ),
        _ => (
            "registry.tls",
            format!("TLS with {host} does not come about: {said}; a private authority is told by `--ca-file FILE`"),
        ),
    };
    config_failure(code, message)
}

impl Refusal {
    fn detail(&self) -> String {
        format!("status {}: {}", self.status, self.said)
    }
}
