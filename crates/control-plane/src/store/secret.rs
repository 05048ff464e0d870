//! Rows of ciphertexts, and of OAuth parameters.

use super::{Change, moment, places, row};
use crate::{DefinitionId, Result, WorkspaceId};
use jiff::Timestamp;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// How many ids one statement names; SQLite has a limit.
const AT_ONCE: usize = 500;

/// A ciphertext under its id.
pub(crate) struct SecretRow {
    pub(crate) id: String,
    pub(crate) ciphertext: String,
}

pub(crate) async fn insert(
    change: &mut Change<'_>,
    workspace: Option<WorkspaceId>,
    new: &[SecretRow],
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    for secret in new {
        sqlx::query(
            "INSERT INTO secret (id, workspace_id, ciphertext, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(secret.id.clone())
        .bind(workspace.map(|id| id.to_string()))
        .bind(secret.ciphertext.clone())
        .bind(moment::milliseconds(now))
        .bind(expires_at.map(moment::milliseconds))
        .execute(&mut **change)
        .await?;
    }
    Ok(())
}

/// Those of these ids that are there.
pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, ids: &[String]) -> Result<Vec<SecretRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, ciphertext FROM secret WHERE id IN ({})", places(1, ids.len()));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in ids {
        query = query.bind(id.clone());
    }
    let found = query.fetch_all(executor).await?;
    let read = |found| Ok(SecretRow { id: row::text(found, "id")?, ciphertext: row::text(found, "ciphertext")? });
    found.iter().map(read).collect()
}

pub(crate) async fn delete(change: &mut Change<'_>, ids: &[String]) -> Result<()> {
    for some in ids.chunks(AT_ONCE) {
        let sql = format!("DELETE FROM secret WHERE id IN ({})", places(1, some.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in some {
            query = query.bind(id.clone());
        }
        query.execute(&mut **change).await?;
    }
    Ok(())
}

/// Those whose time is over.
pub(crate) async fn delete_expired(change: &mut Change<'_>, now: Timestamp) -> Result<()> {
    let query = sqlx::query("DELETE FROM secret WHERE expires_at IS NOT NULL AND expires_at <= $1");
    query.bind(moment::milliseconds(now)).execute(&mut **change).await?;
    Ok(())
}

/// The sealed OAuth parameters of a definition, with their id: those of the workspace before those of the instance.
pub(crate) async fn oauth(
    pool: &AnyPool,
    definition: DefinitionId,
    workspace: WorkspaceId,
) -> Result<Option<(String, String)>> {
    let found = sqlx::query(
        "SELECT id, configuration FROM oauth_parameter WHERE definition_id = $1 \
         AND (workspace_id IS NULL OR workspace_id = $2) \
         ORDER BY CASE WHEN workspace_id IS NULL THEN 1 ELSE 0 END LIMIT 1",
    )
    .bind(definition.to_string())
    .bind(workspace.to_string())
    .fetch_optional(pool)
    .await?;
    found.map(|found| Ok((row::text(&found, "id")?, row::text(&found, "configuration")?))).transpose()
}

pub(crate) async fn insert_oauth(
    change: &mut Change<'_>,
    id: String,
    workspace: Option<WorkspaceId>,
    definition: DefinitionId,
    sealed: String,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO oauth_parameter (id, workspace_id, definition_id, configuration, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(id)
    .bind(workspace.map(|id| id.to_string()))
    .bind(definition.to_string())
    .bind(sealed)
    .bind(moment::milliseconds(now))
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Whether there were any.
pub(crate) async fn delete_oauth(
    change: &mut Change<'_>,
    workspace: Option<WorkspaceId>,
    definition: DefinitionId,
) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM oauth_parameter WHERE definition_id = $1 AND COALESCE(workspace_id, '') = COALESCE(CAST($2 AS TEXT), '')",
    )
    .bind(definition.to_string())
    .bind(workspace.map(|id| id.to_string()))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}
