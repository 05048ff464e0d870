//! One stream during a run: from the plan to the table that its records go to, and to the end of its generation.

use crate::bookkeeping::{StreamRow, known_columns, remember_columns, table_exists};
use crate::checkpoint::{self, Checkpoint};
use crate::column::{self, Column};
use crate::dedup::{Batch, Dedup};
use crate::error::Error;
use crate::row::{Parts, RowMaker};
use crate::table::{Table, drop_table, replace};
use crate::{kind, name};
use longshore_connector_kit::generation::{Before, Target};
use longshore_connector_kit::{
    ConfiguredStream, DestinationSyncMode, Failure, PlannedStream, Position, Positions, Record, State, StreamDescriptor,
};
use rusqlite::{Connection, Result};

/// SQLite's limit is 2,000; some are ours.
const MAX_COLUMNS: usize = 1_990;

/// A stream that is being written.
#[derive(Debug)]
pub(crate) struct StreamTable {
    descriptor: StreamDescriptor,
    positions: Positions,
    books: StreamRow,
    /// Where rows go now.
    table: Table,
    maker: RowMaker,
    dedup: Option<Dedup>,
    next_row: i64,
    /// Rows of generations before this one go when the stream is complete.
    minimum_generation: Option<i64>,
}

impl StreamTable {
    /// Prepares the table for a run.
    pub(crate) fn open(db: &Connection, planned: &PlannedStream, positions: Positions) -> Result<Self, Error> {
        let PlannedStream { descriptor, configured } = planned;
        let (mut books, known) = StreamRow::find_or_enter(db, descriptor, &name::table(descriptor))?;
        let columns = columns(db, &books, planned)?;
        let before = before(db, &books, known, configured, positions.start())?;
        let target = Target::choose(configured.truncates(), before);
        let table = prepare_target(db, target, &mut books, &columns)?;
        books.generation = configured.generation_id;
        books.staged = target.is_staged();
        // A generation that has replaced the older ones may be repeated from its beginning as well.
        let repeats =
            !std::mem::replace(&mut books.complete, false) || (before.same_generation && configured.truncates());
        let mut stream = Self {
            descriptor: descriptor.clone(),
            positions,
            books,
            table,
            dedup: dedup(configured, &columns)?,
            maker: RowMaker::new(columns, configured.generation_id, configured.sync_id),
            next_row: 0,
            minimum_generation: configured.generation_id.filter(|_| configured.truncates()),
        };
        stream.prepare_keys(db)?;
        stream.return_to(db, repeats)?;
        stream.books.save(db)?;
        Ok(stream)
    }

    /// Has the keys of the rows at hand if the stream is deduplicated, and none if it is not.
    fn prepare_keys(&mut self, db: &Connection) -> Result<()> {
        let keys = self.keys();
        let spec = self.dedup.as_ref().map(Dedup::spec);
        match &self.dedup {
            Some(dedup) if self.books.dedup != spec || !table_exists(db, &keys)? => {
                dedup.index(db, &self.table.name, &keys, &self.maker.columns)?;
            }
            Some(_) => {}
            None => drop_table(db, &keys)?,
        }
        self.books.dedup = spec;
        Ok(())
    }

    /// Removes the rows that will come again. With deduplication they may stay: they are replaced by themselves.
    fn return_to(&mut self, db: &Connection, repeats: bool) -> Result<()> {
        let last_row = self.table.last_row(db)?;
        let kept = checkpoint::begin(db, self.books.id, self.positions.start(), repeats, last_row)?;
        if let Some(kept) = kept.filter(|_| self.dedup.is_none()) {
            self.table.truncate_after(db, kept)?;
        }
        self.next_row = self.table.last_row(db)?.max(checkpoint::highest_row(db, self.books.id)?) + 1;
        Ok(())
    }

    fn keys(&self) -> String {
        if self.books.staged { self.books.staged_keys_table() } else { self.books.keys_table() }
    }

