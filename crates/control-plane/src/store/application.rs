//! Rows of applications.

use super::{Change, moment, row};
use crate::{Application, ApplicationId, Result, UserId};
use sqlx::AnyPool;
use sqlx::any::AnyRow;

pub(crate) async fn insert(change: &mut Change<'_>, new: &Application, secret_hash: String) -> Result<()> {
    sqlx::query(
        "INSERT INTO application (id, user_id, name, client_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.to_string())
    .bind(new.user_id.to_string())
    .bind(new.name.clone())
    .bind(new.client_id.clone())
    .bind(secret_hash)
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(())
}

pub(crate) async fn get(pool: &AnyPool, id: ApplicationId) -> Result<Option<Application>> {
    let query = sqlx::query("SELECT * FROM application WHERE id = $1").bind(id.to_string());
    query.fetch_optional(pool).await?.as_ref().map(read).transpose()
}

pub(crate) async fn of_user(pool: &AnyPool, user: UserId) -> Result<Vec<Application>> {
    let query = sqlx::query("SELECT * FROM application WHERE user_id = $1 ORDER BY created_at, id");
    query.bind(user.to_string()).fetch_all(pool).await?.iter().map(read).collect()
}

/// As whom a client acts, and the hash of its secret.
pub(crate) async fn by_client(pool: &AnyPool, client_id: &str) -> Result<Option<(UserId, String)>> {
    let query = sqlx::query("SELECT * FROM application WHERE client_id = $1").bind(client_id.to_owned());
    let found = query.fetch_optional(pool).await?;
    found.map(|found| Ok((row::parsed(&found, "user_id")?, row::text(&found, "secret_hash")?))).transpose()
}

pub(crate) async fn delete(change: &mut Change<'_>, id: ApplicationId) -> Result<()> {
    sqlx::query("DELETE FROM application WHERE id = $1").bind(id.to_string()).execute(&mut **change).await?;
    Ok(())
}

fn read(found: &AnyRow) -> Result<Application> {
    Ok(Application {
        id: row::parsed(found, "id")?,
        user_id: row::parsed(found, "user_id")?,
        name: row::text(found, "name")?,
        client_id: row::text(found, "client_id")?,
        created_at: row::at(found, "created_at")?,
    })
}
