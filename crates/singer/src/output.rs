//! What the wrapper prints: the only place that writes to stdout. Its threads take turns, with whole lines.

use crate::Failure;
use crate::time::now_ms;
use longshore_protocol::message::stream_status_line;
use longshore_protocol::{LogLevel, StreamDescriptor, StreamStatus};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Stdout, and what must never be seen there.
#[derive(Debug, Default)]
pub(crate) struct Output {
    turn: Mutex<()>,
    secrets: Mutex<Vec<String>>,
}

impl Output {
    /// From now on these texts are hidden in logs and failures.
    pub(crate) fn hide(&self, secrets: Vec<String>) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = secrets;
    }

    /// The text without the secrets of the configuration.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), "****") } else { text }
        })
    }

    /// Writes whole lines.
    pub(crate) fn lines(&self, lines: &[u8]) -> Result<(), Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(lines).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
    }

    /// Writes one message.
    pub(crate) fn message(&self, message: &str) -> Result<(), Failure> {
        self.lines(format!("{message}\n").as_bytes())
    }

    pub(crate) fn log(&self, level: LogLevel, text: &str) -> Result<(), Failure> {
        self.message(&json!({"type": "LOG", "log": {"level": level, "message": self.redacted(text)}}).to_string())
    }

    /// Logs; for places where a failing stdout is noticed elsewhere.
    pub(crate) fn warn(&self, text: &str) {
        let _ = self.log(LogLevel::Warn, text);
    }

    pub(crate) fn status(&self, stream: &StreamDescriptor, status: StreamStatus) -> Result<(), Failure> {
        self.message(&stream_status_line(stream, status, now_ms()))
    }

    /// A TRACE ERROR; `stream` when one stream failed.
    pub(crate) fn failure(&self, failure: &Failure, stream: Option<&StreamDescriptor>) -> Result<(), Failure> {
        if failure.told {
            return Ok(());
        }
        let mut error = failure.trace();
        for text in ["message", "internal_message"] {
            error[text] = Value::from(self.redacted(error[text].as_str().unwrap_or_default()));
        }
        if let Some(stream) = stream {
            error["stream_descriptor"] = json!(stream);
        }
        let trace = json!({"type": "ERROR", "emitted_at": now_ms(), "error": error});
        self.message(&json!({"type": "TRACE", "trace": trace}).to_string())
    }
}
