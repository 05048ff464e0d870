//! Why the wrapper cannot go on: whose fault, a sentence for the user that says what to do, and more for the log.

use longshore_protocol::FailureKind;
use serde_json::{Value, json};

/// A failure; becomes a TRACE ERROR and exit code 1. Never holds a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    kind: FailureKind,
    pub(crate) message: String,
    detail: Option<String>,
    /// It needs no report: it has been told, or whoever reads stdout is gone.
    pub(crate) told: bool,
    of_the_target: bool,
}

impl Failure {
    fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, told: false, of_the_target: false }
    }

    /// Somebody has to change something.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::of(FailureKind::ConfigError, message)
    }

    /// A defect, or something nobody expected.
    pub(crate) fn system(message: impl Into<String>) -> Self {
        Self::of(FailureKind::SystemError, message)
    }

    /// Trying again later may help.
    pub(crate) fn transient(message: impl Into<String>) -> Self {
        Self::of(FailureKind::TransientError, message)
    }

    /// A failure whose kind is guessed from what the program said: nothing in Singer names it.
    pub(crate) fn said(message: impl Into<String>, said: &str) -> Self {
        Self::of(kind_of(said), message).with_detail(said)
    }

    /// The target ended, or closed its stdin, before its input did.
    pub(crate) fn target_is_gone() -> Self {
        let failure = Self::system("the target ended before its input did; what it has not acknowledged is sent again");
        Self { of_the_target: true, ..failure }
    }

    /// Whether the target's own end says more.
    pub(crate) fn is_of_the_target(&self) -> bool {
        self.of_the_target
    }

    pub(crate) fn stdout(error: &std::io::Error) -> Self {
        let told = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { told, ..Self::system(format!("cannot write to stdout: {error}")) }
    }

    /// The same failure, for a caller that has told it already.
    pub(crate) fn already_told(self) -> Self {
        Self { told: true, ..self }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The `error` of a TRACE.
    pub(crate) fn trace(&self) -> Value {
        json!({
            "message": self.message,
            "internal_message": self.detail.as_deref().unwrap_or(&self.message),
            "failure_type": self.kind.to_trace(),
        })
    }
}

fn kind_of(said: &str) -> FailureKind {
    const CONFIG: [&str; 12] = [
        "unauthorized",
        "forbidden",
        "401",
        "403",
        "invalid credentials",
        "authentication",
        "permission denied",
        "is a required property",
        "config is missing",
        "missing required",
        "no such file",
        "config validation",
    ];
    const TRANSIENT: [&str; 10] = [
        "timed out",
        "timeout",
        "429",
        "too many requests",
        "rate limit",
        "502",
        "503",
        "connection refused",
        "connection reset",
        "temporarily",
    ];
    let said = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match () {
        () if says(&CONFIG) => FailureKind::ConfigError,
        () if says(&TRANSIENT) => FailureKind::TransientError,
        () => FailureKind::SystemError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_guessed_from_the_words_of_the_program() {
        for (said, kind) in [
            ("HTTPError: 401 Client Error: Unauthorized", "config_error"),
            ("requests.exceptions.ReadTimeout: Read timed out", "transient_error"),
            ("KeyError: 'id'", "system_error"),
        ] {
            assert_eq!(Failure::said("m", said).trace()["failure_type"], kind, "{said}");
        }
    }
}
