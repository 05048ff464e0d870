//! What sources and destinations have in common in the public API.

use super::workspaces;
use crate::caller::Caller;
use crate::page::{Paged, Paging};
use crate::problem::{Problem, Result};
use crate::query;
use crate::settings::Server;
use longshore_control_plane::{
    Actor, ActorChange, ActorFilter, ActorId, ActorKind, ConfigurationChange, Definition, DefinitionId, Error,
    NewActor, Role, WorkspaceId, shown_configuration,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct ListQuery {
    /// Those of these workspaces; without it, of all that the caller may read.
    #[serde(deserialize_with = "query::list")]
    #[param(value_type = Vec<Uuid>)]
    workspace_ids: Vec<WorkspaceId>,
    #[serde(deserialize_with = "query::flag")]
    include_deleted: bool,
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct GetQuery {
    /// Ids of secrets in place of the mask.
    #[serde(deserialize_with = "query::flag")]
    pub(super) include_secret_coordinates: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActorCreateRequest {
    name: String,
    workspace_id: Uuid,
    /// The values that the connector's specification asks for. Without `definitionId` it names the connector, by
    /// `sourceType` or `destinationType`.
    #[schema(value_type = Object)]
    configuration: Map<String, Value>,
    definition_id: Option<Uuid>,
    #[schema(value_type = Option<Object>)]
    resource_allocation: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActorPatchRequest {
    name: Option<String>,
    /// Laid over what is there; masked secrets stay.
    #[schema(value_type = Option<Object>)]
    configuration: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    resource_allocation: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActorPutRequest {
    name: String,
    /// In place of what is there; masked secrets stay.
    #[schema(value_type = Object)]
    configuration: Map<String, Value>,
    #[schema(value_type = Option<Object>)]
    resource_allocation: Option<Value>,
}

/// An actor and the name of its connector.
pub(super) struct Named {
    pub(super) actor: Actor,
    /// The repository without its path and its prefix: `faker` of `airbyte/source-faker`.
    pub(super) slug: String,
}

impl Named {
    /// What may be shown of its configuration.
    pub(super) fn configuration(&self, coordinates: bool) -> Value {
        shown_configuration(&self.actor, coordinates)
    }
}

pub(super) async fn list(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    asked: ListQuery,
    paging: &Paging,
) -> Result<Vec<Named>> {
    let workspaces = caller.readable(asked.workspace_ids)?;
    let filter = ActorFilter { workspaces, includes_deleted: asked.include_deleted, ..ActorFilter::default() };
    let mut slugs = HashMap::new();
    let mut named = Vec::new();
    for actor in server.plane.actors(kind, &filter, paging.page).await? {
        let slug = match slugs.get(&actor.definition_id) {
            Some(slug) => String::clone(slug),
            None => slug_of(server, kind, actor.definition_id).await?,
        };
        slugs.insert(actor.definition_id, slug.clone());
        named.push(Named { actor, slug });
    }
    Ok(named)
}

pub(super) fn paged<T>(named: Vec<Named>, paging: &Paging, shown: impl Fn(Named) -> T) -> axum::Json<Paged<T>> {
    axum::Json(paging.paged(named.into_iter().map(shown).collect()))
}

/// A definition that is gone has no name any more; its actors are only listed.
async fn slug_of(server: &Server, kind: ActorKind, id: DefinitionId) -> Result<String> {
    match server.plane.definition(kind, id).await {
        Ok(definition) => Ok(definition.slug()),
        Err(Error::NotFound { .. }) => Ok(String::new()),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn create(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    asked: ActorCreateRequest,
) -> Result<Named> {
    let workspace_id = WorkspaceId(asked.workspace_id);
    workspaces::living(server, workspace_id).await?;
    caller.needs(Role::Editor, workspace_id)?;
    let mut configuration = asked.configuration;
    let definition = definition(server, kind, workspace_id, asked.definition_id, &configuration).await?;
    strip_type(&definition, &mut configuration);
    let new = NewActor {
        kind,
        workspace_id,
        definition_id: definition.id,
        name: asked.name,
        configuration: Value::Object(configuration),
        resource_allocation: asked.resource_allocation.filter(|value| !value.is_null()),
        is_draft: false,
    };
    let actor = server.plane.create_actor(caller.by(), new).await?;
    Ok(Named { slug: definition.slug(), actor })
}

async fn definition(
    server: &Server,
    kind: ActorKind,
    workspace: WorkspaceId,
    id: Option<Uuid>,
    configuration: &Map<String, Value>,
) -> Result<Definition> {
    if let Some(id) = id {
        let found = server.plane.definition(kind, DefinitionId(id)).await?;
        // What belongs to another workspace is not there, whoever asks.
        return match found.workspace_id.is_none_or(|owner| owner == workspace) {
            true => Ok(found),
            false => Err(Error::not_found("definition", id).into()),
        };
    }
    let key = type_key(kind);
    let Some(slug) = configuration.get(key).and_then(Value::as_str) else {
        let detail = format!("either definitionId or configuration.{key} must say which connector this is");
        return Err(
            Problem::unprocessable("request.invalid", detail).with_error(format!("/configuration/{key}"), "missing")
        );
    };
    match server.plane.definition_by_slug(kind, workspace, slug).await {
        Err(Error::NotFound { .. }) => Err(Problem::value_not_found(slug)),
        other => Ok(other?),
    }
}

fn type_key(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Source => "sourceType",
        ActorKind::Destination => "destinationType",
    }
}

/// SDKs put the connector's name among its values; there it is none, unless the connector itself asks for one.
fn strip_type(definition: &Definition, configuration: &mut Map<String, Value>) {
    let spec: Value = serde_json::from_str(definition.version.spec.get()).unwrap_or_default();
    for key in ["sourceType", "destinationType"] {
        if spec["connectionSpecification"]["properties"][key].is_null() {
            configuration.remove(key);
        }
    }
}

pub(super) async fn get(server: &Server, caller: &Caller, kind: ActorKind, id: ActorId) -> Result<Named> {
    let actor = server.plane.actor(kind, id).await?;
    caller.needs(Role::Reader, actor.workspace_id)?;
    Ok(Named { slug: slug_of(server, kind, actor.definition_id).await?, actor })
}

pub(super) async fn patch(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    id: ActorId,
    asked: ActorPatchRequest,
) -> Result<Named> {
    let change =
        ActorChange { name: asked.name, resource_allocation: asked.resource_allocation, ..ActorChange::default() };
    update(server, caller, kind, id, change, asked.configuration, ConfigurationChange::Merge).await
}

pub(super) async fn put(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    id: ActorId,
    asked: ActorPutRequest,
) -> Result<Named> {
    let resource_allocation = asked.resource_allocation;
    let change = ActorChange { name: Some(asked.name), resource_allocation, ..ActorChange::default() };
    update(server, caller, kind, id, change, Some(asked.configuration), ConfigurationChange::Replace).await
}

async fn update(
    server: &Server,
    caller: &Caller,
    kind: ActorKind,
    id: ActorId,
    mut change: ActorChange,
    configuration: Option<Map<String, Value>>,
    how: fn(Value) -> ConfigurationChange,
) -> Result<Named> {
    let actor = server.plane.actor(kind, id).await?;
    caller.needs(Role::Editor, actor.workspace_id)?;
    let definition = server.plane.definition(kind, actor.definition_id).await?;
    change.configuration = configuration.map(|mut configuration| {
        strip_type(&definition, &mut configuration);
        how(Value::Object(configuration))
    });
    let actor = server.plane.change_actor(caller.by(), kind, id, change).await?;
    Ok(Named { slug: definition.slug(), actor })
}

pub(super) async fn delete(server: &Server, caller: &Caller, kind: ActorKind, id: ActorId) -> Result<()> {
    let actor = server.plane.actor(kind, id).await?;
    caller.needs(Role::Editor, actor.workspace_id)?;
    Ok(server.plane.delete_actor(caller.by(), kind, id).await?)
}
