//! Short forms of the failures of this crate; all of them are the platform's.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::io;
use std::path::Path;

/// A person has to change a file, a version, an argument.
pub(crate) fn config_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}

/// What is there is broken, or this machine cannot.
pub(crate) fn system_failure(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, code, message)
}

/// A file of a project cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> FailureReason {
    let path = path.display();
    config_failure("connector.unreadable", format!("cannot read {path}: {error}; look at it with `ls -l {path}`"))
}
