//! Rows of attempts and of their streams.

use super::sql::{Sql, word};
use super::{Change, row, stream_name};
use crate::{Attempt, AttemptStatus, AttemptStream, Dropped, JobId, Result};
use longshore_protocol::{FailureOrigin, FailureReason, StreamDescriptor};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool};

/// Rows that go into one statement: each has eleven parameters, and a statement has a limit.
const ROWS: usize = 500;

/// What is to be written of an attempt that has ended.
pub(crate) struct Ended<'a> {
    pub(crate) status: AttemptStatus,
    pub(crate) failures: &'a [FailureReason],
    pub(crate) dropped: &'a [Dropped],
}

pub(crate) async fn end(change: &mut Change<'_>, key: (JobId, i64), now: i64, ended: Ended<'_>) -> Result<()> {
    let sql = Sql::new("UPDATE attempt SET status = ")
        .value(word(ended.status))
        .text(", failures = ")
        .value(row::json(ended.failures))
        .text(", dropped = ")
        .value(row::json(ended.dropped))
        .text(", updated_at = ")
        .value(now)
        .text(", ended_at = ")
        .value(now);
    of_key(sql.text(" WHERE "), key).execute(&mut **change).await?;
    // What was under way when it ended is not complete.
    let sql = Sql::new("UPDATE attempt_stream SET status = 'incomplete' WHERE status <> 'complete' AND job_id = ");
    sql.value(key.0.0).text(" AND attempt_number = ").value(key.1).execute(&mut **change).await.map(|_| ())
}

/// Notes what the attempt is about to do: from then on it has started.
pub(crate) async fn set_plan(change: &mut Change<'_>, key: (JobId, i64), plan: String) -> Result<()> {
    let sql = Sql::new("UPDATE attempt SET plan = ").value(plan).text(" WHERE ");
    of_key(sql, key).execute(&mut **change).await.map(|_| ())
}

/// What earlier attempts of a job leave to the next one.
pub(crate) struct Earlier {
    /// One of them has started.
    pub(crate) has_started: bool,
    /// The source of one of them failed.
    pub(crate) source_failed: bool,
}

pub(crate) async fn earlier(connection: &mut AnyConnection, (job, number): (JobId, i64)) -> Result<Earlier> {
    let sql = Sql::new("SELECT plan, failures FROM attempt WHERE job_id = ").value(job.0).text(" AND number < ");
    let mut earlier = Earlier { has_started: false, source_failed: false };
    for found in sql.value(number).rows(connection).await? {
        earlier.has_started |= row::text_or_none(&found, "plan")?.is_some();
        let failures: Vec<FailureReason> = row::document(&found, "failures")?;
        earlier.source_failed |= failures.iter().any(|failure| failure.origin == FailureOrigin::Source);
    }
    Ok(earlier)
}

/// What earlier attempts of a job have done of each stream.
pub(crate) async fn earlier_streams(
    connection: &mut AnyConnection,
    (job, number): (JobId, i64),
) -> Result<Vec<AttemptStream>> {
    let sql = Sql::new("SELECT * FROM attempt_stream WHERE job_id = ").value(job.0).text(" AND attempt_number < ");
    sql.value(number).rows(connection).await?.iter().map(read_stream).collect()
}

/// Writes counts of streams; what is complete stays complete.
pub(crate) async fn put_streams(change: &mut Change<'_>, key: (JobId, i64), streams: &[AttemptStream]) -> Result<()> {
    for streams in streams.chunks(ROWS) {
        let mut sql = Sql::new(
            "INSERT INTO attempt_stream (job_id, attempt_number, has_namespace, namespace, name, status, records_emitted, \
             bytes_emitted, records_committed, bytes_committed, estimated_records) VALUES ",
        );
        let mut separator = "(";
        for stream in streams {
            sql = stream_values(sql.text(separator).value(key.0.0).text(", ").value(key.1).text(", "), stream);
            separator = "), (";
        }
        let sql = sql.text(
            ") ON CONFLICT (job_id, attempt_number, has_namespace, namespace, name) DO UPDATE SET status = CASE WHEN \
             attempt_stream.status = 'complete' THEN 'complete' ELSE excluded.status END, \
             records_emitted = excluded.records_emitted, bytes_emitted = excluded.bytes_emitted, \
             records_committed = excluded.records_committed, bytes_committed = excluded.bytes_committed, \
             estimated_records = COALESCE(excluded.estimated_records, attempt_stream.estimated_records)",
        );
        sql.execute(&mut **change).await?;
    }
    Ok(())
}

fn stream_values(sql: Sql, stream: &AttemptStream) -> Sql {
    stream_name::values(sql, &stream.stream)
        .text(", ")
        .value(word(stream.status))
        .text(", ")
        .value(stream.records_emitted)
        .text(", ")
        .value(stream.bytes_emitted)
        .text(", ")
        .value(stream.records_committed)
        .text(", ")
        .value(stream.bytes_committed)
        .text(", ")
        .value(stream.estimated_records)
}

