//! Rows of sessions, and of settings.

use super::{Change, moment, row};
use crate::{Result, UserId};
use jiff::Timestamp;
use sqlx::AnyPool;

/// Begins a session; those that have run out are gone with it.
pub(crate) async fn insert(
    change: &mut Change<'_>,
    token_hash: String,
    user: UserId,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let now = moment::milliseconds(now);
    sqlx::query("DELETE FROM session WHERE expires_at <= $1").bind(now).execute(&mut **change).await?;
    sqlx::query("INSERT INTO session (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(user.to_string())
        .bind(now)
        .bind(moment::milliseconds(until))
        .execute(&mut **change)
        .await?;
    Ok(())
}

pub(crate) async fn user_of(pool: &AnyPool, token_hash: String, now: Timestamp) -> Result<Option<UserId>> {
    let query = sqlx::query("SELECT user_id FROM session WHERE token_hash = $1 AND expires_at > $2");
    let found = query.bind(token_hash).bind(moment::milliseconds(now)).fetch_optional(pool).await?;
    found.map(|found| row::parsed(&found, "user_id")).transpose()
}

pub(crate) async fn delete(change: &mut Change<'_>, token_hash: String) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE token_hash = $1").bind(token_hash).execute(&mut **change).await?;
    Ok(())
}

pub(crate) async fn delete_of_user(change: &mut Change<'_>, user: UserId) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE user_id = $1").bind(user.to_string()).execute(&mut **change).await?;
    Ok(())
}

/// Sets a setting that is not there yet; whether it was not.
pub(crate) async fn set_once(change: &mut Change<'_>, name: &str, value: &str) -> Result<bool> {
    let query = sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
    let done = query.bind(name.to_owned()).bind(value.to_owned()).execute(&mut **change).await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn setting(pool: &AnyPool, name: &str) -> Result<Option<String>> {
    let query = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1").bind(name.to_owned());
    Ok(query.fetch_optional(pool).await?)
}
