//! Rows of states, generations and requests. The text of a state is never looked into.

use super::sql::Sql;
use super::{Change, row, stream_name};
use crate::{ConnectionId, ConnectionState, JobId, Result, StoredStreamState};
use longshore_protocol::{RawJson, StreamDescriptor};
use sqlx::AnyConnection;
use std::collections::HashMap;

/// In `has_namespace`, of a row that belongs to no stream.
const NO_STREAM: i64 = -1;

/// Rows that go into one statement.
const ROWS: usize = 500;

/// The states of a connection.
pub(crate) async fn get(connection: &mut AnyConnection, of: ConnectionId) -> Result<ConnectionState> {
    let sql = Sql::new("SELECT kind, has_namespace, namespace, name, state FROM stream_state WHERE connection_id = ");
    let found = sql.value(of.to_string()).text(" ORDER BY namespace, name").rows(connection).await?;
    let (mut kind, mut shared, mut streams) = (String::new(), None, Vec::new());
    for found in &found {
        kind = row::text(found, "kind")?;
        let state = raw(row::text(found, "state")?)?;
        match row::number(found, "has_namespace")? {
            NO_STREAM => shared = Some(state),
            _ => streams.push(StoredStreamState { stream: stream_name::of(found)?, state }),
        }
    }
    Ok(match (kind.as_str(), shared) {
        ("legacy", Some(blob)) => ConnectionState::Legacy(blob),
        ("global", shared) => ConnectionState::Global { shared, streams },
        ("stream", _) => ConnectionState::Stream(streams),
        _ => ConnectionState::NotSet,
    })
}

fn raw(text: String) -> Result<RawJson> {
    serde_json::value::RawValue::from_string(text).map_err(|_| row::damaged("state"))
}

/// The kind of what is stored.
pub(crate) async fn kind(connection: &mut AnyConnection, of: ConnectionId) -> Result<Option<String>> {
    let sql = Sql::new("SELECT kind FROM stream_state WHERE connection_id = ").value(of.to_string()).text(" LIMIT 1");
    sql.row(connection).await?.map(|found| row::text(&found, "kind")).transpose()
}

/// One row to be.
pub(crate) struct StateRow<'a> {
    /// Absent for what belongs to no stream.
    pub(crate) stream: Option<&'a StreamDescriptor>,
    pub(crate) state: &'a str,
}

