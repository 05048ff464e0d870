//! How a sync ended, and what is missing.
//!
//! **No proof, no green.** A sync has succeeded only if both connectors exited with 0, every configured stream is
//! complete, every record that was emitted is acknowledged by a state that is stored, and nothing was dropped. Anything
//! else says exactly what is missing. Precedence: cancelled, failed, incomplete, succeeded.

use crate::connector::Exit;
use crate::session::{ALL_STREAMS, Session};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use serde::Serialize;

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// Proven: everything arrived.
    Succeeded,
    /// Both connectors ended well, but the proof is not whole.
    Incomplete,
    /// A connector, or Longshore, failed.
    Failed,
    /// Somebody asked for the end.
    Cancelled,
}

/// The result of a sync.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// How it ended.
    pub status: SyncStatus,
    /// Each configured stream.
    pub streams: Vec<StreamOutcome>,
    /// Everything that the source printed and that did not reach the destination.
    pub dropped: Vec<Dropped>,
    /// How long it took, in seconds.
    pub duration_seconds: f64,
    /// Why it did not succeed: the first reason.
    pub failure: Option<FailureReason>,
    /// Further reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_failures: Vec<FailureReason>,
}

/// The result of one stream.
#[derive(Debug, Clone, Serialize)]
pub struct StreamOutcome {
    /// Its name at the source.
    pub name: String,
    /// Its namespace at the source.
    pub namespace: Option<String>,
    /// Whether everything of it is proven to have arrived.
    pub status: StreamResult,
    /// Records that went to the destination.
    pub records_emitted: u64,
    /// Of those, acknowledged and stored.
    pub records_committed: u64,
    /// Bytes of the committed records' data.
    pub bytes_committed: u64,
}

/// Whether a stream arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StreamResult {
    Complete,
    Incomplete,
}

/// Lines of one kind that did not reach the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The stream, where it is known.
    pub stream: Option<String>,
    /// Why: `unparsable`, `invalid_utf8`, `invalid_record`, `undeclared_stream`, `rejected_by_destination`,
    /// `invalid_state`, `state_of_undeclared_stream`; `invalid_message` for a log, trace or control message that cannot
    /// be read, `not_a_message` for log output on stdout: these two carry no data.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// How the two connectors and the loop between them ended.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) source: Option<Exit>,
    pub(crate) destination: Option<Exit>,
    /// What went wrong in the loop itself, in order of time: timeouts, a store that cannot store.
    pub(crate) failures: Vec<FailureReason>,
    pub(crate) cancelled: bool,
    /// The destination ended while the source still had something for it.
    pub(crate) destination_ended_early: bool,
    /// The source was stopped by us, so its exit code says nothing.
    pub(crate) source_stopped: bool,
    /// The last lines of each side's stderr.
    pub(crate) source_stderr: String,
    pub(crate) destination_stderr: String,
}

impl Ends {
    /// Whether we ended the sync for a reason that lies not in the source: then the destination's end says nothing.
    pub(crate) fn cut_short(&self) -> bool {
        self.cancelled || self.failures.iter().any(|failure| failure.origin != FailureOrigin::Source)
    }
}

/// Judges a sync that has ended.
pub(crate) fn judge(session: &Session<'_>, ends: &Ends, duration_seconds: f64) -> Outcome {
    let failures = failures(session, ends);
    let missing = missing(session, exited_well(&ends.source));
    // A destination that was not told COMPLETE must refuse to finish: that is not a failure of its own.
    let some_stream_open = (0..session.streams.len()).any(|at| !session.is_complete(at));
    let refuses = exited_well(&ends.source) && some_stream_open && !ends.destination_ended_early;
    let consequence = |failure: &FailureReason| refuses && failure.origin == FailureOrigin::Destination;
    let status = match () {
        () if ends.cancelled => SyncStatus::Cancelled,
        () if failures.iter().any(|failure| !consequence(failure)) => SyncStatus::Failed,
        () if !missing.is_empty() => SyncStatus::Incomplete,
        () => SyncStatus::Succeeded,
    };
    let mut reasons: Vec<FailureReason> = match status {
        SyncStatus::Cancelled => vec![cancelled()].into_iter().chain(ends.failures.clone()).collect(),
        SyncStatus::Incomplete => missing.into_iter().chain(failures).collect(),
        _ => failures.into_iter().chain(missing).collect(),
    };
    let failure = (!reasons.is_empty()).then(|| reasons.remove(0));
    let arrived = |at: usize| {
        status == SyncStatus::Succeeded
            || (exited_well(&ends.source) && exited_well(&ends.destination) && is_proven(session, at))
    };
    Outcome {
        status,
        streams: streams(session, arrived),
        dropped: dropped(session),
        duration_seconds,
        failure,
        further_failures: reasons,
    }
}

