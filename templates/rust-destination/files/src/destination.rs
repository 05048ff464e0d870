//! What the kit calls, and in which order: see the documentation of [`Destination`].

use crate::config::Config;
use crate::store::{self, StoredStream};
use longshore_connector_kit::{
    Destination, DestinationSyncMode, Failure, Record, State, WritePlan,
};

/// The destination.
pub struct Connector {
    /// In the order of the plan.
    streams: Vec<StoredStream>,
}

impl Destination for Connector {
    type Config = Config;

    // TODO: the page that explains how to set the connector up
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    const SYNC_MODES: &'static [DestinationSyncMode] =
        &[DestinationSyncMode::Append, DestinationSyncMode::Overwrite];

    fn check(config: &Config) -> Result<(), Failure> {
        store::try_out(&config.path)
    }

    fn open(config: &Config, plan: &WritePlan) -> Result<Self, Failure> {
        let open = |stream| StoredStream::open(&config.path, stream);
        let streams = plan.streams.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { streams })
    }

    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure> {
        self.streams[stream].append(records)
    }

    fn commit(&mut self, _states: &[State]) -> Result<(), Failure> {
        self.streams.iter_mut().try_for_each(StoredStream::commit)
    }

    fn complete(&mut self, stream: usize) -> Result<(), Failure> {
        self.streams[stream].complete()
    }
}
