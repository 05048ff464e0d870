//! Declarative sources: definitions made of a manifest.

use crate::definition::{Answer, Next, happened, valid_name, version_of};
use crate::reference::Reference;
use crate::spec::judge;
use crate::store::{definition as rows, version as versions};
use crate::{
    ActorKind, By, ControlPlane, Definition, DefinitionId, DefinitionOrigin, Error, Result, Version, WorkspaceId,
};
use longshore_protocol::RawJson;
use serde_json::{Map, Value, json};

impl ControlPlane {
    /// Makes a source definition of a manifest, whose own `spec` says what a configuration looks like.
    ///
    /// # Errors
    /// Workspace not found; `definition.manifest_invalid`, `definition.name_missing`; `database.*`.
    pub async fn create_declarative(
        &self,
        by: By,
        workspace: WorkspaceId,
        name: &str,
        manifest: RawJson,
    ) -> Result<Definition> {
        self.need_workspace(workspace).await?;
        let (id, now) = (DefinitionId::random(), self.now());
        let version = self.version_of_manifest(id, 1, manifest)?;
        let definition = Definition {
            id,
            kind: ActorKind::Source,
            name: valid_name(name)?,
            workspace_id: Some(workspace),
            origin: DefinitionOrigin::Declarative,
            documentation_url: None,
            icon: None,
            resource_requirements: None,
            version,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        self.add_definition(by, &definition).await?;
        Ok(definition)
    }

    /// Gives it another manifest: a new version, in use at once.
    ///
    /// # Errors
    /// Not found; `definition.manifest_invalid`; `database.*`.
    pub async fn change_declarative(&self, by: By, id: DefinitionId, manifest: RawJson) -> Result<Definition> {
        let found = self.definition(ActorKind::Source, id).await?;
        if found.origin != DefinitionOrigin::Declarative {
            return Err(Error::not_found("declarative source definition", id));
        }
        let mut tx = self.store().change().await?;
        let mut definition = self.locked_definition(&mut tx, ActorKind::Source, id).await?;
        let number = versions::next_number(&mut tx, id).await?;
        let version = self.version_of_manifest(id, number, manifest)?;
        self.use_version(&mut tx, &mut definition, Next::New(version)).await?;
        rows::update(&mut tx, &definition).await?;
        self.note(&mut tx, by, happened(&definition, "changed")).await?;
        tx.commit().await?;
        Ok(definition)
    }
}

impl ControlPlane {
    fn version_of_manifest(&self, id: DefinitionId, number: i64, manifest: RawJson) -> Result<Version> {
        let reference = Reference::of_manifest(number);
        self.policy().admit(&reference)?;
        let spec = spec_of(&manifest)?;
        let judged = judge(&spec, ActorKind::Source, &reference.repository)?;
        let version = version_of(id, &reference, Answer { spec, digest: None }, judged, self.now());
        Ok(Version { manifest: Some(manifest), number, ..version })
    }
}

/// The spec that stands in a manifest, as `spec` would print it. A manifest without one takes an empty configuration.
fn spec_of(manifest: &RawJson) -> Result<RawJson> {
    let invalid = |message: &str| Error::invalid("definition.manifest_invalid", message);
    let parsed: Map<String, Value> =
        serde_json::from_str(manifest.get()).map_err(|_| invalid("a manifest is a JSON object"))?;
    if parsed.get("type").is_some_and(|word| word != "DeclarativeSource") {
        return Err(invalid("the `type` of a manifest is `DeclarativeSource`"));
    }
    let told = parsed.get("spec").cloned().unwrap_or_default();
    let mut spec = Map::new();
    let schema = told.get("connection_specification").cloned();
    let schema = schema.unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
    spec.insert("connectionSpecification".to_owned(), schema);
    for (theirs, ours) in [("documentation_url", "documentationUrl"), ("advanced_auth", "advanced_auth")] {
        if let Some(value) = told.get(theirs).filter(|value| !value.is_null()) {
            spec.insert(ours.to_owned(), value.clone());
        }
    }
    serde_json::value::to_raw_value(&spec).map_err(|_| invalid("the `spec` of the manifest is no JSON"))
}
