//! Sources and destinations: connectors with a configuration.

use crate::configuration::validate;
use crate::event::Happened;
use crate::sealing::{self, Opened, Sealed};
use crate::secret::SCHEMA;
use crate::store::{Change, actor as rows, secret as secrets};
use crate::{
    ActorId, ActorKind, By, ControlPlane, DefinitionId, Error, MASK, Page, Result, Version, VersionId, WorkspaceId,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A source or a destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Its id.
    pub id: ActorId,
    /// Which of the two.
    pub kind: ActorKind,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What it is.
    pub definition_id: DefinitionId,
    /// The version that it is pinned to; that of its definition when absent.
    pub version_id: Option<VersionId>,
    /// Its name.
    pub name: String,
    /// Its configuration, with `{"_secret": …}` in place of secrets.
    pub configuration: Value,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// Its configuration is not complete yet.
    pub is_draft: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A source or destination to be made. It may hold secrets: no `Debug`.
#[derive(Clone)]
pub struct NewActor {
    /// Which of the two.
    pub kind: ActorKind,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What it is.
    pub definition_id: DefinitionId,
    /// Its name.
    pub name: String,
    /// Its configuration, with secrets.
    pub configuration: Value,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// Its configuration is not complete yet, and not validated.
    pub is_draft: bool,
}

/// How a configuration changes; a masked secret stays as it is.
#[derive(Clone)]
pub enum ConfigurationChange {
    /// It becomes this.
    Replace(Value),
    /// This is merged into it: objects key by key, `null` takes a key away.
    Merge(Value),
}

/// What changes of a source or destination. It may hold secrets: no `Debug`.
#[derive(Clone, Default)]
pub struct ActorChange {
    /// The name.
    pub name: Option<String>,
    /// The configuration.
    pub configuration: Option<ConfigurationChange>,
    /// What its runs may take of the machine.
    pub resource_allocation: Option<Value>,
    /// The version that it is pinned to; `Some(None)` for that of its definition.
    pub version: Option<Option<VersionId>>,
}

/// Which sources or destinations.
#[derive(Debug, Clone, Default)]
pub struct ActorFilter {
    /// Only in these workspaces; any when absent.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Only of this definition.
    pub definition: Option<DefinitionId>,
    /// Only with exactly this name.
    pub name: Option<String>,
    /// Deleted ones, too.
    pub includes_deleted: bool,
}

impl ControlPlane {
    /// Makes a source or destination.
    ///
    /// # Errors
    /// Workspace or definition not found; `actor.name_missing`, `configuration.invalid`; `database.*`.
    pub async fn create_actor(&self, by: By, new: NewActor) -> Result<Actor> {
        self.need_workspace(new.workspace_id).await?;
        let definition = self.definition(new.kind, new.definition_id).await?;
        if definition.workspace_id.is_some_and(|workspace| workspace != new.workspace_id) {
            return Err(Error::not_found("definition", new.definition_id));
        }
        let name = valid_name(&new.name)?;
        let NewActor { kind, workspace_id, definition_id, configuration, is_draft, .. } = new;
        let opened = Opened::default();
        let fitting =
            Fitting { workspace: workspace_id, version: &definition.version, definition: definition_id, is_draft };
        let sealed = self.seal_configuration(&fitting, &opened, &configuration).await?;
        let now = self.now();
        let mut actor = Actor {
            id: ActorId::random(),
            kind,
            workspace_id,
            definition_id,
            version_id: None,
            name,
            configuration: Value::Null,
            resource_allocation: new.resource_allocation,
            is_draft,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let mut tx = self.store().change().await?;
        actor.configuration = self.store_sealed(&mut tx, Some(workspace_id), sealed, None).await?;
        rows::insert(&mut tx, &actor).await?;
        self.note(&mut tx, by, happened(&actor, "created")).await?;
        tx.commit().await?;
        Ok(actor)
    }

    /// A source or destination that is not deleted.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn actor(&self, kind: ActorKind, id: ActorId) -> Result<Actor> {
        let found = rows::get(self.store().reader(), id).await?;
        let found = found.filter(|found| found.kind == kind && found.deleted_at.is_none());
        found.ok_or_else(|| Error::not_found(kind.word(), id))
    }

    /// Sources or destinations, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn actors(&self, kind: ActorKind, filter: &ActorFilter, page: Page) -> Result<Vec<Actor>> {
        rows::list(self.store().reader(), kind, filter, page).await
    }

    /// Changes a source or destination.
    ///
    /// # Errors
    /// Not found; `actor.name_missing`, `configuration.invalid`, `configuration.secret_missing`; `database.*`.
    pub async fn change_actor(&self, by: By, kind: ActorKind, id: ActorId, change: ActorChange) -> Result<Actor> {
        let found = self.actor(kind, id).await?;
        let name = change.name.as_deref().map(valid_name).transpose()?;
        let version_id = change.version.unwrap_or(found.version_id);
        let version = self.version_of_actor(&Actor { version_id, ..found }).await?.1;
        if version.definition_id != found.definition_id {
            return Err(Error::not_found("version", version.id));
        }
        let mut tx = self.store().change().await?;
        let mut actor = self.locked_actor(&mut tx, id).await?;
        actor.name = name.unwrap_or(actor.name);
        actor.version_id = version_id;
        actor.resource_allocation = change.resource_allocation.or(actor.resource_allocation);
        if let Some(change) = change.configuration {
            let sent = change.over(&actor.configuration);
            let opened = self.opened(&mut tx, &actor.configuration).await?;
            let (workspace, definition) = (actor.workspace_id, actor.definition_id);
            let fitting = Fitting { workspace, version: &version, definition, is_draft: false };
            let sealed = self.seal_configuration(&fitting, &opened, &sent).await?;
            actor.configuration = self.store_sealed(&mut tx, Some(workspace), sealed, None).await?;
            actor.is_draft = false;
        } else if change.version.is_some() {
            self.reseal(&mut tx, &mut actor, &version).await?;
        }
        rows::update(&mut tx, &actor).await?;
        self.note(&mut tx, by, happened(&actor, "changed")).await?;
        tx.commit().await?;
        Ok(actor)
    }

    /// Deletes a source or destination with its connections and secrets.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_actor(&self, by: By, kind: ActorKind, id: ActorId) -> Result<()> {
        self.actor(kind, id).await?;
        let mut tx = self.store().change().await?;
        self.delete_actors(&mut tx, by, &rows::Of::Actor(id)).await?;
        tx.commit().await?;
        self.wake().tell_changed();
        Ok(())
    }
}

