//! What a connector reports when it cannot go on.

use longshore_protocol::FailureKind;

/// A failure of a connector: whose fault, a sentence for the user, and more for the log.
///
/// The kit turns it into a TRACE ERROR and exit code 1. The message must say what to do and must not hold secrets.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Whether a person must act (`ConfigError`), time may help (`TransientError`), or neither (`SystemError`).
    pub kind: FailureKind,
    /// For the user.
    pub message: String,
    /// For the log.
    pub internal: Option<String>,
    /// Set when the failure is only that the other end of the pipe went away: it has its own report.
    pub(crate) closed_pipe: bool,
}

impl Failure {
    fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), internal: None, closed_pipe: false }
    }

    /// The configuration has to be changed.
    pub fn config(message: impl Into<String>) -> Self {
        Self::of(FailureKind::ConfigError, message)
    }

    /// Trying again later may help.
    pub fn transient(message: impl Into<String>) -> Self {
        Self::of(FailureKind::TransientError, message)
    }

    /// A defect, or something nobody expected.
    pub fn system(message: impl Into<String>) -> Self {
        Self::of(FailureKind::SystemError, message)
    }

    /// SIGTERM or SIGINT asked for the end.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::of(FailureKind::Cancelled, "stopped by a signal")
    }

    /// Writing to stdout failed: whoever reads it is gone.
    pub(crate) fn stdout(error: &std::io::Error) -> Self {
        let closed_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { closed_pipe, ..Self::system(format!("cannot write to stdout: {error}")) }
    }

    /// Adds what belongs into the log.
    #[must_use]
    pub fn with_internal(mut self, internal: impl Into<String>) -> Self {
        self.internal = Some(internal.into());
        self
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::system(error.to_string())
    }
}
