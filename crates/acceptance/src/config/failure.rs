//! What can be wrong with a test configuration and the files that it names.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::path::Path;

/// The test configuration itself is wrong at a line; 0 when nobody knows which.
pub(super) fn invalid(file: &Path, line: u64, why: &str) -> FailureReason {
    let line = if line > 0 { format!(":{line}") } else { String::new() };
    failure("test.config_invalid", format!("{}{line}: {why}", file.display()))
}

/// A file that is named is not there, or cannot be read.
pub(super) fn missing(path: &Path, named: &str, error: &std::io::Error) -> FailureReason {
    let message = format!("{named} is {}, which cannot be read: {error}; make it, or correct the path", path.display());
    failure("test.file_missing", message)
}

/// A configuration with secrets is not there.
pub(super) fn no_secrets(path: &Path, named: &str, project: &Path) -> FailureReason {
    let message = format!(
        "{named} is {}, which is not there, since secrets are never part of a project; `longshore secrets write {}` makes \
         it of the credentials in the environment, or put the configuration of a real account there",
        path.display(),
        project.display()
    );
    failure("test.secrets_missing", message)
}

/// A file that is named does not hold what it should.
pub(super) fn unfit(path: &Path, why: &str) -> FailureReason {
    failure("test.file_invalid", format!("{}: {why}", path.display()))
}

fn failure(code: &str, message: String) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}
