//! Definitions: kinds of connectors that one can configure.

use crate::{By, ControlPlane, DefinitionId, Result, Version, WorkspaceId};
use jiff::Timestamp;
use longshore_protocol::RawJson;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        let _ = (by, new);
        unimplemented!()
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
        let _ = (by, kind, id, change);
        unimplemented!()
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
        let _ = (by, kind, id, number);
        unimplemented!()
    }

    /// Deletes a definition with its sources or destinations.
    ///
    /// # Errors
    /// Not found; `definition.is_public`; `definition.in_use` while connections use it; `database.*`.
    pub async fn delete_definition(&self, by: By, kind: ActorKind, id: DefinitionId) -> Result<Definition> {
        let _ = (by, kind, id);
        unimplemented!()
    }

    /// A definition that is not deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition(&self, kind: ActorKind, id: DefinitionId) -> Result<Definition> {
        let _ = (kind, id);
        unimplemented!()
    }

    /// Definitions, by name.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn definitions(&self, kind: ActorKind, filter: &DefinitionFilter) -> Result<Vec<Definition>> {
        let _ = (kind, filter);
        unimplemented!()
    }

    /// The definition that a client means by `sourceType` or `destinationType`: one of the workspace before one of the instance.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn definition_by_slug(
        &self,
        kind: ActorKind,
        workspace: WorkspaceId,
        slug: &str,
    ) -> Result<Definition> {
        let _ = (kind, workspace, slug);
        unimplemented!()
    }

    /// Puts what is part of the program into the database; again and again, at each start.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn put_bundled(&self, definition: BundledDefinition) -> Result<()> {
        let _ = definition;
        unimplemented!()
    }
}
