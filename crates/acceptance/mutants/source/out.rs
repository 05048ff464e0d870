//! What the source prints. A defect of the output alone is put in here, on the way out.

use super::defect::Defect;
use super::spoil;
use crate::lines;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Where messages go.
pub(crate) struct Out {
    pub(crate) defect: Option<Defect>,
    pub(crate) verb: String,
    pub(crate) token: String,
    /// How many messages were sent.
    pub(crate) sent: u64,
    /// The last value of the cursor of the stream that is read.
    pub(crate) newest: Value,
    /// How many streams are selected.
    pub(crate) streams: usize,
    /// A file to take away at the end.
    pub(crate) lock: Option<PathBuf>,
    /// A line that waits for the next one.
    held: Option<String>,
}

impl Out {
    pub(crate) fn new(defect: Option<Defect>, verb: &str) -> Self {
        Self {
            defect,
            verb: verb.to_owned(),
            token: String::new(),
            sent: 0,
            newest: Value::Null,
            streams: 0,
            lock: None,
            held: None,
        }
    }

    /// Prints a message.
    pub(crate) fn send(&mut self, message: Value) {
        for line in spoil::lines(self, message) {
            self.print(line);
        }
        self.sent += 1;
    }

    fn print(&mut self, line: String) {
        crate::signal::obey();
        if self.defect == Some(Defect::LastLineWithoutEnd) {
            self.held.replace(line).iter().for_each(|line| lines::print(line));
        } else if self.defect == Some(Defect::GoesOnWithoutReader) {
            let _ = lines::write(format!("{line}\n").as_bytes());
        } else {
            lines::print(&line);
        }
    }

    /// Says why it fails; the exit code.
    pub(crate) fn fail(&mut self, message: &str, failure_type: &str) -> u8 {
        self.fail_stream(message, failure_type, None)
    }

    /// Says why a stream fails; the exit code.
    pub(crate) fn fail_stream(&mut self, message: &str, failure_type: &str, stream: Option<&Value>) -> u8 {
        match self.defect {
            Some(Defect::FailsWithoutTrace) => return 1,
            Some(Defect::FailureTypeMissing) => {
                let mut trace = lines::error(message, failure_type, stream);
                trace["trace"]["error"].as_object_mut().and_then(|error| error.remove("failure_type"));
                self.send(trace);
            }
            Some(Defect::TraceOfUnknownKind) => self.send(lines::error(message, "user_error", stream)),
            _ => self.send(lines::error(message, failure_type, stream)),
        }
        u8::from(self.defect != Some(Defect::FailsWithZero))
    }

    /// Prints the status of a stream.
    pub(crate) fn stream_status(&mut self, stream: &Value, status: &str) {
        let status = json!({"stream_descriptor": stream, "status": status});
        let trace = json!({"type": "STREAM_STATUS", "emitted_at": lines::now_ms() as f64, "stream_status": status});
        self.send(json!({"type": "TRACE", "trace": trace}));
    }

    /// Ends a run; the exit code.
    pub(crate) fn finish(&mut self, code: u8) -> u8 {
        if let Some(line) = self.held.take() {
            let _ = lines::write(line.as_bytes());
        }
        spoil::end(self, code)
    }
}
