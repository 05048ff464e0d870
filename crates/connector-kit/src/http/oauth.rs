//! OAuth 2.0: access tokens, got and renewed.

use super::{Client, url};
use crate::Failure;
use serde::Deserialize;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(30);

/// How an access token is got.
#[derive(Clone)]
pub struct OAuth2 {
    token_url: String,
    client_id: String,
    client_secret: String,
    refresh_token: Option<String>,
    parameters: Vec<(String, String)>,
    basic: bool,
    stored_at: Option<String>,
}

impl OAuth2 {
    /// The connector signs in as itself.
    #[must_use]
    pub fn client_credentials(token_url: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            token_url: token_url.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            refresh_token: None,
            parameters: Vec::new(),
            basic: false,
            stored_at: None,
        }
    }

    /// A person has signed in before and left a refresh token.
    #[must_use]
    pub fn refresh_token(token_url: &str, client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        let refresh_token = Some(refresh_token.to_owned());
        Self { refresh_token, ..Self::client_credentials(token_url, client_id, client_secret) }
    }

    /// What is asked for, separated by spaces.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.parameter("scope", scope)
    }

    /// One more parameter of the request for a token, such as `audience`.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Client id and secret are sent as user and password, not among the parameters.
    #[must_use]
    pub fn basic(mut self) -> Self {
        self.basic = true;
        self
    }

    /// The server gives a new refresh token each time. It is put at this JSON pointer of the configuration
    /// (`/credentials/refresh_token`), and the platform is asked to keep it.
    #[must_use]
    pub fn rotates_at(mut self, pointer: &str) -> Self {
        self.stored_at = Some(pointer.to_owned());
        self
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OAuth2({})", url::shown(&self.token_url))
    }
}

/// The tokens that were got.
pub(crate) struct Tokens {
    oauth: OAuth2,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    access: Option<(String, Instant)>,
    refresh: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    refresh_token: Option<String>,
}

impl Tokens {
    pub(crate) fn new(oauth: OAuth2) -> Self {
        let refresh = oauth.refresh_token.clone();
        Self { oauth, kept: Mutex::new(Kept { access: None, refresh }) }
    }

    /// The access token, a new one when the old one ends. Other threads wait for it.
    pub(crate) fn access(&self, client: &Client) -> Result<String, Failure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, ends)) = &kept.access
            && Instant::now() < *ends
        {
            return Ok(token.clone());
        }
        let granted = self.ask(client, kept.refresh.as_deref())?;
        let seconds = granted.expires_in.as_ref().and_then(seconds).unwrap_or(3600.0);
        let valid = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let early = EARLY.min(valid / 2);
        if let Some(new) = granted.refresh_token.filter(|new| kept.refresh.as_ref().is_some_and(|old| old != new)) {
            if let Some(pointer) = &self.oauth.stored_at {
                client.invocation().change_config(pointer, &new).map_err(|error| Failure::stdout(&error))?;
            }
            kept.refresh = Some(new);
        }
        kept.access = Some((granted.access_token.clone(), Instant::now() + valid - early));
        Ok(granted.access_token)
    }

    /// Whether there was one to forget.
    pub(crate) fn forget(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).access.take().is_some()
    }

    /// Everything that must not be shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let access = kept.access.iter().map(|(token, _)| token.clone());
        let own = [self.oauth.client_secret.clone()].into_iter().chain(self.oauth.refresh_token.clone());
        own.chain(kept.refresh.clone()).chain(access).collect()
    }

    fn ask(&self, client: &Client, refresh: Option<&str>) -> Result<Granted, Failure> {
        let OAuth2 { token_url, client_id, client_secret, parameters, basic, .. } = &self.oauth;
        let mut form = vec![("grant_type", if refresh.is_some() { "refresh_token" } else { "client_credentials" })];
        form.extend(refresh.map(|token| ("refresh_token", token)));
        form.extend(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let signed_in = if *basic { super::Auth::basic(client_id, client_secret) } else { super::Auth::none() };
        if !basic {
            form.extend([("client_id", client_id.as_str()), ("client_secret", client_secret.as_str())]);
        }
        let asker = client.clone().for_tokens(signed_in);
        let answer = asker.post(token_url).form(&form).send().map_err(refused)?;
        serde_json::from_str(answer.text()).map_err(|error| {
            Failure::system(format!("the answer of {} has no access token", url::shown(token_url)))
                .with_internal(format!("line {} column {}", error.line(), error.column()))
        })
    }
}

/// A token server says with 400 that the credentials are wrong.
fn refused(failure: Failure) -> Failure {
    match failure.kind {
        longshore_protocol::FailureKind::ConfigError => Failure {
            message: format!(
                "no access token was given; check client id, client secret, refresh token and scopes: {}",
                failure.message
            ),
            ..failure
        },
        _ => failure,
    }
}

/// Some servers send the number as text.
fn seconds(value: &serde_json::Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
