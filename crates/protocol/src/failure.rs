//! Why something failed: who (origin), what kind, a stable code, and what to do.

use std::fmt;

/// Who failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureOrigin {
    /// The source connector.
    Source,
    /// The destination connector.
    Destination,
    /// Longshore itself, or the machine under it.
    Platform,
}

impl fmt::Display for FailureOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Platform => "platform",
        })
    }
}

/// What kind of failure it was. The kind decides whether a retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A person has to change a configuration; a retry cannot help.
    ConfigError,
    /// Something outside was unavailable for a while; a retry may help.
    TransientError,
    /// A defect or an environment that does not fit.
    SystemError,
    /// Nothing moved for too long.
    HeartbeatTimeout,
    /// A person or a signal asked for the end.
    Cancelled,
}

impl FailureKind {
    /// The kind that a connector names in the `failure_type` of a TRACE ERROR; anything unknown is a system error.
    #[must_use]
    pub fn from_trace(failure_type: Option<&str>) -> Self {
        match failure_type {
            Some("config_error") => Self::ConfigError,
            Some("transient_error") => Self::TransientError,
            _ => Self::SystemError,
        }
    }

    /// The word of the protocol for this kind, as it stands in a TRACE ERROR.
    #[must_use]
    pub fn to_trace(self) -> &'static str {
        match self {
            Self::ConfigError => "config_error",
            Self::TransientError | Self::HeartbeatTimeout => "transient_error",
            Self::SystemError | Self::Cancelled => "system_error",
        }
    }
}

/// One failure: origin x kind x code, a message for the user, and more for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{message}")]
pub struct FailureReason {
    /// Who failed.
    pub origin: FailureOrigin,
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// The stable code, such as `image.not_found`; `longshore explain CODE` prints its page.
    pub code: String,
    /// One sentence for the user, with the command that mends it where there is one. Never holds a secret.
    pub message: String,
    /// More for the log: captured stderr, an inner error, a stack trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl FailureReason {
    /// A failure without detail.
    pub fn new(origin: FailureOrigin, kind: FailureKind, code: &str, message: impl Into<String>) -> Self {
        Self { origin, kind, code: code.to_owned(), message: message.into(), detail: None }
    }

    /// Adds what belongs into the log.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
