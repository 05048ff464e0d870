//! `write`: counts.

use crate::check;
use crate::config::NullConfig;
use longshore_connector_kit::{Destination, DestinationSyncMode, Failure, LogLevel, Record, State, WritePlan, log};

/// Counts the records of each stream, and logs the totals when the run ends, however it ends.
#[derive(Debug)]
pub struct NullDestination {
    totals: Vec<Total>,
}

#[derive(Debug)]
struct Total {
    stream: String,
    records: u64,
    bytes: u64,
}

impl Destination for NullDestination {
    type Config = NullConfig;

    const DOCUMENTATION_URL: &'static str =
        "https://github.com/longshore/longshore/tree/main/connectors/destination-null";

    const SYNC_MODES: &'static [DestinationSyncMode] =
        &[DestinationSyncMode::Append, DestinationSyncMode::Overwrite, DestinationSyncMode::AppendDedup];

    fn check(config: &NullConfig) -> Result<(), Failure> {
        check::check(config)
    }

    fn open(_config: &NullConfig, plan: &WritePlan) -> Result<Self, Failure> {
        let total = |stream: String| Total { stream, records: 0, bytes: 0 };
        Ok(Self { totals: plan.streams.iter().map(|stream| total(stream.descriptor.to_string())).collect() })
    }

    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure> {
        let total = &mut self.totals[stream];
        total.records += records.len() as u64;
        total.bytes += records.iter().map(|record| record.data.len() as u64).sum::<u64>();
        Ok(())
    }

    fn commit(&mut self, _states: &[State]) -> Result<(), Failure> {
        Ok(())
    }

    fn complete(&mut self, _stream: usize) -> Result<(), Failure> {
        Ok(())
    }
}

impl Drop for NullDestination {
    fn drop(&mut self) {
        for Total { stream, records, bytes } in &self.totals {
            log(LogLevel::Info, &format!("stream {stream}: {records} records, {bytes} bytes of data"));
        }
    }
}
