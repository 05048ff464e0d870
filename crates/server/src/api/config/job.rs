//! `/jobs/*`, and the calls of `/connections/*` that begin one.

mod attempt;
mod read;
mod start;

use super::call::{Call, Calls, READER, RUNNER};
use super::page::{Pagination, page};
use crate::problem::Result;
use crate::settings::Server;
use attempt::{AttemptInfoRead, AttemptRead, formatted};
use longshore_control_plane::{
    Attempt, ConnectionId, Error, Job, JobFilter, JobId, JobKind, JobOrder, JobStatus, JobTime, LogLine,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub(crate) use attempt::{AttemptFailureReason, LogRead};
pub(crate) use read::status;
use read::{JobInfoRead, JobRead, JobReadList, JobWithAttemptsRead};

/// More lines than an attempt keeps.
const ALL_LINES: u32 = 100_000;

const NEWEST: JobOrder = JobOrder { by: JobTime::CreatedAt, descending: true };

/// A job by number.
#[derive(Deserialize, ToSchema)]
pub(crate) struct JobIdBody {
    #[serde(deserialize_with = "number")]
    id: i64,
}

/// An attempt of a job.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttemptBody {
    job_id: i64,
    attempt_number: i64,
}

/// Which jobs.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobListBody {
    /// `sync`, `reset_connection`, `refresh`, `clear`; others have no jobs here.
    #[serde(default, deserialize_with = "super::catalog::null_is_default")]
    config_types: Vec<String>,
    /// The connection.
    config_id: Uuid,
    /// Of which status; absent: of any.
    status: Option<String>,
    #[serde(default, deserialize_with = "super::catalog::null_is_default")]
    statuses: Vec<String>,
    pagination: Option<Pagination>,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("job")
        .answer("/jobs/get", READER, "A job with its attempts and their logs.", get)
        .answer("/jobs/get_light", READER, "A job.", get_light)
        .answer("/jobs/get_without_logs", READER, "A job with its attempts.", get_without_logs)
        .answer("/jobs/get_debug_info", READER, "A job with its attempts and their logs.", get)
        .answer("/jobs/get_last_replication_job", READER, "The last job of a connection that moved data.", get_last)
        .answer("/jobs/list", READER, "The jobs of a connection, the newest first.", list)
        .answer("/jobs/cancel", RUNNER, "Cancels a job; one that has ended stays as it is.", cancel)
        .answer("/attempt/get_for_job", READER, "An attempt and its log.", attempt)
        .router()
        .merge(start::router())
}

/// Some clients keep numbers as text.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(i64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(|_| serde::de::Error::custom("expected a number")),
    }
}

async fn allowed<B>(call: &Call<B>, id: i64) -> Result<Job> {
    let job = call.plane().job(JobId(id)).await?;
    call.allowed_in(job.workspace_id)?;
    Ok(job)
}

/// A job with everything.
pub(crate) async fn with_logs<B>(call: &Call<B>, job: &Job) -> Result<JobInfoRead> {
    let attempts = call.plane().attempts(job.id).await?;
    let mut infos = Vec::with_capacity(attempts.len());
    for attempt in &attempts {
        let lines = log(call, attempt).await?;
        infos.push(AttemptInfoRead::of(attempt, &lines));
    }
    Ok(JobInfoRead { job: JobRead::of(job, &attempts), attempts: infos })
}

async fn log<B>(call: &Call<B>, attempt: &Attempt) -> Result<Vec<LogLine>> {
    Ok(call.plane().log_lines(attempt.job_id, attempt.number, 0, ALL_LINES).await?)
}

/// Lines of a log as text.
pub(crate) fn log_of(lines: &[LogLine]) -> LogRead {
    LogRead { log_lines: lines.iter().map(formatted).collect() }
}

async fn get(call: Call<JobIdBody>) -> Result<JobInfoRead> {
    let job = allowed(&call, call.body.id).await?;
    with_logs(&call, &job).await
}

