//! A folder with a database, and the platform's side of a run.

use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where one test plays.
pub(crate) struct Lab {
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) messages: Vec<Value>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program with a verb and a configuration for the lab's database.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let config = self.file("config.json", &json!({"path": self.path("db.sqlite")}).to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_destination-sqlite"));
        command.arg(verb).arg("--config").arg(config);
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

    pub(crate) fn db(&self) -> Connection {
        Connection::open(self.path("db.sqlite")).unwrap()
    }

    /// The rows of a query.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<Sql>> {
        let db = self.db();
        let mut statement = db.prepare(query).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The first column of a query, as text.
    pub(crate) fn texts(&self, query: &str) -> Vec<String> {
        let text = |value: &Sql| match value {
            Sql::Null => "null".to_owned(),
            Sql::Integer(integer) => integer.to_string(),
            Sql::Real(real) => format!("{real:?}"),
            Sql::Text(text) => text.clone(),
            Sql::Blob(_) => "blob".to_owned(),
        };
        self.rows(query).iter().map(|row| text(&row[0])).collect()
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        let messages = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Self {
            code: output.status.code().unwrap(),
            messages: messages.map(|line| serde_json::from_slice(line).unwrap()).collect(),
        }
    }

    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{:?}", self.messages);
        self
    }

    /// The echoed states.
    pub(crate) fn echoes(&self) -> Vec<&Value> {
        self.messages.iter().filter(|message| message["type"] == "STATE").map(|message| &message["state"]).collect()
    }

    /// The message and type of the failure.
    pub(crate) fn failure(&self) -> (String, String) {
        assert_eq!(self.code, 1, "{:?}", self.messages);
        let error = self.messages.iter().rfind(|message| message["trace"]["type"] == "ERROR").unwrap();
        let text = |name: &str| error["trace"]["error"][name].as_str().unwrap().to_owned();
        (text("message"), text("failure_type"))
    }
}

/// A configured stream: name, schema properties, mode, generation, minimum generation.
pub(crate) fn stream(name: &str, properties: Value, mode: &str, generation: i64, minimum: i64) -> Value {
    json!({
        "stream": {"name": name, "json_schema": {"type": "object", "properties": properties}, "supported_sync_modes": ["incremental"]},
        "sync_mode": "incremental", "destination_sync_mode": mode,
        "generation_id": generation, "minimum_generation_id": minimum, "sync_id": 42,
    })
}

pub(crate) fn catalog(streams: &[Value]) -> Value {
    json!({"streams": streams})
}

pub(crate) fn record(stream: &str, data: &Value) -> String {
    record_text(stream, &data.to_string())
}

/// A record whose data is given as text.
pub(crate) fn record_text(stream: &str, data: &str) -> String {
    let stream = json!(stream);
    format!(r#"{{"type":"RECORD","record":{{"stream":{stream},"data":{data},"emitted_at":1700000000123}}}}"#)
}

pub(crate) fn state(stream: &str, state: &Value) -> String {
    json!({"type": "STATE", "state": stored(stream, state)}).to_string()
}

/// A state as the platform keeps it.
pub(crate) fn stored(stream: &str, state: &Value) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}})
}

pub(crate) fn complete(stream: &str) -> String {
    let status = json!({"stream_descriptor": {"name": stream}, "status": "COMPLETE"});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.7e12, "stream_status": status}})
        .to_string()
}
