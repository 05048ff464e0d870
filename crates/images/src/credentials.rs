//! Credentials of registries: where they are looked for, how they are kept, and who makes new ones.

use crate::Secret;

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
