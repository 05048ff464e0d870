//! Attempts, with exactly the keys that strict clients know: one more, and they fail.

use jiff::Timestamp;
use longshore_control_plane::{Attempt, AttemptStatus, AttemptStream, LogLine};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, LogLevel};
use serde::Serialize;
use utoipa::ToSchema;

/// An attempt, and what it printed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptInfoRead {
    pub(crate) attempt: AttemptRead,
    /// Always `formatted`.
    pub(crate) log_type: &'static str,
    pub(crate) logs: LogRead,
}

/// Lines of a log; only ever more of them.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogRead {
    pub(crate) log_lines: Vec<String>,
}

/// An attempt.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptRead {
    /// From 0.
    pub(crate) id: i64,
    /// `running`, `failed` or `succeeded`.
    pub(crate) status: &'static str,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Seconds since 1970.
    pub(crate) updated_at: i64,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<i64>,
    pub(crate) bytes_synced: i64,
    pub(crate) records_synced: i64,
    pub(crate) total_stats: AttemptStats,
    pub(crate) stream_stats: Vec<AttemptStreamStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_summary: Option<AttemptFailureSummary>,
}

/// Counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptStats {
    pub(crate) records_emitted: i64,
    pub(crate) bytes_emitted: i64,
    pub(crate) state_messages_emitted: i64,
    pub(crate) records_committed: i64,
}

/// Counts of a stream.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptStreamStats {
    pub(crate) stream_name: String,
    pub(crate) stats: AttemptStats,
}

/// Why an attempt failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptFailureSummary {
    pub(crate) failures: Vec<AttemptFailureReason>,
    /// Some records arrived.
    pub(crate) partial_success: bool,
}

/// One failure.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptFailureReason {
    pub(crate) failure_origin: &'static str,
    pub(crate) failure_type: &'static str,
    /// For the user.
    pub(crate) external_message: String,
    /// For the log, with the stable code first.
    pub(crate) internal_message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stacktrace: Option<String>,
    /// Whether another attempt can help.
    pub(crate) retryable: bool,
    /// Milliseconds since 1970.
    pub(crate) timestamp: i64,
}

impl AttemptFailureReason {
    /// A failure, in Airbyte's words.
    pub(crate) fn of(reason: &FailureReason, at: Timestamp) -> Self {
        Self {
            failure_origin: origin(reason.origin),
            failure_type: kind(reason),
            external_message: reason.message.clone(),
            internal_message: format!("{}: {}", reason.code, reason.message),
            stacktrace: reason.detail.clone(),
            retryable: !matches!(reason.kind, FailureKind::ConfigError | FailureKind::Cancelled),
            timestamp: at.as_millisecond(),
        }
    }
}

fn origin(origin: FailureOrigin) -> &'static str {
    match origin {
        FailureOrigin::Source => "source",
        FailureOrigin::Destination => "destination",
        FailureOrigin::Platform => "airbyte_platform",
    }
}

fn kind(reason: &FailureReason) -> &'static str {
    match (reason.kind, reason.origin) {
        (FailureKind::ConfigError, _) => "config_error",
        (FailureKind::TransientError, _) => "transient_error",
        (FailureKind::SystemError, _) => "system_error",
        (FailureKind::HeartbeatTimeout, FailureOrigin::Destination) => "destination_timeout",
        (FailureKind::HeartbeatTimeout, _) => "heartbeat_timeout",
        (FailureKind::Cancelled, _) => "manual_cancellation",
    }
}

impl AttemptInfoRead {
    /// An attempt with its log.
    pub(crate) fn of(attempt: &Attempt, lines: &[LogLine]) -> Self {
        Self {
            attempt: AttemptRead::of(attempt),
            log_type: "formatted",
            logs: LogRead { log_lines: lines.iter().map(formatted).collect() },
        }
    }
}

/// One line of a log as text.
pub(crate) fn formatted(line: &LogLine) -> String {
    let at = line.at.strftime("%Y-%m-%d %H:%M:%S");
    format!("{at} {} {} > {}", line.origin, level(line.level), line.text)
}

fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "TRACE",
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warn => "WARN",
        LogLevel::Error => "ERROR",
        LogLevel::Fatal => "FATAL",
    }
}

impl AttemptRead {
    /// An attempt.
    pub(crate) fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.number,
            status: match attempt.status {
                AttemptStatus::Running => "running",
                AttemptStatus::Failed => "failed",
                AttemptStatus::Succeeded => "succeeded",
            },
            created_at: attempt.created_at.as_second(),
            updated_at: attempt.updated_at.as_second(),
            ended_at: attempt.ended_at.map(Timestamp::as_second),
            bytes_synced: attempt.bytes_committed,
            records_synced: attempt.records_committed,
            total_stats: AttemptStats {
                records_emitted: attempt.records_emitted,
                bytes_emitted: attempt.bytes_emitted,
                state_messages_emitted: attempt.states_emitted,
                records_committed: attempt.records_committed,
            },
            stream_stats: attempt.streams.iter().map(AttemptStreamStats::of).collect(),
            failure_summary: failure_summary(attempt),
        }
    }
}

fn failure_summary(attempt: &Attempt) -> Option<AttemptFailureSummary> {
    let at = attempt.ended_at.unwrap_or(attempt.updated_at);
    let failures: Vec<_> = attempt.failures.iter().map(|reason| AttemptFailureReason::of(reason, at)).collect();
    (!failures.is_empty()).then_some(AttemptFailureSummary { failures, partial_success: attempt.records_committed > 0 })
}

impl AttemptStreamStats {
    fn of(stream: &AttemptStream) -> Self {
        Self {
            stream_name: stream.stream.name.clone(),
            stats: AttemptStats {
                records_emitted: stream.records_emitted,
                bytes_emitted: stream.bytes_emitted,
                state_messages_emitted: 0,
                records_committed: stream.records_committed,
            },
        }
    }
}
