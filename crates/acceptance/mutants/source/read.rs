//! `read`: all streams of the catalog, one after the other.

use super::defect::Defect as D;
use super::records::{STREAMS, Stream, records};
use super::{Run, check, spoil};
use crate::call::Call;
use crate::lines;
use serde_json::{Value, json};

/// After so many records comes a state.
const RECORDS_PER_STATE: usize = 10;

/// Runs the verb; the exit code.
pub(crate) fn read(run: &mut Run, call: &Call) -> u8 {
    let catalog = call.json("--catalog").map(Option::unwrap_or_default);
    let states = call.json("--state").map(Option::unwrap_or_default);
    let (catalog, states) = match (catalog, states) {
        (Ok(catalog), Ok(states)) => (catalog, states),
        (Err(error), _) | (_, Err(error)) => return run.out.fail(&error, "config_error"),
    };
    if let Some(problem) = check::problem(run)
        && !run.has(D::ReadWithoutConfig)
        && !(run.has(D::ForbiddenRead) && run.config["token"].is_null())
    {
        return run.out.fail(&problem, "config_error");
    }
    if let Some(code) = spoil::begin(run, &catalog, &states) {
        return code;
    }
    let none = Vec::new();
    let configured = catalog["streams"].as_array().unwrap_or(&none);
    run.out.streams = configured.len();
    let mut code = 0;
    for one in configured {
        let descriptor = descriptor(&one["stream"]);
        match STREAMS
            .iter()
            .find(|it| one["stream"]["name"] == it.name && one["stream"]["namespace"] == json!(it.namespace))
        {
            Some(stream) => read_stream(run, stream, one, &descriptor, state_of(&states, &descriptor)),
            None => code = unknown(run, &descriptor).unwrap_or(code),
        }
        if code != 0 && run.has(D::FailsAtOnce) {
            return code;
        }
    }
    code
}

/// The configured name of a stream, without a namespace when it has none.
fn descriptor(stream: &Value) -> Value {
    match stream["namespace"].as_str() {
        Some(namespace) => json!({"name": stream["name"], "namespace": namespace}),
        None => json!({"name": stream["name"]}),
    }
}

fn state_of(states: &Value, descriptor: &Value) -> Value {
    let is_of_stream = |state: &&Value| {
        let its = &state["stream"]["stream_descriptor"];
        its["name"] == descriptor["name"] && its["namespace"] == descriptor["namespace"]
    };
    let state = states.as_array().and_then(|states| states.iter().find(is_of_stream));
    state.map(|state| state["stream"]["stream_state"].clone()).unwrap_or_default()
}

fn unknown(run: &mut Run, descriptor: &Value) -> Option<u8> {
    if run.has(D::UnknownStreamIgnored) {
        return None;
    }
    let end = if run.has(D::UnknownStreamComplete) { "COMPLETE" } else { "INCOMPLETE" };
    run.out.stream_status(descriptor, "STARTED");
    if !run.has(D::UnknownStreamLeftOpen) {
        run.out.stream_status(descriptor, end);
    }
    let message = format!("there is no stream {}", descriptor["name"]);
    Some(run.out.fail_stream(&message, "config_error", Some(descriptor)))
}

fn read_stream(run: &mut Run, stream: &Stream, configured: &Value, descriptor: &Value, state: Value) {
    run.out.stream_status(descriptor, "STARTED");
    let count = run.config["count"].as_i64().unwrap_or(0);
    let all = spoil::records(run, stream, configured, &state, records(stream.name, count));
    run.out.newest = all.last().zip(stream.cursor).map(|(last, cursor)| last[cursor].clone()).unwrap_or_default();
    let rest: Vec<&Value> = all.iter().filter(|record| is_new(run, stream, record, &state)).collect();
    let mut last = if run.has(D::FinalStateLost) && rest.is_empty() { json!({}) } else { state };
    let mut unsaid = 0;
    for (index, record) in rest.iter().enumerate() {
        if index == 0 {
            run.out.stream_status(descriptor, "RUNNING");
        }
        run.out.send(message(descriptor, record));
        unsaid += 1;
        if let Some(cursor) = stream.cursor {
            let ahead = if run.has(D::StateAhead) { rest.get(index + 1).unwrap_or(record) } else { record };
            last = json!({cursor: ahead[cursor]});
        }
        // A page is done when its last record is.
        let is_whole = stream.name != "pages" || (index + 1) % RECORDS_PER_STATE == 0;
        if unsaid >= RECORDS_PER_STATE && is_whole && stream.cursor.is_some() {
            send_state(run, descriptor, &last, std::mem::take(&mut unsaid));
        }
    }
    if stream.cursor.is_none() {
        last = json!({"is_complete": true});
    }
    if unsaid > 0 || rest.is_empty() && !run.has(D::NoStateAgain) || stream.cursor.is_none() {
        send_state(run, descriptor, &last, unsaid);
    }
    run.out.stream_status(descriptor, "COMPLETE");
}

/// Whether a record is behind the state.
fn is_new(run: &Run, stream: &Stream, record: &Value, state: &Value) -> bool {
    let Some(cursor) = stream.cursor else { return true };
    let (Some(state), record) = (state.get(cursor).filter(|it| !it.is_null()), &record[cursor]) else { return true };
    if let Some(answer) = spoil::is_new(run, stream, record, state) {
        return answer;
    }
    let order = match (record.as_str(), state.as_str()) {
        (Some(record), Some(state)) => record.cmp(state),
        _ => record.as_i64().cmp(&state.as_i64()),
    };
    order.is_gt() || order.is_eq() && stream.is_inclusive
}

fn message(descriptor: &Value, data: &Value) -> Value {
    let mut record = json!({"stream": descriptor["name"], "data": data, "emitted_at": lines::now_ms()});
    if !descriptor["namespace"].is_null() {
        record["namespace"] = descriptor["namespace"].clone();
    }
    json!({"type": "RECORD", "record": record})
}

fn send_state(run: &mut Run, descriptor: &Value, state: &Value, records: usize) {
    run.out.send(json!({"type": "STATE", "state": {
        "type": "STREAM",
        "stream": {"stream_descriptor": descriptor, "stream_state": state},
        "sourceStats": {"recordCount": records as f64},
    }}));
}
