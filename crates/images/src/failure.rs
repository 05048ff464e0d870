//! Short forms of the failures of this crate; all of them are the platform's.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};

/// A person has to change a name, a credential, a file.
pub(crate) fn config_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}

/// Something outside does not answer, or not now.
pub(crate) fn transient_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, code, message)
}

/// What is there is broken, or this machine cannot.
pub(crate) fn system_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, code, message)
}
