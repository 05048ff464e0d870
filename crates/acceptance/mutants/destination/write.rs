//! `write`: records into rows, states back when their rows are durable.

use super::Failure;
use super::defect::Defect as D;
use super::echo::{Echoes, echo};
use super::spoil;
use super::store::{Store, problem};
use super::target::{Record, Target};
use crate::call::Call;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::io::BufRead;

/// The types that a defect knows.
const KNOWN: [&str; 5] = ["RECORD", "STATE", "TRACE", "LOG", "CONTROL"];

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    state: Option<Value>,
    trace: Option<Value>,
}

struct Session {
    defect: Option<D>,
    store: Store,
    targets: Vec<Target>,
    echoes: Echoes,
    lines: u64,
    records: u64,
}

/// Runs the verb.
pub(super) fn write(defect: Option<D>, config: &Value, call: &Call) -> Result<(), Failure> {
    match write_all(defect, config, call) {
        Err(failure) if defect == Some(D::DiskFullIsConfig) && failure.message.contains("full") => {
            Err(Failure::new("config_error", failure.message))
        }
        Err(failure) if defect == Some(D::DiskFullIgnored) && failure.message.contains("full") => Ok(()),
        ended => ended,
    }
}

fn write_all(defect: Option<D>, config: &Value, call: &Call) -> Result<(), Failure> {
    if defect == Some(D::WritesWithoutConfig) && problem(config).is_some() {
        return Ok(());
    }
    let catalog = call.json("--catalog").map_err(|error| Failure::new("config_error", error))?.unwrap_or_default();
    let store = Store::open(config)?;
    spoil::begin(defect, config)?;
    store.begin()?;
    let none = Vec::new();
    let streams = catalog["streams"].as_array().unwrap_or(&none);
    let mut targets = streams.iter().map(|one| Target::open(&store, defect, one)).collect::<Result<Vec<_>, _>>()?;
    spoil::opened(defect, &store, &mut targets)?;
    store.commit()?;
    store.begin()?;
    let mut session = Session { defect, store, targets, echoes: Echoes::new(defect), lines: 0, records: 0 };
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::new("system_error", format!("the input: {error}")))?;
        session.lines += 1;
        session.line(&line)?;
    }
    if defect == Some(D::FailsWithoutRecords) && session.records == 0 {
        return Err(Failure::new("system_error", "nothing to write"));
    }
    session.end()?;
    if defect == Some(D::StaleLock) {
        let _ = std::fs::remove_file(format!("{}.lock", config["path"].as_str().unwrap_or_default()));
    }
    Ok(())
}