fn cancelled() -> FailureReason {
    let message = "the sync was cancelled; what was acknowledged is kept, and the next sync goes on from there";
    FailureReason::new(FailureOrigin::Platform, FailureKind::Cancelled, "sync.cancelled", message)
}

fn exited_well(exit: &Option<Exit>) -> bool {
    exit.as_ref().is_some_and(Exit::is_success)
}

/// Whether everything of a stream has been read, acknowledged and stored.
fn is_proven(session: &Session<'_>, stream: usize) -> bool {
    let progress = &session.streams[stream];
    session.is_complete(stream)
        && session.uncovered(stream) == 0
        && !session.checkpoints.is_waiting(stream)
        && progress.committed.records == progress.emitted.records
        && !session.dropped.keys().any(|(of, reason)| match of {
            Some(of) => *of == progress.stream,
            None => carries_data(reason),
        })
        && ![&progress.stream.to_string(), ALL_STREAMS].into_iter().any(|name| is_miscounted(session, name))
}

/// Whether one of the two sides counted otherwise than we did.
fn is_miscounted(session: &Session<'_>, name: &str) -> bool {
    [&session.source_miscounts, &session.destination_miscounts]
        .into_iter()
        .any(|miscounts| miscounts.contains_key(name))
}

/// Whether what was dropped for this reason was a part of the data, not a word beside it.
fn carries_data(reason: &str) -> bool {
    !matches!(reason, "not_a_message" | "invalid_message")
}

fn streams(session: &Session<'_>, arrived: impl Fn(usize) -> bool) -> Vec<StreamOutcome> {
    let outcome = |(at, progress): (usize, &crate::StreamProgress)| StreamOutcome {
        name: progress.stream.name.clone(),
        namespace: progress.stream.namespace.clone(),
        status: if arrived(at) { StreamResult::Complete } else { StreamResult::Incomplete },
        records_emitted: progress.emitted.records,
        records_committed: progress.committed.records,
        bytes_committed: progress.committed.bytes,
    };
    session.streams.iter().enumerate().map(outcome).collect()
}

fn dropped(session: &Session<'_>) -> Vec<Dropped> {
    let one = |((stream, reason), count): (&(Option<StreamDescriptor>, &'static str), &u64)| Dropped {
        stream: stream.as_ref().map(ToString::to_string),
        reason: (*reason).to_owned(),
        count: *count,
    };
    session.dropped.iter().map(one).collect()
}

/// What failed, the most telling first: what a connector said itself, then how it ended.
fn failures(session: &Session<'_>, ends: &Ends) -> Vec<FailureReason> {
    let mut found = ends.failures.clone();
    let source =
        side(session, FailureOrigin::Source, &ends.source, &ends.source_stderr).filter(|_| !ends.source_stopped);
    let destination = side(session, FailureOrigin::Destination, &ends.destination, &ends.destination_stderr);
    // Whoever went first is the cause. A destination that ends while records still come takes the source with it.
    if ends.destination_ended_early {
        found.extend(destination.or_else(|| Some(ended_early())));
        found.extend(source);
    } else {
        found.extend(source);
        found.extend(destination.filter(|_| !ends.cut_short()));
    }
    found
}

fn ended_early() -> FailureReason {
    let message =
        "the destination exited with 0 while records were still coming; see its log for why it stopped reading";
    FailureReason::new(FailureOrigin::Destination, FailureKind::SystemError, "destination.ended_early", message)
}

/// Why one side failed, if it did: its exit decides, its TRACE ERROR explains.
fn side(session: &Session<'_>, origin: FailureOrigin, exit: &Option<Exit>, stderr: &str) -> Option<FailureReason> {
    let exit = exit.as_ref()?;
    if exit.is_success() {
        return None;
    }
    let trace = session.errors.iter().find(|(of, _)| *of == origin).map(|(_, error)| error);
    let stderr = stderr.trim();
    if let Some(error) = trace {
        let kind = FailureKind::from_trace(error.failure_type.as_deref());
        let detail = [error.internal_message.as_deref(), error.stack_trace.as_deref(), Some(stderr)];
        let detail: Vec<&str> = detail.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let failure = FailureReason::new(origin, kind, &format!("{origin}.failed"), error.message.clone());
        return Some(detailed(failure, &detail.join("\n")));
    }
    if let Some(failure) = &exit.failure {
        return Some(failure.clone());
    }
    let how = match (exit.code, exit.signal) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    };
    let last = stderr.lines().last().map_or_else(String::new, |line| format!("; the last line on its stderr: {line}"));
    let message = format!("the {origin} {how} without saying why{last}");
    Some(detailed(FailureReason::new(origin, FailureKind::SystemError, &format!("{origin}.exited"), message), stderr))
}

