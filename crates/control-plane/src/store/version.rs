//! Rows of versions.

use super::{Change, moment, row};
use crate::{DefinitionId, Result, Version, VersionId};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Executor};

/// The columns under names that stand beside those of a definition.
pub(crate) const COLUMNS: &str = "v.id AS v_id, v.definition_id AS v_definition_id, v.number AS v_number, \
     v.reference AS v_reference, v.repository AS v_repository, v.tag AS v_tag, v.digest AS v_digest, v.spec AS v_spec, \
     v.manifest AS v_manifest, v.protocol_version AS v_protocol_version, \
     v.supports_refreshes AS v_supports_refreshes, v.created_at AS v_created_at";

pub(crate) async fn insert(change: &mut Change<'_>, new: &Version) -> Result<()> {
    sqlx::query(
        "INSERT INTO definition_version (id, definition_id, number, reference, repository, tag, digest, spec, manifest, \
         protocol_version, supports_refreshes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(new.id.to_string())
    .bind(new.definition_id.to_string())
    .bind(new.number)
    .bind(new.reference.clone())
    .bind(new.repository.clone())
    .bind(new.tag.clone())
    .bind(new.digest.clone())
    .bind(new.spec.get().to_owned())
    .bind(new.manifest.as_ref().map(|manifest| manifest.get().to_owned()))
    .bind(new.protocol_version.clone())
    .bind(i64::from(new.supports_refreshes))
    .bind(moment::milliseconds(new.created_at))
    .execute(&mut **change)
    .await?;
    Ok(())
}

pub(crate) async fn get<'e>(executor: impl Executor<'e, Database = Any>, id: VersionId) -> Result<Option<Version>> {
    let sql = with_columns("SELECT ", " FROM definition_version v WHERE v.id = $1");
    let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(executor).await?;
    found.as_ref().map(read).transpose()
}

/// The newest first.
pub(crate) async fn of_definition(pool: &AnyPool, id: DefinitionId) -> Result<Vec<Version>> {
    let sql = with_columns("SELECT ", " FROM definition_version v WHERE v.definition_id = $1 ORDER BY v.number DESC");
    let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_all(pool).await?;
    found.iter().map(read).collect()
}

pub(crate) async fn next_number(change: &mut Change<'_>, id: DefinitionId) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(MAX(number), 0) + 1 AS BIGINT) FROM definition_version WHERE definition_id = $1";
    Ok(sqlx::query_scalar(sql).bind(id.to_string()).fetch_one(&mut **change).await?)
}

fn with_columns(before: &str, after: &str) -> String {
    [before, COLUMNS, after].concat()
}

pub(crate) fn read(found: &AnyRow) -> Result<Version> {
    Ok(Version {
        id: row::parsed(found, "v_id")?,
        definition_id: row::parsed(found, "v_definition_id")?,
        number: row::number(found, "v_number")?,
        reference: row::text(found, "v_reference")?,
        repository: row::text(found, "v_repository")?,
        tag: row::text(found, "v_tag")?,
        digest: row::text_or_none(found, "v_digest")?,
        spec: row::document(found, "v_spec")?,
        manifest: row::document_or_none(found, "v_manifest")?,
        protocol_version: row::text(found, "v_protocol_version")?,
        supports_refreshes: row::flag(found, "v_supports_refreshes")?,
        created_at: row::at(found, "v_created_at")?,
    })
}
