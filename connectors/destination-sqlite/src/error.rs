//! What goes wrong inside, until the file's name is added and it becomes a [`Failure`].

use longshore_connector_kit::Failure;
use rusqlite::ErrorCode;
use std::path::Path;

/// A failure, or an error of SQLite that has yet to become one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Says whose fault it is, and what to do.
    pub(crate) fn into_failure(self, path: &Path) -> Failure {
        match self {
            Self::Failure(failure) => failure,
            Self::Sqlite(error) => of_sqlite(&error, &path.display().to_string()),
            Self::Io(error) => Failure::config(format!("{} cannot be used: {error}", path.display())),
        }
    }
}

fn of_sqlite(error: &rusqlite::Error, file: &str) -> Failure {
    let failure = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::transient(format!(
            "another process is writing to {file}; run the sync again when it has finished, nothing committed is lost"
        )),
        Some(ErrorCode::DiskFull) => Failure::transient(format!(
            "there is no space left for {file}; make room and run the sync again, nothing committed is lost"
        )),
        Some(ErrorCode::NotADatabase) => {
            Failure::config(format!("{file} is not a SQLite database; choose another file"))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Failure::config(format!(
            "{file} cannot be opened for writing; check that it and its folder belong to the user of this program"
        )),
        Some(ErrorCode::DatabaseCorrupt) => Failure::system(format!(
            "{file} is damaged; restore it from a copy, or choose another file and run the sync from the beginning"
        )),
        Some(ErrorCode::TooBig) => Failure::system(format!("a record is larger than {file} can hold (1 GB)")),
        _ => Failure::system(format!("SQLite cannot go on with {file}: {error}")),
    };
    failure.with_internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.sqlite");
        let connection = crate::database::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x); PRAGMA max_page_count = 4").unwrap();
        let error = connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []).unwrap_err();
        let failure = Error::from(error).into_failure(&path);
        assert!(failure.message.contains("no space left") && failure.message.contains("small.sqlite"));
        assert_eq!(failure.kind.to_trace(), "transient_error");
    }

    #[test]
    fn a_file_of_another_kind_is_a_matter_of_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "not a database, but longer than its header would be: ".repeat(20)).unwrap();
        let failure = crate::database::open(&path).map(drop).unwrap_err().into_failure(&path);
        assert!(failure.message.contains("not a SQLite database"), "{failure}");
        assert_eq!(failure.kind.to_trace(), "config_error");
    }

    #[test]
    fn a_writer_beside_us_is_a_matter_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared.sqlite");
        let first = crate::database::open(&path).unwrap();
        first.execute_batch("BEGIN IMMEDIATE").unwrap();
        let second = Connection::open(&path).unwrap();
        second.busy_timeout(std::time::Duration::ZERO).unwrap();
        let error = second.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        let failure = Error::from(error).into_failure(&path);
        assert_eq!(failure.kind.to_trace(), "transient_error");
        assert!(failure.message.contains("another process"), "{failure}");
    }
}
