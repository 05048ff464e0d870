//! A connection as the Config API writes it.

use super::words::{
    ConnectionSchedule, ConnectionScheduleData, ConnectionScheduleType, ConnectionStatusWord, NamespaceDefinitionType,
    NonBreakingChangesPreference, SchemaChangeBackfillPreference, namespace_words, schedule_words,
};
use crate::api::config::catalog::SyncCatalog;
use longshore_control_plane::{Connection, SchemaChange, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionRead {
    pub(crate) connection_id: Uuid,
    pub(crate) name: String,
    pub(crate) namespace_definition: NamespaceDefinitionType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace_format: Option<String>,
    pub(crate) prefix: String,
    pub(crate) source_id: Uuid,
    pub(crate) destination_id: Uuid,
    pub(crate) workspace_id: Uuid,
    /// Always empty: there are no operations.
    pub(crate) operation_ids: Vec<Uuid>,
    pub(crate) sync_catalog: SyncCatalog,
    /// What old clients read of a basic schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<ConnectionSchedule>,
    pub(crate) schedule_type: ConnectionScheduleType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule_data: Option<ConnectionScheduleData>,
    pub(crate) status: ConnectionStatusWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_catalog_id: Option<Uuid>,
    pub(crate) breaking_change: bool,
    pub(crate) notify_schema_changes: bool,
    pub(crate) non_breaking_changes_preference: NonBreakingChangesPreference,
    pub(crate) backfill_preference: SchemaChangeBackfillPreference,
    pub(crate) tags: Vec<TagRead>,
    /// Seconds since 1970.
    #[serde(rename = "created_at")]
    pub(crate) created_at: i64,
}

/// A label of connections.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagRead {
    pub(crate) tag_id: Uuid,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) color: String,
    #[serde(default)]
    pub(crate) workspace_id: Uuid,
}

/// Connections.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConnectionReadList {
    pub(crate) connections: Vec<ConnectionRead>,
}

impl From<&Tag> for TagRead {
    fn from(tag: &Tag) -> Self {
        Self { tag_id: tag.id.0, name: tag.name.clone(), color: tag.color.clone(), workspace_id: tag.workspace_id.0 }
    }
}

impl From<&Connection> for ConnectionRead {
    fn from(connection: &Connection) -> Self {
        let (schedule_type, schedule_data) = schedule_words(&connection.schedule);
        let (namespace_definition, namespace_format) = namespace_words(&connection.namespace);
        Self {
            connection_id: connection.id.0,
            name: connection.name.clone(),
            namespace_definition,
            namespace_format,
            prefix: connection.prefix.clone(),
            source_id: connection.source_id.0,
            destination_id: connection.destination_id.0,
            workspace_id: connection.workspace_id.0,
            operation_ids: Vec::new(),
            sync_catalog: SyncCatalog::of_selections(&connection.streams),
            schedule: schedule_data.as_ref().and_then(|data| data.basic_schedule.clone()),
            schedule_type,
            schedule_data,
            status: connection.status.into(),
            status_reason: connection.status_reason.clone(),
            source_catalog_id: connection.catalog_id.map(|id| id.0),
            breaking_change: connection.schema_change == SchemaChange::Breaking,
            notify_schema_changes: connection.notifies_schema_changes,
            non_breaking_changes_preference: connection.schema_policy.into(),
            backfill_preference: backfill_word(connection.backfills),
            tags: connection.tags.iter().map(TagRead::from).collect(),
            created_at: connection.created_at.as_second(),
        }
    }
}

fn backfill_word(backfills: bool) -> SchemaChangeBackfillPreference {
    if backfills { SchemaChangeBackfillPreference::Enabled } else { SchemaChangeBackfillPreference::Disabled }
}
