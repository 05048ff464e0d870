//! A connection as clients of the public API ask for it.

use crate::problem::{Problem, Result};
use longshore_control_plane::{
    ActorId, Connection, ConnectionChange, ConnectionStatus, NamespaceDefinition, NewConnection, Schedule,
    SchemaPolicy, StreamWish, Streams, TagId, TimeUnit, modes_of_name,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionCreateRequest {
    source_id: Uuid,
    destination_id: Uuid,
    name: Option<String>,
    /// Without streams: every stream of the source.
    configurations: Option<StreamConfigurationsWish>,
    schedule: Option<ScheduleWish>,
    namespace_definition: Option<NamespaceWord>,
    namespace_format: Option<String>,
    prefix: Option<String>,
    non_breaking_schema_updates_behavior: Option<PolicyWord>,
    status: Option<StatusWord>,
    tags: Option<Vec<TagWish>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionPatchRequest {
    name: Option<String>,
    /// Without streams: those that are there.
    configurations: Option<StreamConfigurationsWish>,
    schedule: Option<ScheduleWish>,
    namespace_definition: Option<NamespaceWord>,
    namespace_format: Option<String>,
    prefix: Option<String>,
    non_breaking_schema_updates_behavior: Option<PolicyWord>,
    status: Option<StatusWord>,
    tags: Option<Vec<TagWish>>,
}

#[derive(Deserialize, ToSchema)]
struct StreamConfigurationsWish {
    streams: Option<Vec<StreamConfiguration>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StreamConfiguration {
    name: String,
    namespace: Option<String>,
    /// Such as `full_refresh_overwrite` or `incremental_deduped_history`.
    sync_mode: Option<String>,
    cursor_field: Option<Vec<String>>,
    primary_key: Option<Vec<Vec<String>>>,
    include_files: Option<bool>,
    destination_object_name: Option<String>,
    selected_fields: Option<Vec<FieldPath>>,
    #[schema(value_type = Option<Vec<Object>>)]
    mappers: Option<Vec<Value>>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldPath {
    pub(super) field_path: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ScheduleWish {
    schedule_type: ScheduleWord,
    /// Quartz: six or seven fields.
    cron_expression: Option<String>,
    /// Such as `Every 24 HOURS`.
    basic_timing: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScheduleWord {
    Manual,
    Cron,
    Basic,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NamespaceWord {
    Source,
    Destination,
    CustomFormat,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PolicyWord {
    Ignore,
    DisableConnection,
    PropagateColumns,
    PropagateFully,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatusWord {
    Active,
    Inactive,
}

/// Clients send the whole tag back.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TagWish {
    tag_id: Uuid,
}

impl ConnectionCreateRequest {
    pub(super) fn new_connection(self) -> Result<NewConnection> {
        let namespace = namespace(self.namespace_definition, self.namespace_format, &NamespaceDefinition::default())?;
        let plain = NewConnection::between(ActorId(self.source_id), ActorId(self.destination_id));
        Ok(NewConnection {
            name: self.name.filter(|name| !name.trim().is_empty()),
            streams: streams(self.configurations)?.unwrap_or(Streams::All),
            schedule: schedule(self.schedule)?.unwrap_or_default(),
            namespace: namespace.unwrap_or_default(),
            prefix: self.prefix.unwrap_or_default(),
            schema_policy: self.non_breaking_schema_updates_behavior.map_or(plain.schema_policy, PolicyWord::policy),
            status: self.status.map_or(plain.status, StatusWord::status),
            tags: self.tags.into_iter().flatten().map(|tag| TagId(tag.tag_id)).collect(),
            ..plain
        })
    }
}

impl ConnectionPatchRequest {
    pub(super) fn change(self, of: &Connection) -> Result<ConnectionChange> {
        Ok(ConnectionChange {
            name: self.name,
            streams: streams(self.configurations)?,
            schedule: schedule(self.schedule)?,
            namespace: namespace(self.namespace_definition, self.namespace_format, &of.namespace)?,
            prefix: self.prefix,
            schema_policy: self.non_breaking_schema_updates_behavior.map(PolicyWord::policy),
            status: self.status.map(StatusWord::status),
            tags: self.tags.map(|tags| tags.into_iter().map(|tag| TagId(tag.tag_id)).collect()),
            ..ConnectionChange::default()
        })
    }
}

fn streams(asked: Option<StreamConfigurationsWish>) -> Result<Option<Streams>> {
    let asked = asked.and_then(|configurations| configurations.streams).filter(|streams| !streams.is_empty());
    let wish = |(at, stream): (usize, StreamConfiguration)| stream.wish(at);
    let wishes = asked.map(|streams| streams.into_iter().enumerate().map(wish).collect::<Result<Vec<_>>>());
    Ok(wishes.transpose()?.map(Streams::Wishes))
}

impl StreamConfiguration {
    fn wish(self, at: usize) -> Result<StreamWish> {
        let modes =
            self.sync_mode.map(|mode| modes_of_name(&mode).ok_or_else(|| unknown_mode(at, &mode))).transpose()?;
        Ok(StreamWish {
            name: self.name,
            namespace: self.namespace,
            modes,
            cursor_field: self.cursor_field.filter(|path| !path.is_empty()),
            primary_key: self.primary_key.filter(|paths| !paths.is_empty()),
            selected_fields: self
                .selected_fields
                .map(|fields| fields.into_iter().map(|field| field.field_path).collect()),
            include_files: self.include_files,
            destination_object_name: self.destination_object_name,
            mappers: self.mappers.unwrap_or_default(),
        })
    }
}

fn unknown_mode(at: usize, mode: &str) -> Problem {
    let place = format!("/configurations/streams/{at}/syncMode");
    Problem::bad_request("connection.sync_mode", format!("there is no sync mode {mode:?}")).with_error(place, "unknown")
}

fn schedule(asked: Option<ScheduleWish>) -> Result<Option<Schedule>> {
    let Some(asked) = asked else { return Ok(None) };
    match asked.schedule_type {
        ScheduleWord::Manual => Ok(Some(Schedule::Manual)),
        ScheduleWord::Cron => {
            let missing = || Problem::bad_place("/schedule/cronExpression", "missing for the schedule type cron");
            let expression = asked.cron_expression.ok_or_else(missing)?;
            Ok(Some(Schedule::Cron { expression, time_zone: "UTC".to_owned() }))
        }
        ScheduleWord::Basic => {
            let wrong = || Problem::bad_place("/schedule/basicTiming", "expected such as Every 24 HOURS");
            asked.basic_timing.as_deref().and_then(interval).map(Some).ok_or_else(wrong)
        }
    }
}

/// `Every 24 HOURS`.
fn interval(timing: &str) -> Option<Schedule> {
    let mut words = timing.split_whitespace();
    let (every, units, unit) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    let unit = match unit.to_ascii_lowercase().trim_end_matches('s') {
        "minute" => TimeUnit::Minutes,
        "hour" => TimeUnit::Hours,
        "day" => TimeUnit::Days,
        "week" => TimeUnit::Weeks,
        "month" => TimeUnit::Months,
        _ => return None,
    };
    (every.eq_ignore_ascii_case("every") && words.next().is_none()).then_some(Schedule::Basic { units, unit })
}

/// A format alone changes a format that is there; elsewhere clients send it without meaning it.
fn namespace(
    word: Option<NamespaceWord>,
    format: Option<String>,
    now: &NamespaceDefinition,
) -> Result<Option<NamespaceDefinition>> {
    let known = match now {
        NamespaceDefinition::Custom(format) => Some(format.clone()),
        NamespaceDefinition::Source | NamespaceDefinition::Destination => None,
    };
    match word {
        Some(NamespaceWord::Source) => Ok(Some(NamespaceDefinition::Source)),
        Some(NamespaceWord::Destination) => Ok(Some(NamespaceDefinition::Destination)),
        Some(NamespaceWord::CustomFormat) => {
            let missing =
                || Problem::bad_place("/namespaceFormat", "missing for the namespace definition custom_format");
            format.or(known).map(|format| Some(NamespaceDefinition::Custom(format))).ok_or_else(missing)
        }
        None => Ok(known.and(format).map(NamespaceDefinition::Custom)),
    }
}

impl PolicyWord {
    pub(super) fn of(policy: SchemaPolicy) -> Self {
        match policy {
            SchemaPolicy::Ignore => Self::Ignore,
            SchemaPolicy::Disable => Self::DisableConnection,
            SchemaPolicy::PropagateColumns => Self::PropagateColumns,
            SchemaPolicy::PropagateFully => Self::PropagateFully,
        }
    }

    fn policy(self) -> SchemaPolicy {
        match self {
            Self::Ignore => SchemaPolicy::Ignore,
            Self::DisableConnection => SchemaPolicy::Disable,
            Self::PropagateColumns => SchemaPolicy::PropagateColumns,
            Self::PropagateFully => SchemaPolicy::PropagateFully,
        }
    }
}

impl StatusWord {
    fn status(self) -> ConnectionStatus {
        match self {
            Self::Active => ConnectionStatus::Active,
            Self::Inactive => ConnectionStatus::Inactive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn created(body: Value) -> Result<NewConnection> {
        let mut whole = json!({"sourceId": Uuid::nil(), "destinationId": Uuid::nil()});
        whole.as_object_mut().expect("an object").extend(body.as_object().cloned().unwrap_or_default());
        crate::json::parse::<ConnectionCreateRequest>(whole.to_string().as_bytes())?.new_connection()
    }

    #[test]
    fn nothing_but_the_two_ends_means_everything_by_hand() {
        for body in [json!({}), json!({"configurations": {}}), json!({"configurations": null, "schedule": null})] {
            let new = created(body).expect("right");
            assert!(matches!(new.streams, Streams::All));
            assert_eq!(new.schedule, Schedule::Manual);
            assert_eq!(new.namespace, NamespaceDefinition::Destination);
        }
    }

    #[test]
    fn schedules_are_kept_as_they_are_written() {
        let new = created(json!({"schedule": {"scheduleType": "cron", "cronExpression": "0 0 12 * * ? UTC"}}));
        let expected = Schedule::Cron { expression: "0 0 12 * * ? UTC".to_owned(), time_zone: "UTC".to_owned() };
        assert_eq!(new.expect("right").schedule, expected);
        let new = created(json!({"schedule": {"scheduleType": "basic", "basicTiming": "Every 24 HOURS"}}));
        assert_eq!(new.expect("right").schedule, Schedule::Basic { units: 24, unit: TimeUnit::Hours });
        for wrong in [json!({"scheduleType": "cron"}), json!({"scheduleType": "basic", "basicTiming": "often"})] {
            assert!(created(json!({"schedule": wrong})).is_err());
        }
    }

    #[test]
    fn a_custom_namespace_needs_its_format_and_a_null_format_is_none() {
        assert!(created(json!({"namespaceDefinition": "custom_format"})).is_err());
        let new = created(json!({"namespaceDefinition": "custom_format", "namespaceFormat": "a_${SOURCE_NAMESPACE}"}));
        assert_eq!(new.expect("right").namespace, NamespaceDefinition::Custom("a_${SOURCE_NAMESPACE}".to_owned()));
        assert!(created(json!({"namespaceDefinition": "source", "namespaceFormat": null})).is_ok());
    }

    #[test]
    fn an_unknown_sync_mode_is_named_with_its_place() {
        let body = json!({"configurations": {"streams": [{"name": "users", "syncMode": "sometimes"}]}});
        assert!(created(body).is_err());
    }
}
