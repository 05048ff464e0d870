//! Keeping credentials where Docker keeps them, taking them away, and listing whose there are.

use super::config_file::{ConfigFile, Place, change_entries};
use super::helper::HelperProgram;
use super::{entry, files, host};
use crate::failure::config_failure;
use crate::{Credentials, Settings};
use longshore_protocol::FailureReason;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where credentials were put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// For messages: `auths of ~/.docker/config.json`.
    pub place: String,
    /// Whether whoever reads the disk cannot read them; the caller warns if not.
    pub is_encrypted: bool,
}

/// A registry whose credentials are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Listed {
    /// The registry; with a path when its credentials are confined to that.
    pub host: String,
    /// The user; empty where there is none or the place does not tell.
    pub username: String,
    /// Where.
    pub place: String,
}

/// Keeps credentials: in the helper that Docker's `config.json` names for that registry, else in the file itself.
///
/// # Errors
/// `registry.credentials_invalid` for what is no user and password; else when the place cannot be read or written.
pub async fn login(settings: &Settings, host: &str, credentials: &Credentials) -> Result<Kept, FailureReason> {
    check(host, credentials)?;
    let key = host::key_of(host).to_owned();
    if let Some(place) = helper_for(settings, host)? {
        HelperProgram::of(settings, &place, host)?.store(credentials).await?;
        // What was kept as a text before would be found by others; the empty entry tells them to ask the helper.
        change(settings, move |entries| entries.insert(key, json!({}))).await?;
        return Ok(Kept { place: place.to_string(), is_encrypted: true });
    }
    let new = entry::write(credentials).unwrap_or_else(|| json!({}));
    change(settings, move |entries| entries.insert(key, new)).await?;
    Ok(Kept { place: format!("auths of {}", settings.docker_config.display()), is_encrypted: false })
}

/// Takes credentials away from where [`login`] keeps them; says whether there were any.
///
/// # Errors
/// When the place cannot be read or written.
pub async fn logout(settings: &Settings, host: &str) -> Result<bool, FailureReason> {
    let mut was_kept = false;
    if let Some(place) = helper_for(settings, host)? {
        let helper = HelperProgram::of(settings, &place, host)?;
        was_kept = helper.get().await?.is_some();
        if was_kept {
            helper.erase().await?;
        }
    }
    if ConfigFile::read(&settings.docker_config)?.is_none() {
        return Ok(was_kept);
    }
    let host = host.to_owned();
    let had_entry = change(settings, move |entries| {
        let keys: Vec<_> = entries.keys().filter(|key| host::fit(key, &host, None).is_some()).cloned().collect();
        let removed = keys.iter().filter_map(|key| entries.shift_remove(key));
        removed.filter(|entry| entry.as_object().is_none_or(|entry| !entry.is_empty())).count() > 0
    });
    Ok(had_entry.await? || was_kept)
}

/// The registries whose credentials are kept in Docker's and podman's files and in the helpers that they name. A helper
/// that does not answer is told as a notice, and the others are listed.
///
/// # Errors
/// `registry.config_invalid`.
pub async fn list(settings: &Settings) -> Result<Vec<Listed>, FailureReason> {
    let mut listed = Vec::new();
    for file in files(settings)? {
        let place = format!("auths of {}", file.path().display());
        listed.extend(file.kept()?.into_iter().map(|(key, kept)| listing(key, entry::username(&kept), &place)));
        for place in file.helpers()? {
            listed.extend(list_of_helper(settings, &place).await);
        }
    }
    listed.sort();
    listed.dedup();
    Ok(listed)
}

/// What a helper keeps; of one that is named for a single registry, only that.
async fn list_of_helper(settings: &Settings, place: &Place) -> Vec<Listed> {
    let host = place.key.as_deref().map_or("all registries", |key| host::understand(key).0);
    let answer = match HelperProgram::of(settings, place, host) {
        Ok(helper) => helper.list().await,
        Err(reason) => Err(reason),
    };
    let users = answer.unwrap_or_else(|reason| {
        (settings.notice)(&reason.message);
        BTreeMap::new()
    });
    let name = place.to_string();
    match &place.key {
        None => users.into_iter().map(|(key, user)| listing(&key, Some(user), &name)).collect(),
        Some(key) => {
            let user = users.into_iter().find(|(other, _)| host::understand(other).0 == host).map(|(_, user)| user);
            vec![listing(key, user, &name)]
        }
    }
}

fn listing(key: &str, username: Option<String>, place: &str) -> Listed {
    let (host, path) = host::understand(key);
    let host = if path.is_empty() { host.to_owned() } else { format!("{host}/{path}") };
    let username = username.filter(|name| name != entry::TOKEN_USER);
    Listed { host, username: username.unwrap_or_default(), place: place.to_owned() }
}

/// The key and the entry of `auths` that Docker would write for credentials; nothing for [`Credentials::Anonymous`].
#[must_use]
pub fn auth_entry(host: &str, credentials: &Credentials) -> Option<(String, Value)> {
    entry::write(credentials).map(|entry| (host::key_of(host).to_owned(), entry))
}

/// The helper that would be asked first.
fn helper_for(settings: &Settings, host: &str) -> Result<Option<Place>, FailureReason> {
    let file = ConfigFile::read(&settings.docker_config)?;
    let places = file.map_or_else(|| Ok(Vec::new()), |file| file.helpers_for(host, None))?;
    Ok(places.into_iter().next())
}

/// Changes the file on a thread that may wait for another `longshore`.
async fn change<T: Send + 'static>(
    settings: &Settings,
    change: impl FnOnce(&mut Map<String, Value>) -> T + Send + 'static,
) -> Result<T, FailureReason> {
    let path = settings.docker_config.clone();
    let done = tokio::task::spawn_blocking(move || change_entries(&path, change)).await;
    // It is never aborted, and a panic goes on here.
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

fn check(host: &str, credentials: &Credentials) -> Result<(), FailureReason> {
    let problem = match credentials {
        Credentials::Anonymous => Some("there is nothing to keep"),
        Credentials::Basic { username, .. } if username.is_empty() => Some("the user is empty"),
        Credentials::Basic { username, .. } if username.contains(':') => Some("a user has no `:`"),
        Credentials::Basic { password, .. } if password.is_empty() => Some("the password is empty"),
        Credentials::IdentityToken(token) if token.is_empty() => Some("the token is empty"),
        Credentials::Basic { .. } | Credentials::IdentityToken(_) => None,
    };
    let Some(problem) = problem else { return Ok(()) };
    let advice = crate::provider::advice(host);
    Err(config_failure("registry.credentials_invalid", format!("no login at {host}: {problem}; {advice}")))
}
