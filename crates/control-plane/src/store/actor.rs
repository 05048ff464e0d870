//! Rows of sources and destinations.

use super::{Change, moment, places, row};
use crate::{Actor, ActorFilter, ActorId, ActorKind, DefinitionId, Page, Result, WorkspaceId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// Which ones go together.
pub(crate) enum Of {
    /// Those of a workspace.
    Workspace(WorkspaceId),
    /// Those of a definition.
    Definition(DefinitionId),
    /// One.
    Actor(ActorId),
}

pub(crate) async fn insert(change: &mut Change<'_>, new: &Actor) -> Result<()> {
    sqlx::query(
        "INSERT INTO actor (id, kind, workspace_id, definition_id, version_id, name, configuration, \
         resource_allocation, is_draft, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
    )
    .bind(new.id.to_string())
    .bind(new.kind.word())
    .bind(new.workspace_id.to_string())
    .bind(new.definition_id.to_string())
    .bind(new.version_id.map(|id| id.to_string()))
    .bind(new.name.clone())
    .bind(new.configuration.to_string())
    .bind(new.resource_allocation.as_ref().map(row::json))
    .bind(i64::from(new.is_draft))
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Marks one that is not deleted as changed, which also keeps others from changing it; whether it is there.
pub(crate) async fn touch(change: &mut Change<'_>, id: ActorId, now: Timestamp) -> Result<bool> {
    let query = sqlx::query("UPDATE actor SET updated_at = $2 WHERE id = $1 AND deleted_at IS NULL");
    let done = query.bind(id.to_string()).bind(moment::milliseconds(now)).execute(&mut **change).await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn update(change: &mut Change<'_>, new: &Actor) -> Result<()> {
    sqlx::query(
        "UPDATE actor SET version_id = $2, name = $3, configuration = $4, resource_allocation = $5, is_draft = $6 \
         WHERE id = $1",
    )
    .bind(new.id.to_string())
    .bind(new.version_id.map(|id| id.to_string()))
    .bind(new.name.clone())
    .bind(new.configuration.to_string())
    .bind(new.resource_allocation.as_ref().map(row::json))
    .bind(i64::from(new.is_draft))
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Also one that is deleted.
pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, id: ActorId) -> Result<Option<Actor>> {
    let found = sqlx::query("SELECT * FROM actor WHERE id = $1").bind(id.to_string()).fetch_optional(executor).await?;
    found.as_ref().map(read).transpose()
}

pub(crate) async fn list(pool: &AnyPool, kind: ActorKind, filter: &ActorFilter, page: Page) -> Result<Vec<Actor>> {
    let workspaces = filter.workspaces.as_deref();
    if workspaces.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let among = workspaces.map_or_else(String::new, |all| format!("AND workspace_id IN ({})", places(7, all.len())));
    let sql = format!(
        "SELECT * FROM actor WHERE kind = $3 AND (deleted_at IS NULL OR $4 = 1) \
         AND (CAST($5 AS TEXT) IS NULL OR definition_id = $5) AND (CAST($6 AS TEXT) IS NULL OR name = $6) {among} \
         ORDER BY created_at, id LIMIT $1 OFFSET $2"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(page.limit)).bind(i64::from(page.offset));
    query = query.bind(kind.word()).bind(i64::from(filter.includes_deleted));
    query = query.bind(filter.definition.map(|id| id.to_string())).bind(filter.name.clone());
    for id in workspaces.unwrap_or_default() {
        query = query.bind(id.to_string());
    }
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Those that use whatever version their definition has.
pub(crate) async fn following(change: &mut Change<'_>, definition: DefinitionId) -> Result<Vec<Actor>> {
    let sql = "SELECT * FROM actor WHERE definition_id = $1 AND version_id IS NULL AND deleted_at IS NULL";
    sqlx::query(sql).bind(definition.to_string()).fetch_all(&mut **change).await?.iter().map(read).collect()
}

/// Deletes them all; what they were.
pub(crate) async fn delete(change: &mut Change<'_>, of: &Of, now: Timestamp) -> Result<Vec<Actor>> {
    let (column, id) = match of {
        Of::Workspace(id) => ("workspace_id", id.to_string()),
        Of::Definition(id) => ("definition_id", id.to_string()),
        Of::Actor(id) => ("id", id.to_string()),
    };
    let sql = format!(
        "UPDATE actor SET deleted_at = $2, updated_at = $2 WHERE {column} = $1 AND deleted_at IS NULL RETURNING *"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(moment::milliseconds(now));
    query.fetch_all(&mut **change).await?.iter().map(read).collect()
}

fn read(found: &AnyRow) -> Result<Actor> {
    Ok(Actor {
        id: row::parsed(found, "id")?,
        kind: row::word(found, "kind")?,
        workspace_id: row::parsed(found, "workspace_id")?,
        definition_id: row::parsed(found, "definition_id")?,
        version_id: row::parsed_or_none(found, "version_id")?,
        name: row::text(found, "name")?,
        configuration: row::document(found, "configuration")?,
        resource_allocation: row::document_or_none(found, "resource_allocation")?,
        is_draft: row::flag(found, "is_draft")?,
        created_at: row::at(found, "created_at")?,
        updated_at: row::at(found, "updated_at")?,
        deleted_at: row::at_or_none(found, "deleted_at")?,
    })
}
