//! How one signs in to an API.

use super::oauth::{OAuth2, Tokens};
use super::url;
use crate::Failure;
use base64::Engine;
use std::fmt;
use std::sync::Arc;

/// How requests are signed in. Its values are shown nowhere: not by `Debug`, in no message and no log.
#[derive(Clone, Default)]
pub struct Auth(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Header {
        name: String,
        value: String,
        secret: String,
        what: &'static str,
    },
    Query {
        name: String,
        key: String,
    },
    OAuth(Arc<Tokens>),
}

impl Auth {
    /// Nobody asks who we are.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A key in a header of its own.
    #[must_use]
    pub fn key_header(name: &str, key: &str) -> Self {
        Self::header(name, key.to_owned(), key, "the API key")
    }

    /// A key in the query.
    #[must_use]
    pub fn key_query(name: &str, key: &str) -> Self {
        Self(Kind::Query { name: name.to_owned(), key: key.to_owned() })
    }

    /// `Authorization: Bearer TOKEN`.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self::header("authorization", format!("Bearer {token}"), token, "the token")
    }

    /// User and password.
    #[must_use]
    pub fn basic(user: &str, password: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self::header("authorization", format!("Basic {pair}"), password, "user and password")
    }

    /// An access token that is got, and renewed, as OAuth 2.0 says.
    #[must_use]
    pub fn oauth2(oauth: OAuth2) -> Self {
        Self(Kind::OAuth(Arc::new(Tokens::new(oauth))))
    }

    fn header(name: &str, value: String, secret: &str, what: &'static str) -> Self {
        Self(Kind::Header { name: name.to_owned(), value, secret: secret.to_owned(), what })
    }

    /// The header to send.
    pub(crate) fn as_header(&self, client: &super::Client) -> Result<Option<(String, String)>, Failure> {
        Ok(match &self.0 {
            Kind::None | Kind::Query { .. } => None,
            Kind::Header { name, value, .. } => Some((name.clone(), value.clone())),
            Kind::OAuth(tokens) => Some(("authorization".to_owned(), format!("Bearer {}", tokens.access(client)?))),
        })
    }

    /// The address with what is sent in it.
    pub(crate) fn on_url(&self, address: &str) -> String {
        match &self.0 {
            Kind::Query { name, key } => url::with_query(address, &[(name.clone(), key.clone())]),
            _ => address.to_owned(),
        }
    }

    /// The address without what is sent in it: an API may repeat a key in the address of the next page, and states hold that.
    pub(crate) fn off_url(&self, address: &str) -> String {
        match (&self.0, address.split_once('?')) {
            (Kind::Query { name, .. }, Some((path, query))) => {
                let own = format!("{}=", url::escape(name));
                let others: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(&own)).collect();
                format!("{path}?{}", others.join("&"))
            }
            _ => address.to_owned(),
        }
    }

    /// The access token was refused: whether another one can be got.
    pub(crate) fn renew(&self) -> bool {
        match &self.0 {
            Kind::OAuth(tokens) => tokens.forget(),
            _ => false,
        }
    }

    /// What a person checks when it is refused.
    pub(crate) fn what(&self) -> &'static str {
        match &self.0 {
            Kind::None => "whether the API wants a key, which this connector does not send",
            Kind::Header { what, .. } => what,
            Kind::Query { .. } => "the API key",
            Kind::OAuth(_) => "client id, client secret and scopes",
        }
    }

    /// The text without any secret of ours.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        let secrets = match &self.0 {
            Kind::None => Vec::new(),
            Kind::Header { value, secret, .. } => vec![value.clone(), secret.clone()],
            Kind::Query { key, .. } => vec![url::escape(key), key.clone()],
            Kind::OAuth(tokens) => tokens.secrets(),
        };
        let secrets = secrets.iter().filter(|secret| secret.len() > 3);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