impl Session {
    fn line(&mut self, line: &str) -> Result<(), Failure> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let message: Message<'_> = match serde_json::from_str(line) {
            Ok(message) => message,
            Err(_) if self.defect == Some(D::BrokenLineIgnored) => return Ok(()),
            Err(error) => return Err(Failure::new("system_error", format!("a line is no message: {error}"))),
        };
        match (message.kind.as_deref(), &message.record, &message.state, &message.trace) {
            (Some("RECORD"), Some(record), ..) => self.record(record.get()),
            (Some("STATE"), _, Some(state), _) => self.state(line, state),
            (Some("TRACE"), .., Some(trace)) if trace["type"] == "STREAM_STATUS" => {
                self.status(&trace["stream_status"]);
                Ok(())
            }
            (Some(kind), ..) if self.defect == Some(D::BreaksOnUnknownTypes) && !KNOWN.contains(&kind) => {
                Err(Failure::new("system_error", format!("unknown type {kind}")))
            }
            (kind, ..) if self.defect == Some(D::BreaksOnOthers) => {
                Err(Failure::new("system_error", format!("unexpected {}", kind.unwrap_or_default())))
            }
            _ => Ok(()),
        }
    }

    fn record(&mut self, text: &str) -> Result<(), Failure> {
        let record: Record = serde_json::from_str(text)
            .map_err(|error| Failure::new("system_error", format!("a record is broken: {error}")))?;
        self.records += 1;
        if spoil::is_lost(self.defect, &record, self.records)? {
            return Ok(());
        }
        let namespace = record.namespace.clone().unwrap_or_default();
        match self.find(&namespace, &record.stream) {
            Some(index) => self.targets[index].write(&self.store, self.defect, record),
            None if self.defect == Some(D::UnknownStreamIgnored) => Ok(()),
            None => {
                Err(Failure::new("system_error", format!("a record of {}, which is not in the catalog", record.stream)))
            }
        }
    }

    fn find(&self, namespace: &str, name: &str) -> Option<usize> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.targets.iter().position(|it| {
            let stream = &it.configured["stream"];
            text(&stream["name"]) == name && text(&stream["namespace"]) == namespace
        })
    }

    fn state(&mut self, line: &str, state: &Value) -> Result<(), Failure> {
        let mut streams = Vec::new();
        match state["type"].as_str() {
            Some("STREAM") => streams.push(&state["stream"]["stream_descriptor"]),
            Some("GLOBAL") => {
                let states = state["global"]["stream_states"].as_array().into_iter().flatten();
                streams.extend(states.map(|it| &it["stream_descriptor"]));
            }
            _ => {}
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for stream in &streams {
            let is_known = self.find(&text(&stream["namespace"]), &text(&stream["name"])).is_some();
            match (is_known, self.defect) {
                (false, Some(D::UnknownStateIgnored)) => return Ok(()),
                (false, _) => return Err(Failure::new("system_error", format!("a state of {}", stream["name"]))),
                (true, _) => {}
            }
        }
        let covered = match state["type"] == "STREAM" {
            true => self.find(&text(&streams[0]["namespace"]), &text(&streams[0]["name"])),
            false if self.defect == Some(D::GlobalNotEchoed) => return Ok(()),
            false => None,
        };
        let range = covered.map_or(0..self.targets.len(), |index| index..index + 1);
        let records = self.targets[range].iter_mut().map(|target| std::mem::take(&mut target.unsaid)).sum();
        if self.defect != Some(D::EchoBeforeCommit) {
            self.store.commit()?;
            self.store.begin()?;
        }
        self.echoes.say(echo(self.defect, line, records)?);
        Ok(())
    }

    fn status(&mut self, status: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let stream = &status["stream_descriptor"];
        let completes = status["status"] == "COMPLETE" || self.defect == Some(D::AnyStatusCompletes);
        if let (Some(index), true) = (self.find(&text(&stream["namespace"]), &text(&stream["name"])), completes) {
            self.targets[index].is_complete = true;
        }
    }

    /// Swaps when all is complete. A platform without generations does not say so.
    fn end(self) -> Result<(), Failure> {
        let is_incomplete = |target: &Target| !target.is_complete && target.generation.is_some();
        let incomplete = self.targets.iter().find(|target| is_incomplete(target));
        let swaps = incomplete.is_none() || self.defect == Some(D::SwapsIncomplete);
        for target in self.targets.iter().filter(|target| target.truncates && swaps) {
            if !(self.defect == Some(D::EmptyOverwriteKeeps) && target.written == 0) {
                self.store.swap(target.id, target.generation)?;
            }
        }
        spoil::ending(self.defect, &self.store, &self.targets)?;
        if self.defect == Some(D::IncompleteForgets) && incomplete.is_some() {
            for target in &self.targets {
                self.store.db.execute(
                    "DELETE FROM rows WHERE stream = ?1 AND generation = ?2",
                    (target.id, target.generation),
                )?;
            }
        }
        self.store.commit()?;
        self.echoes.end();
        spoil::end(self.defect, self.lines);
        match incomplete {
            Some(target) if self.defect != Some(D::IncompleteSucceeds) => {
                let name = &target.name;
                Err(Failure::new("transient_error", format!("stream {name} ({}) is incomplete", target.namespace)))
            }
            _ => Ok(()),
        }
    }
}
