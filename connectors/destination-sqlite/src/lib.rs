//! Typed tables in a SQLite file.
//!
//! A stream becomes a table; the files are in the order in which a record passes them:
//!
//! * [`config`] and `check` are what a user sees first; `database` opens the file.
//! * `kind`, `name` and `column` turn a stream's JSON schema into columns.
//! * `stream` puts into effect what the kit decides about generations: whether rows go to the table itself or to a
//!   staged one that replaces it at the end.
//! * `value` and `number` turn JSON into what SQLite stores, `row` does so for one record, `table` takes the row.
//! * `dedup` and `cursor` keep the newest row of each primary key.
//! * `checkpoint` notes states beside the rows, in the same transaction, and undoes what a source will send again.
//! * `write` is the destination that puts all this together; `bookkeeping` holds the tables that a user did not ask for.
//!
//! Rows and states are committed in one transaction that survives a power cut before a state is echoed. So a run that
//! is killed at any instant and resumed leaves the same rows as one that was not.

use longshore_connector_kit::run_destination;
use std::ffi::OsString;
use std::process::ExitCode;

mod bookkeeping;
mod check;
mod checkpoint;
mod column;
pub mod config;
mod cursor;
mod database;
mod dedup;
mod error;
mod kind;
mod name;
mod number;
mod row;
mod stream;
mod table;
mod value;
mod write;

pub use write::SqliteDestination;

/// Runs the connector with the arguments after the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_destination::<SqliteDestination>(args)
}
