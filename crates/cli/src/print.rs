//! Everything that this program prints: results to stdout, all else to stderr.
//!
//! `println!` and `eprintln!` panic when nobody reads any more, and a sync must not end because a log viewer did.

use crate::failure::Result;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Prints a result to stdout.
///
/// # Errors
/// When it cannot be written. A reader that has seen enough (`| head`) is no error.
pub(crate) fn result(text: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Prints a line to stderr. Whoever closed it does not want it: nothing depends on it.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What became of a write to stdout.
///
/// # Errors
/// As [`result`].
pub(crate) fn written(outcome: io::Result<()>) -> Result<()> {
    outcome.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => {
            let message = format!("the result cannot be written to stdout: {error}");
            Err(FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "output.unwritable", message))
        }
    })
}
