//! What a connector prints: the only place that writes to stdout.

use crate::invocation::Invocation;
use crate::signal::StopFlag;
use crate::{Failure, StreamDescriptor};
use longshore_protocol::message::stream_status_line;
use longshore_protocol::{FailureKind, LogLevel, StreamStatus};
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};

/// A full buffer is written at once; a slow source's records wait no longer than [`FLUSH_AFTER`].
const BUFFER_BYTES: usize = 256 * 1024;
const FLUSH_AFTER: Duration = Duration::from_millis(100);

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Where messages go: whole lines at a time, from whatever thread.
#[derive(Debug, Clone, Default)]
pub(crate) enum Sink {
    /// To whoever started the process.
    #[default]
    Stdout,
    /// To a test.
    #[cfg(feature = "testing")]
    Memory(std::sync::Arc<std::sync::Mutex<Vec<u8>>>),
}

impl Sink {
    pub(crate) fn write(&self, lines: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(lines).and_then(|()| stdout.flush())
            }
            #[cfg(feature = "testing")]
            Self::Memory(memory) => {
                memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(lines);
                Ok(())
            }
        }
    }
}

/// Stdout: while it is held, nobody is in the midst of a line.
pub(crate) fn hold_lines() -> std::io::StdoutLock<'static> {
    std::io::stdout().lock()
}

/// The sink with a buffer.
#[derive(Debug)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    sink: Sink,
    flushed: Instant,
    stop: StopFlag,
}

impl Output {
    pub(crate) fn new(invocation: &Invocation) -> Self {
        let buffer = Vec::with_capacity(BUFFER_BYTES + 64 * 1024);
        Self { buffer, sink: invocation.sink.clone(), flushed: Instant::now(), stop: invocation.stop.clone() }
    }

    /// Writes one message and flushes.
    pub(crate) fn message(&mut self, line: &str) -> Result<(), Failure> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        self.flush()
    }

    /// Writes a state. It waits in the buffer for what follows it, so that the last state of a stream and its COMPLETE go
    /// out together: a platform that sees only the state could not tell that the stream has ended.
    pub(crate) fn state(&mut self, line: &str) -> Result<(), Failure> {
        self.flush_if_due()?;
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let written = self.sink.write(&self.buffer);
        self.buffer.clear();
        self.buffer.shrink_to(4 * BUFFER_BYTES); // after a giant record
        self.flushed = Instant::now();
        written.map_err(|error| Failure::stdout(&error))
    }

    fn flush_if_due(&mut self) -> Result<(), Failure> {
        if self.buffer.len() >= BUFFER_BYTES || self.flushed.elapsed() >= FLUSH_AFTER { self.flush() } else { Ok(()) }
    }

    pub(crate) fn status(&mut self, stream: &StreamDescriptor, status: StreamStatus) -> Result<(), Failure> {
        self.message(&stream_status_line(stream, status, now_ms()))
    }

    /// A TRACE ERROR; `stream` when one stream failed.
    pub(crate) fn failure(&mut self, failure: &Failure, stream: Option<&StreamDescriptor>) -> Result<(), Failure> {
        if failure.closed_pipe || failure.kind == FailureKind::Cancelled {
            return Ok(());
        }
        self.message(&trace_error(failure, stream))
    }
}

/// The line of a TRACE ERROR.
pub(crate) fn trace_error(failure: &Failure, stream: Option<&StreamDescriptor>) -> String {
    let mut error = json!({
        "message": failure.message,
        "internal_message": failure.internal.as_deref().unwrap_or(&failure.message),
        "failure_type": failure.kind.to_trace(),
    });
    if let Some(stream) = stream {
        error["stream_descriptor"] = json!(stream);
    }
    json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": now_ms(), "error": error}}).to_string()
}

/// Prints a LOG message. For connectors that have no [`StreamOutput`] at hand; never put secrets into it.
pub fn log(level: LogLevel, message: &str) {
    let line = format!("{}\n", json!({"type": "LOG", "log": {"level": level, "message": message}}));
    // A log line that cannot be written has nowhere else to go.
    let _ = Invocation::current().sink.write(line.as_bytes());
}

/// Raw JSON may be spread over lines. A newline can only be white space there: inside strings it is escaped.
fn on_one_line(json: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'\n', &json[from..]) {
        json[from + at] = b' ';
        from += at + 1;
    }
}

/// Where a source puts the records and states of one stream.
#[derive(Debug)]
pub struct StreamOutput<'a> {
    output: &'a mut Output,
    stream: StreamDescriptor,
    /// The text of a record's line before its data.
    head: Vec<u8>,
    /// The text after its data, and the millisecond that it names.
    tail: (i64, Vec<u8>),
    records: u64,
    records_since_state: u64,
    states: u64,
}

