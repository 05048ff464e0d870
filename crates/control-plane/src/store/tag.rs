//! Rows of tags.

use super::sql::Sql;
use super::{Change, moment, row};
use crate::{ConnectionId, Result, Tag, TagId, WorkspaceId};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Executor};

/// Whether the name was free.
pub(crate) async fn insert(change: &mut Change<'_>, tag: &Tag) -> Result<bool> {
    let sql = Sql::new("INSERT INTO tag (id, workspace_id, name, color, created_at) VALUES (")
        .value(tag.id.to_string())
        .text(", ")
        .value(tag.workspace_id.to_string())
        .text(", ")
        .value(tag.name.clone())
        .text(", ")
        .value(tag.color.clone())
        .text(", ")
        .value(moment::milliseconds(tag.created_at))
        .text(") ON CONFLICT (workspace_id, name) DO NOTHING");
    Ok(sql.execute(&mut **change).await? > 0)
}

/// Whether the name was free.
pub(crate) async fn update(change: &mut Change<'_>, tag: &Tag) -> Result<bool> {
    let sql = Sql::new("UPDATE tag SET name = ")
        .value(tag.name.clone())
        .text(", color = ")
        .value(tag.color.clone())
        .text(" WHERE id = ")
        .value(tag.id.to_string())
        .text(" AND NOT EXISTS (SELECT 1 FROM tag other WHERE other.workspace_id = ")
        .value(tag.workspace_id.to_string())
        .text(" AND other.name = ")
        .value(tag.name.clone())
        .text(" AND other.id <> ")
        .value(tag.id.to_string())
        .text(")");
    Ok(sql.execute(&mut **change).await? > 0)
}

pub(crate) async fn delete(change: &mut Change<'_>, id: TagId) -> Result<bool> {
    Sql::new("DELETE FROM connection_tag WHERE tag_id = ").value(id.to_string()).execute(&mut **change).await?;
    Ok(Sql::new("DELETE FROM tag WHERE id = ").value(id.to_string()).execute(&mut **change).await? > 0)
}

pub(crate) async fn get(executor: impl Executor<'_, Database = Any>, id: TagId) -> Result<Option<Tag>> {
    let sql = Sql::new("SELECT * FROM tag WHERE id = ").value(id.to_string());
    sql.row(executor).await?.as_ref().map(read).transpose()
}

pub(crate) async fn list(
    executor: impl Executor<'_, Database = Any>,
    workspaces: Option<&[WorkspaceId]>,
) -> Result<Vec<Tag>> {
    let mut sql = Sql::new("SELECT * FROM tag");
    if let Some(workspaces) = workspaces {
        sql = sql.text(" WHERE workspace_id IN ").list(workspaces.iter().map(ToString::to_string));
    }
    sql.text(" ORDER BY created_at, id").rows(executor).await?.iter().map(read).collect()
}

/// The tags of these connections, the oldest first.
pub(crate) async fn of_connections(
    connection: &mut AnyConnection,
    ids: &[ConnectionId],
) -> Result<Vec<(ConnectionId, Tag)>> {
    let mut found = Vec::new();
    for ids in ids.chunks(1000) {
        let sql = Sql::new(
            "SELECT tag.*, connection_tag.connection_id FROM connection_tag JOIN tag ON tag.id = connection_tag.tag_id \
             WHERE connection_tag.connection_id IN ",
        );
        let sql = sql.list(ids.iter().map(ToString::to_string)).text(" ORDER BY tag.created_at, tag.id");
        for tag in sql.rows(&mut *connection).await? {
            found.push((row::parsed(&tag, "connection_id")?, read(&tag)?));
        }
    }
    Ok(found)
}

/// Gives a connection these tags, and takes the others off.
pub(crate) async fn set(change: &mut Change<'_>, id: ConnectionId, tags: &[Tag]) -> Result<()> {
    Sql::new("DELETE FROM connection_tag WHERE connection_id = ").value(id.to_string()).execute(&mut **change).await?;
    for tag in tags {
        let sql = Sql::new("INSERT INTO connection_tag (connection_id, tag_id) VALUES (").value(id.to_string());
        sql.text(", ").value(tag.id.to_string()).text(") ON CONFLICT DO NOTHING").execute(&mut **change).await?;
    }
    Ok(())
}

fn read(found: &AnyRow) -> Result<Tag> {
    Ok(Tag {
        id: row::parsed(found, "id")?,
        workspace_id: row::parsed(found, "workspace_id")?,
        name: row::text(found, "name")?,
        color: row::text(found, "color")?,
        created_at: row::at(found, "created_at")?,
    })
}
