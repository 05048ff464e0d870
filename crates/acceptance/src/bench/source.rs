//! The runs of a source that several clauses look at.

use super::{Bench, Call, Unavailable, catalog_of, configured, in_mode};
use crate::take::Take;
use longshore_protocol::{Catalog, ConfiguredCatalog, SyncMode};
use longshore_runner::Verb;
use std::rc::Rc;

impl Bench<'_> {
    /// What `discover` printed, the first or the second time.
    pub(crate) async fn discover(&self, time: usize) -> Result<Rc<Take>, Unavailable> {
        let name = ["discover", "discover (again)"][time];
        self.discovered[time].get_or_init(|| self.run(Call::new(Verb::Discover, name))).await.clone()
    }

    /// The discovered catalog.
    pub(crate) async fn catalog(&self) -> Result<Catalog, Unavailable> {
        catalog_of(self.discover(0).await?.as_ref())
    }

    /// The streams to read, in whatever mode the plan says, or as a whole: the plan's, or all that are discovered.
    pub(crate) async fn streams(&self) -> Result<ConfiguredCatalog, Unavailable> {
        match &self.plan.catalog {
            Some(catalog) => Ok(catalog.clone()),
            None => Ok(configured(&self.catalog().await?)),
        }
    }

    /// The streams of which a full refresh is read.
    pub(crate) async fn full_refresh_catalog(&self) -> Result<ConfiguredCatalog, Unavailable> {
        not_empty(in_mode(&self.streams().await?, SyncMode::FullRefresh), "no stream can be read as a whole")
    }

    /// The streams that are read incrementally.
    pub(crate) async fn incremental_catalog(&self) -> Result<ConfiguredCatalog, Unavailable> {
        let streams = match &self.plan.incremental_catalog {
            Some(catalog) => catalog.clone(),
            None => self.streams().await?,
        };
        not_empty(in_mode(&streams, SyncMode::Incremental), "no stream can be read incrementally")
    }

    /// A full refresh of all streams, the first or the second one.
    pub(crate) async fn full_refresh(&self, time: usize) -> Result<Rc<Take>, Unavailable> {
        let read = || async {
            let name = ["read (full refresh)", "read (full refresh, again)"][time];
            self.run(Call::new(Verb::Read, name).catalog(self.full_refresh_catalog().await?)).await
        };
        self.full[time].get_or_init(read).await.clone()
    }

    /// An incremental read without state.
    pub(crate) async fn incremental(&self) -> Result<Rc<Take>, Unavailable> {
        let read = || async {
            let catalog = self.incremental_catalog().await?;
            self.run(Call::new(Verb::Read, "read (incremental, without state)").catalog(catalog)).await
        };
        self.incremental.get_or_init(read).await.clone()
    }
}

fn not_empty(catalog: ConfiguredCatalog, why: &str) -> Result<ConfiguredCatalog, Unavailable> {
    match catalog.streams.is_empty() {
        true => Err(Unavailable(why.to_owned())),
        false => Ok(catalog),
    }
}
