//! Rows of rights.

use super::{Change, moment, row};
use crate::{Page, Permission, PermissionFilter, PermissionId, PermissionKind, Result, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Executor};

pub(crate) async fn insert(change: &mut Change<'_>, new: &Permission) -> Result<()> {
    sqlx::query("INSERT INTO permission (id, user_id, workspace_id, kind, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(new.id.to_string())
        .bind(new.user_id.to_string())
        .bind(new.workspace_id.map(|id| id.to_string()))
        .bind(new.kind.word())
        .bind(moment::milliseconds(new.created_at))
        .execute(&mut **change)
        .await?;
    Ok(())
}

pub(crate) async fn get<'e>(
    executor: impl Executor<'e, Database = Any>,
    id: PermissionId,
) -> Result<Option<Permission>> {
    let query = sqlx::query("SELECT * FROM permission WHERE id = $1").bind(id.to_string());
    query.fetch_optional(executor).await?.as_ref().map(read).transpose()
}

pub(crate) async fn list(pool: &AnyPool, filter: &PermissionFilter, page: Page) -> Result<Vec<Permission>> {
    let found = sqlx::query(
        "SELECT * FROM permission WHERE (CAST($3 AS TEXT) IS NULL OR user_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR workspace_id = $4) ORDER BY created_at, id LIMIT $1 OFFSET $2",
    )
    .bind(i64::from(page.limit))
    .bind(i64::from(page.offset))
    .bind(filter.user.map(|id| id.to_string()))
    .bind(filter.workspace.map(|id| id.to_string()))
    .fetch_all(pool)
    .await?;
    found.iter().map(read).collect()
}

/// The rights of a user in workspaces that are there.
pub(crate) async fn of_user<'e>(executor: impl Executor<'e, Database = Any>, user: UserId) -> Result<Vec<Permission>> {
    let found = sqlx::query(
        "SELECT p.* FROM permission p LEFT JOIN workspace w ON w.id = p.workspace_id \
         WHERE p.user_id = $1 AND w.deleted_at IS NULL",
    )
    .bind(user.to_string())
    .fetch_all(executor)
    .await?;
    found.iter().map(read).collect()
}

pub(crate) async fn set_kind(change: &mut Change<'_>, id: PermissionId, kind: PermissionKind) -> Result<()> {
    let query = sqlx::query("UPDATE permission SET kind = $2 WHERE id = $1").bind(id.to_string()).bind(kind.word());
    query.execute(&mut **change).await?;
    Ok(())
}

pub(crate) async fn delete(change: &mut Change<'_>, id: PermissionId) -> Result<()> {
    sqlx::query("DELETE FROM permission WHERE id = $1").bind(id.to_string()).execute(&mut **change).await?;
    Ok(())
}

/// How many users are admins of the instance.
pub(crate) async fn count_admins(change: &mut Change<'_>) -> Result<i64> {
    let sql = "SELECT COUNT(DISTINCT user_id) FROM permission WHERE kind = 'instance_admin'";
    Ok(sqlx::query_scalar(sql).fetch_one(&mut **change).await?)
}

fn read(found: &AnyRow) -> Result<Permission> {
    let kind = PermissionKind::of_word(&row::text(found, "kind")?).ok_or_else(|| row::damaged("kind"))?;
    Ok(Permission {
        id: row::parsed(found, "id")?,
        user_id: row::parsed(found, "user_id")?,
        workspace_id: row::parsed_or_none(found, "workspace_id")?,
        kind,
        created_at: row::at(found, "created_at")?,
    })
}