/// A configuration as it may be shown: secrets are masked, or, with `coordinates`, shown by their ids.
#[must_use]
pub fn shown_configuration(actor: &Actor, coordinates: bool) -> Value {
    let mask = Value::String(MASK.to_owned());
    sealing::replaced(&actor.configuration, &mut |_| (!coordinates).then(|| mask.clone()))
}

impl ConfigurationChange {
    /// What it makes of a stored configuration, with ids in place of its secrets.
    fn over(self, stored: &Value) -> Value {
        match self {
            Self::Replace(new) => new,
            Self::Merge(patch) => {
                let mut merged = stored.clone();
                merge(&mut merged, patch);
                merged
            }
        }
    }
}

/// By RFC 7396. An id of a secret is a value, not an object to merge into.
fn merge(into: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *into = patch;
        return;
    };
    if !into.is_object() || sealing::is_id(into) {
        *into = Value::Object(Map::new());
    }
    let Some(members) = into.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            members.shift_remove(&key);
        } else {
            merge(members.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// What a configuration has to fit.
pub(crate) struct Fitting<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) version: &'a Version,
    pub(crate) definition: DefinitionId,
    /// It need not fit yet.
    pub(crate) is_draft: bool,
}

impl ControlPlane {
    /// Validates a configuration and takes its secrets out.
    pub(crate) async fn seal_configuration(
        &self,
        fitting: &Fitting<'_>,
        opened: &Opened,
        sent: &Value,
    ) -> Result<Sealed> {
        if !sent.is_object() {
            return Err(Error::invalid("configuration.invalid", "a configuration is a JSON object"));
        }
        let spec: Value = serde_json::from_str(fitting.version.spec.get()).unwrap_or_default();
        let schema = &spec[SCHEMA];
        let clear = opened.unmasked(schema, sent)?;
        if !fitting.is_draft {
            let mut whole = clear.clone();
            self.inject_oauth(fitting.version, fitting.definition, fitting.workspace, &mut whole).await?;
            validate(schema, &whole)?;
        }
        Ok(opened.seal(Some(fitting.workspace), schema, &clear))
    }

    /// A source or destination of whatever kind that is not deleted.
    pub(crate) async fn found_actor(&self, id: ActorId) -> Result<Actor> {
        let found = rows::get(self.store().reader(), id).await?;
        found.filter(|found| found.deleted_at.is_none()).ok_or_else(|| Error::not_found("source or destination", id))
    }

    /// One that is not deleted, which nobody else changes until this change ends.
    pub(crate) async fn locked_actor(&self, change: &mut Change<'_>, id: ActorId) -> Result<Actor> {
        let is_there = rows::touch(change, id, self.now()).await?;
        let found = if is_there { rows::get(&mut **change, id).await? } else { None };
        found.ok_or_else(|| Error::not_found("source or destination", id))
    }

    /// Takes out of the configurations that follow a definition what its new version calls a secret.
    pub(crate) async fn reseal_actors(
        &self,
        change: &mut Change<'_>,
        definition: DefinitionId,
        version: &Version,
    ) -> Result<()> {
        for mut actor in rows::following(change, definition).await? {
            if self.reseal(change, &mut actor, version).await? {
                rows::update(change, &actor).await?;
            }
        }
        Ok(())
    }

    /// Deletes sources and destinations, their secrets and their connections.
    pub(crate) async fn delete_actors(&self, change: &mut Change<'_>, by: By, of: &rows::Of) -> Result<()> {
        let now = self.now();
        for actor in rows::delete(change, of, now).await? {
            secrets::delete(change, &sealing::ids(&actor.configuration)).await?;
            self.remove_connections_of(change, by, actor.id).await?;
            self.note(change, by, happened(&actor, "deleted")).await?;
        }
        Ok(())
    }
}

fn valid_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("actor.name_missing", "a source or destination has a name"));
    }
    Ok(name.to_owned())
}

fn happened(actor: &Actor, action: &'static str) -> Happened<'static> {
    Happened::new(actor.kind.word(), actor.id, action, &actor.name).within(Some(actor.workspace_id))
}
