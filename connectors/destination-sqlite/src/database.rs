//! Opens the database file.

use crate::error::Error;
use longshore_connector_kit::Failure;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another process that is writing to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that stay prepared: a few for each stream.
const PREPARED_STATEMENTS: usize = 128;

/// * A commit in WAL mode with `synchronous = FULL` survives a power cut, and readers are never in its way.
/// * `legacy_alter_table` keeps a user's view on a table working when a new generation takes the table's place.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA legacy_alter_table = ON;
                       PRAGMA cache_size = -16000";

/// Opens the file, or makes it.
pub(crate) fn open(path: &Path) -> Result<Connection, Error> {
    if path.as_os_str().is_empty() {
        return Err(Failure::config("`path` is empty; name a file").into());
    }
    // An absolute path cannot be one of the names that mean "in memory" to SQLite.
    let absolute = std::path::absolute(path)?;
    if absolute.is_dir() {
        return Err(Failure::config(format!("`path` {} is a folder; name a file in it", path.display())).into());
    }
    if let Some(parent) = absolute.parent() {
        std::fs::create_dir_all(parent).map_err(|error| {
            Failure::config(format!("`path`: the folder {} cannot be made: {error}", parent.display()))
        })?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&absolute, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    if connection.is_readonly("main")? {
        return Err(Failure::config(format!("{} can be read but not written", path.display())).into());
    }
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}
