//! Tables as `destination-sqlite` writes them, in any SQLite file that a configuration names.

use super::{DATA, Row, exact, flat, setting};
use longshore_protocol::StreamDescriptor;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The file of a configuration that names none.
const FILE: &str = "longshore.sqlite";

/// The names under which configurations have the file.
const FILE_SETTINGS: [&str; 5] = ["path", "destination_path", "file", "database", "database_path"];

/// How long somebody else may have the file locked.
const PATIENCE: Duration = Duration::from_secs(10);

/// Beginnings of names that destinations and SQLite keep for themselves, and that get a `_` in front.
const KEPT: [&str; 2] = ["_longshore_", "sqlite_"];

/// The order in which `destination-sqlite` wrote rows; no property.
const ROW: &str = "_longshore_row";

pub(super) fn rows(config: &Row, stream: &StreamDescriptor) -> Result<Vec<Row>, String> {
    let file = PathBuf::from(setting(config, &FILE_SETTINGS).unwrap_or_else(|| FILE.to_owned()));
    if !file.exists() {
        return Ok(Vec::new());
    }
    let in_file = |error: rusqlite::Error| format!("{}: {error}", file.display());
    // Who was killed may have left a journal, which only a connection that may write rolls back. Of a file that cannot be
    // written SQLite itself makes a read-only one.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(&file, flags).map_err(in_file)?;
    db.busy_timeout(PATIENCE).map_err(in_file)?;
    of_stream(&db, stream).map_err(in_file)
}

fn of_stream(db: &Connection, stream: &StreamDescriptor) -> rusqlite::Result<Vec<Row>> {
    let named = |table: &String| has_table(db, table).unwrap_or(false);
    let Some(table) = std::iter::once(table(stream)).chain(booked_table(db, stream)?).filter(named).last() else {
        return Ok(Vec::new());
    };
    let properties = properties(db, stream)?;
    let quoted = table.replace('"', "\"\"");
    let mut select = db.prepare(&format!("SELECT * FROM \"{quoted}\" ORDER BY 1"))?;
    let columns = columns(db, &table)?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Row::new();
        for (at, (column, kind)) in columns.iter().enumerate().filter(|(_, (column, _))| column != ROW) {
            let property = properties.get(column).unwrap_or(column);
            values.insert(property.clone(), kind.value(row.get_ref(at)?));
        }
        found.push(flat(values));
    }
    Ok(found)
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<(String, Kind)>> {
    let mut find = db.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    let columns = find.query_map([table], |row| {
        let name: String = row.get(0)?;
        let kind = Kind::of(&name, &row.get::<_, String>(1)?);
        Ok((name, kind))
    })?;
    columns.collect()
}

/// What a declared type says of values beyond how SQLite stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Json,
    Plain,
}

impl Kind {
    fn of(column: &str, declared: &str) -> Self {
        match declared.to_ascii_uppercase().as_str() {
            _ if matches!(column, "_airbyte_meta" | DATA) => Self::Json,
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "JSON" | "JSONB" | "OBJECT" | "ARRAY" => Self::Json,
            _ => Self::Plain,
        }
    }

    fn value(self, stored: ValueRef<'_>) -> Value {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (self, stored) {
            (_, ValueRef::Null) => Value::Null,
            (Self::Boolean, ValueRef::Integer(number @ (0 | 1))) => Value::Bool(number == 1),
            (_, ValueRef::Integer(number)) => Value::from(number),
            (_, ValueRef::Real(number)) => Value::from(number),
            (Self::Json, ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => {
                exact(&text(bytes)).unwrap_or_else(|_| Value::String(text(bytes)))
            }
            (_, ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => Value::String(text(bytes)),
        }
    }
}

/// `NAME`, or `NAMESPACE__NAME`.
fn table(stream: &StreamDescriptor) -> String {
    let name = match &stream.namespace {
        Some(namespace) => format!("{namespace}__{}", stream.name),
        None => stream.name.clone(),
    };
    let name = if name.is_empty() { "_".to_owned() } else { name.replace('\0', "_") };
    let is_kept = |start: &str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    if KEPT.iter().any(|start| is_kept(start)) { format!("_{name}") } else { name }
}

/// The table that the destination's own books name.
fn booked_table(db: &Connection, stream: &StreamDescriptor) -> rusqlite::Result<Option<String>> {
    if !has_table(db, "_longshore_streams")? {
        return Ok(None);
    }
    let find = "SELECT table_name FROM _longshore_streams WHERE namespace IS ?1 AND name = ?2";
    db.query_row(find, params![stream.namespace, stream.name], |row| row.get(0)).optional()
}

/// By column, the properties of a stream, of which some are in columns of another name.
fn properties(db: &Connection, stream: &StreamDescriptor) -> rusqlite::Result<BTreeMap<String, String>> {
    if !has_table(db, "_longshore_columns")? {
        return Ok(BTreeMap::new());
    }
    let mut find = db.prepare(
        "SELECT column_name, property FROM _longshore_columns AS c JOIN _longshore_streams AS s ON s.id = c.stream
         WHERE s.namespace IS ?1 AND s.name = ?2 AND column_name <> ?3",
    )?;
    let pairs = find.query_map(params![stream.namespace, stream.name, DATA], |row| Ok((row.get(0)?, row.get(1)?)))?;
    pairs.collect()
}

fn has_table(db: &Connection, table: &str) -> rusqlite::Result<bool> {
    let find = "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    db.prepare_cached(find)?.exists([table])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_what_the_declared_types_say() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.sqlite");
        let db = Connection::open(&file).unwrap();
        db.execute_batch(
            r#"CREATE TABLE "main__Order" (_longshore_row INTEGER PRIMARY KEY, _airbyte_meta TEXT, b BOOLEAN, j JSON, n INTEGER, s TEXT);
               INSERT INTO "main__Order" VALUES (1, '{"sync_id":1}', 1, '[1]', 7, '[1]'), (2, '{}', 2, NULL, 0.5, '')"#,
        )
        .unwrap();
        let config = json!({"path": file});
        let stream = StreamDescriptor { namespace: Some("main".to_owned()), name: "order".to_owned() };
        let expected = json!([
            {"_airbyte_meta": {"sync_id": 1}, "b": true, "j": [1], "n": 7, "s": "[1]"},
            {"_airbyte_meta": {}, "b": 2, "j": null, "n": 0.5, "s": ""},
        ]);
        assert_eq!(json!(rows(config.as_object().unwrap(), &stream).unwrap()), expected);
        assert!(rows(config.as_object().unwrap(), &StreamDescriptor::named("never")).unwrap().is_empty());
    }

    #[test]
    fn the_books_say_where_a_stream_and_its_properties_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.sqlite");
        let db = Connection::open(&file).unwrap();
        db.execute_batch(
            r#"CREATE TABLE _longshore_streams (id, namespace, name, table_name);
               CREATE TABLE _longshore_columns (stream, property, column_name);
               INSERT INTO _longshore_streams VALUES (5, NULL, 'users', 'people');
               INSERT INTO _longshore_columns VALUES (5, 'id', 'id_2'), (5, 'Id', 'Id');
               CREATE TABLE people ("Id", "id_2"); INSERT INTO people VALUES (1, 2)"#,
        )
        .unwrap();
        let config = json!({"path": file});
        let rows = rows(config.as_object().unwrap(), &StreamDescriptor::named("users")).unwrap();
        assert_eq!(json!(rows), json!([{"Id": 1, "id": 2}]));
    }
}
