//! Definitions: kinds of connectors that one can configure.

mod bundled;
mod versioning;

use crate::event::Happened;
use crate::reference::Reference;
use crate::spec::judge;
use crate::store::{Change, actor as actors, definition as rows, version as versions};
use crate::{By, ControlPlane, DefinitionId, Error, Result, Version, WorkspaceId};
use jiff::Timestamp;
use longshore_protocol::RawJson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
pub(crate) use versioning::{Answer, Next, version_of};

/// How long a spec may take, with the fetching of a large image; those who fetch and start have shorter limits of their own.
const SPEC_PATIENCE: Duration = Duration::from_secs(45 * 60);

/// The two sides of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Where records come from.
    Source,
    /// Where they go.
    Destination,
}

impl ActorKind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}

/// Where a definition comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionOrigin {
    /// Part of the program.
    Bundled,
    /// Added by image and tag, or another reference.
    Custom,
    /// A manifest.
    Declarative,
}

impl DefinitionOrigin {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Custom => "custom",
            Self::Declarative => "declarative",
        }
    }
}

/// A kind of connector that one can configure.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its id.
    pub id: DefinitionId,
    /// What it makes.
    pub kind: ActorKind,
    /// Its name.
    pub name: String,
    /// Where it can be used; everywhere when absent.
    pub workspace_id: Option<WorkspaceId>,
    /// Where it comes from.
    pub origin: DefinitionOrigin,
    /// Its documentation.
    pub documentation_url: Option<String>,
    /// Its picture.
    pub icon: Option<String>,
    /// What its runs may take of the machine.
    pub resource_requirements: Option<Value>,
    /// The version that actors use unless they are pinned to another.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

impl Definition {
    /// The short name that clients put into `sourceType`: `faker` of `team/source-faker`.
    #[must_use]
    pub fn slug(&self) -> String {
        let repository = self.version.repository.as_str();
        let name = repository.rsplit(['/', ':']).next().unwrap_or(repository);
        let name = name.strip_prefix("airbyte-").unwrap_or(name);
        let bare = name.strip_prefix("source-").or_else(|| name.strip_prefix("destination-")).unwrap_or(name);
        bare.to_owned()
    }
}

/// A definition to be made.
#[derive(Debug, Clone)]
pub struct NewDefinition {
    /// Its id, when the caller chooses it.
    pub id: Option<DefinitionId>,
    /// What it makes.
    pub kind: ActorKind,
    /// Its name.
    pub name: String,
    /// Where it can be used; everywhere when absent.
    pub workspace_id: Option<WorkspaceId>,
    /// An image without its tag, or `pypi:PACKAGE`, or what else the policy accepts.
    pub repository: String,
    /// The tag of the image, or the version of the package.
    pub tag: String,
    /// Its documentation.
    pub documentation_url: Option<String>,
    /// Its picture.
    pub icon: Option<String>,
    /// What its runs may take of the machine.
    pub resource_requirements: Option<Value>,
    /// A whole connector specification, when the caller has it; else the connector is asked.
    pub spec: Option<RawJson>,
}

/// What changes of a definition.
#[derive(Debug, Clone, Default)]
pub struct DefinitionChange {
    /// The name.
    pub name: Option<String>,
    /// The tag. A new one, and always `dev` and `latest`, asks the connector for its spec.
    pub tag: Option<String>,
    /// Its documentation; `Some(None)` takes it away.
    pub documentation_url: Option<Option<String>>,
    /// What its runs may take of the machine.
    pub resource_requirements: Option<Value>,
}

/// A definition of a connector that is part of the program.
#[derive(Debug, Clone)]
pub struct BundledDefinition {
    /// Its id.
    pub id: DefinitionId,
    /// What it makes.
    pub kind: ActorKind,
    /// Its name.
    pub name: String,
    /// What a worker starts, such as `source-faker`.
    pub reference: String,
    /// Its version, shown as the tag.
    pub version: String,
    /// What it answers to `spec`.
    pub spec: RawJson,
    /// Its documentation.
    pub documentation_url: Option<String>,
}

