//! Rows of events.

use super::{Change, moment, places, row};
use crate::{Event, EventFilter, Page, Result, UserId, WorkspaceId};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, AssertSqlSafe};

/// An event to be written.
pub(crate) struct EventRow<'a> {
    pub(crate) at: Timestamp,
    pub(crate) user_id: Option<UserId>,
    pub(crate) workspace_id: Option<WorkspaceId>,
    pub(crate) resource_kind: &'a str,
    pub(crate) resource_id: String,
    pub(crate) action: &'a str,
    pub(crate) summary: String,
}

pub(crate) async fn insert(change: &mut Change<'_>, event: EventRow<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO event (at, user_id, workspace_id, resource_kind, resource_id, action, summary) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(moment::milliseconds(event.at))
    .bind(event.user_id.map(|id| id.to_string()))
    .bind(event.workspace_id.map(|id| id.to_string()))
    .bind(event.resource_kind.to_owned())
    .bind(event.resource_id)
    .bind(event.action.to_owned())
    .bind(event.summary)
    .execute(&mut **change)
    .await?;
    Ok(())
}

pub(crate) async fn list(pool: &AnyPool, filter: &EventFilter, page: Page) -> Result<Vec<Event>> {
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    if let Some(workspaces) = &filter.workspaces {
        if workspaces.is_empty() {
            return Ok(Vec::new());
        }
        conditions.push(format!("workspace_id IN ({})", places(3, workspaces.len())));
        values.extend(workspaces.iter().map(ToString::to_string));
    }
    if let Some((kind, id)) = &filter.resource {
        let first = 3 + values.len();
        conditions.push(format!("resource_kind = ${first} AND resource_id = ${}", first + 1));
        values.extend([kind.clone(), id.clone()]);
    }
    let sql = format!("SELECT * FROM event WHERE {} ORDER BY id DESC LIMIT $1 OFFSET $2", conditions.join(" AND "));
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(page.limit)).bind(i64::from(page.offset));
    for value in values {
        query = query.bind(value);
    }
    query.fetch_all(pool).await?.iter().map(read).collect()
}

fn read(found: &AnyRow) -> Result<Event> {
    Ok(Event {
        id: row::number(found, "id")?,
        at: row::at(found, "at")?,
        user_id: row::parsed_or_none(found, "user_id")?,
        workspace_id: row::parsed_or_none(found, "workspace_id")?,
        resource_kind: row::text(found, "resource_kind")?,
        resource_id: row::text(found, "resource_id")?,
        action: row::text(found, "action")?,
        summary: row::document(found, "summary")?,
    })
}