impl<'a> StreamOutput<'a> {
    pub(crate) fn new(output: &'a mut Output, stream: &StreamDescriptor) -> Self {
        let mut head = br#"{"type":"RECORD","record":{"#.to_vec();
        if let Some(namespace) = &stream.namespace {
            head.extend_from_slice(format!(r#""namespace":{},"#, json!(namespace)).as_bytes());
        }
        head.extend_from_slice(format!(r#""stream":{},"data":"#, json!(stream.name)).as_bytes());
        Self {
            output,
            stream: stream.clone(),
            head,
            tail: (i64::MIN, Vec::new()),
            records: 0,
            records_since_state: 0,
            states: 0,
        }
    }

    /// Emits a record: anything that serializes to a JSON object.
    ///
    /// # Errors
    /// After SIGTERM, when the reader of stdout is gone, or when `data` cannot be serialized. Hand it on with `?`.
    #[inline]
    pub fn record<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<(), Failure> {
        self.line(|buffer| {
            serde_json::to_writer(buffer, data)
                .map_err(|error| Failure::system(format!("a record cannot be written as JSON: {error}")))
        })
    }

    /// Emits a record whose data is JSON text already: one object.
    ///
    /// # Errors
    /// As [`StreamOutput::record`].
    pub fn record_json(&mut self, data: &str) -> Result<(), Failure> {
        self.line(|buffer| {
            buffer.extend_from_slice(data.as_bytes());
            Ok(())
        })
    }

    #[inline]
    fn line(&mut self, data: impl FnOnce(&mut Vec<u8>) -> Result<(), Failure>) -> Result<(), Failure> {
        if self.output.stop.is_set() {
            return Err(Failure::interrupted());
        }
        if self.records == 0 {
            self.output.status(&self.stream, StreamStatus::Running)?;
        }
        let start = self.output.buffer.len();
        self.output.buffer.extend_from_slice(&self.head);
        if let Err(failure) = data(&mut self.output.buffer) {
            self.output.buffer.truncate(start); // no half record
            return Err(failure);
        }
        on_one_line(&mut self.output.buffer[start..]);
        // The clock is read once in 64 records: it costs more than a small record does.
        if self.records.is_multiple_of(64) {
            let now = now_ms();
            if now != self.tail.0 {
                self.tail = (now, format!(",\"emitted_at\":{now}}}}}\n").into_bytes());
            }
            self.output.buffer.extend_from_slice(&self.tail.1);
            self.output.flush_if_due()?;
        } else {
            self.output.buffer.extend_from_slice(&self.tail.1);
            if self.output.buffer.len() >= BUFFER_BYTES {
                self.output.flush()?;
            }
        }
        self.records += 1;
        self.records_since_state += 1;
        Ok(())
    }

    /// Emits a state that covers every record so far. A source that is about to wait calls [`StreamOutput::flush`] next.
    ///
    /// # Errors
    /// As [`StreamOutput::record`].
    pub fn state<S: Serialize + ?Sized>(&mut self, state: &S) -> Result<(), Failure> {
        let line = json!({
            "type": "STATE",
            "state": {
                "type": "STREAM",
                "stream": { "stream_descriptor": self.stream, "stream_state": state },
                "sourceStats": { "recordCount": self.records_since_state as f64 },
            },
        });
        self.output.state(&line.to_string())?;
        self.records_since_state = 0;
        self.states += 1;
        if self.output.stop.is_set() { Err(Failure::interrupted()) } else { Ok(()) }
    }

    /// Says how many records and bytes this run will emit for the stream in all.
    ///
    /// # Errors
    /// As [`StreamOutput::record`].
    pub fn estimate(&mut self, records: u64, bytes: u64) -> Result<(), Failure> {
        let mut estimate = json!({
            "type": "STREAM", "name": self.stream.name, "row_estimate": records, "byte_estimate": bytes,
        });
        if let Some(namespace) = &self.stream.namespace {
            estimate["namespace"] = json!(namespace);
        }
        let trace = json!({"type": "ESTIMATE", "emitted_at": now_ms(), "estimate": estimate});
        self.output.message(&json!({"type": "TRACE", "trace": trace}).to_string())
    }

    /// Prints a LOG message. Never put secrets into it.
    ///
    /// # Errors
    /// As [`StreamOutput::record`].
    pub fn log(&mut self, level: LogLevel, message: &str) -> Result<(), Failure> {
        self.output.message(&json!({"type": "LOG", "log": {"level": level, "message": message}}).to_string())
    }

    /// Writes out what is still buffered: for sources that are about to wait.
    ///
    /// # Errors
    /// As [`StreamOutput::record`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush()?;
        if self.output.stop.is_set() { Err(Failure::interrupted()) } else { Ok(()) }
    }

    /// Ends a stream that was read without failure: every record must be covered by a state.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if self.states == 0 {
            self.state(&json!({}))?;
        }
        if self.records_since_state > 0 {
            return Err(Failure::system(format!(
                "stream {} ended with {} records after its last state; the source must emit a state last",
                self.stream, self.records_since_state
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_record_stays_on_one_line() {
        let mut json = b"{\n \"a\\n\":\n1}".to_vec();
        super::on_one_line(&mut json);
        assert_eq!(json, b"{  \"a\\n\": 1}");
    }
}
