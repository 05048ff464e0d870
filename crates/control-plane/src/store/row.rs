//! Columns of a row as what they mean.

use crate::store::moment;
use crate::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::str::FromStr;

/// A text.
pub(crate) fn text(row: &AnyRow, column: &str) -> Result<String> {
    Ok(row.try_get(column)?)
}

/// A text, or none.
pub(crate) fn text_or_none(row: &AnyRow, column: &str) -> Result<Option<String>> {
    Ok(row.try_get(column)?)
}

/// A number.
pub(crate) fn number(row: &AnyRow, column: &str) -> Result<i64> {
    Ok(row.try_get(column)?)
}

/// 0 or 1.
pub(crate) fn flag(row: &AnyRow, column: &str) -> Result<bool> {
    Ok(number(row, column)? != 0)
}

/// A time.
pub(crate) fn at(row: &AnyRow, column: &str) -> Result<Timestamp> {
    number(row, column).map(moment::timestamp)
}

/// A time, or none.
pub(crate) fn at_or_none(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(moment::timestamp))
}

/// An id, or another thing with a text.
pub(crate) fn parsed<T: FromStr>(row: &AnyRow, column: &str) -> Result<T> {
    text(row, column)?.parse().map_err(|_| damaged(column))
}

/// An id, or none.
pub(crate) fn parsed_or_none<T: FromStr>(row: &AnyRow, column: &str) -> Result<Option<T>> {
    let text = text_or_none(row, column)?;
    text.map(|text| text.parse().map_err(|_| damaged(column))).transpose()
}

/// A document.
pub(crate) fn document<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    serde_json::from_str(&text(row, column)?).map_err(|_| damaged(column))
}

/// A document, or none.
pub(crate) fn document_or_none<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<Option<T>> {
    let text = text_or_none(row, column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| damaged(column))).transpose()
}

/// A word of a fixed list, as serde writes it.
pub(crate) fn word<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(text(row, column)?)).map_err(|_| damaged(column))
}

/// A document for the database.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    // What is stored has only keys that are text, and no floats that are not numbers: it cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// What stands there was not written by this program. Never says what it is.
pub(crate) fn damaged(column: &str) -> Error {
    Error::Database { code: "database.damaged", message: format!("what the database has as `{column}` cannot be read") }
}