/// Notes streams as complete.
pub(crate) async fn complete(change: &mut Change<'_>, key: (JobId, i64), streams: &[StreamDescriptor]) -> Result<()> {
    for streams in streams.chunks(ROWS) {
        let sql = Sql::new("UPDATE attempt_stream SET status = 'complete' WHERE job_id = ").value(key.0.0);
        let sql = sql.text(" AND attempt_number = ").value(key.1).text(" AND ");
        stream_name::is_one_of(sql, streams).execute(&mut **change).await?;
    }
    Ok(())
}

/// Adds the streams' counts up, and `states` to those before; gives what is committed.
pub(crate) async fn add_up(change: &mut Change<'_>, key: (JobId, i64), now: i64, states: i64) -> Result<(i64, i64)> {
    let sql = Sql::new(
        "UPDATE attempt SET (records_emitted, bytes_emitted, records_committed, bytes_committed) = (SELECT \
         CAST(COALESCE(SUM(records_emitted), 0) AS BIGINT), CAST(COALESCE(SUM(bytes_emitted), 0) AS BIGINT), \
         CAST(COALESCE(SUM(records_committed), 0) AS BIGINT), CAST(COALESCE(SUM(bytes_committed), 0) AS BIGINT) \
         FROM attempt_stream WHERE job_id = ",
    );
    let sql =
        sql.value(key.0.0).text(" AND attempt_number = ").value(key.1).text("), states_emitted = states_emitted + ");
    let sql = of_key(sql.value(states).text(", updated_at = ").value(now).text(" WHERE "), key);
    match sql.text(" RETURNING records_committed, bytes_committed").row(&mut **change).await? {
        Some(found) => Ok((row::number(&found, "records_committed")?, row::number(&found, "bytes_committed")?)),
        None => Ok((0, 0)),
    }
}

/// The records that an attempt has committed.
pub(crate) async fn committed(change: &mut Change<'_>, key: (JobId, i64)) -> Result<i64> {
    let found = of_key(Sql::new("SELECT records_committed FROM attempt WHERE "), key).row(&mut **change).await?;
    found.map_or(Ok(0), |found| row::number(&found, "records_committed"))
}

fn of_key(sql: Sql, (job, number): (JobId, i64)) -> Sql {
    sql.text("job_id = ").value(job.0).text(" AND number = ").value(number)
}

/// The attempts of these jobs with their streams.
pub(crate) async fn list(pool: &AnyPool, jobs: &[JobId]) -> Result<Vec<Attempt>> {
    let mut attempts: Vec<Attempt> = Vec::new();
    for jobs in jobs.chunks(1000) {
        let ids = jobs.iter().map(|job| job.0);
        let sql = Sql::new("SELECT * FROM attempt WHERE job_id IN ").list(ids.clone()).text(" ORDER BY job_id, number");
        attempts.extend(sql.rows(pool).await?.iter().map(read).collect::<Result<Vec<_>>>()?);
        let sql = Sql::new("SELECT * FROM attempt_stream WHERE job_id IN ").list(ids).text(" ORDER BY namespace, name");
        for found in sql.rows(pool).await? {
            let key = (row::number(&found, "job_id")?, row::number(&found, "attempt_number")?);
            let owner = attempts.iter_mut().find(|attempt| (attempt.job_id.0, attempt.number) == key);
            if let Some(owner) = owner {
                owner.streams.push(read_stream(&found)?);
            }
        }
    }
    Ok(attempts)
}

fn read(found: &AnyRow) -> Result<Attempt> {
    Ok(Attempt {
        job_id: JobId(row::number(found, "job_id")?),
        number: row::number(found, "number")?,
        status: row::word(found, "status")?,
        failures: row::document(found, "failures")?,
        dropped: row::document(found, "dropped")?,
        records_emitted: row::number(found, "records_emitted")?,
        bytes_emitted: row::number(found, "bytes_emitted")?,
        records_committed: row::number(found, "records_committed")?,
        bytes_committed: row::number(found, "bytes_committed")?,
        states_emitted: row::number(found, "states_emitted")?,
        streams: Vec::new(),
        created_at: row::at(found, "created_at")?,
        updated_at: row::at(found, "updated_at")?,
        ended_at: row::at_or_none(found, "ended_at")?,
    })
}

fn read_stream(found: &AnyRow) -> Result<AttemptStream> {
    use sqlx::Row as _;
    Ok(AttemptStream {
        stream: stream_name::of(found)?,
        status: row::word(found, "status")?,
        records_emitted: row::number(found, "records_emitted")?,
        bytes_emitted: row::number(found, "bytes_emitted")?,
        records_committed: row::number(found, "records_committed")?,
        bytes_committed: row::number(found, "bytes_committed")?,
        estimated_records: found.try_get("estimated_records")?,
    })
}
