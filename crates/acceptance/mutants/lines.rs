//! Printing lines, and the messages that every connector prints.

use serde_json::{Value, json};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Prints a line with one write, so that a pipe never holds a part of it; the end when nobody reads any more.
pub(crate) fn print(line: &str) {
    if write(format!("{line}\n").as_bytes()).is_err() {
        std::process::exit(1);
    }
}

/// Writes bytes to stdout.
pub(crate) fn write(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A TRACE message that says why a connector fails.
pub(crate) fn error(message: &str, failure_type: &str, stream: Option<&Value>) -> Value {
    let mut error = json!({"message": message, "internal_message": message, "failure_type": failure_type});
    if let Some(stream) = stream {
        error["stream_descriptor"] = stream.clone();
    }
    json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": now_ms() as f64, "error": error}})
}

/// A CONNECTION_STATUS message.
pub(crate) fn status(failure: Option<&str>) -> Value {
    let status = match failure {
        None => json!({"status": "SUCCEEDED"}),
        Some(message) => json!({"status": "FAILED", "message": message}),
    };
    json!({"type": "CONNECTION_STATUS", "connectionStatus": status})
}
