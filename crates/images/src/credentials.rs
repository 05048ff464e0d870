//! Credentials of registries: where they are looked for, how they are kept, and who makes new ones.

use crate::{Secret, Settings};
use longshore_protocol::FailureReason;

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
pub async fn find(_settings: &Settings, _host: &str, _attempt: Attempt) -> Result<Found, FailureReason> {
    Ok(Found { credentials: Credentials::Anonymous, place: "nowhere".to_owned() })
}
