//! The database: streams, and rows of all of them.

use super::Failure;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::path::Path;

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, namespace TEXT, name TEXT, UNIQUE (namespace, name));
    CREATE TABLE IF NOT EXISTS rows (
        id INTEGER PRIMARY KEY, stream INTEGER, staged INTEGER, deleted INTEGER, key TEXT, generation INTEGER,
        raw_id TEXT, extracted_ms INTEGER, meta TEXT, data TEXT);
    CREATE INDEX IF NOT EXISTS rows_by_key ON rows (stream, staged, key);
";

/// A row.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) key: Option<String>,
    pub(super) is_deleted: bool,
    pub(super) raw_id: String,
    pub(super) extracted_ms: i64,
    pub(super) meta: String,
    pub(super) data: String,
}

/// An open database.
pub(super) struct Store {
    pub(super) db: Connection,
}

/// What is wrong with the configuration.
pub(super) fn problem(config: &Value) -> Option<String> {
    let Some(path) = config["path"].as_str().filter(|path| !path.is_empty()) else {
        return Some("path must name a file".to_owned());
    };
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    let is_there = folder.is_none_or(Path::is_dir);
    (!is_there || Path::new(path).is_dir()).then(|| format!("there is no folder for {path}"))
}

impl Store {
    pub(super) fn open(config: &Value) -> Result<Self, Failure> {
        if let Some(problem) = problem(config) {
            return Err(Failure::new("config_error", problem));
        }
        let db = Connection::open(config["path"].as_str().unwrap_or_default())?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.execute_batch(TABLES)?;
        Ok(Self { db })
    }

    pub(super) fn begin(&self) -> Result<(), Failure> {
        Ok(self.db.execute_batch("BEGIN IMMEDIATE")?)
    }

    pub(super) fn commit(&self) -> Result<(), Failure> {
        Ok(self.db.execute_batch("COMMIT")?)
    }

    /// The number of a stream.
    pub(super) fn stream(&self, namespace: &str, name: &str) -> Result<i64, Failure> {
        self.db.execute("INSERT OR IGNORE INTO streams (namespace, name) VALUES (?1, ?2)", [namespace, name])?;
        let find = "SELECT id FROM streams WHERE namespace = ?1 AND name = ?2";
        Ok(self.db.query_row(find, [namespace, name], |row| row.get(0))?)
    }

    /// Whether a stream has rows older than a generation that everybody sees; all rows are older than none.
    pub(super) fn has_older(&self, stream: i64, generation: Option<i64>) -> Result<bool, Failure> {
        let find = "SELECT 1 FROM rows WHERE stream = ?1 AND NOT staged AND (generation IS NULL OR ?2 IS NULL OR generation < ?2)";
        Ok(self.db.prepare_cached(find)?.exists(params![stream, generation])?)
    }

    /// Throws away what waits of another generation.
    pub(super) fn drop_staged(&self, stream: i64, but: Option<i64>) -> Result<(), Failure> {
        let drop = "DELETE FROM rows WHERE stream = ?1 AND staged AND (?2 IS NULL OR generation IS NOT ?2)";
        self.db.execute(drop, params![stream, but])?;
        Ok(())
    }

    /// Replaces rows older than a generation by those that wait.
    pub(super) fn swap(&self, stream: i64, generation: Option<i64>) -> Result<(), Failure> {
        let drop = "DELETE FROM rows WHERE stream = ?1 AND NOT staged AND (generation IS NULL OR ?2 IS NULL OR generation < ?2)";
        self.db.execute(drop, params![stream, generation])?;
        self.db.execute("UPDATE rows SET staged = 0 WHERE stream = ?1", [stream])?;
        Ok(())
    }

    /// The version of a row that is there: its number, data, and time.
    pub(super) fn version(&self, stream: i64, staged: bool, key: &str) -> Result<Option<(i64, Value, i64)>, Failure> {
        let find = "SELECT id, data, extracted_ms FROM rows WHERE stream = ?1 AND staged = ?2 AND key = ?3";
        let mut find = self.db.prepare_cached(find)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?));
        let found = find.query_row(params![stream, staged, key], read).optional()?;
        Ok(found.map(|(id, data, at)| (id, serde_json::from_str(&data).unwrap_or_default(), at)))
    }

    pub(super) fn delete(&self, id: i64) -> Result<(), Failure> {
        self.db.prepare_cached("DELETE FROM rows WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    pub(super) fn insert(&self, stream: i64, staged: bool, generation: Option<i64>, row: &Row) -> Result<(), Failure> {
        let insert = "INSERT INTO rows (stream, staged, deleted, key, generation, raw_id, extracted_ms, meta, data)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.db.prepare_cached(insert)?.execute(params![
            stream,
            staged,
            row.is_deleted,
            row.key,
            generation,
            row.raw_id,
            row.extracted_ms,
            row.meta,
            row.data
        ])?;
        Ok(())
    }

    /// For defects: no rows any more.
    pub(super) fn forget_everything(&self) -> Result<(), Failure> {
        self.db.execute("DELETE FROM rows", [])?;
        Ok(())
    }
}
