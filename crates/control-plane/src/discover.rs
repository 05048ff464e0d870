//! What a source offers: asked of it, and kept as long as its configuration and version stay the same.

use crate::{ActorId, By, CatalogId, Command, ControlPlane, Result, VersionId};
use jiff::Timestamp;
use longshore_protocol::Catalog;

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
        let _ = (by, source, disable_cache);
        unimplemented!()
    }

    /// A catalog.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn catalog(&self, id: CatalogId) -> Result<FetchedCatalog> {
        let _ = id;
        unimplemented!()
    }

    /// What a source said last.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn last_catalog(&self, source: ActorId) -> Result<Option<FetchedCatalog>> {
        let _ = source;
        unimplemented!()
    }
}
