//! Rows of jobs.

use super::sql::{Sql, word};
use super::{Change, Dialect, moment, row};
use crate::{
    ConnectionId, Failures, Job, JobFilter, JobId, JobKind, JobOrder, JobStatus, JobTime, Page, Result, WorkspaceId,
};
use longshore_protocol::FailureReason;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AnyPool, Executor, Row};
use std::collections::BTreeSet;

const COLUMNS: &str = "id, connection_id, workspace_id, kind, trigger_kind, status, streams, attempts, claimable_at, \
    records_committed, bytes_committed, failure, created_at, started_at, updated_at, ended_at";

/// The statuses of a job that has not ended; as in the index `job_active`.
const ACTIVE: &str = "status IN ('pending', 'running', 'incomplete')";

/// So many workspaces or connections are looked through one after the other, each in its order.
const MOST_SCOPES: usize = 50;

/// Makes a job with its first attempt; `None` when the connection has one that has not ended.
pub(crate) async fn insert(change: &mut Change<'_>, new: &Job, key: Option<&str>) -> Result<Option<JobId>> {
    let now = moment::milliseconds(new.created_at);
    let sql = Sql::new(
        "INSERT INTO job (connection_id, workspace_id, kind, trigger_kind, status, streams, idempotency_key, attempts, retry, \
         claimable_at, records_committed, bytes_committed, created_at, updated_at) VALUES (",
    )
    .value(new.connection_id.to_string())
    .text(", ")
    .value(new.workspace_id.to_string())
    .text(", ")
    .value(word(new.kind))
    .text(", ")
    .value(word(new.trigger))
    .text(", 'pending', ")
    .value(row::json(&new.streams))
    .text(", ")
    .value(key.map(str::to_owned))
    .text(", 1, ")
    .value(row::json(&Failures::default()))
    .text(", ")
    .value(now)
    .text(", 0, 0, ")
    .value(now)
    .text(", ")
    .value(now)
    .text(") ON CONFLICT DO NOTHING RETURNING id");
    let Some(made) = sql.row(&mut **change).await? else { return Ok(None) };
    let id = JobId(row::number(&made, "id")?);
    insert_attempt(change, id, 0, now).await?;
    Ok(Some(id))
}

/// Makes an attempt.
pub(crate) async fn insert_attempt(change: &mut Change<'_>, job: JobId, number: i64, now: i64) -> Result<()> {
    let sql = Sql::new(
        "INSERT INTO attempt (job_id, number, status, failures, dropped, records_emitted, bytes_emitted, records_committed, \
         bytes_committed, states_emitted, log_lines, log_head_lines, log_head_bytes, log_tail_from, log_tail_bytes, created_at, \
         updated_at) VALUES (",
    )
    .value(job.0)
    .text(", ")
    .value(number)
    .text(", 'running', '[]', '[]', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ")
    .value(now)
    .text(", ")
    .value(now)
    .text(")");
    sql.execute(&mut **change).await.map(|_| ())
}

pub(crate) async fn get(executor: impl Executor<'_, Database = Any>, id: JobId) -> Result<Option<Job>> {
    let sql = Sql::new(&format!("SELECT {COLUMNS} FROM job WHERE id = ")).value(id.0);
    sql.row(executor).await?.as_ref().map(read).transpose()
}

/// The job of a connection with this key.
pub(crate) async fn of_key(
    executor: impl Executor<'_, Database = Any>,
    connection: ConnectionId,
    key: &str,
) -> Result<Option<Job>> {
    let sql = Sql::new(&format!("SELECT {COLUMNS} FROM job WHERE connection_id = ")).value(connection.to_string());
    let sql = sql.text(" AND idempotency_key = ").value(key.to_owned());
    sql.row(executor).await?.as_ref().map(read).transpose()
}

/// The job of a connection that has not ended.
pub(crate) async fn active_of(
    executor: impl Executor<'_, Database = Any>,
    connection: ConnectionId,
) -> Result<Option<JobId>> {
    let sql = Sql::new("SELECT id FROM job WHERE connection_id = ").value(connection.to_string());
    let found = sql.text(&format!(" AND {ACTIVE}")).row(executor).await?;
    found.map(|found| row::number(&found, "id").map(JobId)).transpose()
}

