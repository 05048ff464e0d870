//! Rows of messages to the outside.

use super::sql::Sql;
use super::{Change, Dialect, row};
use crate::{Result, WorkspaceId};
use sqlx::{Any, Executor};

/// A message to be.
pub(crate) struct NewNotification {
    /// What it is about: there is one message for each.
    pub(crate) dedup_key: String,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) url: String,
    pub(crate) body: String,
}

pub(crate) async fn insert(change: &mut Change<'_>, new: NewNotification, now: i64) -> Result<()> {
    let sql = Sql::new(
        "INSERT INTO notification (dedup_key, workspace_id, url, body, status, tries, claimable_at, created_at) VALUES (",
    )
    .value(new.dedup_key)
    .text(", ")
    .value(new.workspace_id.to_string())
    .text(", ")
    .value(new.url)
    .text(", ")
    .value(new.body)
    .text(", 'pending', 0, ")
    .value(now)
    .text(", ")
    .value(now)
    .text(") ON CONFLICT (dedup_key) DO NOTHING");
    sql.execute(&mut **change).await.map(|_| ())
}

/// A row that was taken.
pub(crate) struct Claimed {
    pub(crate) id: i64,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) tries: i64,
}

/// Takes the message that has waited longest. It can be taken again at `until`, should whoever has it die.
pub(crate) async fn claim(
    change: &mut Change<'_>,
    dialect: Dialect,
    token: &str,
    (now, until): (i64, i64),
) -> Result<Option<Claimed>> {
    let skip = if dialect == Dialect::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = Sql::new("UPDATE notification SET tries = tries + 1, claimable_at = ").value(until);
    let sql = sql.text(", lease_until = ").value(until).text(", lease_token = ").value(token.to_owned());
    let sql = sql.text(" WHERE id = (SELECT id FROM notification WHERE tries < 5 AND claimable_at <= ").value(now);
    let sql = sql.text(&format!(" ORDER BY claimable_at, id LIMIT 1{skip}) RETURNING id, url, body, tries"));
    let Some(found) = sql.row(&mut **change).await? else { return Ok(None) };
    Ok(Some(Claimed {
        id: row::number(&found, "id")?,
        url: row::text(&found, "url")?,
        body: row::text(&found, "body")?,
        tries: row::number(&found, "tries")?,
    }))
}

/// What became of a message.
pub(crate) struct Outcome {
    pub(crate) status: &'static str,
    pub(crate) claimable_at: Option<i64>,
    pub(crate) problem: Option<String>,
    pub(crate) ended_at: Option<i64>,
}

pub(crate) async fn finish(change: &mut Change<'_>, id: i64, token: &str, outcome: Outcome) -> Result<()> {
    let sql = Sql::new("UPDATE notification SET lease_token = NULL, lease_until = NULL, status = ")
        .value(outcome.status.to_owned())
        .text(", claimable_at = ")
        .value(outcome.claimable_at)
        .text(", last_problem = ")
        .value(outcome.problem)
        .text(", ended_at = ")
        .value(outcome.ended_at)
        .text(" WHERE id = ")
        .value(id)
        .text(" AND lease_token = ")
        .value(token.to_owned());
    sql.execute(&mut **change).await.map(|_| ())
}

/// How many wait.
pub(crate) async fn waiting(executor: impl Executor<'_, Database = Any>) -> Result<i64> {
    let sql = Sql::new("SELECT CAST(COUNT(*) AS BIGINT) AS waiting FROM notification WHERE claimable_at IS NOT NULL");
    sql.row(executor).await?.map_or(Ok(0), |found| row::number(&found, "waiting"))
}
