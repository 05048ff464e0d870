//! Google Artifact Registry: the key of a service account, or a token of the metadata server that every machine of
//! Google's cloud has. Tokens of `gcloud` come through its credential helper.

use super::{Grammar, api};
use crate::failure::config_failure;
use crate::{Credentials, Found, Secret, Settings};
use longshore_protocol::FailureReason;
use std::path::Path;

/// Names of Artifact Registry.
pub(super) const GRAMMAR: Grammar = Grammar {
    shape: "REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE",
    parts: &["PROJECT", "REPOSITORY", "IMAGE"],
    has_more: true,
};

/// Names of Container Registry, which have no repository.
pub(super) const OLD_GRAMMAR: Grammar =
    Grammar { shape: "gcr.io/PROJECT/IMAGE", parts: &["PROJECT", "IMAGE"], has_more: true };

/// Where metadata servers are.
const METADATA_HOST: &str = "metadata.google.internal";

/// The header by which a metadata server and its client know each other.
const FLAVOR: (&str, &str) = ("Metadata-Flavor", "Google");

const ACCOUNT: &str = "computeMetadata/v1/instance/service-accounts/default";

/// What the scopes of a token have to hold one of: of them all, one begins so.
const GOOD_SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/devstorage."];

/// Whether a host is one of Google's registries.
pub(super) fn is_host(host: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_old_host(host) || host.strip_suffix("-docker.pkg.dev").is_some_and(is_word)
}

/// Whether it is one of Container Registry.
pub(super) fn is_old_host(host: &str) -> bool {
    matches!(host, "gcr.io" | "us.gcr.io" | "eu.gcr.io" | "asia.gcr.io" | "mirror.gcr.io" | "marketplace.gcr.io")
}

/// What a host lacks that is almost one of Google's: a whole name, and what is missing.
pub(super) fn explain_host(host: &str) -> Option<(&'static str, &'static str)> {
    (host == "docker.pkg.dev").then_some((GRAMMAR.shape, "the region is missing"))
}

/// How one logs in: on a machine with `gcloud`, on one without.
pub(super) fn advice(host: &str) -> String {
    format!(
        "let gcloud make the credentials by `gcloud auth login && gcloud auth configure-docker {host}`, or keep the key \
         of a service account by `longshore registry login {host} --username _json_key --password-stdin < KEY.json`; a \
         token of `gcloud auth print-access-token` (user oauth2accesstoken) holds for 60 minutes only"
    )
}

/// The key that a variable names, else a token of the metadata server.
///
/// # Errors
/// `registry.google_key_invalid`, `registry.google_scope_missing`.
pub(super) async fn credentials(settings: &Settings, host: &str) -> Result<Option<Found>, FailureReason> {
    match settings.variable("GOOGLE_APPLICATION_CREDENTIALS") {
        Some(path) => key_of_account(Path::new(path), host).map(Some),
        None => token_of_machine(settings, host).await,
    }
}

fn key_of_account(path: &Path, host: &str) -> Result<Found, FailureReason> {
    let text =
        std::fs::read_to_string(path).map_err(|error| invalid(path, host, &format!("cannot be read: {error}")))?;
    let key: serde_json::Value = serde_json::from_str(&text).map_err(|_| invalid(path, host, "is no JSON"))?;
    match key.get("type").and_then(serde_json::Value::as_str) {
        Some("service_account") => Ok(Found {
            credentials: basic("_json_key", text.trim()),
            place: format!("GOOGLE_APPLICATION_CREDENTIALS ({})", path.display()),
        }),
        // The type is no secret, but a file that is something else may have one there.
        Some(other @ ("authorized_user" | "external_account" | "impersonated_service_account")) => {
            Err(invalid(path, host, &format!("is of type {other}")))
        }
        _ => Err(invalid(path, host, "is something else")),
    }
}

fn invalid(path: &Path, host: &str, why: &str) -> FailureReason {
    let message = format!(
        "GOOGLE_APPLICATION_CREDENTIALS has to name the key of a service account, but {} {why}; unset it, or {}",
        path.display(),
        advice(host)
    );
    config_failure("registry.google_key_invalid", message)
}

/// Nothing when this is no machine of Google's, or one without a service account.
async fn token_of_machine(settings: &Settings, host: &str) -> Result<Option<Found>, FailureReason> {
    let server = settings.variable("GCE_METADATA_HOST").and_then(|host| host.to_str()).unwrap_or(METADATA_HOST);
    let Some(answer) = ask(server, "token").await? else { return Ok(None) };
    let Some(token) = answer.secret("access_token") else {
        let remedy = format!("look at it by `curl -H 'Metadata-Flavor: Google' http://{server}/{ACCOUNT}/token`");
        return Err(api::unreachable_api(&format!("the metadata server at {server}"), "no access_token", &remedy));
    };
    if let Some(scopes) = ask(server, "scopes").await? {
        check_scopes(&String::from_utf8_lossy(&scopes.body), host)?;
    }
    let place = format!("the metadata server of Google Cloud ({server})");
    Ok(Some(Found { credentials: basic("oauth2accesstoken", token.expose()), place }))
}

/// What the metadata server says; nothing from a server that is none.
async fn ask(server: &str, what: &str) -> Result<Option<api::Answer>, FailureReason> {
    let request = api::metadata_client()?.get(format!("http://{server}/{ACCOUNT}/{what}")).header(FLAVOR.0, FLAVOR.1);
    // Whoever does not answer at once, and in this way, is no metadata server: this machine is elsewhere.
    let Ok(answer) = api::send(request).await else { return Ok(None) };
    let is_google = answer.headers.get(FLAVOR.0).is_some_and(|flavor| flavor == FLAVOR.1);
    Ok(Some(answer).filter(|answer| is_google && answer.status.is_success()))
}

fn check_scopes(scopes: &str, host: &str) -> Result<(), FailureReason> {
    let is_good = |scope: &str| GOOD_SCOPES.iter().any(|good| scope.trim().starts_with(good));
    if scopes.lines().any(is_good) {
        return Ok(());
    }
    let message = format!(
        "the token of this machine's service account is not made for {host}: no scope of it reaches registries; stop the \
         machine and give it one by `gcloud compute instances set-service-account MACHINE --scopes=cloud-platform`"
    );
    Err(config_failure("registry.google_scope_missing", message).with_detail(format!("scopes: {}", scopes.trim())))
}

fn basic(username: &str, password: &str) -> Credentials {
    Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
}
