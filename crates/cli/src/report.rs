//! The result of a sync, for people and for machines. The only file of the sync command that prints to stdout.
#![allow(clippy::print_stdout)]

use crate::failure;
use crate::table::{bytes, grouped, table};
use longshore_engine::{Outcome, SyncStatus};
use longshore_protocol::FailureReason;
use serde_json::json;
use std::process::ExitCode;

/// Prints the result of a sync that ran, and returns the exit code; `signal` is the one that cancelled it.
pub(crate) fn print(outcome: &Outcome, json: bool, signal: Option<i32>) -> ExitCode {
    if json {
        println!("{}", serde_json::to_string_pretty(outcome).unwrap_or_default());
    } else {
        print_table(outcome);
    }
    if let Some(reason) = &outcome.failure {
        failure::print(reason);
        for further in &outcome.further_failures {
            eprintln!("also[{}]: {}", further.code, further.message);
        }
    }
    exit_code(outcome, signal)
}

/// Prints the result of a sync that could not start.
pub(crate) fn print_not_started(reason: &FailureReason, json: bool) -> ExitCode {
    if json {
        let result = json!({
            "status": "failed", "streams": [], "dropped": [], "duration_seconds": 0.0, "failure": reason,
        });
        println!("{}", serde_json::to_string_pretty(&result).unwrap_or_default());
    }
    failure::print(reason)
}

fn exit_code(outcome: &Outcome, signal: Option<i32>) -> ExitCode {
    let code = match (outcome.status, &outcome.failure, signal) {
        (SyncStatus::Succeeded, ..) => 0,
        (SyncStatus::Cancelled, _, signal) => 128 + signal.map_or(2, |signal| signal as u8),
        (SyncStatus::Failed, Some(reason), _) => failure::exit_code(reason),
        _ => 1,
    };
    ExitCode::from(code)
}

fn print_table(outcome: &Outcome) {
    let rows = outcome.streams.iter().map(|stream| {
        vec![
            stream.namespace.as_ref().map_or_else(|| stream.name.clone(), |space| format!("{space}.{}", stream.name)),
            format!("{:?}", stream.status).to_lowercase(),
            grouped(stream.records_emitted),
            grouped(stream.records_committed),
            bytes(stream.bytes_committed),
        ]
    });
    println!("{}", table(&["stream", "status", "sent", "committed", "data"], rows.collect(), &[2, 3, 4]));
    for dropped in &outcome.dropped {
        let stream = dropped.stream.as_ref().map_or_else(String::new, |stream| format!(" of {stream}"));
        println!("not delivered: {}{stream} ({})", grouped(dropped.count), dropped.reason);
    }
    println!("{}", summary(outcome));
}

fn summary(outcome: &Outcome) -> String {
    let committed: u64 = outcome.streams.iter().map(|stream| stream.records_committed).sum();
    let sent: u64 = outcome.streams.iter().map(|stream| stream.records_emitted).sum();
    let data: u64 = outcome.streams.iter().map(|stream| stream.bytes_committed).sum();
    let seconds = format!("{:.1} s", outcome.duration_seconds);
    match outcome.status {
        SyncStatus::Succeeded => format!(
            "succeeded in {seconds}: {} records, {}, every one acknowledged by the destination",
            grouped(committed),
            bytes(data)
        ),
        status => format!(
            "{} after {seconds}: {} of {} records are proven to have arrived",
            format!("{status:?}").to_lowercase(),
            grouped(committed),
            grouped(sent)
        ),
    }
}
