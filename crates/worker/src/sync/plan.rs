//! What an attempt moves, in the engine's terms.

use super::Attempt;
use crate::failure::{self, Result};
use longshore_control_plane::{NamespaceDefinition, PlannedStream};
use longshore_engine::{NameMapping, SyncPlan, plan};

impl Attempt<'_> {
    /// The plan of the engine for these streams.
    ///
    /// # Errors
    /// `catalog.name_conflict`.
    pub(super) fn plan(&self, streams: &[PlannedStream], supports_refreshes: bool) -> Result<SyncPlan> {
        let connection = &self.claimed.connection;
        let namespace = match &connection.namespace {
            NamespaceDefinition::Source => plan::NamespaceDefinition::Source,
            NamespaceDefinition::Destination => plan::NamespaceDefinition::Destination,
            NamespaceDefinition::Custom(format) => plan::NamespaceDefinition::Custom(format.clone()),
        };
        let plan = SyncPlan {
            streams: streams.iter().map(planned).collect(),
            names: NameMapping { namespace, prefix: connection.prefix.clone() },
            destination_supports_refreshes: supports_refreshes,
        };
        plan.check_names().map_err(|conflict| {
            let [first, second] = &conflict.streams;
            let message = format!(
                "streams {first} and {second} would both become {} at the destination; choose another namespace or prefix \
                 for the connection, or leave one of them out",
                conflict.name
            );
            failure::usage("catalog.name_conflict", message)
        })?;
        Ok(plan)
    }
}

fn planned(stream: &PlannedStream) -> longshore_engine::PlannedStream {
    longshore_engine::PlannedStream {
        configured: stream.configured.clone(),
        selected_fields: stream.selected_fields.clone().map(|fields| fields.into_iter().collect()),
        already_complete: stream.already_complete,
    }
}
