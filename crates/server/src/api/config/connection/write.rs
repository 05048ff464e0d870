//! What clients send for a new connection and for a change of one; a key that is absent or null changes nothing.

use super::read::TagRead;
use super::words::{
    ConnectionSchedule, ConnectionScheduleData, ConnectionScheduleType, ConnectionStatusWord, NamespaceDefinitionType,
    NonBreakingChangesPreference, SchemaChangeBackfillPreference,
};
use crate::api::config::catalog::SyncCatalog;
use crate::problem::Problem;
use longshore_control_plane::{
    ActorId, CatalogId, ConnectionChange, ConnectionId, ConnectionStatus, NamespaceDefinition, NewConnection, Schedule,
    SchemaPolicy, Streams, TagId,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A new connection.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionCreate {
    pub(crate) source_id: Uuid,
    pub(crate) destination_id: Uuid,
    name: Option<String>,
    /// Absent: active.
    status: Option<ConnectionStatusWord>,
    /// Absent: every stream of the source.
    sync_catalog: Option<SyncCatalog>,
    /// Which discovered catalog the choices are from.
    source_catalog_id: Option<Uuid>,
    schedule_type: Option<ConnectionScheduleType>,
    schedule_data: Option<ConnectionScheduleData>,
    schedule: Option<ConnectionSchedule>,
    namespace_definition: Option<NamespaceDefinitionType>,
    namespace_format: Option<String>,
    prefix: Option<String>,
    non_breaking_changes_preference: Option<NonBreakingChangesPreference>,
    backfill_preference: Option<SchemaChangeBackfillPreference>,
    notify_schema_changes: Option<bool>,
    tags: Option<Vec<TagRead>>,
}

/// A change of a connection. With a catalog, the catalog is replaced as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionUpdate {
    pub(crate) connection_id: Uuid,
    name: Option<String>,
    status: Option<ConnectionStatusWord>,
    sync_catalog: Option<SyncCatalog>,
    /// Which discovered catalog the choices are from.
    source_catalog_id: Option<Uuid>,
    schedule_type: Option<ConnectionScheduleType>,
    schedule_data: Option<ConnectionScheduleData>,
    schedule: Option<ConnectionSchedule>,
    namespace_definition: Option<NamespaceDefinitionType>,
    namespace_format: Option<String>,
    prefix: Option<String>,
    non_breaking_changes_preference: Option<NonBreakingChangesPreference>,
    backfill_preference: Option<SchemaChangeBackfillPreference>,
    notify_schema_changes: Option<bool>,
    tags: Option<Vec<TagRead>>,
}

impl ConnectionCreate {
    /// The same in our words.
    ///
    /// # Errors
    /// A schedule or a namespace rule is only half there.
    pub(crate) fn into_new(self) -> Result<NewConnection, Problem> {
        let schedule = schedule(self.schedule_type, self.schedule_data, self.schedule)?;
        let namespace = namespace(self.namespace_definition, self.namespace_format)?;
        Ok(NewConnection {
            id: None,
            source_id: ActorId(self.source_id),
            destination_id: ActorId(self.destination_id),
            name: self.name,
            streams: self.sync_catalog.map_or(Streams::All, |catalog| Streams::Selections(catalog.into_selections())),
            catalog_id: self.source_catalog_id.map(CatalogId),
            schedule: schedule.unwrap_or(Schedule::Manual),
            namespace: namespace.unwrap_or(NamespaceDefinition::Destination),
            prefix: self.prefix.unwrap_or_default(),
            schema_policy: self.non_breaking_changes_preference.map_or(SchemaPolicy::Ignore, SchemaPolicy::from),
            status: self.status.map_or(ConnectionStatus::Active, ConnectionStatus::from),
            tags: tag_ids(self.tags.unwrap_or_default()),
            backfills: self.backfill_preference == Some(SchemaChangeBackfillPreference::Enabled),
            notifies_schema_changes: self.notify_schema_changes.unwrap_or_default(),
        })
    }
}

impl ConnectionUpdate {
    /// Which one, and what changes.
    ///
    /// # Errors
    /// A schedule or a namespace rule is only half there.
    pub(crate) fn into_change(self) -> Result<(ConnectionId, ConnectionChange), Problem> {
        let accepts_schema = self.sync_catalog.is_some();
        let change = ConnectionChange {
            name: self.name,
            status: self.status.map(ConnectionStatus::from),
            streams: self.sync_catalog.map(|catalog| Streams::Selections(catalog.into_selections())),
            catalog_id: self.source_catalog_id.map(CatalogId),
            schedule: schedule(self.schedule_type, self.schedule_data, self.schedule)?,
            namespace: namespace(self.namespace_definition, self.namespace_format)?,
            prefix: self.prefix,
            schema_policy: self.non_breaking_changes_preference.map(SchemaPolicy::from),
            backfills: self.backfill_preference.map(|word| word == SchemaChangeBackfillPreference::Enabled),
            notifies_schema_changes: self.notify_schema_changes,
            tags: self.tags.map(tag_ids),
            // Whoever sends a whole catalog has seen what it was made from.
            accepts_schema,
        };
        Ok((ConnectionId(self.connection_id), change))
    }
}

fn tag_ids(tags: Vec<TagRead>) -> Vec<TagId> {
    tags.into_iter().map(|tag| TagId(tag.tag_id)).collect()
}

/// `None`: nothing is said about it.
fn schedule(
    kind: Option<ConnectionScheduleType>,
    data: Option<ConnectionScheduleData>,
    old: Option<ConnectionSchedule>,
) -> Result<Option<Schedule>, Problem> {
    let data = data.unwrap_or_default();
    let basic = data.basic_schedule.or(old);
    let kind = kind.or(match (&basic, &data.cron) {
        (_, Some(_)) => Some(ConnectionScheduleType::Cron),
        (Some(_), None) => Some(ConnectionScheduleType::Basic),
        (None, None) => None,
    });
    match (kind, basic, data.cron) {
        (None, ..) => Ok(None),
        (Some(ConnectionScheduleType::Manual), ..) => Ok(Some(Schedule::Manual)),
        (Some(ConnectionScheduleType::Basic), Some(basic), _) => {
            Ok(Some(Schedule::Basic { units: basic.units, unit: basic.time_unit.into() }))
        }
        (Some(ConnectionScheduleType::Cron), _, Some(cron)) => {
            Ok(Some(Schedule::Cron { expression: cron.cron_expression, time_zone: cron.cron_time_zone }))
        }
        (Some(ConnectionScheduleType::Basic), None, _) => {
            Err(missing("/scheduleData/basicSchedule", "units and timeUnit"))
        }
        (Some(ConnectionScheduleType::Cron), _, None) => Err(missing("/scheduleData/cron", "a cron expression")),
    }
}

/// `None`: nothing is said about it.
fn namespace(
    kind: Option<NamespaceDefinitionType>,
    format: Option<String>,
) -> Result<Option<NamespaceDefinition>, Problem> {
    match (kind, format) {
        (None, _) => Ok(None),
        (Some(NamespaceDefinitionType::Source), _) => Ok(Some(NamespaceDefinition::Source)),
        (Some(NamespaceDefinitionType::Destination), _) => Ok(Some(NamespaceDefinition::Destination)),
        (Some(NamespaceDefinitionType::CustomFormat), Some(format)) => Ok(Some(NamespaceDefinition::Custom(format))),
        (Some(NamespaceDefinitionType::CustomFormat), None) => Err(missing("/namespaceFormat", "a format")),
    }
}

fn missing(place: &str, what: &str) -> Problem {
    Problem::bad_place(place, format!("expected {what}"))
}