async fn get_light(call: Call<JobIdBody>) -> Result<read::LightJobRead> {
    let job = allowed(&call, call.body.id).await?;
    let attempts = call.plane().attempts(job.id).await?;
    Ok(read::LightJobRead { job: JobRead::of(&job, &attempts) })
}

async fn get_without_logs(call: Call<JobIdBody>) -> Result<JobInfoRead> {
    let job = allowed(&call, call.body.id).await?;
    let attempts = call.plane().attempts(job.id).await?;
    let infos = attempts.iter().map(|attempt| AttemptInfoRead::of(attempt, &[])).collect();
    Ok(JobInfoRead { job: JobRead::of(&job, &attempts), attempts: infos })
}

async fn get_last(call: Call<super::connection::ConnectionIdBody>) -> Result<read::LastJobRead> {
    let connection = super::connection::allowed(&call, call.body.connection_id).await?;
    let kinds = vec![JobKind::Sync, JobKind::Refresh, JobKind::Reset, JobKind::Clear];
    let filter = JobFilter { connections: Some(vec![connection.id]), kinds: Some(kinds), ..JobFilter::default() };
    let newest = call.plane().jobs(&filter, NEWEST, page(None, 1)).await?;
    let Some(job) = newest.first() else { return Ok(read::LastJobRead { job: None }) };
    let attempts = call.plane().attempts(job.id).await?;
    Ok(read::LastJobRead { job: Some(JobRead::of(job, &attempts)) })
}

async fn list(call: Call<JobListBody>) -> Result<JobReadList> {
    let connection = super::connection::allowed(&call, call.body.config_id).await?;
    let filter = filter(connection.id, &call.body);
    let jobs = call.plane().jobs(&filter, NEWEST, page(call.body.pagination, 25)).await?;
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let attempts = call.plane().attempts_of(&ids).await?;
    let jobs: Vec<_> = jobs.iter().map(|job| with_attempts(job, &attempts)).collect();
    Ok(JobReadList { total_job_count: i64::try_from(jobs.len()).unwrap_or(i64::MAX), jobs })
}

fn with_attempts(job: &Job, attempts: &[Attempt]) -> JobWithAttemptsRead {
    let own: Vec<Attempt> = attempts.iter().filter(|attempt| attempt.job_id == job.id).cloned().collect();
    JobWithAttemptsRead { job: JobRead::of(job, &own), attempts: own.iter().map(AttemptRead::of).collect() }
}

/// Words that name no kind or status of ours match nothing.
fn filter(connection: ConnectionId, body: &JobListBody) -> JobFilter {
    let kinds = body.config_types.iter().filter_map(|word| read::kind_of(word)).collect();
    let words = body.statuses.iter().chain(&body.status);
    let statuses: Vec<JobStatus> = words.clone().filter_map(|word| read::status_of(word)).collect();
    JobFilter {
        connections: Some(vec![connection]),
        kinds: (!body.config_types.is_empty()).then_some(kinds),
        statuses: (words.count() > 0).then_some(statuses),
        ..JobFilter::default()
    }
}

async fn cancel(call: Call<JobIdBody>) -> Result<JobInfoRead> {
    let job = allowed(&call, call.body.id).await?;
    let job = match call.plane().cancel_job(call.by(), job.id).await {
        // Clients also cancel what has failed by itself.
        Err(Error::Conflict { code: "job.not_running", .. }) => call.plane().job(job.id).await?,
        other => {
            other?;
            call.plane().job(job.id).await?
        }
    };
    with_logs(&call, &job).await
}

async fn attempt(call: Call<AttemptBody>) -> Result<AttemptInfoRead> {
    let job = allowed(&call, call.body.job_id).await?;
    let attempts = call.plane().attempts(job.id).await?;
    let number = call.body.attempt_number;
    let attempt = attempts.iter().find(|attempt| attempt.number == number);
    let attempt = attempt.ok_or_else(|| Error::not_found("attempt", number))?;
    Ok(AttemptInfoRead::of(attempt, &log(&call, attempt).await?))
}
