//! A connection as the public API shows it.

use super::write::{FieldPath, NamespaceWord, PolicyWord};
use longshore_control_plane::{
    Connection, ConnectionStatus, NamespaceDefinition, Schedule, StreamSelection, Tag, TimeUnit, name_of_modes,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionResponse {
    connection_id: Uuid,
    name: String,
    source_id: Uuid,
    destination_id: Uuid,
    workspace_id: Uuid,
    /// `active`, `inactive`, `deprecated` once it is deleted, or `locked`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    schedule: ScheduleResponse,
    data_residency: &'static str,
    non_breaking_schema_updates_behavior: PolicyWord,
    namespace_definition: NamespaceWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace_format: Option<String>,
    prefix: String,
    configurations: StreamConfigurations,
    /// Seconds since 1970.
    created_at: i64,
    tags: Vec<TagOfConnection>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ScheduleResponse {
    /// `manual`, `cron` or `basic`.
    schedule_type: &'static str,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    cron_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basic_timing: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct StreamConfigurations {
    streams: Vec<StreamConfigurationRead>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StreamConfigurationRead {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_mode: Option<&'static str>,
    cursor_field: Vec<String>,
    primary_key: Vec<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_files: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_object_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_fields: Option<Vec<FieldPath>>,
    #[schema(value_type = Vec<Object>)]
    mappers: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TagOfConnection {
    tag_id: Uuid,
    workspace_id: Uuid,
    name: String,
    color: String,
}

impl ConnectionResponse {
    pub(super) fn new(of: Connection) -> Self {
        let (namespace_definition, namespace_format) = namespace(of.namespace);
        Self {
            connection_id: of.id.0,
            name: of.name,
            source_id: of.source_id.0,
            destination_id: of.destination_id.0,
            workspace_id: of.workspace_id.0,
            status: status(of.status),
            status_reason: of.status_reason,
            schedule: ScheduleResponse::new(of.schedule),
            data_residency: "auto",
            non_breaking_schema_updates_behavior: PolicyWord::of(of.schema_policy),
            namespace_definition,
            namespace_format,
            prefix: of.prefix,
            configurations: StreamConfigurations::new(of.streams),
            created_at: of.created_at.as_second(),
            tags: of.tags.into_iter().map(TagOfConnection::new).collect(),
        }
    }
}

fn status(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Active => "active",
        ConnectionStatus::Inactive => "inactive",
        ConnectionStatus::Deprecated => "deprecated",
        ConnectionStatus::Locked => "locked",
    }
}

fn namespace(of: NamespaceDefinition) -> (NamespaceWord, Option<String>) {
    match of {
        NamespaceDefinition::Source => (NamespaceWord::Source, None),
        NamespaceDefinition::Destination => (NamespaceWord::Destination, None),
        NamespaceDefinition::Custom(format) => (NamespaceWord::CustomFormat, Some(format)),
    }
}

impl ScheduleResponse {
    fn new(of: Schedule) -> Self {
        match of {
            Schedule::Manual => Self { schedule_type: "manual", cron_expression: None, basic_timing: None },
            Schedule::Basic { units, unit } => {
                let timing = format!("Every {units} {}", unit_word(unit));
                Self { schedule_type: "basic", cron_expression: None, basic_timing: Some(timing) }
            }
            Schedule::Cron { expression, time_zone } => {
                // Clients compare what they sent with what they get: a zone is added only where this API cannot have set it.
                let text = if time_zone == "UTC" { expression } else { format!("{expression} {time_zone}") };
                Self { schedule_type: "cron", cron_expression: Some(text), basic_timing: None }
            }
        }
    }
}

fn unit_word(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Minutes => "MINUTES",
        TimeUnit::Hours => "HOURS",
        TimeUnit::Days => "DAYS",
        TimeUnit::Weeks => "WEEKS",
        TimeUnit::Months => "MONTHS",
    }
}

impl StreamConfigurations {
    fn new(of: Vec<StreamSelection>) -> Self {
        let selected = of.into_iter().filter(|selection| selection.is_selected);
        Self { streams: selected.map(StreamConfigurationRead::new).collect() }
    }
}

impl StreamConfigurationRead {
    fn new(of: StreamSelection) -> Self {
        let configured = of.configured;
        Self {
            sync_mode: name_of_modes(configured.sync_mode, configured.destination_sync_mode),
            name: configured.stream.name,
            namespace: configured.stream.namespace,
            cursor_field: configured.cursor_field.unwrap_or_default(),
            primary_key: configured.primary_key.unwrap_or_default(),
            include_files: configured.include_files,
            destination_object_name: configured.destination_object_name,
            selected_fields: of
                .selected_fields
                .map(|paths| paths.into_iter().map(|field_path| FieldPath { field_path }).collect()),
            mappers: of.mappers,
        }
    }
}

impl TagOfConnection {
    fn new(of: Tag) -> Self {
        Self { tag_id: of.id.0, workspace_id: of.workspace_id.0, name: of.name, color: of.color }
    }
}