/// The last job of each of these connections.
pub(crate) async fn last_of(executor: impl Executor<'_, Database = Any>, ids: &[ConnectionId]) -> Result<Vec<Job>> {
    let sql = Sql::new(&format!(
        "SELECT {COLUMNS} FROM job WHERE id IN (SELECT (SELECT MAX(last.id) FROM job last WHERE last.connection_id = \
         connection.id) FROM connection WHERE connection.id IN "
    ));
    let sql = sql.list(ids.iter().map(ToString::to_string)).text(")");
    sql.rows(executor).await?.iter().map(read).collect()
}

/// When the newest job of a connection was made.
pub(crate) async fn last_created(
    executor: impl Executor<'_, Database = Any>,
    connection: ConnectionId,
) -> Result<Option<i64>> {
    let sql = Sql::new("SELECT MAX(created_at) AS last FROM job WHERE connection_id = ").value(connection.to_string());
    Ok(sql.row(executor).await?.and_then(|found| found.try_get::<Option<i64>, _>("last").ok().flatten()))
}

/// When the newest job of all was made.
pub(crate) async fn newest_created(executor: impl Executor<'_, Database = Any>) -> Result<Option<i64>> {
    let found = Sql::new("SELECT MAX(created_at) AS last FROM job").row(executor).await?;
    Ok(found.and_then(|found| found.try_get::<Option<i64>, _>("last").ok().flatten()))
}

pub(crate) async fn list(
    pool: &AnyPool,
    dialect: Dialect,
    filter: &JobFilter,
    order: JobOrder,
    page: Page,
) -> Result<Vec<Job>> {
    let time = match order.by {
        JobTime::CreatedAt => "created_at",
        JobTime::UpdatedAt => "updated_at",
    };
    let direction = if order.descending { "DESC" } else { "ASC" };
    let sorted = format!(" ORDER BY {time} {direction}, id {direction} LIMIT ");
    let last = i64::from(page.limit).saturating_add(i64::from(page.offset));
    // The rows are fetched after the page is found: an index alone knows which those are.
    let mut sql = Sql::new(&format!("SELECT {COLUMNS} FROM job WHERE id IN (SELECT id FROM ("));
    let mut separator = "";
    for (place, word) in scopes(filter) {
        // Few jobs are of such a kind: they are sorted, not looked for among all.
        let is_kind = matches!(word, Word::Kind(_));
        let sorted = if is_kind { sorted.replace(time, &format!("{time} + 0")) } else { sorted.clone() };
        sql = sql.text(separator).text(&format!("SELECT * FROM (SELECT id, {time} FROM job WHERE 1 = 1"));
        sql = within(word.conditions(place.conditions(sql, dialect), dialect), filter)
            .text(&sorted)
            .value(last)
            .text(") AS scope");
        separator = " UNION ALL ";
    }
    if separator.is_empty() {
        return Ok(Vec::new());
    }
    sql = sql
        .text(") AS found")
        .text(&sorted)
        .value(i64::from(page.limit))
        .text(" OFFSET ")
        .value(i64::from(page.offset));
    sql = sql.text(&format!(") ORDER BY {time} {direction}, id {direction}"));
    sql.rows(pool).await?.iter().map(read).collect()
}

/// Where jobs are looked for. An index has those of one workspace, or of one connection, in order, not those of several:
/// each is looked through by itself, and the pages are joined.
#[derive(Clone, Copy)]
enum Place<'a> {
    Everywhere,
    /// One that has few jobs: the words of the filter are looked up in its rows.
    Connection(ConnectionId, &'a JobFilter),
    Workspace(WorkspaceId),
    Many(&'a JobFilter),
}

/// A word that few jobs have is looked up in an index of its own; one that most have is looked up in their rows.
#[derive(Clone)]
enum Word<'a> {
    Status(String, &'a JobFilter),
    Kind(String),
    Any(&'a JobFilter),
}

/// Keeps a condition away from indexes where the database does not know how many rows have which words.
fn is_among(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => " || '' IN ",
        Dialect::Postgres => " IN ",
    }
}

impl Place<'_> {
    fn conditions(self, sql: Sql, dialect: Dialect) -> Sql {
        match self {
            Self::Everywhere => sql,
            Self::Connection(id, filter) => {
                let sql = sql.text(" AND connection_id = ").value(id.to_string());
                match &filter.workspaces {
                    Some(ids) => {
                        let sql = sql.text(" AND workspace_id").text(is_among(dialect));
                        sql.list(ids.iter().map(ToString::to_string))
                    }
                    None => sql,
                }
            }
            Self::Workspace(id) => sql.text(" AND workspace_id = ").value(id.to_string()),
            Self::Many(filter) => {
                let columns =
                    [("workspace_id", strings(&filter.workspaces)), ("connection_id", strings(&filter.connections))];
                columns.into_iter().fold(sql, |sql, (column, ids)| match ids {
                    Some(ids) => sql.text(&format!(" AND {column} IN ")).list(ids),
                    None => sql,
                })
            }
        }
    }
}

