//! What a source offers: asked of it, and kept as long as its configuration and version stay the same.

use crate::key::fingerprint;
use crate::store::catalog::{self as rows, CatalogRow};
use crate::store::{Change, secret as secrets};
use crate::{
    Actor, ActorId, ActorKind, By, CatalogId, Command, CommandInput, CommandOutput, ControlPlane, Error, Result,
    VersionId,
};
use jiff::Timestamp;
use longshore_protocol::{Catalog, RawJson};
use std::time::Duration;

/// How long a discover may take; connectors have shorter limits of their own.
const DISCOVER_PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// What a source offers.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// Where it is kept.
    pub catalog_id: CatalogId,
    /// The streams.
    pub catalog: Catalog,
    /// The command that asked, unless it was known.
    pub command: Option<Command>,
}

/// A catalog as it was told.
#[derive(Debug, Clone)]
pub struct FetchedCatalog {
    /// Its id.
    pub id: CatalogId,
    /// The source.
    pub actor_id: ActorId,
    /// The version that told it.
    pub version_id: VersionId,
    /// The streams.
    pub catalog: Catalog,
    /// When it was last told.
    pub fetched_at: Timestamp,
}

impl ControlPlane {
    /// What a source offers: what it said last, if neither its configuration nor its version has changed since, unless `disable_cache`.
    ///
    /// # Errors
    /// Not found; what the connector failed with; `command.*`; `catalog.invalid`; `database.*`.
    pub async fn discover(&self, by: By, source: ActorId, disable_cache: bool) -> Result<Discovered> {
        let actor = self.actor(ActorKind::Source, source).await?;
        if !disable_cache {
            let (version, print) = self.print_of(&actor).await?;
            let last = rows::last(self.store().reader(), source).await?;
            if let Some((last, _)) = last.filter(|(last, hash)| last.version_id == version && *hash == print) {
                return Ok(Discovered { catalog_id: last.id, catalog: last.catalog, command: None });
            }
        }
        let id = self.start_command(by, None, None, CommandInput::Discover { actor_id: source }).await?;
        let command = self.await_command(id, DISCOVER_PATIENCE).await?;
        match command.clone().answer()? {
            CommandOutput::Discover { catalog_id: Some(catalog_id), .. } => {
                let catalog = self.catalog(catalog_id).await?.catalog;
                Ok(Discovered { catalog_id, catalog, command: Some(command) })
            }
            _ => Err(invalid("the answer is none")),
        }
    }

    /// A catalog.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn catalog(&self, id: CatalogId) -> Result<FetchedCatalog> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("catalog", id))
    }

    /// What a source said last.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn last_catalog(&self, source: ActorId) -> Result<Option<FetchedCatalog>> {
        Ok(rows::last(self.store().reader(), source).await?.map(|(last, _)| last))
    }
}

impl ControlPlane {
    /// What the answer of a source depends on: its version, and a hash of its configuration. Ids of secrets change with their
    /// values, so no secret is in the hash.
    pub(crate) async fn print_of(&self, actor: &Actor) -> Result<(VersionId, String)> {
        let version = self.version_of_actor(actor).await?.1;
        let oauth = secrets::oauth(self.store().reader(), actor.definition_id, actor.workspace_id).await?;
        let oauth = oauth.map_or_else(String::new, |(id, _)| id);
        Ok((version.id, fingerprint(&format!("{}{oauth}", actor.configuration))))
    }

    /// Keeps what a source has told.
    pub(crate) async fn keep_catalog(
        &self,
        change: &mut Change<'_>,
        actor: ActorId,
        version: VersionId,
        configuration_hash: &str,
        catalog: &RawJson,
    ) -> Result<CatalogId> {
        serde_json::from_str::<Catalog>(catalog.get()).map_err(|error| invalid(&error.to_string()))?;
        let (catalog, hash) = (catalog.get(), fingerprint(catalog.get()));
        let row = CatalogRow { actor, version, configuration_hash, hash: &hash, catalog };
        rows::put(change, row, self.now()).await
    }

    /// A catalog as it came.
    pub(crate) async fn raw_catalog(&self, id: CatalogId) -> Result<RawJson> {
        let found = rows::text(self.store().reader(), id).await?;
        let text = found.ok_or_else(|| Error::not_found("catalog", id))?;
        serde_json::value::RawValue::from_string(text).map_err(|error| invalid(&error.to_string()))
    }
}

fn invalid(why: &str) -> Error {
    Error::invalid("catalog.invalid", format!("what the source answered to discover cannot be used: {why}"))
}
