//! Rows of all tables, out of one database and into another: a line of JSON for each, without what is NULL.

use super::{Change, Dialect, Store};
use crate::store::row::damaged;
use crate::{Error, Result};
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AssertSqlSafe, Column as _, Row as _, ValueRef as _};
use std::io::Write;

/// In an order in which each row finds what it refers to.
pub(crate) const TABLES: [&str; 23] = [
    "setting",
    "workspace",
    "user_account",
    "permission",
    "application",
    "definition",
    "definition_version",
    "secret",
    "oauth_parameter",
    "actor",
    "catalog",
    "tag",
    "connection",
    "connection_tag",
    "stream_state",
    "stream_generation",
    "stream_request",
    "job",
    "attempt",
    "attempt_stream",
    "attempt_log",
    "event",
    "notification",
];

/// The tables whose ids are running numbers.
const NUMBERED: [&str; 3] = ["job", "event", "notification"];

/// A view of the database that later changes do not touch.
pub(crate) async fn snapshot(store: &Store) -> Result<Change<'static>> {
    let begun = match store.dialect {
        // The first statement takes the view.
        Dialect::Sqlite => store.reader().begin().await,
        Dialect::Postgres => store.reader().begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
    };
    begun.map_err(Error::from)
}

/// Writes the rows of a table; how many.
pub(crate) async fn write_rows(view: &mut Change<'_>, table: &str, out: &mut impl Write) -> Result<u64> {
    let query = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
    let mut rows = query.fetch(&mut **view);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let line = Value::Object(columns(&row)?).to_string();
        out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(|error| unwritable(&error))?;
        count += 1;
    }
    Ok(count)
}

fn columns(row: &AnyRow) -> Result<Map<String, Value>> {
    let mut columns = Map::new();
    for column in row.columns() {
        let (at, name) = (column.ordinal(), column.name().to_owned());
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            continue;
        }
        let value = match value.type_info().kind() {
            AnyTypeInfoKind::Text => Value::from(row.try_get::<String, _>(at)?),
            AnyTypeInfoKind::BigInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::SmallInt => {
                Value::from(row.try_get::<i64, _>(at)?)
            }
            _ => return Err(damaged(&name)),
        };
        columns.insert(name, value);
    }
    Ok(columns)
}

pub(crate) fn unwritable(error: &std::io::Error) -> Error {
    Error::invalid("backup.unwritable", format!("the backup cannot be written: {error}"))
}

/// Whether nobody has begun to use the database.
pub(crate) async fn is_empty(change: &mut Change<'_>) -> Result<bool> {
    for table in ["workspace", "user_account", "actor", "secret"] {
        let query = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(query).fetch_one(&mut **change).await?;
        if count > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes what a start has put there by itself.
pub(crate) async fn clear(change: &mut Change<'_>) -> Result<()> {
    for table in TABLES.iter().rev() {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut **change).await?;
    }
    Ok(())
}

/// Puts a row into a table. None: it is no row, since there is something else than texts and numbers, or a key is no name.
pub(crate) async fn insert(change: &mut Change<'_>, table: &str, row: &Map<String, Value>) -> Result<Option<()>> {
    let is_name = |key: &String| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if row.is_empty() || !row.keys().all(is_name) {
        return Ok(None);
    }
    let names = row.keys().cloned().collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {table} ({names}) VALUES ({})", super::places(1, row.len()));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in row.values() {
        query = match (value.as_str(), value.as_i64()) {
            (Some(text), _) => query.bind(text.to_owned()),
            (None, Some(number)) => query.bind(number),
            (None, None) => return Ok(None),
        };
    }
    query.execute(&mut **change).await?;
    Ok(Some(()))
}

/// New rows get numbers above those that were put in.
pub(crate) async fn number_on(change: &mut Change<'_>, dialect: Dialect) -> Result<()> {
    if dialect == Dialect::Sqlite {
        return Ok(()); // it has seen the numbers
    }
    for table in NUMBERED {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM {table}"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut **change).await?;
    }
    Ok(())
}

/// The names of all tables that there are.
#[cfg(test)]
pub(crate) async fn tables(store: &Store) -> Vec<String> {
    let sql = match store.dialect {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Dialect::Postgres => "SELECT CAST(tablename AS TEXT) FROM pg_catalog.pg_tables WHERE schemaname = 'public'",
    };
    sqlx::query_scalar(sql).fetch_all(store.reader()).await.unwrap()
}

/// Who is logged in, what somebody waits for, who is at work: nothing of it is there after a restore.
#[cfg(test)]
pub(crate) const LEFT_OUT: [&str; 3] = ["session", "command", "worker"];
