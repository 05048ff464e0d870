//! `write`: the destination.

use crate::check;
use crate::config::LocalConfig;
use crate::place::Place;
use crate::stream::StreamFile;
use longshore_connector_kit::{
    Destination, DestinationSyncMode, Failure, PlannedStream, Record, State, StreamDescriptor, WritePlan,
};

/// JSONL or CSV files in a folder, one for each stream.
#[derive(Debug)]
pub struct LocalDestination {
    /// In the order of the plan.
    streams: Vec<StreamFile>,
}

impl Destination for LocalDestination {
    type Config = LocalConfig;

    const DOCUMENTATION_URL: &'static str =
        "https://github.com/longshore/longshore/tree/main/connectors/destination-local";

    const SYNC_MODES: &'static [DestinationSyncMode] = &[DestinationSyncMode::Append, DestinationSyncMode::Overwrite];

    fn check(config: &LocalConfig) -> Result<(), Failure> {
        check::check(config)
    }

    fn open(config: &LocalConfig, plan: &WritePlan) -> Result<Self, Failure> {
        check::check(config)?;
        let places = places(config, plan)?;
        let streams = plan.streams.iter().zip(places).map(|(planned, place)| {
            StreamFile::open(place, config.format, planned, plan.positions(&planned.descriptor))
        });
        Ok(Self { streams: streams.collect::<Result<_, _>>()? })
    }

    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure> {
        self.streams[stream].write(records)
    }

    fn state(&mut self, state: &State) -> Result<(), Failure> {
        self.streams.iter_mut().for_each(|stream| stream.note(state));
        Ok(())
    }

    fn commit(&mut self, _states: &[State]) -> Result<(), Failure> {
        self.streams.iter_mut().try_for_each(StreamFile::commit)
    }

    fn complete(&mut self, stream: usize) -> Result<(), Failure> {
        self.streams[stream].complete()
    }
}

/// Where each stream's files are; no two in the same place.
fn places(config: &LocalConfig, plan: &WritePlan) -> Result<Vec<Place>, Failure> {
    let mut places: Vec<(&StreamDescriptor, Place)> = Vec::new();
    for PlannedStream { descriptor, configured } in &plan.streams {
        use DestinationSyncMode::{Append, Overwrite};
        if !matches!(configured.destination_sync_mode, Append | Overwrite) {
            return Err(Failure::config(format!(
                "stream {descriptor}: files cannot be deduplicated; choose append or overwrite, or another destination"
            )));
        }
        let place = Place::of(&config.path, descriptor, config.format.extension())?;
        if let Some((other, _)) = places.iter().find(|(_, taken)| taken.collides(&place)) {
            return Err(Failure::config(format!(
                "streams {other} and {descriptor} would share a file; give one of them a prefix or another namespace"
            )));
        }
        places.push((descriptor, place));
    }
    Ok(places.into_iter().map(|(_, place)| place).collect())
}
