//! The words of the Config API for what a connection does; some differ from those of the public API.

use longshore_control_plane::{ConnectionStatus, NamespaceDefinition, Schedule, SchemaChange, SchemaPolicy, TimeUnit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When a connection runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConnectionScheduleType {
    /// When somebody asks.
    Manual,
    /// Again and again after a time.
    Basic,
    /// By a cron expression.
    Cron,
}

/// The details of a schedule.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionScheduleData {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) basic_schedule: Option<ConnectionSchedule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cron: Option<CronSchedule>,
}

/// Again and again after a time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionSchedule {
    #[schema(minimum = 1)]
    pub(crate) units: i64,
    pub(crate) time_unit: ScheduleTimeUnit,
}

/// A cron expression and its zone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CronSchedule {
    pub(crate) cron_expression: String,
    #[serde(default = "utc")]
    pub(crate) cron_time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A unit of a basic schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub(crate) enum ScheduleTimeUnit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
}

/// Where a stream goes at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NamespaceDefinitionType {
    /// As the source says.
    Source,
    /// As the destination is configured.
    Destination,
    /// As `namespaceFormat` says.
    CustomFormat,
}

/// What happens when the source's schema changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NonBreakingChangesPreference {
    /// Nothing.
    Ignore,
    /// The connection is disabled.
    Disable,
    /// New columns are taken.
    PropagateColumns,
    /// New columns and streams are taken.
    PropagateFully,
}

/// Whether a connection runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConnectionStatusWord {
    /// By its schedule and by hand.
    Active,
    /// It does not.
    Inactive,
    /// It is deleted.
    Deprecated,
    /// It may not.
    Locked,
}

/// Whether new columns are filled for old rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub(crate) enum SchemaChangeBackfillPreference {
    Enabled,
    Disabled,
}

/// What was last found to have changed at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub(crate) enum SchemaChangeWord {
    NoChange,
    NonBreaking,
    Breaking,
}

macro_rules! same_words {
    ($($theirs:ident = $ours:ident { $($their:ident = $our:ident),* $(,)? })*) => {$(
        impl From<$theirs> for $ours {
            fn from(word: $theirs) -> Self {
                match word { $($theirs::$their => Self::$our),* }
            }
        }
        impl From<$ours> for $theirs {
            fn from(word: $ours) -> Self {
                match word { $($ours::$our => Self::$their),* }
            }
        }
    )*};
}

same_words! {
    ScheduleTimeUnit = TimeUnit { Minutes = Minutes, Hours = Hours, Days = Days, Weeks = Weeks, Months = Months }
    NonBreakingChangesPreference = SchemaPolicy {
        Ignore = Ignore, Disable = Disable, PropagateColumns = PropagateColumns, PropagateFully = PropagateFully,
    }
    ConnectionStatusWord = ConnectionStatus {
        Active = Active, Inactive = Inactive, Deprecated = Deprecated, Locked = Locked,
    }
    SchemaChangeWord = SchemaChange { NoChange = None, NonBreaking = NonBreaking, Breaking = Breaking }
}

/// A schedule in two keys.
pub(crate) fn schedule_words(schedule: &Schedule) -> (ConnectionScheduleType, Option<ConnectionScheduleData>) {
    match schedule {
        Schedule::Manual => (ConnectionScheduleType::Manual, None),
        Schedule::Basic { units, unit } => {
            let basic_schedule = Some(ConnectionSchedule { units: *units, time_unit: (*unit).into() });
            (ConnectionScheduleType::Basic, Some(ConnectionScheduleData { basic_schedule, cron: None }))
        }
        Schedule::Cron { expression, time_zone } => {
            let cron = Some(CronSchedule { cron_expression: expression.clone(), cron_time_zone: time_zone.clone() });
            (ConnectionScheduleType::Cron, Some(ConnectionScheduleData { basic_schedule: None, cron }))
        }
    }
}

/// A namespace rule in two keys.
pub(crate) fn namespace_words(namespace: &NamespaceDefinition) -> (NamespaceDefinitionType, Option<String>) {
    match namespace {
        NamespaceDefinition::Source => (NamespaceDefinitionType::Source, None),
        NamespaceDefinition::Destination => (NamespaceDefinitionType::Destination, None),
        NamespaceDefinition::Custom(format) => (NamespaceDefinitionType::CustomFormat, Some(format.clone())),
    }
}
