//! Rows of connections.

use super::sql::{Sql, word};
use super::{Change, moment, row, tag};
use crate::{ActorId, Connection, ConnectionFilter, ConnectionId, Page, Result};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AnyPool, Executor};

pub(crate) async fn insert(change: &mut Change<'_>, new: &Connection) -> Result<bool> {
    let done = Sql::new(
        "INSERT INTO connection (id, workspace_id, source_id, destination_id, created_at, updated_at, deleted_at, name, status, \
         status_reason, streams, catalog_id, namespace, prefix, schedule, next_run_at, schema_policy, backfills, \
         notifies_schema_changes, schema_change) VALUES (",
    )
    .value(new.id.to_string())
    .text(", ")
    .value(new.workspace_id.to_string())
    .text(", ")
    .value(new.source_id.to_string())
    .text(", ")
    .value(new.destination_id.to_string())
    .text(", ")
    .value(moment::milliseconds(new.created_at))
    .text(", ");
    let done = changeable(done, new).text(") ON CONFLICT (id) DO NOTHING").execute(&mut **change).await?;
    Ok(done > 0)
}

pub(crate) async fn update(change: &mut Change<'_>, new: &Connection) -> Result<()> {
    let sql = Sql::new(
        "UPDATE connection SET (updated_at, deleted_at, name, status, status_reason, streams, catalog_id, namespace, prefix, \
         schedule, next_run_at, schema_policy, backfills, notifies_schema_changes, schema_change) = (",
    );
    changeable(sql, new).text(") WHERE id = ").value(new.id.to_string()).execute(&mut **change).await?;
    Ok(())
}

fn changeable(sql: Sql, new: &Connection) -> Sql {
    sql.value(moment::milliseconds(new.updated_at))
        .text(", ")
        .value(new.deleted_at.map(moment::milliseconds))
        .text(", ")
        .value(new.name.clone())
        .text(", ")
        .value(word(new.status))
        .text(", ")
        .value(new.status_reason.clone())
        .text(", ")
        .value(row::json(&new.streams))
        .text(", ")
        .value(new.catalog_id.map(|id| id.to_string()))
        .text(", ")
        .value(row::json(&new.namespace))
        .text(", ")
        .value(new.prefix.clone())
        .text(", ")
        .value(row::json(&new.schedule))
        .text(", ")
        .value(new.next_run_at.map(moment::milliseconds))
        .text(", ")
        .value(word(new.schema_policy))
        .text(", ")
        .value(i64::from(new.backfills))
        .text(", ")
        .value(i64::from(new.notifies_schema_changes))
        .text(", ")
        .value(word(new.schema_change))
}

/// Says when it runs next, and nothing else.
pub(crate) async fn set_next_run(change: &mut Change<'_>, id: ConnectionId, next: Option<i64>) -> Result<()> {
    let sql = Sql::new("UPDATE connection SET next_run_at = ").value(next).text(" WHERE id = ").value(id.to_string());
    sql.execute(&mut **change).await.map(|_| ())
}

/// One with its tags, also a deleted one.
pub(crate) async fn get(connection: &mut AnyConnection, id: ConnectionId) -> Result<Option<Connection>> {
    let sql = Sql::new("SELECT * FROM connection WHERE id = ").value(id.to_string());
    let Some(found) = sql.row(&mut *connection).await? else { return Ok(None) };
    let mut found = vec![read(&found)?];
    add_tags(connection, &mut found).await?;
    Ok(found.pop())
}

/// The same, and nobody else changes it until this change is done.
pub(crate) async fn lock(change: &mut Change<'_>, id: ConnectionId) -> Result<Option<Connection>> {
    // Both databases lock a row that is written; only one of them knows FOR UPDATE.
    let sql = Sql::new("UPDATE connection SET updated_at = updated_at WHERE id = ").value(id.to_string());
    sql.execute(&mut **change).await?;
    get(change, id).await
}

pub(crate) async fn list(pool: &AnyPool, filter: &ConnectionFilter, page: Page) -> Result<Vec<Connection>> {
    let mut sql = Sql::new("SELECT * FROM connection WHERE 1 = 1");
    if let Some(workspaces) = &filter.workspaces {
        sql = sql.text(" AND workspace_id IN ").list(workspaces.iter().map(ToString::to_string));
    }
    if let Some(tags) = &filter.tags {
        sql = sql.text(" AND id IN (SELECT connection_id FROM connection_tag WHERE tag_id IN ");
        sql = sql.list(tags.iter().map(ToString::to_string)).text(")");
    }
    if let Some(source) = filter.source {
        sql = sql.text(" AND source_id = ").value(source.to_string());
    }
    if let Some(destination) = filter.destination {
        sql = sql.text(" AND destination_id = ").value(destination.to_string());
    }
    if !filter.includes_deleted {
        sql = sql.text(" AND deleted_at IS NULL");
    }
    sql = sql.text(" ORDER BY created_at, id LIMIT ").value(i64::from(page.limit));
    sql = sql.text(" OFFSET ").value(i64::from(page.offset));
    let mut found: Vec<Connection> = sql.rows(pool).await?.iter().map(read).collect::<Result<_>>()?;
    add_tags(&mut *pool.acquire().await?, &mut found).await?;
    Ok(found)
}

