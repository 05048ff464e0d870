//! Credentials of registries: where they are looked for, how they are kept, and who makes new ones.

mod config_file;
mod entry;
pub(crate) mod helper;
mod host;
mod keep;
mod program;

use crate::provider::Provider;
use crate::{Secret, Settings};
use config_file::{ConfigFile, Place};
use longshore_protocol::FailureReason;

pub use keep::{Kept, Listed, auth_entry, list, login, logout};

/// With what a registry is told who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody in particular.
    Anonymous,
    /// A user and a password, or a token in its place.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token of the registry's token server; Docker calls it `identitytoken`.
    IdentityToken(Secret),
}

/// Credentials, and where they come from, for messages: `credHelpers of ~/.docker/config.json (docker-credential-gcloud)`.
pub struct Found {
    /// What was found; [`Credentials::Anonymous`] when there is nothing for that host.
    pub credentials: Credentials,
    /// Where.
    pub place: String,
}

/// Which credentials are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The first in the standard order.
    First,
    /// The registry did not take those: new ones, from whoever can make some; what is kept as a text is not asked again.
    AfterDenied,
}

/// Looks for the credentials of a registry, in the standard order.
///
/// # Errors
/// When a place that names this registry cannot be asked.
pub async fn find(settings: &Settings, host: &str, attempt: Attempt) -> Result<Found, FailureReason> {
    find_for(settings, host, None, attempt).await
}

/// The same for one repository (`team/source-x`), which may have credentials of its own: keys of podman's `auth.json`
/// such as `registry.test/team` are heeded.
///
/// # Errors
/// When a place that names this registry cannot be asked.
pub async fn find_for(
    settings: &Settings,
    host: &str,
    repository: Option<&str>,
    attempt: Attempt,
) -> Result<Found, FailureReason> {
    let found = match attempt {
        Attempt::First => first(settings, host, repository).await?,
        Attempt::AfterDenied => renewed(settings, host, repository).await?,
    };
    let nothing = || Found { credentials: Credentials::Anonymous, place: "nowhere".to_owned() };
    Ok(found.map_or_else(nothing, |found| normal(host, found)))
}

/// Given ones, then those of each file, then the provider's own.
async fn first(settings: &Settings, host: &str, repository: Option<&str>) -> Result<Option<Found>, FailureReason> {
    if let Some(credentials) = settings.given.get(host).cloned() {
        return Ok(Some(Found { credentials, place: "the variables LONGSHORE_REGISTRY_…".to_owned() }));
    }
    for file in files(settings)? {
        for place in file.helpers_for(host, repository)? {
            if let Some(found) = ask(settings, &place, host).await? {
                return Ok(Some(found));
            }
        }
        if let Some(credentials) = file.kept_for(host, repository)? {
            return Ok(Some(Found { credentials, place: format!("auths of {}", file.path().display()) }));
        }
    }
    Provider::of(host).credentials(settings, host, Attempt::First).await
}

/// From helpers that make credentials, from the provider, and from helpers that only keep some, which may have been
/// given new ones in the meantime.
async fn renewed(settings: &Settings, host: &str, repository: Option<&str>) -> Result<Option<Found>, FailureReason> {
    let mut places = Vec::new();
    for file in files(settings)? {
        places.extend(file.helpers_for(host, repository)?);
    }
    let (keepers, makers): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| program::only_keeps(&place.helper));
    for place in &makers {
        if let Some(found) = ask(settings, place, host).await? {
            return Ok(Some(found));
        }
    }
    if let Some(found) = Provider::of(host).credentials(settings, host, Attempt::AfterDenied).await? {
        return Ok(Some(found));
    }
    for place in &keepers {
        if let Some(found) = ask(settings, place, host).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The files of credentials that exist, in the order in which they are asked.
fn files(settings: &Settings) -> Result<Vec<ConfigFile>, FailureReason> {
    let paths = std::iter::once(&settings.docker_config).chain(&settings.podman_auth);
    let files: Result<Vec<_>, _> = paths.map(|path| ConfigFile::read(path)).collect();
    Ok(files?.into_iter().flatten().collect())
}

async fn ask(settings: &Settings, place: &Place, host: &str) -> Result<Option<Found>, FailureReason> {
    let answer = helper::HelperProgram::of(settings, place, host)?.get().await?;
    Ok(answer.map(|credentials| Found { credentials, place: place.to_string() }))
}

/// A user that stands for "what follows is a refresh token" is none.
fn normal(host: &str, found: Found) -> Found {
    let credentials = match found.credentials {
        Credentials::Basic { username, password } if entry::is_token_user(host, &username) => {
            Credentials::IdentityToken(password)
        }
        other => other,
    };
    Found { credentials, ..found }
}
