//! Failures at the edge: what is printed, and the exit code.

use crate::print::note;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::process::ExitCode;

/// The result of anything that can fail before or beside a sync.
pub(crate) type Result<T> = std::result::Result<T, FailureReason>;

/// A person has to change an argument or a file: exit code 2.
pub(crate) fn usage(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}

/// The machine does not provide something: exit code 3.
pub(crate) fn environment(code: &str, message: impl Into<String>) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, code, message)
}

/// Codes of things that this machine, its network or its registries do not provide.
const ENVIRONMENT: [&str; 4] = ["docker.", "pypi.", "platform.", "image.pull"];

/// 2 for what a person has to configure, 3 for what the environment lacks, else 1.
pub(crate) fn exit_code(failure: &FailureReason) -> u8 {
    match failure.kind {
        _ if ENVIRONMENT.iter().any(|prefix| failure.code.starts_with(prefix)) => 3,
        FailureKind::ConfigError => 2,
        _ => 1,
    }
}

/// Prints a failure for people, and returns its exit code.
pub(crate) fn print(failure: &FailureReason) -> ExitCode {
    note(format_args!("error[{}]: {}", failure.code, failure.message));
    let detail = failure.detail.as_deref().map(str::trim).filter(|detail| *detail != failure.message);
    for line in detail.unwrap_or_default().lines() {
        note(format_args!("  | {line}"));
    }
    note(format_args!("  more: longshore explain {}", failure.code));
    ExitCode::from(exit_code(failure))
}
