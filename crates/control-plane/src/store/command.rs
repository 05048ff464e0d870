//! Rows of commands.

use super::{Change, Dialect, moment, row};
use crate::{ActorId, CommandId, CommandKind, CommandStatus, LeaseStatus, Result, WorkspaceId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor, Row as _};
use uuid::Uuid;

/// How often a command is begun before the workers that it takes with it count as its fault.
const MOST_TRIES: i64 = 3;

/// A command to be written.
pub(crate) struct NewCommand {
    pub(crate) id: CommandId,
    pub(crate) kind: CommandKind,
    pub(crate) workspace_id: Option<WorkspaceId>,
    pub(crate) actor_id: Option<ActorId>,
    pub(crate) input: String,
}

/// A command as it is kept.
pub(crate) struct CommandRow {
    pub(crate) kind: CommandKind,
    pub(crate) workspace_id: Option<WorkspaceId>,
    pub(crate) actor_id: Option<ActorId>,
    pub(crate) status: CommandStatus,
    pub(crate) output: Option<String>,
    pub(crate) failure: Option<String>,
    pub(crate) log: String,
    pub(crate) created_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// How a command ended.
pub(crate) struct Ending {
    pub(crate) status: CommandStatus,
    pub(crate) output: Option<String>,
    pub(crate) failure: Option<String>,
    pub(crate) log: String,
}

/// A command that somebody has taken.
pub(crate) struct Claimed {
    pub(crate) id: CommandId,
    pub(crate) input: String,
    /// It was begun too often.
    pub(crate) is_worn_out: bool,
}

/// Whether it was new.
pub(crate) async fn insert(change: &mut Change<'_>, new: &NewCommand, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO command (id, kind, workspace_id, actor_id, input, status, log, tries, claimable_at, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, 'pending', '[]', 0, $6, $6, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.kind.word())
    .bind(new.workspace_id.map(|id| id.to_string()))
    .bind(new.actor_id.map(|id| id.to_string()))
    .bind(new.input.clone())
    .bind(moment::milliseconds(now))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, id: CommandId) -> Result<Option<CommandRow>> {
    let found = sqlx::query("SELECT * FROM command WHERE id = $1").bind(id.to_string()).fetch_optional(executor);
    found.await?.as_ref().map(read).transpose()
}

/// How far it is, and nothing of what may be large.
pub(crate) async fn status(pool: &AnyPool, id: CommandId) -> Result<Option<CommandStatus>> {
    let query = sqlx::query("SELECT status FROM command WHERE id = $1").bind(id.to_string());
    query.fetch_optional(pool).await?.map(|found| word_of_status(&found)).transpose()
}

/// Whether there is something to claim; a look that changes nothing.
pub(crate) async fn is_any_claimable(pool: &AnyPool, now: Timestamp) -> Result<bool> {
    let found = sqlx::query(
        "SELECT id FROM command WHERE claimable_at <= $1 UNION ALL SELECT id FROM command WHERE lease_until <= $1 LIMIT 1",
    )
    .bind(moment::milliseconds(now))
    .fetch_optional(pool)
    .await?;
    Ok(found.is_some())
}

/// Takes the one that waits longest, or that its worker has left.
pub(crate) async fn claim(
    change: &mut Change<'_>,
    dialect: Dialect,
    token: Uuid,
    worker: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claimed>> {
    let lock = if dialect == Dialect::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    for waiting in ["claimable_at", "lease_until"] {
        let sql = format!(
            "UPDATE command SET status = 'running', claimable_at = NULL, lease_token = $2, lease_owner = $3, \
             lease_until = $4, tries = tries + 1, updated_at = $1 WHERE id = (SELECT id FROM command \
             WHERE {waiting} <= $1 ORDER BY {waiting} LIMIT 1 {lock}) RETURNING id, input, tries"
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(moment::milliseconds(now))
            .bind(token.to_string())
            .bind(worker.to_owned())
            .bind(moment::milliseconds(until))
            .fetch_optional(&mut **change)
            .await?;
        if let Some(found) = found {
            let (id, input) = (row::parsed(&found, "id")?, row::text(&found, "input")?);
            return Ok(Some(Claimed { id, input, is_worn_out: row::number(&found, "tries")? > MOST_TRIES }));
        }
    }
    Ok(None)
}

pub(crate) async fn heartbeat(
    change: &mut Change<'_>,
    id: CommandId,
    token: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<LeaseStatus> {
    let found = sqlx::query(
        "UPDATE command SET lease_until = $3, updated_at = $4 WHERE id = $1 AND lease_token = $2 AND status = 'running' \
         RETURNING cancel_requested_at",
    )
    .bind(id.to_string())
    .bind(token.to_string())
    .bind(moment::milliseconds(until))
    .bind(moment::milliseconds(now))
    .fetch_optional(&mut **change)
    .await?;
    let Some(found) = found else { return Ok(LeaseStatus::Lost) };
    let is_cancelled = found.try_get::<Option<i64>, _>("cancel_requested_at")?.is_some();
    Ok(if is_cancelled { LeaseStatus::CancelRequested } else { LeaseStatus::Held })
}

/// What it asks, if it is still this worker's; until the change ends it stays so.
pub(crate) async fn hold(
    change: &mut Change<'_>,
    id: CommandId,
    token: Uuid,
    now: Timestamp,
) -> Result<Option<String>> {
    let sql = "UPDATE command SET updated_at = $3 WHERE id = $1 AND lease_token = $2 AND status = 'running' \
         RETURNING input";
    let query = sqlx::query(sql).bind(id.to_string()).bind(token.to_string()).bind(moment::milliseconds(now));
    let found = query.fetch_optional(&mut **change).await?;
    found.map(|found| row::text(&found, "input")).transpose()
}

/// Ends one that has not ended; a secret in its input goes with it.
pub(crate) async fn finish(change: &mut Change<'_>, id: CommandId, end: Ending, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE command SET status = $2, output = $3, failure = $4, log = $5, ended_at = $6, updated_at = $6, \
         claimable_at = NULL, lease_token = NULL, lease_until = NULL \
         WHERE id = $1 AND status IN ('pending', 'running')",
    )
    .bind(id.to_string())
    .bind(end.status.word())
    .bind(end.output)
    .bind(end.failure)
    .bind(end.log)
    .bind(moment::milliseconds(now))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Cancels one that waits at once, and asks for the end of one that runs; whether it ended.
pub(crate) async fn cancel(change: &mut Change<'_>, id: CommandId, now: Timestamp) -> Result<bool> {
    let now = moment::milliseconds(now);
    let waiting = "UPDATE command SET status = 'cancelled', ended_at = $2, updated_at = $2, claimable_at = NULL \
         WHERE id = $1 AND status = 'pending'";
    let running = "UPDATE command SET cancel_requested_at = $2, updated_at = $2 WHERE id = $1 AND status = 'running' \
         AND cancel_requested_at IS NULL";
    let done = sqlx::query(waiting).bind(id.to_string()).bind(now).execute(&mut **change).await?;
    sqlx::query(running).bind(id.to_string()).bind(now).execute(&mut **change).await?;
    Ok(done.rows_affected() > 0)
}

fn word_of_status(found: &AnyRow) -> Result<CommandStatus> {
    CommandStatus::of_word(&row::text(found, "status")?).ok_or_else(|| row::damaged("status"))
}

fn read(found: &AnyRow) -> Result<CommandRow> {
    let kind = CommandKind::of_word(&row::text(found, "kind")?).ok_or_else(|| row::damaged("kind"))?;
    Ok(CommandRow {
        kind,
        workspace_id: row::parsed_or_none(found, "workspace_id")?,
        actor_id: row::parsed_or_none(found, "actor_id")?,
        status: word_of_status(found)?,
        output: row::text_or_none(found, "output")?,
        failure: row::text_or_none(found, "failure")?,
        log: row::text(found, "log")?,
        created_at: row::at(found, "created_at")?,
        ended_at: row::at_or_none(found, "ended_at")?,
    })
}
