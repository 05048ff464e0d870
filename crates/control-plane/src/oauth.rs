//! OAuth parameters of the instance or of a workspace: put into configurations when a connector is started, never stored there.

use crate::event::Happened;
use crate::store::secret as rows;
use crate::{ActorKind, By, ControlPlane, DefinitionId, Error, Result, Version, WorkspaceId};
use serde_json::{Map, Value};
use uuid::Uuid;

impl ControlPlane {
    /// Sets the parameters of a definition, for a workspace or for the instance.
    ///
    /// # Errors
    /// Definition or workspace not found; `oauth.invalid`; `database.*`.
    pub async fn set_oauth_parameter(
        &self,
        by: By,
        workspace: Option<WorkspaceId>,
        kind: ActorKind,
        definition: DefinitionId,
        configuration: Value,
    ) -> Result<()> {
        self.definition(kind, definition).await?;
        if let Some(workspace) = workspace {
            self.need_workspace(workspace).await?;
        }
        if !configuration.is_object() {
            return Err(Error::invalid("oauth.invalid", "OAuth parameters are a JSON object"));
        }
        let id = format!("oauth_parameter_{}", Uuid::new_v4());
        let sealed = self.key().seal(&id, &configuration.to_string())?;
        let mut change = self.store().change().await?;
        rows::delete_oauth(&mut change, workspace, definition).await?;
        rows::insert_oauth(&mut change, id, workspace, definition, sealed, self.now()).await?;
        let happened = Happened::new("definition", definition, "oauth_parameters_set", "").within(workspace);
        self.note(&mut change, by, happened).await?;
        change.commit().await?;
        Ok(())
    }

    /// Takes them away.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_oauth_parameter(
        &self,
        by: By,
        workspace: Option<WorkspaceId>,
        kind: ActorKind,
        definition: DefinitionId,
    ) -> Result<()> {
        self.definition(kind, definition).await?;
        let mut change = self.store().change().await?;
        if !rows::delete_oauth(&mut change, workspace, definition).await? {
            return Err(Error::not_found("OAuth parameters", definition));
        }
        let happened = Happened::new("definition", definition, "oauth_parameters_deleted", "").within(workspace);
        self.note(&mut change, by, happened).await?;
        change.commit().await?;
        Ok(())
    }
}

impl ControlPlane {
    /// Puts the parameters in force into a configuration, where its spec says.
    pub(crate) async fn inject_oauth(
        &self,
        version: &Version,
        definition: DefinitionId,
        workspace: WorkspaceId,
        configuration: &mut Value,
    ) -> Result<()> {
        let spec: Value = serde_json::from_str(version.spec.get()).unwrap_or_default();
        let places = places(&spec, configuration);
        if places.is_empty() {
            return Ok(());
        }
        let Some((id, sealed)) = rows::oauth(self.store().reader(), definition, workspace).await? else {
            return Ok(());
        };
        let parameters: Value = serde_json::from_str(&self.key().open(&id, &sealed)?).unwrap_or_default();
        for (name, path) in places {
            if let Some(value) = parameters.get(&name) {
                set(configuration, &path, Some(value.clone()));
            }
        }
        Ok(())
    }
}

/// Puts back what a configuration had where OAuth parameters go, so that they are not stored with it.
pub(crate) fn take_out(spec: &Value, configuration: &mut Value, before: &Value) {
    for (_, path) in places(spec, configuration) {
        let had = path.iter().try_fold(before, |value, key| value.get(key));
        set(configuration, &path, had.cloned());
    }
}

/// The name of each parameter and where it goes; none when the configuration authenticates in another way.
fn places(spec: &Value, configuration: &Value) -> Vec<(String, Vec<String>)> {
    let told = &spec["advanced_auth"];
    let predicate = path_of(&told["predicate_key"]);
    if !predicate.is_empty() {
        let value = predicate.iter().try_fold(configuration, |value, key| value.get(key));
        if value != told.get("predicate_value") {
            return Vec::new();
        }
    }
    let output = &told["oauth_config_specification"]["complete_oauth_server_output_specification"]["properties"];
    let places = output.as_object().into_iter().flatten();
    let places = places.map(|(name, property)| (name.clone(), path_of(&property["path_in_connector_config"])));
    places.filter(|(_, path)| !path.is_empty()).collect()
}

fn path_of(value: &Value) -> Vec<String> {
    let parts = value.as_array().into_iter().flatten();
    parts.filter_map(|part| part.as_str().map(ToOwned::to_owned)).collect()
}

/// Sets what is at a path, or takes it away; what is on the way is made.
fn set(configuration: &mut Value, path: &[String], value: Option<Value>) {
    let Some((last, way)) = path.split_last() else { return };
    let mut place = configuration;
    for key in way {
        let Some(members) = place.as_object_mut() else { return };
        if value.is_none() && !members.contains_key(key) {
            return;
        }
        place = members.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
    }
    let Some(members) = place.as_object_mut() else { return };
    match value {
        Some(value) => drop(members.insert(last.clone(), value)),
        None => drop(members.shift_remove(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::{places, take_out};
    use serde_json::{Value, json};

    fn spec() -> Value {
        json!({ "advanced_auth": { "predicate_key": ["credentials", "kind"], "predicate_value": "oauth",
            "oauth_config_specification": { "complete_oauth_server_output_specification": { "properties": {
                "client_id": { "path_in_connector_config": ["credentials", "client_id"] } } } } } })
    }

    #[test]
    fn parameters_go_only_where_the_predicate_holds() {
        assert_eq!(places(&spec(), &json!({ "credentials": { "kind": "oauth" } })).len(), 1);
        assert!(places(&spec(), &json!({ "credentials": { "kind": "token" } })).is_empty());
        assert!(places(&json!({}), &json!({})).is_empty());
    }

    #[test]
    fn what_was_put_in_is_taken_out() {
        let before = json!({ "credentials": { "kind": "oauth" } });
        let mut told = json!({ "credentials": { "kind": "oauth", "client_id": "of the instance" } });
        take_out(&spec(), &mut told, &before);
        assert_eq!(told, before);
    }
}
