//! Counts that indexes answer, however many jobs have ended.

use super::sql::Sql;
use super::{notification, row};
use crate::{Counts, Result};
use sqlx::{AnyPool, Row};
use std::time::Duration;

pub(crate) async fn get(pool: &AnyPool, now: i64) -> Result<Counts> {
    let mut counts = Counts { notifications: notification::waiting(pool).await?, ..Counts::default() };
    let active = "SELECT status, CAST(COUNT(*) AS BIGINT) AS jobs FROM job WHERE status IN ('pending', 'running', \
        'incomplete') GROUP BY status";
    for found in Sql::new(active).rows(pool).await? {
        let jobs = row::number(&found, "jobs")?;
        match row::text(&found, "status")?.as_str() {
            "pending" => counts.pending = jobs,
            "running" => counts.running = jobs,
            _ => counts.incomplete = jobs,
        }
    }
    let sql = Sql::new("SELECT MIN(claimable_at) AS oldest FROM job WHERE claimable_at <= ").value(now);
    if let Some(found) = sql.row(pool).await?
        && let Some(oldest) = found.try_get::<Option<i64>, _>("oldest")?
    {
        counts.oldest_wait = Duration::from_millis(u64::try_from(now - oldest).unwrap_or(0));
    }
    let sql = Sql::new("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM job WHERE lease_until < ").value(now);
    counts.expired_leases = number(sql, pool).await?;
    let open =
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM command WHERE claimable_at IS NOT NULL OR lease_until IS NOT NULL";
    counts.commands = number(Sql::new(open), pool).await?;
    Ok(counts)
}

async fn number(sql: Sql, pool: &AnyPool) -> Result<i64> {
    sql.row(pool).await?.map_or(Ok(0), |found| row::number(&found, "n"))
}
