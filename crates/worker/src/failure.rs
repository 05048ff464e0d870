//! Failures of the worker itself.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};

/// The result of anything that can fail beside a sync.
pub(crate) type Result<T> = std::result::Result<T, FailureReason>;

/// A person has to change something.
pub(crate) fn usage(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}

/// The machine does not provide something, for now.
pub(crate) fn environment(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, code, message)
}
