//! Jobs: syncs and clears, begun, watched and cancelled.

use crate::caller::{Caller, Id};
use crate::json::Json;
use crate::page::{PageQuery, Paged, Paging};
use crate::problem::{Problem, Result};
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use longshore_control_plane::{
    ConnectionId, Job, JobFilter, JobId, JobKind, JobOrder, JobStatus, JobTime, Role, StartJob, Trigger, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list_jobs, create_job)).routes(routes!(get_job, cancel_job))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    connection_id: Option<Uuid>,
    /// Those of these workspaces; without it, of all that the caller may read.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    workspace_ids: Vec<WorkspaceId>,
    job_type: Option<JobTypeWord>,
    status: Option<JobStatusWord>,
    #[serde(deserialize_with = "query::time")]
    #[param(value_type = Option<String>, format = DateTime)]
    created_at_start: Option<Timestamp>,
    #[serde(deserialize_with = "query::time")]
    #[param(value_type = Option<String>, format = DateTime)]
    created_at_end: Option<Timestamp>,
    #[serde(deserialize_with = "query::time")]
    #[param(value_type = Option<String>, format = DateTime)]
    updated_at_start: Option<Timestamp>,
    #[serde(deserialize_with = "query::time")]
    #[param(value_type = Option<String>, format = DateTime)]
    updated_at_end: Option<Timestamp>,
    /// `createdAt` or `updatedAt`, a pipe, `ASC` or `DESC`.
    order_by: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobType)]
enum JobTypeWord {
    Sync,
    Reset,
    Refresh,
    Clear,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobStatus)]
enum JobStatusWord {
    Pending,
    Running,
    Incomplete,
    Failed,
    Succeeded,
    Cancelled,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobCreateRequest {
    connection_id: Uuid,
    /// `sync`, `clear` or `reset`.
    job_type: JobTypeWord,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobResponse {
    job_id: i64,
    status: JobStatusWord,
    job_type: JobTypeWord,
    /// When it was asked for.
    start_time: String,
    connection_id: Uuid,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_at: Option<String>,
    /// As ISO 8601 writes durations.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_synced: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_synced: Option<i64>,
}

impl JobResponse {
    fn new(job: Job, now: Timestamp) -> Self {
        let end = job.status.is_terminal().then(|| job.ended_at.unwrap_or(job.updated_at));
        let has_counts = job.started_at.is_some();
        let took = |end: Timestamp| iso_duration(end.duration_since(job.created_at));
        Self {
            job_id: job.id.0,
            status: JobStatusWord::of(job.status),
            job_type: JobTypeWord::of(job.kind),
            start_time: iso_time(job.created_at),
            connection_id: job.connection_id.0,
            last_updated_at: end.map(iso_time),
            duration: end.or_else(|| has_counts.then_some(now)).map(took),
            bytes_synced: has_counts.then_some(job.bytes_committed),
            rows_synced: has_counts.then_some(job.records_committed),
        }
    }
}

impl JobTypeWord {
    fn of(kind: JobKind) -> Self {
        match kind {
            JobKind::Sync => Self::Sync,
            JobKind::Refresh => Self::Refresh,
            JobKind::Clear => Self::Clear,
            JobKind::Reset => Self::Reset,
        }
    }

    fn kind(self) -> JobKind {
        match self {
            Self::Sync => JobKind::Sync,
            Self::Refresh => JobKind::Refresh,
            Self::Clear => JobKind::Clear,
            Self::Reset => JobKind::Reset,
        }
    }
}

impl JobStatusWord {
    fn of(status: JobStatus) -> Self {
        match status {
            JobStatus::Pending => Self::Pending,
            JobStatus::Running => Self::Running,
            JobStatus::Incomplete => Self::Incomplete,
            JobStatus::Failed => Self::Failed,
            JobStatus::Succeeded => Self::Succeeded,
            JobStatus::Cancelled => Self::Cancelled,
        }
    }

    fn status(self) -> JobStatus {
        match self {
            Self::Pending => JobStatus::Pending,
            Self::Running => JobStatus::Running,
            Self::Incomplete => JobStatus::Incomplete,
            Self::Failed => JobStatus::Failed,
            Self::Succeeded => JobStatus::Succeeded,
            Self::Cancelled => JobStatus::Cancelled,
        }
    }
}

/// With seconds always: clients know no shorter form.
fn iso_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn iso_duration(took: SignedDuration) -> String {
    let seconds = took.as_secs().max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = |count: i64, unit: char| if count == 0 { String::new() } else { format!("{count}{unit}") };
    let text = [part(hours, 'H'), part(minutes, 'M'), part(rest, 'S')].concat();
    format!("PT{}", if text.is_empty() { "0S" } else { &text })
}

/// Lists jobs, the oldest first
#[utoipa::path(
    get, path = "/jobs", tag = "Jobs", operation_id = "listJobs",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Paged<JobResponse>)),
    extensions(("x-role" = json!("reader"))),
)]
async fn list_jobs(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    paging: Paging,
) -> Result<axum::Json<Paged<JobResponse>>> {
    let order = order(asked.order_by.as_deref())?;
    let filter = JobFilter {
        connections: asked.connection_id.map(|id| vec![ConnectionId(id)]),
        workspaces: caller.readable(asked.workspace_ids)?,
        kinds: asked.job_type.map(|kind| vec![kind.kind()]),
        statuses: asked.status.map(|status| vec![status.status()]),
        created_start: asked.created_at_start,
        created_end: asked.created_at_end,
        updated_start: asked.updated_at_start,
        updated_end: asked.updated_at_end,
    };
    let (jobs, now) = (server.plane.jobs(&filter, order, paging.page).await?, server.plane.now());
    Ok(axum::Json(paging.paged(jobs.into_iter().map(|job| JobResponse::new(job, now)).collect())))
}

