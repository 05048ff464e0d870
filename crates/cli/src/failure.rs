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

/// Codes of things that this machine does not provide, whatever a person configures.
const ENVIRONMENT: [&str; 6] = ["database.", "docker.", "pypi.", "platform.", "server.unreachable", "tool."];

/// Codes in those areas for which a person wrote something wrong.
const WRITTEN_WRONG: [&str; 2] = ["pypi.not_found", "pypi.no_program"];

/// Codes of what lies between this machine and a registry.
const REGISTRIES: [&str; 3] = ["registry.", "image.", "download."];

/// 2 for what a person has to configure, 3 for what the environment lacks, else 1.
pub(crate) fn exit_code(failure: &FailureReason) -> u8 {
    let is_of = |areas: &[&str]| areas.iter().any(|area| failure.code.starts_with(area));
    match failure.kind {
        _ if WRITTEN_WRONG.contains(&failure.code.as_str()) => 2,
        _ if is_of(&ENVIRONMENT) => 3,
        FailureKind::TransientError if is_of(&REGISTRIES) => 3,
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
