//! Rows of users.

use super::{Change, moment, places, row};
use crate::{Page, Result, User, UserFilter, UserId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// Whether its address was free.
pub(crate) async fn insert(change: &mut Change<'_>, new: &User, password_hash: Option<String>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO user_account (id, email, name, password_hash, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(new.email.clone())
    .bind(new.name.clone())
    .bind(password_hash)
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, id: UserId) -> Result<Option<User>> {
    let query = sqlx::query("SELECT * FROM user_account WHERE id = $1 AND deleted_at IS NULL").bind(id.to_string());
    query.fetch_optional(executor).await?.as_ref().map(read).transpose()
}

/// Whose address it is, and the hash of the password.
pub(crate) async fn by_email(pool: &AnyPool, email: &str) -> Result<Option<(UserId, Option<String>)>> {
    let query = sqlx::query("SELECT * FROM user_account WHERE email = $1 AND deleted_at IS NULL");
    let found = query.bind(email.to_owned()).fetch_optional(pool).await?;
    found.map(|found| Ok((row::parsed(&found, "id")?, row::text_or_none(&found, "password_hash")?))).transpose()
}

/// Whether somebody else has this address.
pub(crate) async fn is_taken(change: &mut Change<'_>, email: &str, id: UserId) -> Result<bool> {
    let query = sqlx::query("SELECT id FROM user_account WHERE email = $1 AND id <> $2");
    Ok(query.bind(email.to_owned()).bind(id.to_string()).fetch_optional(&mut **change).await?.is_some())
}

pub(crate) async fn update(change: &mut Change<'_>, new: &User, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE user_account SET email = $2, name = $3, updated_at = $4 WHERE id = $1")
        .bind(new.id.to_string())
        .bind(new.email.clone())
        .bind(new.name.clone())
        .bind(moment::milliseconds(now))
        .execute(&mut **change)
        .await?;
    Ok(())
}

pub(crate) async fn set_password(change: &mut Change<'_>, id: UserId, hash: String, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE user_account SET password_hash = $2, updated_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(hash)
        .bind(moment::milliseconds(now))
        .execute(&mut **change)
        .await?;
    Ok(())
}

/// Its address becomes free; the row stays for the events that name it.
pub(crate) async fn delete(change: &mut Change<'_>, id: UserId, now: Timestamp) -> Result<()> {
    for table in ["permission", "application", "session"] {
        let sql = format!("DELETE FROM {table} WHERE user_id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).execute(&mut **change).await?;
    }
    sqlx::query("UPDATE user_account SET email = id, password_hash = NULL, deleted_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(moment::milliseconds(now))
        .execute(&mut **change)
        .await?;
    Ok(())
}

pub(crate) async fn list(pool: &AnyPool, filter: &UserFilter, page: Page) -> Result<Vec<User>> {
    let mut conditions = vec!["deleted_at IS NULL".to_owned()];
    let mut values: Vec<String> = Vec::new();
    let ids = filter.ids.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let emails = filter.emails.as_ref().map(|all| all.iter().map(|email| email.to_lowercase()).collect::<Vec<_>>());
    for (column, wanted) in [("id", ids), ("email", emails)] {
        let Some(wanted) = wanted else { continue };
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        conditions.push(format!("{column} IN ({})", places(3 + values.len(), wanted.len())));
        values.extend(wanted);
    }
    let conditions = conditions.join(" AND ");
    let sql = format!("SELECT * FROM user_account WHERE {conditions} ORDER BY created_at, id LIMIT $1 OFFSET $2");
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(page.limit)).bind(i64::from(page.offset));
    for value in values {
        query = query.bind(value);
    }
    query.fetch_all(pool).await?.iter().map(read).collect()
}

fn read(found: &AnyRow) -> Result<User> {
    Ok(User {
        id: row::parsed(found, "id")?,
        email: row::text(found, "email")?,
        name: row::text(found, "name")?,
        created_at: row::at(found, "created_at")?,
    })
}
