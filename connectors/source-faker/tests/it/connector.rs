//! Runs the connector and takes its output apart.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The connector with one configuration.
pub(crate) struct Program {
    folder: TempDir,
}

impl Program {
    pub(crate) fn new(config: Value) -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        program.file("config.json", &config);
        program
    }

    fn file(&self, name: &str, content: &Value) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_source-faker"));
        command.arg(verb);
        if verb != "spec" {
            command.arg("--config").arg(self.folder.path().join("config.json"));
        }
        command
    }

    /// The messages that a verb prints.
    pub(crate) fn messages(&self, verb: &str) -> Vec<Value> {
        output(&mut self.command(verb)).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The catalog's streams.
    pub(crate) fn streams(&self) -> Vec<Value> {
        self.messages("discover")[0]["catalog"]["streams"].as_array().unwrap().clone()
    }

    fn read_command(&self, stream: &str, mode: &str, state: Option<&Value>) -> Command {
        let catalog = json!({"streams": [{
            "stream": {"name": stream, "json_schema": {}, "supported_sync_modes": [mode]},
            "sync_mode": mode,
            "destination_sync_mode": "append",
        }]});
        let mut command = self.command("read");
        command.arg("--catalog").arg(self.file("catalog.json", &catalog));
        if let Some(state) = state {
            let stream = json!({"stream_descriptor": {"name": stream}, "stream_state": state});
            command.arg("--state").arg(self.file("state.json", &json!([{"type": "STREAM", "stream": stream}])));
        }
        command
    }

    /// The lines that a run prints.
    pub(crate) fn read(&self, stream: &str, mode: &str, state: Option<&Value>) -> Vec<String> {
        output(&mut self.read_command(stream, mode, state))
    }

    /// Kills a run when its state number `k` (from 0) has arrived; gives the lines up to it.
    pub(crate) fn kill_after_state(&self, stream: &str, mode: &str, k: usize) -> Vec<String> {
        let mut child = self.read_command(stream, mode, None).stdout(Stdio::piped()).spawn().unwrap();
        let (mut seen, mut states) = (Vec::new(), 0);
        for line in lines(&mut child) {
            states += usize::from(is(&line, "STATE"));
            seen.push(line);
            if states > k {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        seen
    }

    /// Sends SIGTERM when the first record has arrived; gives the exit code.
    pub(crate) fn terminate_after_first_record(&self, stream: &str) -> Option<i32> {
        let mut child = self.read_command(stream, "full_refresh", None).stdout(Stdio::piped()).spawn().unwrap();
        lines(&mut child).find(|line| is(line, "RECORD")).unwrap();
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap().code()
    }
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

fn output(command: &mut Command) -> Vec<String> {
    String::from_utf8(command.output().unwrap().stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Whether a line is a message of this type.
pub(crate) fn is(line: &str, kind: &str) -> bool {
    line.strip_prefix(r#"{"type":""#).is_some_and(|rest| rest.starts_with(kind))
}

/// The texts of the data of the records.
pub(crate) fn records(lines: &[String]) -> Vec<&str> {
    let data = |line: &'_ String| line.find(r#""data":"#).unwrap() + 7..line.rfind(r#","emitted_at""#).unwrap();
    lines.iter().filter(|line| is(line, "RECORD")).map(|line| &line[data(line)]).collect()
}

/// The stream states.
pub(crate) fn states(lines: &[String]) -> Vec<Value> {
    let state = |line: &String| serde_json::from_str::<Value>(line).unwrap()["state"]["stream"]["stream_state"].take();
    lines.iter().filter(|line| is(line, "STATE")).map(state).collect()
}

/// The last of the stream states.
pub(crate) fn last_state(lines: &[String]) -> Value {
    states(lines).pop().unwrap()
}

/// The names of the fields of an object, or of what a schema describes.
pub(crate) fn field_names(value: &Value) -> Vec<&str> {
    let fields = value.get("properties").unwrap_or(value);
    fields.as_object().unwrap().keys().map(String::as_str).collect()
}
