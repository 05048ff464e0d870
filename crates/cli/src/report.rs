//! The result of a sync, for people and for machines. The only file of the sync command that prints to stdout.

use crate::failure;
use crate::print::{self, note};
use crate::signals;
use crate::table::{bytes, grouped, table};
use longshore_engine::{Outcome, SyncStatus};
use longshore_protocol::FailureReason;
use serde_json::json;
use std::process::ExitCode;

/// Prints the result of a sync that ran, and returns the exit code; `signal` is the one that cancelled it.
pub(crate) fn print(outcome: &Outcome, json: bool, signal: Option<u8>) -> ExitCode {
    let text = if json { serde_json::to_string_pretty(outcome).unwrap_or_default() } else { for_people(outcome) };
    let printed = print::result(text);
    if let Some(reason) = &outcome.failure {
        failure::print(reason);
        for further in &outcome.further_failures {
            note(format_args!("also[{}]: {}", further.code, further.message));
        }
    }
    match (exit_code(outcome, signal), printed) {
        (0, Err(reason)) => failure::print(&reason),
        (code, _) => ExitCode::from(code),
    }
}

/// Prints the result of a sync that could not start, or that a signal ended before it did.
pub(crate) fn print_not_started(reason: &FailureReason, json: bool, signal: Option<u8>) -> ExitCode {
    if json {
        let status = if signal.is_some() { SyncStatus::Cancelled } else { SyncStatus::Failed };
        let result = json!({
            "status": status, "streams": [], "dropped": [], "duration_seconds": 0.0, "failure": reason,
        });
        // The sync failed already: a result that cannot be written changes nothing.
        let _ = print::result(serde_json::to_string_pretty(&result).unwrap_or_default());
    }
    let code = failure::print(reason);
    signal.map_or(code, |number| ExitCode::from(signals::exit_code(number)))
}

fn exit_code(outcome: &Outcome, signal: Option<u8>) -> u8 {
    match (outcome.status, &outcome.failure, signal) {
        (SyncStatus::Succeeded, ..) => 0,
        (SyncStatus::Cancelled, _, signal) => signals::exit_code(signal.unwrap_or(2)),
        (SyncStatus::Failed, Some(reason), _) => failure::exit_code(reason),
        _ => 1,
    }
}

/// The table, what was not delivered, and one sentence.
fn for_people(outcome: &Outcome) -> String {
    let rows = outcome.streams.iter().map(|stream| {
        vec![
            stream.namespace.as_ref().map_or_else(|| stream.name.clone(), |space| format!("{space}.{}", stream.name)),
            format!("{:?}", stream.status).to_lowercase(),
            grouped(stream.records_emitted),
            grouped(stream.records_committed),
            bytes(stream.bytes_committed),
        ]
    });
    let mut text = table(&["stream", "status", "sent", "committed", "data"], rows.collect(), &[2, 3, 4]);
    for dropped in &outcome.dropped {
        let stream = dropped.stream.as_ref().map_or_else(String::new, |stream| format!(" of {stream}"));
        text += &format!("\nnot delivered: {}{stream} ({})", grouped(dropped.count), dropped.reason);
    }
    text + "\n" + &summary(outcome)
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