fn detailed(failure: FailureReason, detail: &str) -> FailureReason {
    if detail.is_empty() { failure } else { failure.with_detail(detail) }
}

/// What the proof lacks, stream by stream, and what was lost on the way.
/// A source that did not end well, or was not let, owes nothing: what it did not send is a consequence.
fn missing(session: &Session<'_>, source_ended_well: bool) -> Vec<FailureReason> {
    let missing_of =
        |at| missing_of(session, at).filter(|r| source_ended_well || r.origin == FailureOrigin::Destination);
    let mut found: Vec<FailureReason> = (0..session.streams.len()).filter_map(missing_of).collect();
    found.extend(lost(session));
    for (stream, (claimed, arrived)) in &session.source_miscounts {
        let message =
            format!("stream {stream}: the source says that it sent {claimed} records, {arrived} arrived as records");
        found.push(incomplete(FailureOrigin::Source, "source.count_mismatch", message));
    }
    for (stream, (sent, written)) in &session.destination_miscounts {
        let message =
            format!("stream {stream}: the destination was sent {sent} records and says that it wrote {written}");
        found.push(incomplete(FailureOrigin::Destination, "destination.count_mismatch", message));
    }
    found
}

fn missing_of(session: &Session<'_>, at: usize) -> Option<FailureReason> {
    let progress = &session.streams[at];
    let stream = &progress.stream;
    if !session.is_complete(at) {
        let said =
            progress.status.map_or("nothing of it".to_owned(), |s| format!("only {}", format!("{s:?}").to_uppercase()));
        let message = format!("stream {stream} is not complete: the source ended, but said {said}");
        return Some(incomplete(FailureOrigin::Source, "source.stream_incomplete", message));
    }
    let uncovered = session.uncovered(at);
    if uncovered > 0 {
        let message = match session.states_seen[at] {
            0 => format!(
                "stream {stream}: the source sent {uncovered} records and no state, so nothing can acknowledge them"
            ),
            _ => format!(
                "stream {stream}: the source sent {uncovered} records after its last state, so nothing can acknowledge them"
            ),
        };
        return Some(incomplete(FailureOrigin::Source, "source.no_state", message));
    }
    if session.checkpoints.is_waiting(at) {
        let open = progress.emitted.records - progress.committed.records;
        let message = format!(
            "stream {stream}: the destination did not acknowledge the last state ({open} records are not proven)"
        );
        return Some(incomplete(FailureOrigin::Destination, "destination.not_acknowledged", message));
    }
    None
}

/// Records that did not reach the destination: one reason for each kind.
fn lost(session: &Session<'_>) -> Option<FailureReason> {
    let counted = |((_, reason), _): &(&(Option<StreamDescriptor>, &str), &u64)| carries_data(reason);
    let lost: Vec<String> = session
        .dropped
        .iter()
        .filter(counted)
        .map(|((stream, reason), count)| {
            let of = stream.as_ref().map_or_else(String::new, |stream| format!(" of {stream}"));
            format!("{count}{of} ({reason})")
        })
        .collect();
    if lost.is_empty() {
        return None;
    }
    let mut reasons = session.dropped.keys().map(|(_, reason)| *reason).filter(|reason| carries_data(reason));
    let rejected_only = reasons.all(|reason| reason == "rejected_by_destination");
    let origin = if rejected_only { FailureOrigin::Destination } else { FailureOrigin::Source };
    let message = format!("messages that did not reach the destination: {}", lost.join(", "));
    Some(incomplete(origin, "sync.records_dropped", message))
}

fn incomplete(origin: FailureOrigin, code: &str, message: String) -> FailureReason {
    FailureReason::new(origin, FailureKind::SystemError, code, message)
}
