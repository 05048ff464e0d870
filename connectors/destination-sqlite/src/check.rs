//! `check`: opens the file and makes a table in it, for a moment.

use crate::config::SqliteConfig;
use crate::database;
use crate::error::Error;
use longshore_connector_kit::Failure;
use std::path::Path;

/// Leaves nothing behind: the table is rolled back, and a file that was not there before is removed.
pub(crate) fn check(config: &SqliteConfig) -> Result<(), Failure> {
    let existed = config.path.exists();
    let result = probe(&config.path).map_err(|error| error.into_failure(&config.path));
    if !existed {
        // What cannot be removed is an empty database, as good as none.
        let _ = std::fs::remove_file(&config.path);
    }
    result
}

fn probe(path: &Path) -> Result<(), Error> {
    let connection = database::open(path)?;
    connection.execute_batch("BEGIN IMMEDIATE; CREATE TABLE _longshore_check (probe); ROLLBACK")?;
    Ok(())
}
