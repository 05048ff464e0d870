//! `longshore job list|show|logs|cancel|wait`.

mod logs;
mod watch;

use super::actor::told;
use super::connection::moment;
use crate::args::instance::Instance;
use crate::args::job::{JobCommand, OneJob};
use crate::client::{CONNECTION, Session, id_of, list_of, text};
use crate::failure::Result;
use crate::print::{self, note};
use crate::table::{bytes, grouped, table};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(crate) use watch::await_end;

/// Runs what was asked for.
pub(crate) async fn run(command: JobCommand) -> Result<ExitCode> {
    let text = match command {
        JobCommand::List { connection, status, limit, at } => list(connection.as_deref(), status, limit, &at).await?,
        JobCommand::Show(which) => show(&which).await?,
        JobCommand::Logs { which, attempt, follow } => return logs::run(&which, attempt, follow).await,
        JobCommand::Cancel(which) => cancel(&Session::begin(&which.at).await?, which.id, which.at.json).await?,
        JobCommand::Wait(which) => return await_end(&Session::begin(&which.at).await?, which.id, which.at.json).await,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

/// Whether a job with this status has not ended.
pub(crate) fn is_active(status: &str) -> bool {
    ["pending", "running", "incomplete"].contains(&status)
}

async fn list(connection: Option<&str>, status: Option<String>, limit: usize, at: &Instance) -> Result<String> {
    let session = Session::begin(at).await?;
    let connections = session.all(&CONNECTION).await?;
    let mut query = session.of_workspace();
    query.push(("orderBy", "createdAt|DESC".to_owned()));
    query.push(("limit", limit.clamp(1, 100).to_string()));
    query.extend(status.map(|status| ("status", status)));
    if let Some(name) = connection {
        query.push(("connectionId", id_of(&CONNECTION, &session.find(&CONNECTION, name).await?).to_owned()));
    }
    let answer = session.client.get("jobs", &query).await?;
    let jobs = list_of(&answer, "data");
    if at.json {
        return Ok(json!({"jobs": jobs}).to_string());
    }
    let rows = jobs.iter().map(|job| {
        let of = connections.iter().find(|it| id_of(&CONNECTION, it) == text(job, "connectionId"));
        let number = |key: &str| job[key].as_u64();
        vec![
            number("jobId").unwrap_or_default().to_string(),
            of.map_or(text(job, "connectionId"), |of| text(of, "name")).to_owned(),
            text(job, "jobType").to_owned(),
            text(job, "status").to_owned(),
            moment(&job["startTime"]),
            number("rowsSynced").map(grouped).unwrap_or_default(),
            number("bytesSynced").map(bytes).unwrap_or_default(),
        ]
    });
    Ok(table(&["job", "connection", "type", "status", "started", "records", "data"], rows.collect(), &[0, 5, 6]))
}

/// A job with its attempts.
async fn job(session: &Session, id: i64) -> Result<Value> {
    session.client.call("jobs/get_without_logs", &json!({"id": id})).await
}

async fn show(which: &OneJob) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let job = job(&session, which.id).await?;
    Ok(if which.at.json { job.to_string() } else { described(&job) })
}

/// An attempt stands alone or beside its logs.
fn attempts(job: &Value) -> impl Iterator<Item = &Value> {
    list_of(job, "attempts").iter().map(|entry| entry.get("attempt").unwrap_or(entry))
}

/// The job, its attempts, and the streams of the last of these.
fn described(answer: &Value) -> String {
    let job = &answer["job"];
    let rows = [
        ("job", job["id"].to_string()),
        ("type", text(job, "configType").to_owned()),
        ("status", text(job, "status").to_owned()),
        ("began", moment(&job["createdAt"])),
        ("changed", moment(&job["updatedAt"])),
    ];
    let mut parts =
        vec![table(&["job", ""], rows.into_iter().map(|(key, value)| vec![key.to_owned(), value]).collect(), &[])];
    let of_attempts = attempts(answer).map(|attempt| {
        let why = list_of(&attempt["failureSummary"], "failures").first().and_then(told);
        let why = why.map(|reason| format!("{}: {}", reason.code, reason.message)).unwrap_or_default();
        let number = attempt["id"].as_i64().unwrap_or_default();
        vec![
            number.to_string(),
            text(attempt, "status").to_owned(),
            moment(&attempt["createdAt"]),
            moment(&attempt["endedAt"]),
            why,
        ]
    });
    parts.push(table(&["attempt", "status", "began", "ended", ""], of_attempts.collect(), &[0]));
    if let Some(last) = attempts(answer).last() {
        parts.push(streams(last));
    }
    parts.join("\n\n")
}

fn streams(attempt: &Value) -> String {
    let rows = list_of(attempt, "streamStats").iter().map(|stream| {
        let count = |key: &str| grouped(stream["stats"][key].as_u64().unwrap_or_default());
        vec![text(stream, "streamName").to_owned(), count("recordsEmitted"), count("recordsCommitted")]
    });
    table(&["stream", "sent", "committed"], rows.collect(), &[1, 2])
}

/// Asks for the end of a job.
///
/// # Errors
/// `job.not_running`.
pub(crate) async fn cancel(session: &Session, id: i64, json: bool) -> Result<String> {
    let job = session.client.send(Method::DELETE, &format!("jobs/{id}"), None).await?;
    Ok(if json { job.to_string() } else { format!("job {id} is {}", text(&job, "status")) })
}

/// Prints a job that has ended, for people or machines; 1 when it has not succeeded.
fn ended(answer: &Value, json: bool) -> Result<ExitCode> {
    let job = &answer["job"];
    let status = text(job, "status");
    if json {
        print::result(answer)?;
    } else {
        let stats = &job["aggregatedStats"];
        let count = |key: &str| stats[key].as_u64().unwrap_or_default();
        let streams = attempts(answer).last().map(streams).unwrap_or_default();
        let (records, data) = (grouped(count("recordsCommitted")), bytes(count("bytesCommitted")));
        print::result(format_args!("{streams}\njob {} {status}: {records} records, {data}", job["id"]))?;
    }
    if status == "succeeded" {
        return Ok(ExitCode::SUCCESS);
    }
    let last = attempts(answer).last();
    for reason in last.map(|attempt| list_of(&attempt["failureSummary"], "failures")).unwrap_or_default() {
        if let Some(reason) = told(reason) {
            crate::failure::print(&reason);
        }
    }
    note(format_args!("  logs: longshore job logs {}", job["id"]));
    Ok(ExitCode::FAILURE)
}
