//! The files that a test configuration names: configurations, catalogs, states, records, specs.

use super::failure::{missing, no_secrets, unfit};
use longshore_protocol::{ConfiguredCatalog, FailureReason, StreamDescriptor};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Where tests of the past kept new configurations that a connector had sent.
const UPDATED: &str = "updated_configurations";

/// What paths are relative to.
pub(super) struct Folder {
    pub(super) base: PathBuf,
    /// The folder of the project, for messages.
    pub(super) project: PathBuf,
}

impl Folder {
    /// Where a file is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    /// Whether a file is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).is_file()
    }

    /// The text of a configuration, which is a JSON object. `named` says where the file is named.
    pub(super) fn config(&self, name: &str, named: &str) -> Result<String, FailureReason> {
        let path = self.path(name);
        let path = newest_of(&path).unwrap_or(path);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && is_secret(&path) => {
                return Err(no_secrets(&path, named, &self.project));
            }
            text => text.map_err(|error| missing(&path, named, &error))?,
        };
        let text = text.trim_start_matches('\u{feff}');
        let value = parse(&path, text)?;
        if !value.is_object() {
            return Err(unfit(&path, "a configuration must be an object"));
        }
        // What is JSON already stays as it is, number by number.
        Ok(if is_yaml(&path) { value.to_string() } else { text.to_owned() })
    }

    /// A configured catalog.
    pub(super) fn catalog(&self, name: &str, named: &str) -> Result<ConfiguredCatalog, FailureReason> {
        let (path, value) = self.value(name, named)?;
        let decoded = serde_json::from_value(value);
        let why = |error| format!("this is no configured catalog, `{{\"streams\": […]}}`: {error}");
        decoded.map_err(|error: serde_json::Error| unfit(&path, &why(error)))
    }

    /// The spec that a connector shall answer: the object under `spec`.
    pub(super) fn spec(&self, name: &str, named: &str) -> Result<Value, FailureReason> {
        let (path, value) = self.value(name, named)?;
        let spec = if value["spec"].is_object() { value["spec"].clone() } else { value };
        let Some(schema) = spec.get("connection_specification").cloned() else {
            let why = "this is no spec: it has no connectionSpecification";
            return if spec["connectionSpecification"].is_object() { Ok(spec) } else { Err(unfit(&path, why)) };
        };
        // A declarative manifest writes it in its own way.
        let mut made = json!({"connectionSpecification": schema});
        for (there, here) in [("documentation_url", "documentationUrl"), ("advanced_auth", "advanced_auth")] {
            if let Some(value) = spec.get(there) {
                made[here] = value.clone();
            }
        }
        Ok(made)
    }

    /// States as the array that `--state` takes, of an array of states or state messages, or of the object by stream that
    /// states were before they had types.
    pub(super) fn states(&self, name: &str, named: &str) -> Result<Vec<Value>, FailureReason> {
        let (path, value) = self.value(name, named)?;
        let states = match value {
            Value::Array(states) => states,
            Value::Object(state) if state.contains_key("type") => vec![Value::Object(state)],
            Value::Object(by_stream) => return Ok(by_stream.into_iter().map(of_stream).collect()),
            _ => return Err(unfit(&path, "this is no list of states")),
        };
        let states: Vec<Value> = states.into_iter().map(without_envelope).collect();
        let is_state = |state: &Value| state["stream"].is_object() || state["global"].is_object();
        match states.iter().position(|state| !is_state(state)) {
            Some(at) => Err(unfit(&path, &format!("item {at} is no STREAM or GLOBAL state"))),
            None => Ok(states),
        }
    }

    /// Records, one in each line, each with its stream.
    pub(super) fn records(&self, name: &str, named: &str) -> Result<Vec<(StreamDescriptor, Value)>, FailureReason> {
        let path = self.path(name);
        let text = self.text(name, named)?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| record(line).map_err(|why| unfit(&path, &format!("line {}: {why}", at + 1)))).collect()
    }

    fn value(&self, name: &str, named: &str) -> Result<(PathBuf, Value), FailureReason> {
        let path = self.path(name);
        let value = parse(&path, &self.text(name, named)?)?;
        Ok((path, value))
    }

    fn text(&self, name: &str, named: &str) -> Result<String, FailureReason> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(|error| missing(&path, named, &error))
    }
}

/// The message of neither reader quotes what it read.
fn parse(path: &Path, text: &str) -> Result<Value, FailureReason> {
    if is_yaml(path) {
        return serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|at| format!(", see line {}", at.line())).unwrap_or_default();
            unfit(path, &format!("this is not YAML{line}"))
        });
    }
    serde_json::from_str(text).map_err(|error| unfit(path, &format!("this is not JSON: {error}")))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml")
}

fn is_secret(path: &Path) -> bool {
    path.components().any(|part| part == Component::Normal(OsStr::new("secrets")))
}

/// The newest configuration that a connector sent in a test before, when it was kept: a token may work only once.
fn newest_of(path: &Path) -> Option<PathBuf> {
    let begin = format!("{}|", path.file_stem()?.to_str()?);
    let kept = fs::read_dir(path.parent()?.join(UPDATED)).ok()?.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let time: u64 = name.strip_prefix(&begin)?.strip_suffix(".json")?.parse().ok()?;
        Some((time, name))
    });
    kept.max().and_then(|(_, name)| Some(path.parent()?.join(UPDATED).join(name)))
}

fn of_stream((name, state): (String, Value)) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}})
}

fn without_envelope(state: Value) -> Value {
    if state["state"].is_object() { state["state"].clone() } else { state }
}

fn record(line: &str) -> Result<(StreamDescriptor, Value), String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("this is not JSON: {error}"))?;
    let record = if value["record"].is_object() { &value["record"] } else { &value };
    let name = record["stream"].as_str().ok_or("a record needs the name of its `stream`")?;
    if !record["data"].is_object() {
        return Err("a record needs its `data`, an object".to_owned());
    }
    let namespace = record["namespace"].as_str().map(str::to_owned);
    Ok((StreamDescriptor { namespace, name: name.to_owned() }, record["data"].clone()))
}
