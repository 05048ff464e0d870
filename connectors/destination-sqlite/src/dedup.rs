//! Keeps the newest row of each primary key.
//!
//! Beside a deduplicated table stands a table of keys: for each primary key ever seen the number of its row and the
//! cursor of its newest version. A version with an older cursor is dropped; one with the same cursor, or without any,
//! counts as newer, for records of a stream arrive in order. A version with a value in `_ab_cdc_deleted_at` removes the
//! row, but its key stays, so that an older version that comes late does not bring the row back.
//!
//! So the table depends only on the sequence of versions, and sending the end of that sequence once more changes
//! nothing: no row has to be removed when a run is repeated.
//!
//! A null in a primary key is a value like any other. Keys may lie inside objects.

use crate::column::{Column, ROW};
use crate::cursor;
use crate::kind::Kind;
use crate::name::quoted;
use crate::table::drop_table;
use crate::value::{Cell, read};
use longshore_connector_kit::{ConfiguredStream, Failure, Fields};
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};
use serde::Serialize;
use std::cmp::Ordering;

/// The property that change data capture sets when a row was deleted at its origin.
const DELETED_AT: &str = "_ab_cdc_deleted_at";

/// By what a stream is deduplicated.
#[derive(Debug, Clone)]
pub(crate) struct Dedup {
    key: Vec<Path>,
    cursor: Option<Path>,
    deleted_at: Option<Path>,
}

/// The way to a value in a row: a column, and the names inside its object.
#[derive(Debug, Clone, Serialize)]
struct Path {
    column: String,
    #[serde(skip)]
    place: usize,
    inside: Vec<String>,
}

impl Dedup {
    /// Finds the primary key and the cursor of a stream among its columns. A cursor that is not there does not count.
    pub(crate) fn new(stream: &ConfiguredStream, columns: &[Column]) -> Result<Self, Failure> {
        let paths = [&stream.primary_key, &stream.stream.source_defined_primary_key];
        let Some(paths) = paths.into_iter().flatten().find(|paths| !paths.is_empty()) else {
            return Err(Failure::config(format!(
                "stream {} is to be deduplicated but has no primary key; choose one, or another sync mode",
                stream.descriptor()
            )));
        };
        let key = paths.iter().map(|path| {
            Path::find(path, columns).ok_or_else(|| {
                Failure::config(format!(
                    "stream {}: the primary key {} is not among its properties; select it, or choose another key",
                    stream.descriptor(),
                    path.join(".")
                ))
            })
        });
        Ok(Self {
            key: key.collect::<Result<_, _>>()?,
            cursor: stream.cursor().and_then(|path| Path::find(path, columns)),
            deleted_at: Path::find(&[DELETED_AT.to_owned()], columns),
        })
    }

    /// What tables of keys depend on: they are made anew when it changes.
    pub(crate) fn spec(&self) -> String {
        serde_json::json!([self.key, self.cursor, self.deleted_at]).to_string()
    }

    /// Makes a table of keys for the rows that are in `table`, and removes those rows that are not the newest.
    pub(crate) fn index(&self, db: &Connection, table: &str, keys: &str, columns: &[Column]) -> Result<()> {
        drop_table(db, keys)?;
        db.execute_batch(&format!(
            "CREATE TABLE {keys} (key NOT NULL PRIMARY KEY, last_row INTEGER, cursor) WITHOUT ROWID"
        ))?;
        let names: String = columns.iter().map(|column| format!(", {}", quoted(&column.name))).collect();
        let mut select = db.prepare(&format!("SELECT {ROW}{names} FROM {} ORDER BY {ROW}", quoted(table)))?;
        let mut keys = Keys::prepare(db, keys)?;
        let mut outdated = Vec::new();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let cells: Vec<Cell<'_>> =
                (1..=columns.len()).map(|at| row.get_ref(at).map(Cell::from)).collect::<Result<_>>()?;
            match keys.judge(self, &cells, number)? {
                Verdict::Drop => outdated.push(number),
                Verdict::Put(before) => outdated.extend(before),
                Verdict::Remove(before) => outdated.extend(before.into_iter().chain([number])),
            }
        }
        drop(rows);
        let mut delete = db.prepare(&format!("DELETE FROM {} WHERE {ROW} = ?1", quoted(table)))?;
        outdated.iter().try_for_each(|row| delete.execute([row]).map(drop))
    }

    fn key(&self, cells: &[Cell<'_>]) -> Value {
        match self.key.as_slice() {
            [only] => match only.value(cells) {
                Cell::Null => Value::Blob(Vec::new()),
                Cell::Integer(integer) => Value::Integer(integer),
                Cell::Real(real) => Value::Real(real),
                Cell::Text(text) => Value::Text(text.into_owned()),
            },
            paths => Value::Text(paths.iter().map(|path| spelled(&path.value(cells))).collect::<Vec<_>>().join(",")),
        }
    }
}

