//! Streams: what a source offers, and how a destination could take it.

use crate::caller::Caller;
use crate::problem::Result;
use crate::query::{self, Query};
use crate::settings::Server;
use axum::extract::State;
use longshore_control_plane::{ActorId, ActorKind, Definition, Role, modes_in_common};
use longshore_protocol::{DestinationSyncMode, Stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Deeper fields are not listed: a schema may go on for ever.
const DEEPEST: usize = 16;

pub(crate) fn router() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get_stream_properties))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct StreamsQuery {
    source_id: Uuid,
    /// With it the answer says how the streams can be synced there.
    destination_id: Option<Uuid>,
    /// Asks the source again.
    #[serde(default, deserialize_with = "query::flag")]
    ignore_cache: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StreamProperties {
    stream_name: String,
    /// Written so by clients.
    #[serde(rename = "streamnamespace", skip_serializing_if = "Option::is_none")]
    stream_namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_modes: Option<Vec<&'static str>>,
    default_cursor_field: Vec<String>,
    source_defined_cursor_field: bool,
    source_defined_primary_key: Vec<Vec<String>>,
    /// The paths of all fields.
    property_fields: Vec<Vec<String>>,
}

/// Gets the streams of a source
#[utoipa::path(
    get, path = "/streams", tag = "Streams", operation_id = "getStreamProperties",
    params(StreamsQuery),
    responses((status = 200, body = Vec<StreamProperties>)),
    extensions(("x-role" = json!("reader"))),
)]
async fn get_stream_properties(
    State(server): State<Server>,
    caller: Caller,
    Query(asked): Query<StreamsQuery>,
) -> Result<axum::Json<Vec<StreamProperties>>> {
    let source = server.plane.actor(ActorKind::Source, ActorId(asked.source_id)).await?;
    caller.needs(Role::Reader, source.workspace_id)?;
    let modes = match asked.destination_id {
        Some(id) => Some(modes_of_destination(&server, &caller, ActorId(id)).await?),
        None => None,
    };
    let discovered = server.plane.discover(caller.by(), source.id, asked.ignore_cache).await?;
    let properties = discovered.catalog.streams.iter().map(|stream| StreamProperties::new(stream, modes.as_deref()));
    Ok(axum::Json(properties.collect()))
}

async fn modes_of_destination(server: &Server, caller: &Caller, id: ActorId) -> Result<Vec<DestinationSyncMode>> {
    let destination = server.plane.actor(ActorKind::Destination, id).await?;
    caller.needs(Role::Reader, destination.workspace_id)?;
    let definition = server.plane.definition(ActorKind::Destination, destination.definition_id).await?;
    Ok(modes_of(&definition))
}

/// The modes that the specification of a destination names.
fn modes_of(definition: &Definition) -> Vec<DestinationSyncMode> {
    let spec: Value = serde_json::from_str(definition.version.spec.get()).unwrap_or_default();
    let modes = spec["supported_destination_sync_modes"].as_array().into_iter().flatten();
    modes.filter_map(|mode| serde_json::from_value(mode.clone()).ok()).collect()
}

impl StreamProperties {
    fn new(stream: &Stream, modes: Option<&[DestinationSyncMode]>) -> Self {
        let schema: Value = serde_json::from_str(stream.json_schema.get()).unwrap_or_default();
        let mut property_fields = Vec::new();
        add_fields(&schema, &mut Vec::new(), &mut property_fields);
        Self {
            stream_name: stream.name.clone(),
            stream_namespace: stream.namespace.clone(),
            sync_modes: modes.map(|modes| modes_in_common(stream, modes)),
            default_cursor_field: stream.default_cursor_field.clone().unwrap_or_default(),
            source_defined_cursor_field: stream.source_defined_cursor.unwrap_or_default(),
            source_defined_primary_key: stream.source_defined_primary_key.clone().unwrap_or_default(),
            property_fields,
        }
    }
}

/// The paths of the fields of a schema, those of objects followed by those in them.
fn add_fields(schema: &Value, path: &mut Vec<String>, fields: &mut Vec<Vec<String>>) {
    if path.len() >= DEEPEST {
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        fields.push(path.clone());
        add_fields(property, path, fields);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_in_objects_are_listed_after_them() {
        let schema = json!({"properties": {"id": {}, "address": {"properties": {"city": {}}}, "at": {}}});
        let mut fields = Vec::new();
        add_fields(&schema, &mut Vec::new(), &mut fields);
        assert_eq!(json!(fields), json!([["id"], ["address"], ["address", "city"], ["at"]]));
    }
}