/// Which definitions.
#[derive(Debug, Clone, Default)]
pub struct DefinitionFilter {
    /// Those of a workspace together with those of the whole instance; any when absent.
    pub workspace: Option<WorkspaceId>,
    /// Only of these origins; any when absent.
    pub origins: Option<Vec<DefinitionOrigin>>,
    /// Deleted ones, too.
    pub includes_deleted: bool,
}

impl ControlPlane {
    /// Makes a definition. Without a spec the connector is asked for it, which takes as long as it takes to fetch and start it.
    ///
    /// # Errors
    /// Workspace not found; `definition.*`, `policy.*`; `command.*`; whatever the connector or its registry failed with;
    /// `database.*`.
    pub async fn create_definition(&self, by: By, new: NewDefinition) -> Result<Definition> {
        if let Some(workspace) = new.workspace_id {
            self.need_workspace(workspace).await?;
        }
        let name = valid_name(&new.name)?;
        let reference = Reference::of(&new.repository, &new.tag, self.bundled())?;
        self.policy().admit(&reference)?;
        let id = new.id.unwrap_or_else(DefinitionId::random);
        let answer = match new.spec {
            Some(spec) => Answer { spec, digest: None },
            None => self.ask_spec(by, new.workspace_id, &reference, new.kind).await?,
        };
        let judged = judge(&answer.spec, new.kind, &reference.repository)?;
        let now = self.now();
        let definition = Definition {
            id,
            kind: new.kind,
            name,
            workspace_id: new.workspace_id,
            origin: DefinitionOrigin::Custom,
            documentation_url: given(new.documentation_url).or_else(|| judged.documentation_url.clone()),
            icon: given(new.icon),
            resource_requirements: new.resource_requirements,
            version: version_of(id, &reference, answer, judged, now),
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        self.add_definition(by, &definition).await?;
        Ok(definition)
    }

    /// Changes a definition; another tag is another version, and older versions stay.
    ///
    /// # Errors
    /// Not found; `definition.is_public` for what is part of the program; else as [`create_definition`](Self::create_definition).
    pub async fn change_definition(
        &self,
        by: By,
        kind: ActorKind,
        id: DefinitionId,
        change: DefinitionChange,
    ) -> Result<Definition> {
        let found = self.definition(kind, id).await?;
        if found.origin == DefinitionOrigin::Bundled {
            return Err(is_public());
        }
        let name = change.name.as_deref().map(valid_name).transpose()?;
        let version = match &change.tag {
            Some(tag) if found.origin == DefinitionOrigin::Custom => self.version_at(by, &found, tag).await?,
            _ => Next::Same,
        };
        let mut tx = self.store().change().await?;
        let mut definition = self.locked_definition(&mut tx, kind, id).await?;
        definition.name = name.unwrap_or(definition.name);
        if let Some(url) = change.documentation_url {
            definition.documentation_url = given(url);
        }
        definition.resource_requirements = change.resource_requirements.or(definition.resource_requirements);
        self.use_version(&mut tx, &mut definition, version).await?;
        rows::update(&mut tx, &definition).await?;
        self.note(&mut tx, by, happened(&definition, "changed")).await?;
        tx.commit().await?;
        Ok(definition)
    }

    /// Makes an older version, by its number, the one in use.
    ///
    /// # Errors
    /// Definition or version not found; `database.*`.
    pub async fn roll_back_definition(
        &self,
        by: By,
        kind: ActorKind,
        id: DefinitionId,
        number: i64,
    ) -> Result<Definition> {
        if self.definition(kind, id).await?.origin == DefinitionOrigin::Bundled {
            return Err(is_public());
        }
        let versions = self.definition_versions(id).await?;
        let version = versions.into_iter().find(|version| version.number == number);
        let version = version.ok_or_else(|| Error::not_found("version", number))?;
        let mut tx = self.store().change().await?;
        let mut definition = self.locked_definition(&mut tx, kind, id).await?;
        self.use_version(&mut tx, &mut definition, Next::Known(version)).await?;
        rows::update(&mut tx, &definition).await?;
        self.note(&mut tx, by, happened(&definition, "rolled_back")).await?;
        tx.commit().await?;
        Ok(definition)
    }

    /// Deletes a definition with its sources or destinations.
    ///
    /// # Errors
    /// Not found; `definition.is_public`; `definition.in_use` while connections use it; `database.*`.
    pub async fn delete_definition(&self, by: By, kind: ActorKind, id: DefinitionId) -> Result<Definition> {
        let mut tx = self.store().change().await?;
        let mut definition = self.locked_definition(&mut tx, kind, id).await?;
        if definition.origin == DefinitionOrigin::Bundled {
            return Err(is_public());
        }
        let users = rows::connections(&mut tx, id).await?;
        if !users.is_empty() {
            let message =
                format!("{} is used by the connections {}; delete them first", definition.name, users.join(", "));
            return Err(Error::conflict("definition.in_use", message));
        }
        self.delete_actors(&mut tx, by, &actors::Of::Definition(id)).await?;
        definition.deleted_at = Some(definition.updated_at);
        rows::update(&mut tx, &definition).await?;
        self.note(&mut tx, by, happened(&definition, "deleted")).await?;
        tx.commit().await?;
        Ok(definition)
    }

    /// A definition that is not deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition(&self, kind: ActorKind, id: DefinitionId) -> Result<Definition> {
        let found = rows::get(self.store().reader(), id).await?;
        let found = found.filter(|found| found.kind == kind && found.deleted_at.is_none());
        found.ok_or_else(|| not_found(kind, id))
    }