    /// Writes records in the open transaction.
    pub(crate) fn write(&mut self, db: &Connection, records: &[Record<'_>]) -> Result<(), Error> {
        let keys = self.keys();
        let mut insert = db.prepare_cached(&self.table.insert)?;
        let batch = self.dedup.as_ref().map(|dedup| Batch::prepare(db, dedup, &self.table.name, &keys));
        let mut batch = batch.transpose()?;
        let mut parts = Parts::default();
        for record in records {
            self.maker.take(record, &self.table, &mut parts).map_err(|failure| self.name_in(failure))?;
            self.table.make_room(db, &self.maker.columns, &parts.cells)?;
            if let Some(batch) = &mut batch
                && !batch.admit(&parts.cells, self.next_row)?
            {
                continue;
            }
            self.maker.insert(&mut insert, self.next_row, record, &parts)?;
            self.next_row += 1;
        }
        Ok(())
    }

    fn name_in(&self, mut failure: Failure) -> Failure {
        failure.message = format!("stream {}: {}", self.descriptor, failure.message);
        failure
    }

    /// What to note when `state` comes now; nothing if it is about other streams.
    pub(crate) fn checkpoint(&self, state: &State) -> Option<Checkpoint> {
        let position = self.positions.of(state)?;
        Some(Checkpoint { stream: self.books.id, position, last_row: self.next_row - 1 })
    }

    /// Ends the stream, in the open transaction: staged rows take the place of the older ones.
    pub(crate) fn complete(&mut self, db: &Connection) -> Result<()> {
        self.books.complete = true;
        self.books.save(db)?;
        if self.books.staged {
            return self.replace_table(db);
        }
        let Some(minimum) = self.minimum_generation else { return Ok(()) };
        self.table.remove_older_generations(db, minimum)?;
        match &self.dedup {
            Some(dedup) => dedup.index(db, &self.table.name, &self.keys(), &self.maker.columns),
            None => Ok(()),
        }
    }

    fn replace_table(&mut self, db: &Connection) -> Result<()> {
        replace(db, &self.books.table, &self.books.staged_table())?;
        drop_table(db, &self.books.keys_table())?;
        if self.dedup.is_some() {
            replace(db, &self.books.keys_table(), &self.books.staged_keys_table())?;
        }
        self.books.staged = false;
        self.books.save(db)?;
        self.table = Table::read(db, &self.books.table, &self.maker.columns)?;
        Ok(())
    }
}

fn columns(db: &Connection, books: &StreamRow, planned: &PlannedStream) -> Result<Vec<Column>, Error> {
    let properties = kind::properties(planned.configured.stream.json_schema.get());
    if properties.len() > MAX_COLUMNS {
        return Err(Failure::config(format!(
            "stream {} has {} properties, and a table of SQLite has room for {MAX_COLUMNS}; select fewer of them",
            planned.descriptor,
            properties.len()
        ))
        .into());
    }
    let columns = column::assign(&known_columns(db, books.id)?, properties);
    remember_columns(db, books.id, &columns)?;
    Ok(columns)
}

fn dedup(configured: &ConfiguredStream, columns: &[Column]) -> Result<Option<Dedup>, Failure> {
    use DestinationSyncMode::{AppendDedup, OverwriteDedup};
    let wanted = matches!(configured.destination_sync_mode, AppendDedup | OverwriteDedup);
    wanted.then(|| Dedup::new(configured, columns)).transpose()
}

/// What the stream looks like before the run.
fn before(
    db: &Connection,
    books: &StreamRow,
    known: bool,
    configured: &ConfiguredStream,
    start: Option<&Position>,
) -> Result<Before> {
    // Without numbers, each run that overwrites is a generation of its own.
    let numbered = configured.generation_id.is_some() || !configured.truncates();
    let continues = match start.filter(|start| !start.is_start()) {
        Some(start) => checkpoint::is_known(db, books.id, start)?,
        None => false,
    };
    Ok(Before {
        staged: books.staged,
        same_generation: known && numbered && books.generation == configured.generation_id,
        continues,
    })
}

/// Puts the decision about the target into effect, and makes the table that rows go to.
fn prepare_target(db: &Connection, target: Target, books: &mut StreamRow, columns: &[Column]) -> Result<Table> {
    let staged = books.staged_table();
    match target {
        Target::Final => Table::create_or_extend(db, &books.table, columns),
        Target::Staged => Table::create_or_extend(db, &staged, columns),
        Target::NewStaged => {
            forget_staged(db, books)?;
            Table::create_or_extend(db, &staged, columns)
        }
        Target::FinalWithoutStaged => {
            forget_staged(db, books)?;
            Table::create_or_extend(db, &books.table, columns)
        }
        Target::FinalWithStaged => {
            let mut table = Table::create_or_extend(db, &books.table, columns)?;
            let offset = table.append_rows_of(db, &staged, columns)?;
            checkpoint::shift(db, books.id, offset)?;
            drop_staged(db, books)?;
            Ok(table)
        }
    }
}

/// The notes speak of staged rows, so they go together.
fn forget_staged(db: &Connection, books: &mut StreamRow) -> Result<()> {
    checkpoint::forget(db, books.id)?;
    drop_staged(db, books)
}

fn drop_staged(db: &Connection, books: &mut StreamRow) -> Result<()> {
    books.dedup = None;
    drop_table(db, &books.staged_table())?;
    drop_table(db, &books.staged_keys_table())
}