fn order(asked: Option<&str>) -> Result<JobOrder> {
    let Some(asked) = asked else { return Ok(JobOrder::default()) };
    let wrong = || Problem::bad_place("orderBy", "expected createdAt or updatedAt, a pipe, ASC or DESC");
    let (field, direction) = asked.split_once('|').ok_or_else(wrong)?;
    let by = match field {
        "createdAt" => JobTime::CreatedAt,
        "updatedAt" => JobTime::UpdatedAt,
        _ => return Err(wrong()),
    };
    match direction {
        "ASC" => Ok(JobOrder { by, descending: false }),
        "DESC" => Ok(JobOrder { by, descending: true }),
        _ => Err(wrong()),
    }
}

/// Starts a sync or a clear; the same Idempotency-Key starts it once
#[utoipa::path(
    post, path = "/jobs", tag = "Jobs", operation_id = "createJob",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = JobCreateRequest,
    responses((status = 200, body = JobResponse)),
    extensions(("x-role" = json!("runner"))),
)]
async fn create_job(
    State(server): State<Server>,
    caller: Caller,
    headers: HeaderMap,
    Json(asked): Json<JobCreateRequest>,
) -> Result<axum::Json<JobResponse>> {
    let connection = server.plane.connection(ConnectionId(asked.connection_id)).await?;
    caller.needs(role_for(asked.job_type)?, connection.workspace_id)?;
    let start = StartJob {
        kind: asked.job_type.kind(),
        trigger: Trigger::Api,
        idempotency_key: idempotency_key(&headers)?,
        ..StartJob::sync(connection.id)
    };
    let job = server.plane.start_job(caller.by(), start).await?;
    Ok(axum::Json(JobResponse::new(job, server.plane.now())))
}

/// Who may sync may not yet empty what was synced.
fn role_for(kind: JobTypeWord) -> Result<Role> {
    match kind {
        JobTypeWord::Sync => Ok(Role::Runner),
        JobTypeWord::Clear | JobTypeWord::Reset => Ok(Role::Editor),
        JobTypeWord::Refresh => {
            let detail = "this API starts no refresh; /api/v1/connections/refresh does";
            Err(Problem::unprocessable("job.type_not_supported", detail)
                .with_error("/jobType", "expected sync, clear or reset"))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=255).contains(&key.len()));
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| Problem::bad_place("Idempotency-Key", "expected 1 to 255 visible characters"))
}

/// Gets a job
#[utoipa::path(
    get, path = "/jobs/{jobId}", tag = "Jobs", operation_id = "getJob",
    params(("jobId" = i64, Path)),
    responses((status = 200, body = JobResponse)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_job(State(server): State<Server>, caller: Caller, Id(id): Id<i64>) -> Result<axum::Json<JobResponse>> {
    let job = server.plane.job(JobId(id)).await?;
    caller.needs(Role::Reader, job.workspace_id)?;
    Ok(axum::Json(JobResponse::new(job, server.plane.now())))
}

/// Cancels a job
#[utoipa::path(
    delete, path = "/jobs/{jobId}", tag = "Jobs", operation_id = "cancelJob",
    params(("jobId" = i64, Path)),
    responses((status = 200, body = JobResponse)),
    extensions(("x-role" = json!("runner"))),
)]
async fn cancel_job(State(server): State<Server>, caller: Caller, Id(id): Id<i64>) -> Result<axum::Json<JobResponse>> {
    let job = server.plane.job(JobId(id)).await?;
    caller.needs(Role::Runner, job.workspace_id)?;
    let job = server.plane.cancel_job(caller.by(), job.id).await?;
    Ok(axum::Json(JobResponse::new(job, server.plane.now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seconds_and_durations_are_those_of_iso() {
        let at: Timestamp = "2026-01-01T00:00:00.5Z".parse().expect("a time");
        assert_eq!(iso_time(at), "2026-01-01T00:00:00Z");
        assert_eq!(iso_duration(SignedDuration::from_secs(0)), "PT0S");
        assert_eq!(iso_duration(SignedDuration::from_secs(3600 * 26 + 61)), "PT26H1M1S");
    }

    #[test]
    fn jobs_come_in_the_order_that_is_asked_for() {
        assert_eq!(order(None).expect("right"), JobOrder { by: JobTime::CreatedAt, descending: false });
        assert_eq!(
            order(Some("updatedAt|DESC")).expect("right"),
            JobOrder { by: JobTime::UpdatedAt, descending: true }
        );
        for wrong in ["createdAt", "createdAt|down", "name|ASC", ""] {
            assert!(order(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
