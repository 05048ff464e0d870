//! What is in a database: the data columns of all tables, in an order that does not depend on how they got there.

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row};
use std::collections::BTreeMap;
use std::path::Path;

/// The sorted rows of each table, without the columns and tables of the destination itself.
pub(crate) type Tables = BTreeMap<String, Vec<String>>;

pub(crate) fn read(file: &Path) -> Tables {
    let db = open(file);
    let names = texts(&db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'");
    names.into_iter().map(|name| (name.clone(), rows(&db, &name))).collect()
}

/// One number.
pub(crate) fn number(file: &Path, query: &str) -> i64 {
    open(file).query_row(query, [], |row| row.get(0)).unwrap()
}

fn open(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

fn texts(db: &Connection, query: &str) -> Vec<String> {
    let mut statement = db.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn rows(db: &Connection, table: &str) -> Vec<String> {
    let of_data = format!("FROM pragma_table_info('{table}') WHERE name NOT LIKE '\\_%' ESCAPE '\\'");
    let columns = texts(db, &format!("SELECT '\"' || name || '\"' {of_data}"));
    let mut statement = db.prepare(&format!("SELECT {} FROM \"{table}\"", columns.join(", "))).unwrap();
    let shown = |row: &Row<'_>| -> rusqlite::Result<String> {
        let values = (0..columns.len()).map(|at| Ok(format!("{:?}", row.get::<_, Value>(at)?)));
        Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
    };
    let rows = statement.query_map([], shown).unwrap();
    let mut rows: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
    rows.sort();
    rows
}