/// Those of active connections whose time has come and that have no job, with the time that it was.
pub(crate) async fn due(
    executor: impl Executor<'_, Database = Any>,
    now: i64,
    limit: u32,
) -> Result<Vec<ConnectionId>> {
    let sql = Sql::new("SELECT id FROM connection WHERE next_run_at IS NOT NULL AND next_run_at <= ")
        .value(now)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM job WHERE job.connection_id = connection.id \
             AND job.status IN ('pending', 'running', 'incomplete')) ORDER BY next_run_at, id LIMIT ",
        )
        .value(i64::from(limit));
    sql.rows(executor).await?.iter().map(|found| row::parsed(found, "id")).collect()
}

/// All that wait for a time.
pub(crate) async fn scheduled(executor: impl Executor<'_, Database = Any>) -> Result<Vec<ConnectionId>> {
    let sql = Sql::new("SELECT id FROM connection WHERE next_run_at IS NOT NULL");
    sql.rows(executor).await?.iter().map(|found| row::parsed(found, "id")).collect()
}

/// The connections of a source or destination, in the order in which they are to be locked.
pub(crate) async fn of_actor(change: &mut Change<'_>, actor: ActorId) -> Result<Vec<ConnectionId>> {
    let sql = Sql::new("SELECT id FROM connection WHERE deleted_at IS NULL AND (source_id = ").value(actor.to_string());
    let sql = sql.text(" OR destination_id = ").value(actor.to_string()).text(") ORDER BY id");
    sql.rows(&mut **change).await?.iter().map(|found| row::parsed(found, "id")).collect()
}

/// The version that a source or destination uses.
const VERSION: &str = "FROM actor JOIN definition ON definition.id = actor.definition_id JOIN definition_version ON \
    definition_version.id = COALESCE(actor.version_id, definition.version_id) WHERE actor.id = ";

/// What the connector of a source or destination answered to `spec`.
pub(crate) async fn spec_of(executor: impl Executor<'_, Database = Any>, actor: ActorId) -> Result<Option<String>> {
    let sql = Sql::new(&format!("SELECT definition_version.spec {VERSION}")).value(actor.to_string());
    sql.row(executor).await?.map(|found| row::text(&found, "spec")).transpose()
}

/// Whether a destination takes generations.
pub(crate) async fn takes_refreshes(change: &mut Change<'_>, destination: ActorId) -> Result<bool> {
    let sql =
        Sql::new(&format!("SELECT definition_version.supports_refreshes {VERSION}")).value(destination.to_string());
    sql.row(&mut **change).await?.map_or(Ok(false), |found| row::flag(&found, "supports_refreshes"))
}

async fn add_tags(connection: &mut AnyConnection, found: &mut [Connection]) -> Result<()> {
    let ids: Vec<ConnectionId> = found.iter().map(|connection| connection.id).collect();
    for (id, tag) in tag::of_connections(connection, &ids).await? {
        if let Some(owner) = found.iter_mut().find(|connection| connection.id == id) {
            owner.tags.push(tag);
        }
    }
    Ok(())
}

fn read(found: &AnyRow) -> Result<Connection> {
    Ok(Connection {
        id: row::parsed(found, "id")?,
        workspace_id: row::parsed(found, "workspace_id")?,
        source_id: row::parsed(found, "source_id")?,
        destination_id: row::parsed(found, "destination_id")?,
        name: row::text(found, "name")?,
        status: row::word(found, "status")?,
        status_reason: row::text_or_none(found, "status_reason")?,
        streams: row::document(found, "streams")?,
        catalog_id: row::parsed_or_none(found, "catalog_id")?,
        namespace: row::document(found, "namespace")?,
        prefix: row::text(found, "prefix")?,
        schedule: row::document(found, "schedule")?,
        next_run_at: row::at_or_none(found, "next_run_at")?,
        schema_policy: row::word(found, "schema_policy")?,
        backfills: row::flag(found, "backfills")?,
        notifies_schema_changes: row::flag(found, "notifies_schema_changes")?,
        schema_change: row::word(found, "schema_change")?,
        tags: Vec::new(),
        created_at: row::at(found, "created_at")?,
        updated_at: row::at(found, "updated_at")?,
        deleted_at: row::at_or_none(found, "deleted_at")?,
    })
}
