//! Failures that nobody's connector is to blame for.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};

/// Something that this machine lacks or forbids; the message says what to install, start or allow.
pub(crate) fn environment_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}
