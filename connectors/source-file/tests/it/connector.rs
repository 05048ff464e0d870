//! Runs the connector and takes its output apart.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The connector with one configuration.
pub(crate) struct Program {
    folder: TempDir,
}

impl Program {
    pub(crate) fn new(config: &Value) -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        program.file("config.json", &config.to_string());
        program
    }

    /// For a file with this content in the connector's own folder.
    pub(crate) fn for_file(name: &str, content: &str) -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        let path = program.file(name, content);
        program.file("config.json", &json!({"path": path}).to_string());
        program
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, verb: &str, arguments: &[(&str, PathBuf)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_source-file"));
        command.arg(verb);
        for (name, path) in arguments {
            command.arg(name).arg(path);
        }
        let output = command.output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        Run { exit_code: output.status.code(), lines }
    }

    pub(crate) fn spec(&self) -> Value {
        self.run("spec", &[]).message("SPEC")["spec"].take()
    }

    pub(crate) fn check(&self) -> Run {
        self.run("check", &[("--config", self.folder().join("config.json"))])
    }

    pub(crate) fn discover(&self) -> Run {
        self.run("discover", &[("--config", self.folder().join("config.json"))])
    }

    /// Reads the stream that `discover` tells, from a state if there is one.
    pub(crate) fn read(&self, mode: &str, state: Option<&Value>) -> Run {
        let stream = self.discover().message("CATALOG")["catalog"]["streams"][0].take();
        let name = stream["name"].clone();
        let catalog = json!({"streams": [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"}]});
        let mut arguments = vec![
            ("--config", self.folder().join("config.json")),
            ("--catalog", self.file("catalog.json", &catalog.to_string())),
        ];
        if let Some(state) = state {
            let stream = json!({"stream_descriptor": {"name": name}, "stream_state": state});
            let states = json!([{"type": "STREAM", "stream": stream}]);
            arguments.push(("--state", self.file("state.json", &states.to_string())));
        }
        self.run("read", &arguments)
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) exit_code: Option<i32>,
    pub(crate) lines: Vec<String>,
}

impl Run {
    /// The first message of a type.
    pub(crate) fn message(&self, kind: &str) -> Value {
        let line = self.lines.iter().find(|line| is(line, kind)).unwrap_or_else(|| panic!("no {kind}: {self:?}"));
        serde_json::from_str(line).unwrap()
    }

    /// The texts of the data of the records.
    pub(crate) fn records(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| data(line)).collect()
    }

    /// The stream states, each with the number of records before it.
    pub(crate) fn states(&self) -> Vec<(usize, Value)> {
        let mut records = 0;
        let mut states = Vec::new();
        for line in &self.lines {
            records += usize::from(is(line, "RECORD"));
            if is(line, "STATE") {
                let mut message: Value = serde_json::from_str(line).unwrap();
                states.push((records, message["state"]["stream"]["stream_state"].take()));
            }
        }
        states
    }

    /// Kind and message of the first TRACE ERROR.
    pub(crate) fn failure(&self) -> (String, String) {
        let line = self.lines.iter().find(|line| line.contains(r#""type":"ERROR""#));
        let line = line.unwrap_or_else(|| panic!("no failure: {self:?}"));
        let error = serde_json::from_str::<Value>(line).unwrap()["trace"]["error"].take();
        (error["failure_type"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    }
}

fn is(line: &str, kind: &str) -> bool {
    line.strip_prefix(r#"{"type":""#).is_some_and(|rest| rest.starts_with(kind))
}

fn data(line: &str) -> Option<&str> {
    let from = is(line, "RECORD").then(|| line.find(r#""data":"#))?? + r#""data":"#.len();
    Some(&line[from..line.rfind(r#","emitted_at""#)?])
}
