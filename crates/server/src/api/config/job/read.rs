//! Jobs as the Config API writes them.

use super::attempt::{AttemptInfoRead, AttemptRead};
use crate::api::config::catalog::StreamName;
use longshore_control_plane::{Job, JobKind, JobStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// A job with its attempts and their logs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobInfoRead {
    pub(crate) job: JobRead,
    pub(crate) attempts: Vec<AttemptInfoRead>,
}

/// A job with its attempts, without logs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobWithAttemptsRead {
    pub(crate) job: JobRead,
    pub(crate) attempts: Vec<AttemptRead>,
}

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobRead {
    pub(crate) id: i64,
    /// `sync`, `reset_connection`, `refresh` or `clear`.
    pub(crate) config_type: &'static str,
    /// The connection.
    pub(crate) config_id: String,
    /// `pending`, `running`, `incomplete`, `failed`, `succeeded` or `cancelled`.
    pub(crate) status: &'static str,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Seconds since 1970.
    pub(crate) updated_at: i64,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) enabled_streams: Vec<StreamName>,
    pub(crate) aggregated_stats: JobAggregatedStats,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reset_config: Option<ResetConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_config: Option<RefreshConfig>,
}

/// Counts over all attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobAggregatedStats {
    pub(crate) records_emitted: i64,
    pub(crate) bytes_emitted: i64,
    pub(crate) records_committed: i64,
    pub(crate) bytes_committed: i64,
}

/// What a reset or a clear takes away.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResetConfig {
    pub(crate) streams_to_reset: Vec<StreamName>,
}

/// What a refresh reads again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshConfig {
    pub(crate) streams_to_refresh: Vec<StreamName>,
}

/// Jobs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobReadList {
    pub(crate) jobs: Vec<JobWithAttemptsRead>,
    pub(crate) total_job_count: i64,
}

/// A job without its attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LightJobRead {
    pub(crate) job: JobRead,
}

/// The last job, if there is one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LastJobRead {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<JobRead>,
}

/// What the job of a connection is called.
pub(crate) fn config_type(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Sync => "sync",
        JobKind::Refresh => "refresh",
        JobKind::Clear => "clear",
        JobKind::Reset => "reset_connection",
    }
}

/// What a client calls the jobs that it asks for.
pub(crate) fn kind_of(word: &str) -> Option<JobKind> {
    [JobKind::Sync, JobKind::Refresh, JobKind::Clear, JobKind::Reset]
        .into_iter()
        .find(|kind| config_type(*kind) == word)
}

/// The status of a word.
pub(crate) fn status_of(word: &str) -> Option<JobStatus> {
    use JobStatus::{Cancelled, Failed, Incomplete, Pending, Running, Succeeded};
    [Pending, Running, Incomplete, Failed, Succeeded, Cancelled].into_iter().find(|known| status(*known) == word)
}

/// The word for a status.
pub(crate) fn status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "pending",
        JobStatus::Running => "running",
        JobStatus::Incomplete => "incomplete",
        JobStatus::Failed => "failed",
        JobStatus::Succeeded => "succeeded",
        JobStatus::Cancelled => "cancelled",
    }
}

impl JobRead {
    /// A job; what it emitted is summed over the attempts.
    pub(crate) fn of(job: &Job, attempts: &[longshore_control_plane::Attempt]) -> Self {
        let streams: Vec<StreamName> = job.streams.iter().map(|request| StreamName::from(&request.stream)).collect();
        Self {
            id: job.id.0,
            config_type: config_type(job.kind),
            config_id: job.connection_id.to_string(),
            status: status(job.status),
            created_at: job.created_at.as_second(),
            updated_at: job.updated_at.as_second(),
            started_at: job.started_at.map(jiff::Timestamp::as_second),
            reset_config: matches!(job.kind, JobKind::Clear | JobKind::Reset)
                .then(|| ResetConfig { streams_to_reset: streams.clone() }),
            refresh_config: (job.kind == JobKind::Refresh)
                .then(|| RefreshConfig { streams_to_refresh: streams.clone() }),
            enabled_streams: streams,
            aggregated_stats: JobAggregatedStats {
                records_emitted: attempts.iter().map(|attempt| attempt.records_emitted).sum(),
                bytes_emitted: attempts.iter().map(|attempt| attempt.bytes_emitted).sum(),
                records_committed: job.records_committed,
                bytes_committed: job.bytes_committed,
            },
        }
    }
}
