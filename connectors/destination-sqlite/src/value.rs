//! One JSON value as SQLite stores it.
//!
//! Nothing loses a digit: an integer that fits 64 bits is an INTEGER, another number is a REAL if a double holds it
//! exactly, and every other number is the TEXT that it was. Objects and arrays are their text, byte for byte.

use crate::kind::Kind;
use crate::number::Decimal;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::borrow::Cow;

/// What a column of one row holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

/// Why a value becomes null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is not of the column's kind.
    Type,
    /// It is a text that is not Unicode.
    Text,
}

/// Reads the JSON text of a value that is to be of the given kind.
///
/// A string column takes every value, as its text; a number column takes numbers that come as strings.
#[inline]
pub(crate) fn read(kind: Kind, json: &str) -> Result<Cell<'_>, Misfit> {
    let text = || Ok(Cell::Text(Cow::Borrowed(json)));
    match (json.as_bytes().first(), kind) {
        (Some(b'n'), _) => Ok(Cell::Null),
        (Some(b'"'), _) => string(kind, json),
        (_, Kind::String) => text(),
        (Some(b'{'), Kind::Object | Kind::Any) | (Some(b'['), Kind::Array | Kind::Any) => text(),
        (Some(b't'), Kind::Boolean | Kind::Any) => Ok(Cell::Integer(1)),
        (Some(b'f'), Kind::Boolean | Kind::Any) => Ok(Cell::Integer(0)),
        (Some(b'-' | b'0'..=b'9'), Kind::Integer | Kind::Number | Kind::Any) => number(kind, json),
        _ => Err(Misfit::Type),
    }
}

fn string(kind: Kind, json: &str) -> Result<Cell<'_>, Misfit> {
    let inner = &json[1..json.len() - 1];
    let text = match memchr::memchr(b'\\', inner.as_bytes()) {
        None => Cow::Borrowed(inner),
        Some(_) => Cow::Owned(serde_json::from_str::<String>(json).map_err(|_| Misfit::Text)?),
    };
    match (kind, text) {
        (Kind::String | Kind::Any, text) => Ok(Cell::Text(text)),
        (Kind::Integer | Kind::Number, Cow::Borrowed(text)) => number(kind, text),
        _ => Err(Misfit::Type),
    }
}

fn number(kind: Kind, text: &str) -> Result<Cell<'_>, Misfit> {
    match short_number(text) {
        Some(Cell::Real(_)) if kind == Kind::Integer => Err(Misfit::Type),
        Some(cell) => Ok(cell),
        None => long_number(kind, text),
    }
}

/// Reads a number that is plainly exact, and nothing else: an integer of 64 bits, or a point among at most 15 digits.
fn short_number(text: &str) -> Option<Cell<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.first() == Some(&b'0') && digits.get(1).is_some_and(|next| *next != b'.') {
        return None;
    }
    if digits.iter().all(u8::is_ascii_digit) {
        return text.parse().ok().map(Cell::Integer);
    }
    let (whole, fraction) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() > 16 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let double: f64 = text.parse().ok()?;
    // A double without fraction is the integer, so that equal numbers are stored alike.
    Some(if double.fract() == 0.0 { Cell::Integer(double as i64) } else { Cell::Real(double) })
}

fn long_number(kind: Kind, text: &str) -> Result<Cell<'_>, Misfit> {
    let decimal = Decimal::parse(text).ok_or(Misfit::Type)?;
    if kind == Kind::Integer && !decimal.is_integral() {
        return Err(Misfit::Type);
    }
    if let Some(integer) = decimal.to_i64() {
        return Ok(Cell::Integer(integer));
    }
    let exact = decimal.to_f64(text).filter(|_| kind != Kind::Integer);
    Ok(exact.map_or(Cell::Text(Cow::Borrowed(text)), Cell::Real))
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<ValueRef<'_>> for Cell<'static> {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Self::Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<Cell<'_>, Misfit> {
        Ok(Cell::Text(text.into()))
    }

    #[test]
    fn numbers_keep_every_digit() {
        let wide = "12345678901234567890123456789012345678";
        for (kind, json, cell) in [
            (Kind::Integer, "9223372036854775807", Ok(Cell::Integer(i64::MAX))),
            (Kind::Integer, "9223372036854775808", text("9223372036854775808")),
            (Kind::Integer, "5.0", Ok(Cell::Integer(5))),
            (Kind::Integer, "2e3", Ok(Cell::Integer(2000))),
            (Kind::Integer, "1e400", text("1e400")),
            (Kind::Integer, "5.5", Err(Misfit::Type)),
            (Kind::Integer, "0.1e-30", Err(Misfit::Type)),
            (Kind::Integer, "\"42\"", Ok(Cell::Integer(42))),
            (Kind::Integer, "\"forty\"", Err(Misfit::Type)),
            (Kind::Integer, "\"007\"", Err(Misfit::Type)),
            (Kind::Integer, "true", Err(Misfit::Type)),
            (Kind::Number, "-0", Ok(Cell::Integer(0))),
            (Kind::Number, "-0.0", Ok(Cell::Integer(0))),
            (Kind::Number, "0.1", Ok(Cell::Real(0.1))),
            (Kind::Number, "1.5e-7", Ok(Cell::Real(1.5e-7))),
            (Kind::Number, "0.1234567890123456789", text("0.1234567890123456789")),
            (Kind::Number, "1e400", text("1e400")),
            (Kind::Number, wide, text(wide)),
            (Kind::Number, "\"12.50\"", Ok(Cell::Real(12.5))),
            (Kind::Any, "1.0", Ok(Cell::Integer(1))),
        ] {
            assert_eq!(read(kind, json), cell, "{kind:?} {json}");
        }
    }

    #[test]
    fn other_values_are_kept_or_refused() {
        for (kind, json, cell) in [
            (Kind::Boolean, "true", Ok(Cell::Integer(1))),
            (Kind::Boolean, "false", Ok(Cell::Integer(0))),
            (Kind::Boolean, "1", Err(Misfit::Type)),
            (Kind::Boolean, "null", Ok(Cell::Null)),
            (Kind::String, r#""a\u0000\n\"""#, text("a\0\n\"")),
            (Kind::String, r#""\ud800""#, Err(Misfit::Text)),
            (Kind::String, "1.10", text("1.10")),
            (Kind::String, r#"{"a": 1}"#, text(r#"{"a": 1}"#)),
            (Kind::Object, r#"{"b":1, "a":1e400}"#, text(r#"{"b":1, "a":1e400}"#)),
            (Kind::Object, "[]", Err(Misfit::Type)),
            (Kind::Object, "\"{}\"", Err(Misfit::Type)),
            (Kind::Array, "[1]", text("[1]")),
            (Kind::Array, "{}", Err(Misfit::Type)),
            (Kind::Any, "\"x\"", text("x")),
            (Kind::Any, "true", Ok(Cell::Integer(1))),
        ] {
            assert_eq!(read(kind, json), cell, "{kind:?} {json}");
        }
    }
}
