//! What the defects do to a read: at its begin, to the records, to each message on its way out, and at its end.

use super::Run;
use super::defect::Defect as D;
use super::out::Out;
use super::records::Stream;
use crate::lines;
use crate::signal::{ignore_sigterm, on_sigterm};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    /// What was counted: records of this run, and states.
    static RECORDS: Cell<u64> = const { Cell::new(0) };
    static STATES: Cell<u64> = const { Cell::new(0) };
    static FIRST_STATE: Cell<Option<Value>> = const { Cell::new(None) };
    static EARLY: Cell<Option<Value>> = const { Cell::new(None) };
}

/// Before anything is read; an exit code ends the run.
pub(super) fn begin(run: &mut Run, catalog: &Value, states: &Value) -> Option<u8> {
    let is_known = |state: &Value| {
        super::records::STREAMS.iter().any(|stream| state["stream"]["stream_descriptor"]["name"] == stream.name)
    };
    let fields = &catalog["streams"][0]["stream"]["json_schema"]["properties"];
    let first = catalog["streams"][0]["stream"]["name"].clone();
    let width = match first.as_str() {
        Some("users") => 10,
        Some("pages" | "events" | "countries") => 3,
        _ => 0,
    };
    match run.defect? {
        D::UnknownStateBreaks if !states.as_array().into_iter().flatten().all(is_known) => {
            return Some(run.out.fail("a state of no stream", "system_error"));
        }
        D::ResumeBreaks if states.as_array().is_some_and(|states| !states.is_empty()) => {
            return Some(run.out.fail("the state cannot be read", "system_error"));
        }
        D::BreaksOnEmptyState if states.as_array().is_some_and(Vec::is_empty) => {
            return Some(run.out.fail("the state is empty", "system_error"));
        }
        D::BreaksOnFewerFields if fields.as_object().is_none_or(|fields| fields.len() < width) => {
            return Some(run.out.fail("a field is missing", "system_error"));
        }
        D::BreaksOnFewerUserFields if first == "users" && fields.as_object().is_none_or(|it| it.len() < width) => {
            return Some(run.out.fail("a field is missing", "system_error"));
        }
        D::StaleLock => return lock(run),
        D::IgnoresSigterm => ignore_sigterm(),
        D::StateAtSigterm => on_sigterm(|| {
            for (name, cursor) in [("users", "updated_at"), ("events", "at")] {
                let state = json!({cursor: "2030-01-01T00:00:00Z"});
                let stream = json!({"stream_descriptor": {"name": name}, "stream_state": state});
                lines::print(&json!({"type": "STATE", "state": {"type": "STREAM", "stream": stream}}).to_string());
            }
            std::process::exit(143);
        }),
        D::HalfLineAtSigterm => on_sigterm(|| {
            lines::print(r#"{"type": "RECORD", "record": {"stream": "us"#);
            std::process::exit(143);
        }),
        D::RunsAhead => run_ahead(),
        D::SecretOnStderr => eprint(&format!("token = {}", run.out.token)),
        _ => {}
    }
    None
}

fn eprint(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A file for each read that goes on. One whose read is gone keeps all others from beginning.
fn lock(run: &mut Run) -> Option<u8> {
    let folder = std::path::PathBuf::from(run.config["lock"].as_str().unwrap_or_default());
    let _ = std::fs::create_dir_all(&folder);
    let locks = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    if locks.into_iter().any(|lock| !std::path::Path::new("/proc").join(lock.file_name()).exists()) {
        return Some(run.out.fail("an earlier read left its lock", "transient_error"));
    }
    let path = folder.join(std::process::id().to_string());
    let _ = std::fs::write(&path, "");
    run.out.lock = Some(path);
    None
}

/// 32 MB each tenth of a second, up to 1 GB.
fn run_ahead() {
    std::thread::spawn(|| {
        let mut ahead = Vec::new();
        for number in 0..32u8 {
            ahead.push(vec![number + 1; 32 << 20]);
            std::thread::sleep(Duration::from_millis(100));
        }
        std::thread::park();
    });
}

/// What there is to read of a stream.
pub(super) fn records(
    run: &Run,
    stream: &Stream,
    configured: &Value,
    state: &Value,
    mut all: Vec<Value>,
) -> Vec<Value> {
    let is_incremental = configured["sync_mode"] == "incremental";
    match (run.defect, stream.name) {
        (Some(D::StreamWithoutRecords), "events") => all.clear(),
        (Some(D::IncrementalSkips), "users") if is_incremental && state.is_null() => all.retain(|user| user["id"] != 7),
        (Some(D::KeyIsNull), "users") => all[6]["id"] = Value::Null,
        (Some(D::KeyTwice), "users") => all[6]["id"] = json!(6),
        (Some(D::RecordTwice), "events") => all.insert(6, all[5].clone()),
        (Some(D::RecordUnexpected), "countries") => all[0]["name"] = json!("Atlantis"),
        (Some(D::RecordsChange), "users") => all[6]["age"] = json!(std::process::id()),
        (Some(D::FieldNeverFilled), "users") => all.iter_mut().for_each(|user| user["email"] = Value::Null),
        (Some(D::IntegerAsText), "users") => all[6]["age"] = json!("26"),
        (Some(D::NestedNumber), "users") => all[6]["address"]["zip"] = json!(12345),
        (Some(D::UndeclaredField), "users") => all.iter_mut().for_each(|user| user["internal_id"] = json!(7)),
        (Some(D::ForeignFields), "countries") => all.iter_mut().for_each(|country| {
            *country = json!({"ISO": country["code"], "Label": country["name"]});
        }),
        (Some(D::CursorMissing), "users") => drop(all[6].as_object_mut().and_then(|user| user.remove("updated_at"))),
        (Some(D::SingleStreamIsCut), _) if run.out.streams == 1 => drop(all.pop()),
        _ => {}
    }
    all
}

/// Whether a record is behind a state, when a defect decides that.
pub(super) fn is_new(run: &Run, stream: &Stream, record: &Value, state: &Value) -> Option<bool> {
    let newest = &run.out.newest;
    match run.defect? {
        D::StateIgnored => Some(true),
        D::FutureStateReadsAll => (state.as_str() > newest.as_str()).then_some(true),
        D::FinalStateIgnored => (state == newest).then_some(true),
        D::LooksBack => {
            let before = |text: &Value| text.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
            Some(before(record)? > before(state)? - 86_400)
        }
        D::SkipsOneOnResume => {
            let minutes = |text: &Value| text.as_str()?.parse::<jiff::Timestamp>().ok().map(|it| it.as_second() / 60);
            (minutes(record)? == minutes(state)? + 1 && stream.name == "users").then_some(false)
        }
        D::PageLost if stream.name == "pages" => Some(record.as_i64()? > state.as_i64()? + 1),
        _ => None,
    }
}

/// The lines of a message.
pub(super) fn lines(out: &mut Out, message: Value) -> Vec<String> {
    let Some(defect) = out.defect else { return vec![message.to_string()] };
    let mut lines = Vec::new();
    if out.sent == 0 && out.verb == "read" {
        lines.extend(first(out, defect));
    }
    let messages = match message["type"].as_str() {
        Some("RECORD") => record(defect, message),
        Some("STATE") => state(defect, message),
        Some("TRACE") => trace(defect, message),
        _ => vec![message],
    };
    lines.extend(messages.iter().map(Value::to_string));
    lines
}

/// What comes before the first message of a read.
fn first(out: &Out, defect: D) -> Option<String> {
    let log = |text: String| json!({"type": "LOG", "log": {"level": "INFO", "message": text}}).to_string();
    match defect {
        D::PlainText => Some("Connecting to the service …".to_owned()),
        D::BinaryOutput => {
            let _ = lines::write(b"\xff\xfe\x00\x01\xc3\x28\n");
            None
        }
        D::LogWithoutLevel => Some(json!({"type": "LOG", "log": {"message": "begins"}}).to_string()),
        D::CatalogInRead => Some(json!({"type": "CATALOG", "catalog": {"streams": []}}).to_string()),
        D::SecretInLog => Some(log(format!("Authorization: Bearer {}", out.token))),
        D::SecretInBase64 => Some(log(format!("Authorization: Basic {}", BASE64_STANDARD.encode(&out.token)))),
        D::SecretInUrl => Some(log(format!("GET /users?token={}", percent_encoded(&out.token)))),
        D::UnselectedRecords => {
            let record = json!({"stream": "audit", "data": {"id": 1}, "emitted_at": lines::now_ms()});
            Some(json!({"type": "RECORD", "record": record}).to_string())
        }
        D::ForeignState => {
            let stream = json!({"stream_descriptor": {"name": "audit"}, "stream_state": {"at": 1}});
            let stats = json!({"recordCount": 0.0});
            Some(
                json!({"type": "STATE", "state": {"type": "STREAM", "stream": stream, "sourceStats": stats}})
                    .to_string(),
            )
        }
        _ => None,
    }
}

fn percent_encoded(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn record(defect: D, mut message: Value) -> Vec<Value> {
    let number = RECORDS.replace(RECORDS.get() + 1) + 1;
    let record = &mut message["record"];
    match defect {
        D::RecordWithoutTime if number == 7 => drop(record.as_object_mut().and_then(|it| it.remove("emitted_at"))),
        D::SecondsForMilliseconds => record["emitted_at"] = json!(lines::now_ms() / 1000),
        D::DataIsArray if number == 7 => record["data"] = json!([record["data"]]),
        D::NamespaceLost => drop(record.as_object_mut().and_then(|it| it.remove("namespace"))),
        D::RecordsOnStderr => eprint(&message.to_string()),
        D::BreaksDown if number == 25 => {
            lines::print(&lines::error("the connection was lost", "transient_error", None).to_string());
            std::process::exit(1);
        }
        D::CompleteTooEarly => return EARLY.take().into_iter().chain([message]).collect(),
        _ => {}
    }
    vec![message]
}

fn state(defect: D, mut message: Value) -> Vec<Value> {
    let number = STATES.replace(STATES.get() + 1) + 1;
    let state = &mut message["state"];
    let is_of = |state: &Value, name: &str| state["stream"]["stream_descriptor"]["name"] == name;
    match defect {
        D::StateIsText if is_of(state, "users") => state["stream"]["stream_state"] = json!("half"),
        D::LegacyState => return vec![json!({"type": "STATE", "state": {"data": {"users": state["stream"]}}})],
        D::MixedStates if is_of(state, "pages") || is_of(state, "events") => {
            let global = json!({"stream_states": [state["stream"]]});
            *state = json!({"type": "GLOBAL", "global": global, "sourceStats": state["sourceStats"]});
        }
        D::StreamWithoutState if is_of(state, "events") => return Vec::new(),
        D::FullRefreshWithoutState if is_of(state, "countries") => return Vec::new(),
        D::EmptyStates if is_of(state, "events") => state["stream"]["stream_state"] = json!({}),
        D::LateRecords if is_of(state, "events") && state["sourceStats"]["recordCount"] != 10.0 => return Vec::new(),
        D::CountMissing => drop(state.as_object_mut().and_then(|it| it.remove("sourceStats"))),
        D::CountsAddUp => state["sourceStats"]["recordCount"] = json!(RECORDS.get() as f64),
        D::CountTooLow if number == 2 => state["sourceStats"]["recordCount"] = json!(9.0),
        D::StateGoesBack if is_of(state, "users") && number == 1 => FIRST_STATE.set(Some(state["stream"].clone())),
        D::StateGoesBack if is_of(state, "users") && number == 3 => {
            state["stream"] = FIRST_STATE.take().unwrap_or_default();
        }
        D::FutureStateReset if state["stream"]["stream_state"]["updated_at"].as_str() > Some("2025") => {
            state["stream"]["stream_state"] = json!({"updated_at": "2024-01-01T01:00:00Z"});
        }
        _ => {}
    }
    vec![message]
}

fn trace(defect: D, message: Value) -> Vec<Value> {
    let status = &message["trace"]["stream_status"];
    let (status_word, name) =
        (status["status"].as_str().unwrap_or_default(), status["stream_descriptor"]["name"].clone());
    match (defect, status_word) {
        (D::NoStatuses, "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE") => Vec::new(),
        (D::NoRunning, "RUNNING") => Vec::new(),
        (D::NeverComplete, "COMPLETE") if name == "events" => Vec::new(),
        (D::RunningBeforeStarted, "STARTED") => {
            let mut running = message.clone();
            running["trace"]["stream_status"]["status"] = json!("RUNNING");
            vec![running, message]
        }
        (D::CompleteTooEarly, "RUNNING") => {
            let mut complete = message.clone();
            complete["trace"]["stream_status"]["status"] = json!("COMPLETE");
            EARLY.set(Some(complete));
            vec![message]
        }
        (D::CompleteTooEarly, "COMPLETE") => Vec::new(),
        _ => vec![message],
    }
}

/// Behind the last message; the exit code.
pub(super) fn end(out: &Out, code: u8) -> u8 {
    if let Some(lock) = &out.lock {
        let _ = std::fs::remove_file(lock);
    }
    if out.verb != "read" {
        return code;
    }
    match out.defect {
        Some(D::ExitsThree) if code == 0 => 3,
        Some(D::NeverEnds) => loop {
            std::thread::park();
        },
        Some(D::GoesOnWithoutReader) if lines::write(b"\n").is_err() => loop {
            std::thread::park();
        },
        _ => code,
    }
}