fn strings<T: ToString>(ids: &Option<Vec<T>>) -> Option<Vec<String>> {
    ids.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect())
}

impl Word<'_> {
    fn conditions(self, sql: Sql, dialect: Dialect) -> Sql {
        match self {
            Self::Status(status, filter) => kinds(sql.text(" AND status = ").value(status), filter, dialect),
            Self::Kind(kind) => sql.text(" AND kind = ").value(kind),
            Self::Any(filter) => {
                let sql = kinds(sql, filter, dialect);
                match &filter.statuses {
                    Some(statuses) => sql.text(" AND status").text(is_among(dialect)).list(statuses.iter().map(word)),
                    None => sql,
                }
            }
        }
    }
}

fn kinds(sql: Sql, filter: &JobFilter, dialect: Dialect) -> Sql {
    match &filter.kinds {
        Some(kinds) => sql.text(" AND kind").text(is_among(dialect)).list(kinds.iter().map(word)),
        None => sql,
    }
}

fn scopes(filter: &JobFilter) -> Vec<(Place<'_>, Word<'_>)> {
    let words = words(filter);
    let any = || vec![Word::Any(filter)];
    let (places, words): (Vec<Place<'_>>, _) = match (&filter.connections, &filter.workspaces) {
        (Some(connections), _) if connections.len() <= MOST_SCOPES => {
            (connections.iter().map(|id| Place::Connection(*id, filter)).collect(), any())
        }
        (None, Some(workspaces)) if workspaces.len() <= MOST_SCOPES => {
            (workspaces.iter().map(|id| Place::Workspace(*id)).collect(), words)
        }
        (None, None) => (vec![Place::Everywhere], words),
        _ => (vec![Place::Many(filter)], any()),
    };
    places.iter().flat_map(|place| words.iter().map(|word| (*place, word.clone()))).collect()
}

fn words(filter: &JobFilter) -> Vec<Word<'_>> {
    let rare_statuses = filter.statuses.as_ref().filter(|statuses| !statuses.contains(&JobStatus::Succeeded));
    let rare_kinds = filter.kinds.as_ref().filter(|kinds| !kinds.contains(&JobKind::Sync));
    match (rare_statuses, rare_kinds, &filter.statuses) {
        (Some(statuses), _, _) => {
            let statuses: BTreeSet<String> = statuses.iter().map(word).collect();
            statuses.into_iter().map(|status| Word::Status(status, filter)).collect()
        }
        (None, Some(kinds), None) => {
            kinds.iter().map(word).collect::<BTreeSet<_>>().into_iter().map(Word::Kind).collect()
        }
        _ => vec![Word::Any(filter)],
    }
}

fn within(mut sql: Sql, filter: &JobFilter) -> Sql {
    let bounds = [
        (" AND created_at >= ", filter.created_start),
        (" AND created_at <= ", filter.created_end),
        (" AND updated_at >= ", filter.updated_start),
        (" AND updated_at <= ", filter.updated_end),
    ];
    for (condition, bound) in bounds {
        if let Some(bound) = bound {
            sql = sql.text(condition).value(moment::milliseconds(bound));
        }
    }
    sql
}

/// A job that is being worked on, with what its rules need.
pub(crate) struct Worked {
    pub(crate) job: Job,
    pub(crate) failures: Failures,
    pub(crate) cancel_requested: bool,
    pub(crate) lease_until: Option<i64>,
}

/// What is to be written of a job that has changed its status.
pub(crate) struct Settled<'a> {
    pub(crate) status: &'a str,
    pub(crate) failures: Failures,
    pub(crate) failure: Option<&'a FailureReason>,
    pub(crate) claimable_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
}

