//! Asks a program of this machine for one value, such as a secret that a vault keeps.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// More than this is no value.
const LONGEST_BYTES: u64 = 1024 * 1024;

/// The end of what the program complained is kept.
const KEPT_STDERR_BYTES: u64 = 8 * 1024;

/// How a program answered. What it printed may be a secret, so this has neither `Debug` nor `Display`.
pub struct Answered {
    /// Whether it ended with code 0.
    pub succeeded: bool,
    /// What it printed, without the end of the last line.
    pub value: String,
    /// What it complained.
    pub stderr: String,
}

/// Runs a program to its end, with nothing to read and this environment alone; it is killed after `limit`, and when the future is
/// dropped.
///
/// # Errors
/// When it cannot be started, takes too long, or prints what is no text.
pub async fn value_of(environment: &[(OsString, OsString)], words: &[String], limit: Duration) -> io::Result<Answered> {
    let [program, arguments @ ..] = words else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    tokio::time::timeout(limit, answered(command)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn answered(mut command: Command) -> io::Result<Answered> {
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::join!(head(stdout, LONGEST_BYTES), head(stderr, KEPT_STDERR_BYTES));
    let status = child.wait().await?;
    let value = String::from_utf8(stdout?).map_err(|_| io::Error::other("it printed what is no UTF-8 text"))?;
    let value = value.strip_suffix('\n').map_or(value.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    let stderr = String::from_utf8_lossy(&stderr?).into_owned();
    Ok(Answered { succeeded: status.success(), value: value.to_owned(), stderr })
}

/// The beginning of what is printed; the rest is read and thrown away, so that the program comes to its end.
async fn head(pipe: Option<impl AsyncRead + Unpin>, longest_bytes: u64) -> io::Result<Vec<u8>> {
    let Some(mut pipe) = pipe else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    (&mut pipe).take(longest_bytes).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(bytes)
}
