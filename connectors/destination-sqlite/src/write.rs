//! `write`: the destination, and its transactions.

use crate::checkpoint::{self, Checkpoint};
use crate::config::SqliteConfig;
use crate::error::Error;
use crate::stream::StreamTable;
use crate::{bookkeeping, check, database};
use longshore_connector_kit::{Destination, DestinationSyncMode, Failure, Record, State, WritePlan};
use rusqlite::Connection;
use std::path::PathBuf;

/// Typed tables in a SQLite file. Rows and the states that cover them are committed in one transaction.
#[derive(Debug)]
pub struct SqliteDestination {
    db: Connection,
    path: PathBuf,
    /// In the order of the plan.
    streams: Vec<StreamTable>,
    /// To be noted with the next commit.
    checkpoints: Vec<Checkpoint>,
}

impl Destination for SqliteDestination {
    type Config = SqliteConfig;

    const DOCUMENTATION_URL: &'static str =
        "https://github.com/longshore/longshore/tree/main/connectors/destination-sqlite";

    const SYNC_MODES: &'static [DestinationSyncMode] =
        &[DestinationSyncMode::Append, DestinationSyncMode::Overwrite, DestinationSyncMode::AppendDedup];

    fn check(config: &SqliteConfig) -> Result<(), Failure> {
        check::check(config)
    }

    fn open(config: &SqliteConfig, plan: &WritePlan) -> Result<Self, Failure> {
        Self::prepare(config, plan).map_err(|error| error.into_failure(&config.path))
    }

    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure> {
        self.in_transaction(|this| this.streams[stream].write(&this.db, records))
    }

    fn state(&mut self, state: &State) -> Result<(), Failure> {
        self.checkpoints.extend(self.streams.iter().filter_map(|stream| stream.checkpoint(state)));
        Ok(())
    }

    fn commit(&mut self, _states: &[State]) -> Result<(), Failure> {
        self.in_transaction(|this| {
            checkpoint::note(&this.db, &this.checkpoints)?;
            this.db.execute_batch("COMMIT")?;
            this.checkpoints.clear();
            Ok(())
        })
    }

    fn complete(&mut self, stream: usize) -> Result<(), Failure> {
        self.in_transaction(|this| {
            this.streams[stream].complete(&this.db)?;
            this.db.execute_batch("COMMIT")?;
            Ok(())
        })
    }
}

impl SqliteDestination {
    fn prepare(config: &SqliteConfig, plan: &WritePlan) -> Result<Self, Error> {
        let db = database::open(&config.path)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        bookkeeping::prepare(&db)?;
        let streams =
            plan.streams.iter().map(|planned| StreamTable::open(&db, planned, plan.positions(&planned.descriptor)));
        let streams = streams.collect::<Result<_, _>>()?;
        db.execute_batch("COMMIT")?;
        Ok(Self { db, path: config.path.clone(), streams, checkpoints: Vec::new() })
    }

    /// Does something in the open transaction, or in a new one. It takes the file's lock for writing at once, so that
    /// another writer is noticed before there is anything to lose.
    fn in_transaction(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Failure> {
        let begun = if self.db.is_autocommit() { self.db.execute_batch("BEGIN IMMEDIATE") } else { Ok(()) };
        begun.map_err(Error::from).and_then(|()| act(self)).map_err(|error| error.into_failure(&self.path))
    }
}
