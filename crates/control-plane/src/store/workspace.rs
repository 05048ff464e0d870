//! Rows of workspaces.

use super::{Change, moment, places, row};
use crate::{Page, Result, Workspace, WorkspaceFilter, WorkspaceId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// Whether it was new.
pub(crate) async fn insert(change: &mut Change<'_>, new: &Workspace) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO workspace (id, name, email, notifications, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.name.clone())
    .bind(new.email.clone())
    .bind(row::json(&new.notifications))
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, id: WorkspaceId) -> Result<Option<Workspace>> {
    let query = sqlx::query("SELECT * FROM workspace WHERE id = $1").bind(id.to_string());
    query.fetch_optional(executor).await?.as_ref().map(read).transpose()
}

/// Marks one that is not deleted as changed, which also keeps others from changing it; whether it is there.
pub(crate) async fn touch(change: &mut Change<'_>, id: WorkspaceId, now: Timestamp) -> Result<bool> {
    let query = sqlx::query("UPDATE workspace SET updated_at = $2 WHERE id = $1 AND deleted_at IS NULL");
    let done = query.bind(id.to_string()).bind(moment::milliseconds(now)).execute(&mut **change).await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn update(change: &mut Change<'_>, new: &Workspace) -> Result<()> {
    sqlx::query("UPDATE workspace SET name = $2, email = $3, notifications = $4, deleted_at = $5 WHERE id = $1")
        .bind(new.id.to_string())
        .bind(new.name.clone())
        .bind(new.email.clone())
        .bind(row::json(&new.notifications))
        .bind(new.deleted_at.map(moment::milliseconds))
        .execute(&mut **change)
        .await?;
    Ok(())
}

pub(crate) async fn list(pool: &AnyPool, filter: &WorkspaceFilter, page: Page) -> Result<Vec<Workspace>> {
    let ids = filter.ids.as_deref();
    if ids.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let among = ids.map_or_else(String::new, |ids| format!("AND id IN ({})", places(4, ids.len())));
    let sql = format!(
        "SELECT * FROM workspace WHERE (deleted_at IS NULL OR $3 = 1) {among} ORDER BY created_at, id LIMIT $1 OFFSET $2"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(page.limit)).bind(i64::from(page.offset));
    query = query.bind(i64::from(filter.includes_deleted));
    for id in ids.unwrap_or_default() {
        query = query.bind(id.to_string());
    }
    query.fetch_all(pool).await?.iter().map(read).collect()
}

fn read(found: &AnyRow) -> Result<Workspace> {
    Ok(Workspace {
        id: row::parsed(found, "id")?,
        name: row::text(found, "name")?,
        email: row::text_or_none(found, "email")?,
        notifications: row::document(found, "notifications")?,
        created_at: row::at(found, "created_at")?,
        updated_at: row::at(found, "updated_at")?,
        deleted_at: row::at_or_none(found, "deleted_at")?,
    })
}
