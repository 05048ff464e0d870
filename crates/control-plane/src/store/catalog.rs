//! Rows of catalogs.

use super::{Change, moment, row};
use crate::{ActorId, CatalogId, FetchedCatalog, Result, VersionId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Executor};

/// What a source has told.
pub(crate) struct CatalogRow<'a> {
    pub(crate) actor: ActorId,
    pub(crate) version: VersionId,
    pub(crate) configuration_hash: &'a str,
    pub(crate) hash: &'a str,
    pub(crate) catalog: &'a str,
}

/// Keeps a catalog; the same one as last time is only marked as told again.
pub(crate) async fn put(change: &mut Change<'_>, new: CatalogRow<'_>, now: Timestamp) -> Result<CatalogId> {
    let now = moment::milliseconds(now);
    let again = sqlx::query(
        "UPDATE catalog SET created_at = $5, version_id = $2, configuration_hash = $3 WHERE id = \
         (SELECT id FROM catalog WHERE actor_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1) AND hash = $4 RETURNING id",
    )
    .bind(new.actor.to_string())
    .bind(new.version.to_string())
    .bind(new.configuration_hash.to_owned())
    .bind(new.hash.to_owned())
    .bind(now)
    .fetch_optional(&mut **change)
    .await?;
    if let Some(found) = again {
        return row::parsed(&found, "id");
    }
    let id = CatalogId::random();
    sqlx::query(
        "INSERT INTO catalog (id, actor_id, version_id, configuration_hash, hash, catalog, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.to_string())
    .bind(new.actor.to_string())
    .bind(new.version.to_string())
    .bind(new.configuration_hash.to_owned())
    .bind(new.hash.to_owned())
    .bind(new.catalog.to_owned())
    .bind(now)
    .execute(&mut **change)
    .await?;
    Ok(id)
}

pub(crate) async fn get<'e>(
    executor: impl Executor<'e, Database = Any>,
    id: CatalogId,
) -> Result<Option<FetchedCatalog>> {
    let found = sqlx::query("SELECT * FROM catalog WHERE id = $1").bind(id.to_string()).fetch_optional(executor);
    found.await?.as_ref().map(read).transpose()
}

/// The text of a catalog, as it came.
pub(crate) async fn text<'e>(executor: impl Executor<'e, Database = Any>, id: CatalogId) -> Result<Option<String>> {
    let query = sqlx::query_scalar("SELECT catalog FROM catalog WHERE id = $1").bind(id.to_string());
    Ok(query.fetch_optional(executor).await?)
}

/// What a source told last, with the hash of the configuration that it had.
pub(crate) async fn last(pool: &AnyPool, actor: ActorId) -> Result<Option<(FetchedCatalog, String)>> {
    let query = sqlx::query("SELECT * FROM catalog WHERE actor_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1");
    let found = query.bind(actor.to_string()).fetch_optional(pool).await?;
    found.map(|found| Ok((read(&found)?, row::text(&found, "configuration_hash")?))).transpose()
}

fn read(found: &AnyRow) -> Result<FetchedCatalog> {
    Ok(FetchedCatalog {
        id: row::parsed(found, "id")?,
        actor_id: row::parsed(found, "actor_id")?,
        version_id: row::parsed(found, "version_id")?,
        catalog: row::document(found, "catalog")?,
        fetched_at: row::at(found, "created_at")?,
    })
}