/// Writes what became of a job; it has no lease any more.
pub(crate) async fn settle(change: &mut Change<'_>, id: JobId, now: i64, settled: Settled<'_>) -> Result<()> {
    let sql = Sql::new("UPDATE job SET lease_token = NULL, lease_owner = NULL, lease_until = NULL, status = ")
        .value(settled.status.to_owned())
        .text(", retry = ")
        .value(row::json(&settled.failures))
        .text(", failure = ")
        .value(settled.failure.map(row::json))
        .text(", claimable_at = ")
        .value(settled.claimable_at)
        .text(", ended_at = ")
        .value(settled.ended_at)
        .text(", updated_at = ")
        .value(now)
        .text(" WHERE id = ")
        .value(id.0);
    sql.execute(&mut **change).await.map(|_| ())
}

/// The job, and nobody else changes it until this change is done. With a token: only while that is its lease.
pub(crate) async fn lock(change: &mut Change<'_>, id: JobId, token: Option<&str>) -> Result<Option<Worked>> {
    let mut sql = Sql::new("UPDATE job SET updated_at = updated_at WHERE id = ").value(id.0);
    if let Some(token) = token {
        sql = sql.text(" AND lease_token = ").value(token.to_owned());
    }
    let found =
        sql.text(&format!(" RETURNING {COLUMNS}, retry, cancel_requested_at, lease_until")).row(&mut **change).await?;
    found.as_ref().map(worked).transpose()
}

fn worked(found: &AnyRow) -> Result<Worked> {
    Ok(Worked {
        job: read(found)?,
        failures: row::document(found, "retry")?,
        cancel_requested: row::at_or_none(found, "cancel_requested_at")?.is_some(),
        lease_until: found.try_get("lease_until")?,
    })
}

/// Takes the job that has waited longest.
pub(crate) async fn claim(
    change: &mut Change<'_>,
    dialect: Dialect,
    (token, owner): (&str, &str),
    (now, until): (i64, i64),
) -> Result<Option<Job>> {
    let skip = if dialect == Dialect::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    // `started_at` tells whether the attempt that is there has been worked on.
    let sql = Sql::new("UPDATE job SET status = 'running', claimable_at = NULL, lease_token = ")
        .value(token.to_owned())
        .text(", lease_owner = ")
        .value(owner.to_owned())
        .text(", lease_until = ")
        .value(until)
        .text(", attempts = CASE WHEN status = 'incomplete' THEN attempts + 1 ELSE attempts END, started_at = COALESCE(started_at, ")
        .value(now)
        .text("), updated_at = ")
        .value(now)
        .text(" WHERE id = (SELECT id FROM job WHERE claimable_at <= ")
        .value(now)
        .text(&format!(" ORDER BY claimable_at, id LIMIT 1{skip}) AND claimable_at IS NOT NULL RETURNING {COLUMNS}"));
    sql.row(&mut **change).await?.as_ref().map(read).transpose()
}

/// Makes the lease longer. `None` when it is lost, else whether the job is to be cancelled.
pub(crate) async fn renew(
    executor: impl Executor<'_, Database = Any>,
    id: JobId,
    token: &str,
    until: i64,
) -> Result<Option<bool>> {
    let sql = Sql::new("UPDATE job SET lease_until = ").value(until).text(" WHERE id = ").value(id.0);
    let sql = sql.text(" AND lease_token = ").value(token.to_owned()).text(" RETURNING cancel_requested_at");
    let found = sql.row(executor).await?;
    found.map(|found| row::at_or_none(&found, "cancel_requested_at").map(|at| at.is_some())).transpose()
}

/// Writes what is committed so far, while the lease is held; says which connection it is of.
pub(crate) async fn count(
    change: &mut Change<'_>,
    id: JobId,
    token: &str,
    (records, bytes): (i64, i64),
) -> Result<Option<ConnectionId>> {
    let sql = Sql::new("UPDATE job SET records_committed = ").value(records).text(", bytes_committed = ").value(bytes);
    let sql = sql.text(" WHERE id = ").value(id.0).text(" AND lease_token = ").value(token.to_owned());
    let found = sql.text(" RETURNING connection_id").row(&mut **change).await?;
    found.map(|found| row::parsed(&found, "connection_id")).transpose()
}

/// Notes that somebody wants the end of a job that a worker has.
pub(crate) async fn request_cancel(change: &mut Change<'_>, id: JobId, now: i64) -> Result<()> {
    let sql = Sql::new("UPDATE job SET cancel_requested_at = COALESCE(cancel_requested_at, ").value(now);
    sql.text(") WHERE id = ").value(id.0).execute(&mut **change).await.map(|_| ())
}

