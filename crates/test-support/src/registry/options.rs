//! What a registry is started with.

use std::path::PathBuf;

/// How a registry is to be. The default: anybody, no TLS, a storage of its own, 127.0.0.1.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who may come.
    pub auth: Auth,
    /// Whether it speaks TLS, with a certificate of a private authority.
    pub tls: bool,
    /// Where it keeps images; a temporary folder otherwise.
    pub storage: Option<PathBuf>,
    /// Whether it listens on `[::1]`: Docker takes 127.0.0.0/8 for trusted, and checks no certificate there.
    pub ipv6: bool,
}

/// Who may come to a registry.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Anybody.
    #[default]
    Anybody,
    /// These users, by Basic; rights are not told apart.
    Htpasswd(Vec<User>),
    /// These users, by tokens from a server of the lab.
    Token(TokenAuth),
}

/// A token server.
#[derive(Debug, Clone)]
pub struct TokenAuth {
    /// Who gets tokens.
    pub users: Vec<User>,
    /// How long the registry takes a token. Registries of this kind take one for 60 seconds more than its `exp` claim
    /// says, so the claim is 60 seconds early; `expires_in` says this number.
    pub lifetime_seconds: u64,
    /// Whether who gives no password may pull.
    pub anonymous_pull: bool,
    /// The `exp` claim says the lifetime too; the registry then takes a token for 60 seconds more.
    pub honest_claim: bool,
}

/// One user.
#[derive(Debug, Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// What the user may; told apart by token servers alone.
    pub rights: Rights,
}

/// What a user may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Pull.
    Pull,
    /// Pull, push and delete.
    Push,
}

impl Auth {
    pub(crate) fn users(&self) -> Vec<User> {
        match self {
            Self::Anybody => Vec::new(),
            Self::Htpasswd(users) => users.clone(),
            Self::Token(token) => token.users.clone(),
        }
    }
}

impl User {
    /// A user with all rights.
    #[must_use]
    pub fn new(name: &str, password: &str) -> Self {
        Self { name: name.to_owned(), password: password.to_owned(), rights: Rights::Push }
    }

    /// The same user, who may only pull.
    #[must_use]
    pub fn pull_only(self) -> Self {
        Self { rights: Rights::Pull, ..self }
    }

    /// `NAME:PASSWORD`.
    #[must_use]
    pub fn basic(&self) -> String {
        format!("{}:{}", self.name, self.password)
    }
}

impl TokenAuth {
    /// A server for these users whose tokens live this long.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = User>, lifetime_seconds: u64) -> Self {
        Self { users: users.into_iter().collect(), lifetime_seconds, anonymous_pull: false, honest_claim: false }
    }
}