    /// Definitions, by name.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn definitions(&self, kind: ActorKind, filter: &DefinitionFilter) -> Result<Vec<Definition>> {
        rows::list(self.store().reader(), kind, filter).await
    }

    /// The definition that a client means by `sourceType` or `destinationType`: one of the workspace before one of the instance.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition_by_slug(&self, kind: ActorKind, workspace: WorkspaceId, slug: &str) -> Result<Definition> {
        let filter = DefinitionFilter { workspace: Some(workspace), ..DefinitionFilter::default() };
        let wanted = slug.trim().to_lowercase().replace('_', "-");
        let all = self.definitions(kind, &filter).await?;
        let fitting = all.into_iter().filter(|one| one.slug().to_lowercase().replace('_', "-") == wanted);
        // One of the workspace comes first.
        let found = fitting.min_by_key(|one| one.workspace_id.is_none());
        found.ok_or_else(|| not_found(kind, slug))
    }
}

impl ControlPlane {
    pub(crate) async fn add_definition(&self, by: By, new: &Definition) -> Result<()> {
        let mut tx = self.store().change().await?;
        if !rows::insert(&mut tx, new).await? {
            return Err(Error::conflict("definition.exists", format!("there is a definition {} already", new.id)));
        }
        versions::insert(&mut tx, &new.version).await?;
        self.note(&mut tx, by, happened(new, "created")).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A definition that is not deleted, which nobody else changes until this change ends.
    pub(crate) async fn locked_definition(
        &self,
        change: &mut Change<'_>,
        kind: ActorKind,
        id: DefinitionId,
    ) -> Result<Definition> {
        let is_there = rows::touch(change, kind, id, self.now()).await?;
        let found = if is_there { rows::get(&mut **change, id).await? } else { None };
        found.ok_or_else(|| not_found(kind, id))
    }
}

pub(crate) fn valid_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("definition.name_missing", "a definition has a name"));
    }
    Ok(name.to_owned())
}

/// Forms send an empty text where nothing was filled in.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

pub(crate) fn is_public() -> Error {
    Error::invalid("definition.is_public", "public definitions cannot be modified")
}

fn not_found(kind: ActorKind, id: impl ToString) -> Error {
    let resource = match kind {
        ActorKind::Source => "source definition",
        ActorKind::Destination => "destination definition",
    };
    Error::not_found(resource, id)
}

pub(crate) fn happened(definition: &Definition, action: &'static str) -> Happened<'static> {
    let version = &definition.version;
    let mut happened = Happened::new("definition", definition.id, action, "").within(definition.workspace_id);
    happened.summary = json!({ "name": definition.name, "reference": version.reference, "version": version.number });
    happened
}