/// Writes states over those of the same streams.
pub(crate) async fn put(
    change: &mut Change<'_>,
    of: ConnectionId,
    kind: &str,
    states: &[StateRow<'_>],
    (job, now): (Option<JobId>, i64),
) -> Result<()> {
    for states in states.chunks(ROWS) {
        let mut sql = Sql::new(
            "INSERT INTO stream_state (connection_id, kind, has_namespace, namespace, name, state, job_id, updated_at) VALUES ",
        );
        let mut separator = "(";
        for row in states {
            sql = sql.text(separator).value(of.to_string()).text(", ").value(kind.to_owned()).text(", ");
            sql = match row.stream {
                Some(stream) => stream_name::values(sql, stream),
                None => sql.value(NO_STREAM).text(", '', ''"),
            };
            sql = sql.text(", ").value(row.state.to_owned()).text(", ").value(job.map(|job| job.0));
            sql = sql.text(", ").value(now);
            separator = "), (";
        }
        let sql = sql.text(
            ") ON CONFLICT (connection_id, has_namespace, namespace, name) DO UPDATE SET kind = excluded.kind, \
             state = excluded.state, job_id = excluded.job_id, updated_at = excluded.updated_at",
        );
        sql.execute(&mut **change).await?;
    }
    Ok(())
}

/// Takes all states of a connection away.
pub(crate) async fn delete_all(change: &mut Change<'_>, of: ConnectionId) -> Result<()> {
    let sql = Sql::new("DELETE FROM stream_state WHERE connection_id = ").value(of.to_string());
    sql.execute(&mut **change).await.map(|_| ())
}

/// Takes the states of these streams away.
pub(crate) async fn delete(change: &mut Change<'_>, of: ConnectionId, streams: &[StreamDescriptor]) -> Result<()> {
    for streams in streams.chunks(ROWS) {
        let sql = Sql::new("DELETE FROM stream_state WHERE connection_id = ").value(of.to_string()).text(" AND ");
        stream_name::is_one_of(sql, streams).execute(&mut **change).await?;
    }
    Ok(())
}

/// The same where the states are of this kind.
pub(crate) async fn delete_of_kind(
    change: &mut Change<'_>,
    of: ConnectionId,
    kind: &str,
    streams: &[StreamDescriptor],
) -> Result<()> {
    for streams in streams.chunks(ROWS) {
        let sql =
            Sql::new("DELETE FROM stream_state WHERE connection_id = ").value(of.to_string()).text(" AND kind = ");
        let sql = sql.value(kind.to_owned()).text(" AND ");
        stream_name::is_one_of(sql, streams).execute(&mut **change).await?;
    }
    Ok(())
}

/// The generation of each stream that has had one.
pub(crate) async fn generations(
    connection: &mut AnyConnection,
    of: ConnectionId,
) -> Result<HashMap<StreamDescriptor, i64>> {
    let sql =
        Sql::new("SELECT has_namespace, namespace, name, generation FROM stream_generation WHERE connection_id = ");
    let found = sql.value(of.to_string()).rows(connection).await?;
    found.iter().map(|found| Ok((stream_name::of(found)?, row::number(found, "generation")?))).collect()
}

/// Gives streams their new generations.
pub(crate) async fn put_generations(
    change: &mut Change<'_>,
    of: ConnectionId,
    job: JobId,
    generations: &[(StreamDescriptor, i64)],
) -> Result<()> {
    for generations in generations.chunks(ROWS) {
        let mut sql = Sql::new(
            "INSERT INTO stream_generation (connection_id, has_namespace, namespace, name, generation, job_id) VALUES ",
        );
        let mut separator = "(";
        for (stream, generation) in generations {
            sql = stream_name::values(sql.text(separator).value(of.to_string()).text(", "), stream);
            sql = sql.text(", ").value(*generation).text(", ").value(job.0);
            separator = "), (";
        }
        let sql = sql.text(
            ") ON CONFLICT (connection_id, has_namespace, namespace, name) DO UPDATE SET generation = excluded.generation, \
             job_id = excluded.job_id",
        );
        sql.execute(&mut **change).await?;
    }
    Ok(())
}

/// Streams whose clearing was asked for and has not come about.
pub(crate) async fn open_clears(connection: &mut AnyConnection, of: ConnectionId) -> Result<Vec<StreamDescriptor>> {
    let sql = Sql::new("SELECT has_namespace, namespace, name FROM stream_request WHERE connection_id = ");
    sql.value(of.to_string()).rows(connection).await?.iter().map(stream_name::of).collect()
}

/// Notes that streams are to be cleared.
pub(crate) async fn put_clears(
    change: &mut Change<'_>,
    of: ConnectionId,
    streams: &[StreamDescriptor],
    now: i64,
) -> Result<()> {
    for stream in streams {
        let sql = Sql::new(
            "INSERT INTO stream_request (connection_id, has_namespace, namespace, name, request, created_at) VALUES (",
        );
        let sql = stream_name::values(sql.value(of.to_string()).text(", "), stream).text(", 'clear', ").value(now);
        sql.text(") ON CONFLICT DO NOTHING").execute(&mut **change).await?;
    }
    Ok(())
}

/// The streams have been cleared, or need not be any more.
pub(crate) async fn delete_clears(
    change: &mut Change<'_>,
    of: ConnectionId,
    streams: &[StreamDescriptor],
) -> Result<()> {
    for streams in streams.chunks(ROWS) {
        let sql = Sql::new("DELETE FROM stream_request WHERE connection_id = ").value(of.to_string()).text(" AND ");
        stream_name::is_one_of(sql, streams).execute(&mut **change).await?;
    }
    Ok(())
}
