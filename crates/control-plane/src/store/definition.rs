//! Rows of definitions, each with its version in use.

use super::{Change, moment, places, row, version};
use crate::{ActorKind, Definition, DefinitionFilter, DefinitionId, Result};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// Whether it was new. Its version is inserted after it.
pub(crate) async fn insert(change: &mut Change<'_>, new: &Definition) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO definition (id, kind, name, workspace_id, origin, documentation_url, icon, version_id, \
         resource_requirements, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.kind.word())
    .bind(new.name.clone())
    .bind(new.workspace_id.map(|id| id.to_string()))
    .bind(new.origin.word())
    .bind(new.documentation_url.clone())
    .bind(new.icon.clone())
    .bind(new.version.id.to_string())
    .bind(new.resource_requirements.as_ref().map(row::json))
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Marks one that is not deleted as changed, which also keeps others from changing it; whether it is there.
pub(crate) async fn touch(change: &mut Change<'_>, kind: ActorKind, id: DefinitionId, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE definition SET updated_at = $3 WHERE id = $1 AND kind = $2 AND deleted_at IS NULL";
    let query = sqlx::query(sql).bind(id.to_string()).bind(kind.word()).bind(moment::milliseconds(now));
    Ok(query.execute(&mut **change).await?.rows_affected() > 0)
}

pub(crate) async fn update(change: &mut Change<'_>, new: &Definition) -> Result<()> {
    sqlx::query(
        "UPDATE definition SET name = $2, documentation_url = $3, icon = $4, version_id = $5, \
         resource_requirements = $6, deleted_at = $7 WHERE id = $1",
    )
    .bind(new.id.to_string())
    .bind(new.name.clone())
    .bind(new.documentation_url.clone())
    .bind(new.icon.clone())
    .bind(new.version.id.to_string())
    .bind(new.resource_requirements.as_ref().map(row::json))
    .bind(new.deleted_at.map(moment::milliseconds))
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Also one that is deleted.
pub(crate) async fn get<'e>(
    executor: impl Executor<'e, Database = Any>,
    id: DefinitionId,
) -> Result<Option<Definition>> {
    let sql = select("WHERE d.id = $1");
    let found = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(executor).await?;
    found.as_ref().map(read).transpose()
}

pub(crate) async fn list(pool: &AnyPool, kind: ActorKind, filter: &DefinitionFilter) -> Result<Vec<Definition>> {
    let origins = filter.origins.as_deref();
    if origins.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let among = origins.map_or_else(String::new, |all| format!("AND d.origin IN ({})", places(4, all.len())));
    let sql = select(&format!(
        "WHERE d.kind = $1 AND (d.deleted_at IS NULL OR $2 = 1) \
         AND (CAST($3 AS TEXT) IS NULL OR d.workspace_id IS NULL OR d.workspace_id = $3) {among} \
         ORDER BY LOWER(d.name), d.id"
    ));
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(kind.word()).bind(i64::from(filter.includes_deleted));
    query = query.bind(filter.workspace.map(|id| id.to_string()));
    for origin in origins.unwrap_or_default() {
        query = query.bind(origin.word());
    }
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// The names of connections that use it, some of them.
pub(crate) async fn connections(change: &mut Change<'_>, id: DefinitionId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT c.name FROM connection c JOIN actor a ON a.id = c.source_id OR a.id = c.destination_id \
         WHERE a.definition_id = $1 AND c.deleted_at IS NULL ORDER BY c.name LIMIT 10",
    )
    .bind(id.to_string())
    .fetch_all(&mut **change)
    .await?)
}

fn select(rest: &str) -> String {
    let columns = version::COLUMNS;
    format!("SELECT d.*, {columns} FROM definition d JOIN definition_version v ON v.id = d.version_id {rest}")
}

fn read(found: &AnyRow) -> Result<Definition> {
    Ok(Definition {
        id: row::parsed(found, "id")?,
        kind: row::word(found, "kind")?,
        name: row::text(found, "name")?,
        workspace_id: row::parsed_or_none(found, "workspace_id")?,
        origin: row::word(found, "origin")?,
        documentation_url: row::text_or_none(found, "documentation_url")?,
        icon: row::text_or_none(found, "icon")?,
        resource_requirements: row::document_or_none(found, "resource_requirements")?,
        version: version::read(found)?,
        created_at: row::at(found, "created_at")?,
        updated_at: row::at(found, "updated_at")?,
        deleted_at: row::at_or_none(found, "deleted_at")?,
    })
}