/// A part of a composite key, such that no two parts are spelled alike.
fn spelled(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Integer(integer) => integer.to_string(),
        Cell::Real(real) => format!("{real:e}"),
        Cell::Text(text) => serde_json::Value::from(text.as_ref()).to_string(),
    }
}

impl Path {
    fn find(path: &[String], columns: &[Column]) -> Option<Self> {
        let (property, inside) = path.split_first()?;
        let place = columns.iter().position(|column| column.property == *property)?;
        Some(Self { column: columns[place].name.clone(), place, inside: inside.to_vec() })
    }

    fn value<'c>(&self, cells: &'c [Cell<'_>]) -> Cell<'c> {
        match &cells[self.place] {
            Cell::Null => Cell::Null,
            Cell::Integer(integer) => Cell::Integer(*integer),
            Cell::Real(real) => Cell::Real(*real),
            Cell::Text(text) if self.inside.is_empty() => Cell::Text(text.as_ref().into()),
            Cell::Text(json) => self.inside(json).unwrap_or(Cell::Null),
        }
    }

    fn inside<'j>(&self, mut json: &'j str) -> Option<Cell<'j>> {
        let mut found = Vec::new();
        for name in &self.inside {
            Fields::new([name.as_str()]).split(json, &mut found).ok()?;
            json = found[0]?;
        }
        read(Kind::Any, json).ok()
    }
}

/// What becomes of a version.
enum Verdict {
    /// A newer one is there.
    Drop,
    /// It is the newest; the row that it replaces, if there is one.
    Put(Option<i64>),
    /// It says that the row was deleted; the row, if it is there.
    Remove(Option<i64>),
}

/// A table of keys and the statements on it.
struct Keys<'c> {
    find: CachedStatement<'c>,
    put: CachedStatement<'c>,
}

impl<'c> Keys<'c> {
    fn prepare(db: &'c Connection, keys: &str) -> Result<Self> {
        Ok(Self {
            find: db.prepare_cached(&format!("SELECT last_row, cursor FROM {keys} WHERE key = ?1"))?,
            put: db.prepare_cached(&format!("INSERT OR REPLACE INTO {keys} VALUES (?1, ?2, ?3)"))?,
        })
    }

    /// Says what becomes of a version that would be row `number`, and enters it.
    fn judge(&mut self, dedup: &Dedup, cells: &[Cell<'_>], number: i64) -> Result<Verdict> {
        let key = dedup.key(cells);
        let cursor = dedup.cursor.as_ref().map_or(Cell::Null, |path| path.value(cells));
        let found = self.find.query_row([&key], |row| Ok((row.get(0)?, Cell::from(row.get_ref(1)?)))).optional()?;
        let before: Option<i64> = match found {
            Some((_, newest)) if cursor::compare(&cursor, &newest) == Ordering::Less => return Ok(Verdict::Drop),
            Some((before, _)) => before,
            None => None,
        };
        let deleted = dedup.deleted_at.as_ref().is_some_and(|path| path.value(cells) != Cell::Null);
        self.put.execute(params![key, (!deleted).then_some(number), cursor])?;
        Ok(if deleted { Verdict::Remove(before) } else { Verdict::Put(before) })
    }
}

/// Deduplicates the records of a batch.
pub(crate) struct Batch<'c, 'd> {
    dedup: &'d Dedup,
    keys: Keys<'c>,
    delete: CachedStatement<'c>,
}

impl<'c, 'd> Batch<'c, 'd> {
    pub(crate) fn prepare(db: &'c Connection, dedup: &'d Dedup, table: &str, keys: &str) -> Result<Self> {
        let delete = db.prepare_cached(&format!("DELETE FROM {} WHERE {ROW} = ?1", quoted(table)))?;
        Ok(Self { dedup, keys: Keys::prepare(db, keys)?, delete })
    }

    /// Removes the row that a version replaces or deletes; answers whether the version is to become row `number`.
    pub(crate) fn admit(&mut self, cells: &[Cell<'_>], number: i64) -> Result<bool> {
        let (before, admitted) = match self.keys.judge(self.dedup, cells, number)? {
            Verdict::Drop => return Ok(false),
            Verdict::Put(before) => (before, true),
            Verdict::Remove(before) => (before, false),
        };
        if let Some(before) = before {
            self.delete.execute([before])?;
        }
        Ok(admitted)
    }
}
