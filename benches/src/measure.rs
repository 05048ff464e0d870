//! Runs a program and weighs it: wall time, CPU of it and of the children it waited for, peak memory.

use anyhow::{Context, Result, bail};
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// What one run took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// From start to end.
    pub(crate) wall: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The most memory that the largest of its processes had, in bytes.
    pub(crate) peak_bytes: u64,
}

/// Runs a program to its end and gives its cost and its stdout.
///
/// # Errors
/// When it cannot start or does not end with 0.
pub(crate) fn measure(command: &mut Command) -> Result<(Cost, String)> {
    let mut complaints = tempfile::tempfile()?;
    let start = Instant::now();
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(complaints.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let mut output = String::new();
    if let Some(mut stdout) = process.stdout.take() {
        stdout.read_to_string(&mut output)?;
    }
    let used = process.wait4()?;
    if !used.status.success() {
        let mut said = String::new();
        complaints.rewind()?;
        complaints.read_to_string(&mut said)?;
        bail!("{command:?} ended with {}; it printed {output}\n{said}", used.status);
    }
    let cost =
        Cost { wall: start.elapsed(), cpu: used.rusage.utime + used.rusage.stime, peak_bytes: used.rusage.maxrss };
    Ok((cost, output))
}
