//! The reads that several clauses look at: all streams as a whole, and all that can be read incrementally, without state.

use super::Reading;
use crate::bench::{Bench, Unavailable};
use crate::take::Take;
use futures_util::future::join;
use longshore_protocol::ConfiguredCatalog;
use std::rc::Rc;

/// A read and what it was asked for.
pub(crate) struct Read {
    pub(crate) take: Rc<Take>,
    pub(crate) catalog: ConfiguredCatalog,
}

/// The shared reads, as far as they could be made.
pub(crate) struct Reads {
    pub(crate) full_refresh: Result<Read, Unavailable>,
    pub(crate) incremental: Result<Read, Unavailable>,
}

impl Read {
    /// What was read.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading::of(&self.take, &self.catalog)
    }
}

impl Reads {
    /// Makes the reads, or takes those that were made.
    pub(crate) async fn of(bench: &Bench<'_>) -> Self {
        let (full_refresh, incremental) = join(full_refresh(bench, 0), incremental(bench)).await;
        Self { full_refresh, incremental }
    }

    /// Those that could be made; why there are none when none could.
    pub(crate) fn readings(&self) -> Result<Vec<Reading<'_>>, Unavailable> {
        match (&self.full_refresh, &self.incremental) {
            (Err(why), Err(_)) => Err(why.clone()),
            (full_refresh, incremental) => {
                Ok([full_refresh, incremental].into_iter().flatten().map(Read::reading).collect())
            }
        }
    }
}

/// A full refresh of all streams, the first or the second one.
pub(crate) async fn full_refresh(bench: &Bench<'_>, time: usize) -> Result<Read, Unavailable> {
    let catalog = bench.full_refresh_catalog().await?;
    Ok(Read { take: bench.full_refresh(time).await?, catalog })
}

/// An incremental read without state.
pub(crate) async fn incremental(bench: &Bench<'_>) -> Result<Read, Unavailable> {
    let catalog = bench.incremental_catalog().await?;
    Ok(Read { take: bench.incremental().await?, catalog })
}
