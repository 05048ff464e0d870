//! What can go wrong here: one enum, a variant for each thing that a caller does differently.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde::Serialize;

/// The result of what is done here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Each has a stable code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not to be seen.
    #[error("there is no {resource} {id}")]
    NotFound {
        /// What kind of thing, such as `connection`.
        resource: &'static str,
        /// What it was asked for by.
        id: String,
    },
    /// What was asked for is understood and wrong; nothing was changed.
    #[error("{message}")]
    Invalid {
        /// The stable code.
        code: &'static str,
        /// One sentence.
        message: String,
        /// Each wrong place, where they are known.
        problems: Vec<Problem>,
    },
    /// It does not go together with what is there, now.
    #[error("{message}")]
    Conflict {
        /// The stable code.
        code: &'static str,
        /// One sentence.
        message: String,
    },
    /// A connector, or what it needs, failed while somebody waited for it.
    #[error("{0}")]
    Failed(Box<FailureReason>),
    /// The database does not answer, or not as it should.
    #[error("{message}")]
    Database {
        /// The stable code.
        code: &'static str,
        /// One sentence; never holds the address with its password.
        message: String,
    },
}

/// One wrong place in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A JSON pointer, such as `/configuration/count`.
    pub path: String,
    /// What is wrong there; never holds the value.
    pub message: String,
}

impl Error {
    /// Something is wrong as a whole.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { code, message: message.into(), problems: Vec::new() }
    }

    /// Something does not go together with what is there.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    /// A thing is not there.
    pub fn not_found(resource: &'static str, id: impl ToString) -> Self {
        Self::NotFound { resource, id: id.to_string() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound { .. } => "resource.not_found",
            Self::Invalid { code, .. } | Self::Conflict { code, .. } | Self::Database { code, .. } => code,
            Self::Failed(reason) => &reason.code,
        }
    }

    /// The same for whoever tells failures of connectors and of the platform alike.
    #[must_use]
    pub fn into_reason(self) -> FailureReason {
        let kind = match &self {
            Self::Failed(_) => FailureKind::SystemError,
            Self::NotFound { .. } | Self::Invalid { .. } | Self::Conflict { .. } => FailureKind::ConfigError,
            Self::Database { .. } => FailureKind::TransientError,
        };
        match self {
            Self::Failed(reason) => *reason,
            other => FailureReason::new(FailureOrigin::Platform, kind, other.code(), other.to_string()),
        }
    }

    /// The database cannot be reached.
    pub(crate) fn unreachable(error: sqlx::Error) -> Self {
        // The text of an address that cannot be parsed would hold its password.
        let why = match &error {
            sqlx::Error::Configuration(_) => "its address is not one".to_owned(),
            other => other.to_string(),
        };
        Self::Database { code: "database.unreachable", message: format!("the database cannot be reached: {why}") }
    }

    pub(crate) fn of_migration(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError::{VersionMismatch, VersionMissing};
        match error {
            VersionMissing(_) | VersionMismatch(_) => Self::Database {
                code: "database.too_new",
                message:
                    "a later version of Longshore has changed this database; start that version, or restore a backup"
                        .to_owned(),
            },
            other => Self::Database {
                code: "database.unreachable",
                message: format!("the database cannot be migrated: {other}"),
            },
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => Self::unreachable(error),
            other => Self::Database { code: "database.failed", message: format!("the database failed: {other}") },
        }
    }
}

impl From<FailureReason> for Error {
    fn from(reason: FailureReason) -> Self {
        Self::Failed(Box::new(reason))
    }
}