/// Jobs whose worker has not been heard of.
pub(crate) async fn expired(executor: impl Executor<'_, Database = Any>, now: i64) -> Result<Vec<(JobId, String)>> {
    let sql = Sql::new("SELECT id, lease_token FROM job WHERE lease_until IS NOT NULL AND lease_until < ").value(now);
    let found = sql.text(" ORDER BY lease_until LIMIT 100").rows(executor).await?;
    found.iter().map(|found| Ok((JobId(row::number(found, "id")?), row::text(found, "lease_token")?))).collect()
}

/// The clock has gone back: nothing waits longer than it was meant to.
pub(crate) async fn bound_waits(change: &mut Change<'_>, now: i64, lease_until: i64, claimable_at: i64) -> Result<()> {
    let bounds = [
        ("job", "lease_until", lease_until, ""),
        ("job", "claimable_at", claimable_at, ""),
        ("job", "claimable_at", now, " AND status = 'pending'"),
        ("command", "lease_until", lease_until, ""),
        ("command", "claimable_at", now, ""),
        ("notification", "claimable_at", lease_until, ""),
    ];
    for (table, column, bound, condition) in bounds {
        let sql = Sql::new(&format!("UPDATE {table} SET {column} = ")).value(bound);
        let sql = sql.text(&format!(" WHERE {column} > ")).value(bound).text(condition);
        sql.execute(&mut **change).await?;
    }
    Ok(())
}

/// The status of the job before this one.
pub(crate) async fn previous_status(
    connection: &mut AnyConnection,
    of: ConnectionId,
    before: JobId,
) -> Result<Option<crate::JobStatus>> {
    let sql = Sql::new("SELECT status FROM job WHERE connection_id = ").value(of.to_string()).text(" AND id < ");
    let found = sql.value(before.0).text(" ORDER BY id DESC LIMIT 1").row(connection).await?;
    found.map(|found| row::word(&found, "status")).transpose()
}

/// How many syncs in a row have failed since one succeeded, since when, and which one succeeded (0 for none).
pub(crate) async fn failed_in_a_row(change: &mut Change<'_>, of: ConnectionId) -> Result<(i64, Option<i64>, i64)> {
    const SYNCS: &str = " AND kind IN ('sync', 'refresh')";
    let sql = Sql::new("SELECT id, ended_at FROM job WHERE connection_id = ").value(of.to_string()).text(SYNCS);
    let success = sql.text(" AND status = 'succeeded' ORDER BY id DESC LIMIT 1").row(&mut **change).await?;
    let last = success.as_ref().map_or(Ok(0), |found| row::number(found, "id"))?;
    let sql =
        Sql::new("SELECT CAST(COUNT(*) AS BIGINT) AS failed, MIN(created_at) AS first FROM job WHERE connection_id = ");
    let sql = sql.value(of.to_string()).text(SYNCS).text(" AND status = 'failed' AND id > ").value(last);
    let Some(found) = sql.row(&mut **change).await? else { return Ok((0, None, last)) };
    let first: Option<i64> = found.try_get("first")?;
    let since = success.as_ref().map_or(Ok(first), |success| success.try_get("ended_at"))?;
    Ok((row::number(&found, "failed")?, since, last))
}

pub(crate) fn read(found: &AnyRow) -> Result<Job> {
    Ok(Job {
        id: JobId(row::number(found, "id")?),
        connection_id: row::parsed(found, "connection_id")?,
        workspace_id: row::parsed(found, "workspace_id")?,
        kind: row::word(found, "kind")?,
        trigger: row::word(found, "trigger_kind")?,
        status: row::word(found, "status")?,
        streams: row::document(found, "streams")?,
        attempts: row::number(found, "attempts")?,
        records_committed: row::number(found, "records_committed")?,
        bytes_committed: row::number(found, "bytes_committed")?,
        failure: row::document_or_none(found, "failure")?,
        created_at: row::at(found, "created_at")?,
        started_at: row::at_or_none(found, "started_at")?,
        updated_at: row::at(found, "updated_at")?,
        ended_at: row::at_or_none(found, "ended_at")?,
        next_attempt_at: row::at_or_none(found, "claimable_at")?,
    })
}
