//! The tables that a user did not ask for. Their names begin with `_longshore_`.
//!
//! * `_longshore_streams`: one row per stream; its table, the generation of the rows written last, whether these are
//!   staged, and by which key they are deduplicated
//! * `_longshore_columns`: the column of each property that a stream ever had
//! * `_longshore_checkpoints`: see [`crate::checkpoint`]
//! * `_longshore_staged_N` and `_longshore_keys_N`, `_longshore_staged_keys_N` of stream N: see
//!   [`crate::stream`] and [`crate::dedup`]

use crate::column::Column;
use crate::error::Error;
use longshore_connector_kit::{Failure, StreamDescriptor};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS _longshore_streams (
        id INTEGER PRIMARY KEY,
        namespace TEXT,
        name TEXT NOT NULL,
        table_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        generation INTEGER,
        staged INTEGER NOT NULL DEFAULT 0,
        dedup TEXT,
        complete INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE IF NOT EXISTS _longshore_columns (
        stream INTEGER NOT NULL,
        property TEXT NOT NULL,
        column_name TEXT NOT NULL,
        PRIMARY KEY (stream, property)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS _longshore_checkpoints (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        position TEXT NOT NULL,
        last_row INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS _longshore_checkpoints_of_stream
        ON _longshore_checkpoints (stream, position, id);
";

/// Makes the tables.
pub(crate) fn prepare(db: &Connection) -> Result<()> {
    db.execute_batch(TABLES)
}

/// A row of `_longshore_streams`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamRow {
    pub(crate) id: i64,
    pub(crate) table: String,
    /// The generation of the rows written last.
    pub(crate) generation: Option<i64>,
    /// Whether those rows are staged.
    pub(crate) staged: bool,
    /// What the stream is deduplicated by, if it is.
    pub(crate) dedup: Option<String>,
    /// Whether the sync that wrote last has said that the stream is complete.
    pub(crate) complete: bool,
}

impl StreamRow {
    /// Finds the stream, or enters it; answers whether it was known.
    pub(crate) fn find_or_enter(
        db: &Connection,
        stream: &StreamDescriptor,
        table: &str,
    ) -> Result<(Self, bool), Error> {
        const FIND: &str = "SELECT id, table_name, generation, staged, dedup, complete FROM _longshore_streams
                            WHERE namespace IS ?1 AND name = ?2";
        let find = || db.query_row(FIND, params![stream.namespace, stream.name], Self::read);
        if let Some(row) = find().optional()? {
            return Ok((row, true));
        }
        refuse_foreign_table(db, stream, table)?;
        db.execute(
            "INSERT INTO _longshore_streams (namespace, name, table_name) VALUES (?1, ?2, ?3)",
            params![stream.namespace, stream.name, table],
        )?;
        Ok((find()?, false))
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            table: row.get(1)?,
            generation: row.get(2)?,
            staged: row.get(3)?,
            dedup: row.get(4)?,
            complete: row.get(5)?,
        })
    }

    /// Writes back what may have changed.
    pub(crate) fn save(&self, db: &Connection) -> Result<()> {
        db.execute(
            "UPDATE _longshore_streams SET generation = ?2, staged = ?3, dedup = ?4, complete = ?5 WHERE id = ?1",
            params![self.id, self.generation, self.staged, self.dedup, self.complete],
        )?;
        Ok(())
    }

    /// The table of rows that wait for their stream to be complete.
    pub(crate) fn staged_table(&self) -> String {
        format!("_longshore_staged_{}", self.id)
    }

    /// The table of keys beside the stream's table.
    pub(crate) fn keys_table(&self) -> String {
        format!("_longshore_keys_{}", self.id)
    }

    /// The table of keys beside the staged table.
    pub(crate) fn staged_keys_table(&self) -> String {
        format!("_longshore_staged_keys_{}", self.id)
    }
}

/// A table of another stream, or one that is there but not in the books, is not ours to write to.
fn refuse_foreign_table(db: &Connection, stream: &StreamDescriptor, table: &str) -> Result<(), Error> {
    const OWNER: &str = "SELECT coalesce(namespace || '.', '') || name FROM _longshore_streams WHERE table_name = ?1";
    let owner = db.query_row(OWNER, [table], |row| row.get::<_, String>(0)).optional()?;
    let owner = match owner {
        Some(name) => format!("stream {name}"),
        None if table_exists(db, table)? => "something else".to_owned(),
        None => return Ok(()),
    };
    let failure = Failure::config(format!(
        "stream {stream} needs the table {table}, but that belongs to {owner}; give the stream a prefix or another \
         namespace, or choose another file"
    ));
    Err(failure.into())
}

/// Whether there is a table of that name.
pub(crate) fn table_exists(db: &Connection, table: &str) -> Result<bool> {
    const FIND: &str = "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    db.prepare_cached(FIND)?.exists([table])
}

/// The pairs (property, column) that the stream has had so far.
pub(crate) fn known_columns(db: &Connection, stream: i64) -> Result<Vec<(String, String)>> {
    let mut find = db.prepare("SELECT property, column_name FROM _longshore_columns WHERE stream = ?1")?;
    let rows = find.query_map([stream], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Remembers the columns of a stream for the runs to come.
pub(crate) fn remember_columns(db: &Connection, stream: i64, columns: &[Column]) -> Result<()> {
    let mut insert = db.prepare("INSERT OR IGNORE INTO _longshore_columns VALUES (?1, ?2, ?3)")?;
    columns.iter().try_for_each(|column| insert.execute(params![stream, column.property, column.name]).map(drop))
}
