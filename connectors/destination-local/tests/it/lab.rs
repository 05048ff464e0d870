//! A folder with files, and the platform's side of a run.

use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Where one test plays.
pub(crate) struct Lab {
    folder: TempDir,
    pub(crate) config: Value,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) messages: Vec<Value>,
}

impl Lab {
    pub(crate) fn new(format: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = json!({"path": folder.path().join("out"), "format": format});
        Self { folder, config }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The text of a file of rows.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path("out").join(name)).unwrap()
    }

    /// The data of each line of a JSONL file.
    pub(crate) fn data(&self, name: &str) -> Vec<Value> {
        let row = |line: &str| serde_json::from_str::<Value>(line).unwrap()["_airbyte_data"].clone();
        self.read(name).lines().map(row).collect()
    }

    /// The lines of a CSV file without the columns that differ each time.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        self.read(name)
            .lines()
            .map(|line| line.rsplit_once(r#"[]}","#).map_or(line, |(_, rest)| rest).to_owned())
            .collect()
    }

    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_destination-local"));
        command.arg(verb).arg("--config").arg(self.file("config.json", &self.config.to_string()));
        command
    }

    /// `write` with a catalog; `states` is what the platform has stored, if it tells.
    pub(crate) fn write_command(&self, catalog: &Value, states: Option<&Value>) -> Command {
        let mut command = self.command("write");
        command.arg("--catalog").arg(self.file("catalog.json", &catalog.to_string()));
        if let Some(states) = states {
            command.env("LONGSHORE_INPUT_STATE", self.file("state.json", &states.to_string()));
        }
        command
    }

    /// Runs `write` to its end.
    pub(crate) fn write(&self, catalog: &Value, states: Option<&Value>, lines: &[String]) -> Run {
        let input = self.file("stdin", &lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        Run::of(self.write_command(catalog, states).stdin(File::open(input).unwrap()))
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let messages = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Self {
            code: output.status.code().unwrap(),
            messages: messages.map(|line| serde_json::from_slice(line).unwrap()).collect(),
        }
    }

    pub(crate) fn succeeded(self) {
        assert_eq!(self.code, 0, "{:?}", self.messages);
    }

    /// The message and type of the failure.
    pub(crate) fn failure(&self) -> (String, String) {
        assert_eq!(self.code, 1, "{:?}", self.messages);
        let error = self.messages.iter().rfind(|message| message["trace"]["type"] == "ERROR").unwrap();
        let text = |name: &str| error["trace"]["error"][name].as_str().unwrap().to_owned();
        (text("message"), text("failure_type"))
    }
}

/// A catalog of one stream: its name, schema properties, generation and minimum generation.
pub(crate) fn catalog(name: &str, properties: &Value, generation: i64, minimum: i64) -> Value {
    let stream = json!({"name": name, "json_schema": {"properties": properties}});
    json!({"streams": [{
        "stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append",
        "generation_id": generation, "minimum_generation_id": minimum, "sync_id": 42,
    }]})
}

pub(crate) fn record(stream: &str, data: &str) -> String {
    let stream = json!(stream);
    format!(r#"{{"type":"RECORD","record":{{"stream":{stream},"data":{data},"emitted_at":1700000000123}}}}"#)
}

/// A state as the platform keeps it: so many records are covered.
pub(crate) fn stored(stream: &str, read: i64) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"read": read}}})
}

pub(crate) fn state(stream: &str, read: i64) -> String {
    json!({"type": "STATE", "state": stored(stream, read)}).to_string()
}

pub(crate) fn complete(stream: &str) -> String {
    let status = json!({"stream_descriptor": {"name": stream}, "status": "COMPLETE"});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": status}}).to_string()
}

/// A whole run of stream `s`: records `from..to`, each with a state, and completion.
pub(crate) fn run(from: i64, to: i64) -> Vec<String> {
    let records = (from..to).flat_map(|n| [record("s", &format!(r#"{{"n":{n}}}"#)), state("s", n + 1)]);
    records.chain([complete("s")]).collect()
}
