//! What a connector printed, and how it ended.

use serde_json::{Value, json};

/// A run that has ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// The exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
    /// Every message, in order.
    pub messages: Vec<Value>,
    /// The text of stdout, in which records are as they were sent.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Run {
    /// Reads stdout.
    ///
    /// # Panics
    /// When a line of it is no JSON.
    pub(crate) fn new(exit_code: Option<i32>, stdout: &str, stderr: String) -> Self {
        let message = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("stdout has a line that is no message: {line}"))
        };
        let messages = stdout.lines().filter(|line| !line.trim().is_empty()).map(message).collect();
        Self { exit_code, messages, stdout: stdout.to_owned(), stderr }
    }

    /// The content of the messages of a type, such as `record` of `RECORD`.
    fn contents(&self, kind: &str, field: &str) -> impl Iterator<Item = &Value> {
        self.messages.iter().filter(move |message| message["type"] == kind).map(move |message| &message[field])
    }

    /// The data of a stream's records.
    #[must_use]
    pub fn records(&self, stream: &str) -> Vec<Value> {
        let records = self.contents("RECORD", "record").filter(|record| record["stream"] == stream);
        records.map(|record| record["data"].clone()).collect()
    }

    /// The states, in order: what a source emitted, or a destination echoed.
    #[must_use]
    pub fn states(&self) -> Vec<Value> {
        self.contents("STATE", "state").cloned().collect()
    }

    /// The state of a stream that came last, `stream_state` only.
    #[must_use]
    pub fn last_state(&self, stream: &str) -> Option<Value> {
        let states = self.contents("STATE", "state").map(|state| &state["stream"]);
        states
            .filter(|state| state["stream_descriptor"]["name"] == stream)
            .last()
            .map(|state| state["stream_state"].clone())
    }

    /// A state for the next run: the content of a state file.
    #[must_use]
    pub fn to_resume(&self) -> Option<Value> {
        self.contents("STATE", "state").last().map(|state| json!([state]))
    }

    /// For each state the records that came before it, and the state file that goes on from it.
    #[must_use]
    pub fn checkpoints(&self, stream: &str) -> Vec<(Vec<Value>, Value)> {
        let (mut before, mut found) = (Vec::new(), Vec::new());
        for message in &self.messages {
            if message["type"] == "RECORD" && message["record"]["stream"] == stream {
                before.push(message["record"]["data"].clone());
            } else if message["type"] == "STATE" {
                found.push((before.clone(), json!([message["state"]])));
            }
        }
        found
    }

    /// The statuses of a stream: `STARTED`, `RUNNING`, `COMPLETE`, `INCOMPLETE`.
    #[must_use]
    pub fn statuses(&self, stream: &str) -> Vec<String> {
        let statuses = self.contents("TRACE", "trace").map(|trace| &trace["stream_status"]);
        let own = statuses.filter(|status| status["stream_descriptor"]["name"] == stream);
        own.filter_map(|status| status["status"].as_str().map(str::to_owned)).collect()
    }

    /// The TRACE ERRORs: their failure type and message.
    #[must_use]
    pub fn errors(&self) -> Vec<(String, String)> {
        let errors = self.contents("TRACE", "trace").map(|trace| &trace["error"]).filter(|error| error.is_object());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        errors.map(|error| (text(&error["failure_type"]), text(&error["message"]))).collect()
    }

    /// The answer to `check`: whether it succeeded, and what it says.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn connection_status(&self) -> (bool, String) {
        let status = self.contents("CONNECTION_STATUS", "connectionStatus").next();
        let status = status.unwrap_or_else(|| panic!("no CONNECTION_STATUS in {self:?}"));
        (status["status"] == "SUCCEEDED", status["message"].as_str().unwrap_or_default().to_owned())
    }

    /// The answer to `discover`: the streams.
    #[must_use]
    pub fn streams(&self) -> Vec<Value> {
        let catalog = self.contents("CATALOG", "catalog").next();
        catalog.and_then(|catalog| catalog["streams"].as_array().cloned()).unwrap_or_default()
    }

    /// The answer to `spec`.
    #[must_use]
    pub fn spec(&self) -> Value {
        self.contents("SPEC", "spec").next().cloned().unwrap_or_default()
    }

    /// It ended with 0, and every error trace is absent.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn assert_success(&self) {
        assert!(self.exit_code == Some(0) && self.errors().is_empty(), "it failed: {self:#?}");
    }

    /// It failed, with this failure type (`config_error`, `transient_error`, `system_error`) and this word in the message.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn assert_failed(&self, failure_type: &str, word: &str) {
        let (kind, message) = self.errors().first().cloned().unwrap_or_default();
        assert!(self.exit_code == Some(1), "exit code {:?}: {self:#?}", self.exit_code);
        assert!(kind == failure_type && message.contains(word), "{kind}: {message}");
    }
}
