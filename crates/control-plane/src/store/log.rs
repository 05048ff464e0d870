//! Rows of logs.

use super::sql::{Sql, word};
use super::{Change, moment, row};
use crate::{JobId, LogLine, Result};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};

const ROWS: usize = 500;

/// Which lines of an attempt's log are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The number of the last line that was written, kept or not.
    pub(crate) lines: i64,
    /// The first lines, up to this number, are kept.
    pub(crate) head_lines: i64,
    pub(crate) head_bytes: i64,
    /// Lines from this number on are kept, too; 0 while all lines are of the head.
    pub(crate) tail_from: i64,
    pub(crate) tail_bytes: i64,
}

/// The bounds, and nobody else changes them; only while the lease is held.
pub(crate) async fn lock(change: &mut Change<'_>, key: (JobId, i64), token: &str) -> Result<Option<Bounds>> {
    let sql = Sql::new("UPDATE attempt SET log_lines = log_lines WHERE job_id = ").value(key.0.0);
    let sql = sql.text(" AND number = ").value(key.1).text(" AND EXISTS (SELECT 1 FROM job WHERE id = ").value(key.0.0);
    let sql = sql.text(" AND lease_token = ").value(token.to_owned()).text(") RETURNING ").text(BOUNDS);
    sql.row(&mut **change).await?.as_ref().map(bounds).transpose()
}

const BOUNDS: &str = "log_lines, log_head_lines, log_head_bytes, log_tail_from, log_tail_bytes";

fn bounds(found: &AnyRow) -> Result<Bounds> {
    Ok(Bounds {
        lines: row::number(found, "log_lines")?,
        head_lines: row::number(found, "log_head_lines")?,
        head_bytes: row::number(found, "log_head_bytes")?,
        tail_from: row::number(found, "log_tail_from")?,
        tail_bytes: row::number(found, "log_tail_bytes")?,
    })
}

pub(crate) async fn get(pool: &AnyPool, key: (JobId, i64)) -> Result<Option<Bounds>> {
    let sql = Sql::new(&format!("SELECT {BOUNDS} FROM attempt WHERE job_id = ")).value(key.0.0);
    sql.text(" AND number = ").value(key.1).row(pool).await?.as_ref().map(bounds).transpose()
}

pub(crate) async fn set(change: &mut Change<'_>, key: (JobId, i64), bounds: Bounds) -> Result<()> {
    let sql = Sql::new("UPDATE attempt SET log_lines = ")
        .value(bounds.lines)
        .text(", log_head_lines = ")
        .value(bounds.head_lines)
        .text(", log_head_bytes = ")
        .value(bounds.head_bytes)
        .text(", log_tail_from = ")
        .value(bounds.tail_from)
        .text(", log_tail_bytes = ")
        .value(bounds.tail_bytes)
        .text(" WHERE job_id = ")
        .value(key.0.0)
        .text(" AND number = ")
        .value(key.1);
    sql.execute(&mut **change).await.map(|_| ())
}

pub(crate) async fn insert(change: &mut Change<'_>, key: (JobId, i64), lines: &[LogLine]) -> Result<()> {
    for lines in lines.chunks(ROWS) {
        let mut sql =
            Sql::new("INSERT INTO attempt_log (job_id, attempt_number, line, at, origin, level, text) VALUES ");
        let mut separator = "(";
        for line in lines {
            sql = sql.text(separator).value(key.0.0).text(", ").value(key.1).text(", ").value(line.line).text(", ");
            sql = sql.value(moment::milliseconds(line.at)).text(", ").value(word(line.origin)).text(", ");
            sql = sql.value(word(line.level)).text(", ").value(line.text.clone());
            separator = "), (";
        }
        sql.text(")").execute(&mut **change).await?;
    }
    Ok(())
}

/// The sizes of the lines from this one on, the last line first.
pub(crate) async fn sizes(change: &mut Change<'_>, key: (JobId, i64), from: i64) -> Result<Vec<(i64, i64)>> {
    let sql = Sql::new("SELECT line, CAST(OCTET_LENGTH(text) AS BIGINT) AS size FROM attempt_log WHERE job_id = ");
    let sql = sql.value(key.0.0).text(" AND attempt_number = ").value(key.1).text(" AND line >= ").value(from);
    let found = sql.text(" ORDER BY line DESC").rows(&mut **change).await?;
    found.iter().map(|found| Ok((row::number(found, "line")?, row::number(found, "size")?))).collect()
}

/// Throws lines away, from this one up to the other, which stays.
pub(crate) async fn delete(change: &mut Change<'_>, key: (JobId, i64), from: i64, to: i64) -> Result<()> {
    let sql = Sql::new("DELETE FROM attempt_log WHERE job_id = ").value(key.0.0).text(" AND attempt_number = ");
    let sql = sql.value(key.1).text(" AND line >= ").value(from).text(" AND line < ").value(to);
    sql.execute(&mut **change).await.map(|_| ())
}

pub(crate) async fn list(pool: &AnyPool, key: (JobId, i64), after: i64, limit: u32) -> Result<Vec<LogLine>> {
    let sql = Sql::new("SELECT line, at, origin, level, text FROM attempt_log WHERE job_id = ").value(key.0.0);
    let sql = sql.text(" AND attempt_number = ").value(key.1).text(" AND line > ").value(after);
    let sql = sql.text(" ORDER BY line LIMIT ").value(i64::from(limit));
    sql.rows(pool).await?.iter().map(read).collect()
}

fn read(found: &AnyRow) -> Result<LogLine> {
    Ok(LogLine {
        line: found.try_get("line")?,
        at: row::at(found, "at")?,
        origin: row::word(found, "origin")?,
        level: row::word(found, "level")?,
        text: row::text(found, "text")?,
    })
}
