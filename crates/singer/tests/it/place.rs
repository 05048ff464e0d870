//! A folder with a scripted tap or target, and the wrapper run in it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What scripted taps begin with: they answer what they are asked, and note what they are given.
const TAP: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
while [ $# -gt 0 ]; do
    case "$1" in
    --help) echo "usage: tap --config C $(cat "$here/options")"; exit 0 ;;
    --about) echo "error: unrecognized arguments: --about" >&2; exit 2 ;;
    --discover) [ -f "$here/discovered" ] || { echo "tap: error: no --discover" >&2; exit 2; }
        cat "$here/discovered"; exit 0 ;;
    --config) cp "$2" "$here/given-config"; config=$2; shift ;;
    --catalog | --properties) cp "$2" "$here/given${1#-}"; shift ;;
    --state) cp "$2" "$here/given-state"; shift ;;
    esac
    shift
done
cd "$here"
"#;

/// A folder of its own.
pub(crate) struct Place(TempDir);

/// What the wrapper printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) messages: Vec<Value>,
    pub(crate) text: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.file("config.json", r#"{"user":"joe","password":"hunter2secret"}"#);
        place.file("options", "[--discover] [--catalog CATALOG] [--state STATE]");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn given(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Makes a program of a script.
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        let path = self.file(name, script);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A tap that discovers these streams, and does `body` when it is to read.
    pub(crate) fn tap(&self, streams: Value, body: &str) -> String {
        self.file("discovered", json!({"streams": streams}).to_string());
        self.program("tap-scripted", &format!("{TAP}{body}\n"))
    }

    /// A tap that prints these lines when it is to read.
    pub(crate) fn tap_of(&self, streams: Value, lines: &[&str]) -> String {
        self.file("lines", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        self.tap(streams, "cat lines")
    }

    /// A configured catalog of what the tap offers.
    pub(crate) fn catalog(&self, tap: &str, mode: &str, change: impl Fn(&mut Value)) -> String {
        let discovered = self.run(&[tap, "discover", "--config", "config.json"]);
        let catalog = discovered.one("CATALOG");
        let streams = catalog["catalog"]["streams"].as_array().unwrap().iter().map(|stream| {
            let modes = stream["supported_sync_modes"].as_array().unwrap();
            let mode = if modes.contains(&json!(mode)) { json!(mode) } else { modes[0].clone() };
            let mut configured = json!({"stream": stream, "sync_mode": mode, "destination_sync_mode": "append",
                "generation_id": 1, "minimum_generation_id": 0, "sync_id": 1});
            change(&mut configured);
            configured
        });
        self.file("configured.json", json!({"streams": streams.collect::<Vec<_>>()}).to_string())
    }

    /// Reads everything that the tap offers.
    pub(crate) fn read_all(&self, tap: &str, mode: &str) -> Ran {
        let catalog = self.catalog(tap, mode, |_| {});
        self.run(&[tap, "read", "--config", "config.json", "--catalog", &catalog])
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_longshore-singer"));
        command.arg("--").args(words).current_dir(self.0.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Ran {
        Ran::of(&self.command(words).output().unwrap())
    }

    /// Runs `write` with these lines on stdin.
    #[track_caller]
    pub(crate) fn write(&self, target: &str, catalog: &Value, lines: &[String]) -> Ran {
        let catalog = self.file("configured.json", catalog.to_string());
        let mut command = self.command(&[target, "write", "--config", "config.json", "--catalog", &catalog]);
        let mut wrapper = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = wrapper.stdin.take().unwrap();
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A wrapper that fails does not read to the end.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = wrapper.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ran::of(&output)
    }
}

impl Ran {
    #[track_caller]
    fn of(output: &std::process::Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { code: output.status.code(), messages: text.lines().map(parse).collect(), text }
    }

    pub(crate) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.messages.iter().filter(move |message| message["type"] == kind)
    }

    #[track_caller]
    pub(crate) fn one<'a>(&'a self, kind: &'a str) -> &'a Value {
        let found: Vec<_> = self.all(kind).collect();
        assert_eq!(found.len(), 1, "{kind} in {}", self.text);
        found[0]
    }

    /// The data of a stream's records.
    pub(crate) fn records(&self, stream: &str) -> Vec<&Value> {
        let of_stream = self.all("RECORD").filter(|message| message["record"]["stream"] == stream);
        of_stream.map(|message| &message["record"]["data"]).collect()
    }

    pub(crate) fn states(&self) -> Vec<&Value> {
        self.all("STATE").map(|message| &message["state"]).collect()
    }

    /// The last state, as the file of `--state`.
    #[track_caller]
    pub(crate) fn state_file(&self) -> String {
        json!([self.states().last().expect("no state")]).to_string()
    }

    /// The last status of each stream.
    pub(crate) fn statuses(&self) -> BTreeMap<&str, &str> {
        let status = |message: &'_ Value| message["trace"]["stream_status"].is_object();
        let told = self.all("TRACE").filter(|message| status(message)).map(|message| {
            let status = &message["trace"]["stream_status"];
            (status["stream_descriptor"]["name"].as_str().unwrap(), status["status"].as_str().unwrap())
        });
        told.collect()
    }

    /// The messages of all failures.
    pub(crate) fn failures(&self) -> Vec<&str> {
        self.all("TRACE").filter_map(|message| message["trace"]["error"]["message"].as_str()).collect()
    }

    pub(crate) fn logs(&self, level: &str) -> Vec<&str> {
        let of_level = self.all("LOG").filter(|message| message["log"]["level"] == level);
        of_level.filter_map(|message| message["log"]["message"].as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn expect_success(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn expect_log(&self, level: &str, words: &str) {
        assert!(self.logs(level).iter().any(|text| text.contains(words)), "no {level} `{words}` in {}", self.text);
    }

    #[track_caller]
    pub(crate) fn expect_failure(&self, words: &str) {
        assert_eq!(self.code, Some(1), "{}", self.text);
        assert!(self.failures().iter().any(|text| text.contains(words)), "no failure `{words}` in {}", self.text);
    }
}

/// One stream of a tap's catalog, with an id, a name, and a cursor.
pub(crate) fn stream(name: &str) -> Value {
    json!({
        "stream": name, "tap_stream_id": name,
        "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": ["null", "string"]}}},
        "metadata": [{"breadcrumb": [], "metadata": {"table-key-properties": ["id"], "valid-replication-keys": ["at"]}}],
    })
}

pub(crate) fn schema(name: &str) -> String {
    json!({"type": "SCHEMA", "stream": name, "key_properties": ["id"], "schema": stream(name)["schema"]}).to_string()
}

pub(crate) fn record(name: &str, id: i64) -> String {
    json!({"type": "RECORD", "stream": name, "record": {"id": id, "at": "x"}}).to_string()
}

pub(crate) fn state(value: Value) -> String {
    json!({"type": "STATE", "value": value}).to_string()
}
