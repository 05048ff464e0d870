//! Old rows, a few at a time, so that nobody waits long for them.

use super::Store;
use super::sql::Sql;
use crate::{Result, Retention};

/// So many rows of jobs in one change.
const BATCH: i64 = 200;

/// Throws logs away; says of how many attempts.
pub(crate) async fn logs(store: &Store, before: i64) -> Result<u64> {
    const OLD: &str = "SELECT job_id, number FROM attempt WHERE log_lines > 0 AND ended_at IS NOT NULL AND ended_at < ";
    repeated(store, async |change| {
        let found = Sql::new(OLD).value(before).text(" LIMIT ").value(BATCH).rows(&mut **change).await?;
        for row in &found {
            let key = (super::row::number(row, "job_id")?, super::row::number(row, "number")?);
            let sql = Sql::new("DELETE FROM attempt_log WHERE job_id = ").value(key.0).text(" AND attempt_number = ");
            sql.value(key.1).execute(&mut **change).await?;
            let sql = Sql::new(
                "UPDATE attempt SET log_lines = 0, log_head_lines = 0, log_head_bytes = 0, log_tail_from = 0, log_tail_bytes = 0 \
                 WHERE job_id = ",
            );
            sql.value(key.0).text(" AND number = ").value(key.1).execute(&mut **change).await?;
        }
        Ok(found.len() as u64)
    })
    .await
}

/// Throws jobs away with all that belongs to them; the last ones of each connection stay.
pub(crate) async fn jobs(store: &Store, before: i64, retention: Retention) -> Result<u64> {
    repeated(store, async |change| {
        let sql = Sql::new("SELECT id FROM job WHERE created_at < ").value(before).text(" AND ended_at < ").value(before);
        let sql = sql.text(
            " AND (SELECT COUNT(*) FROM (SELECT 1 FROM job later WHERE later.connection_id = job.connection_id AND later.id > \
             job.id LIMIT ",
        );
        let keep = i64::from(retention.jobs_per_connection);
        let sql = sql.value(keep).text(") AS later) >= ").value(keep).text(" LIMIT ").value(BATCH);
        let found = sql.rows(&mut **change).await?;
        let ids: Vec<i64> = found.iter().map(|row| super::row::number(row, "id")).collect::<Result<_>>()?;
        for table in ["attempt_log", "attempt_stream", "attempt"] {
            let sql = Sql::new(&format!("DELETE FROM {table} WHERE job_id IN ")).list(ids.iter().copied());
            sql.execute(&mut **change).await?;
        }
        Sql::new("DELETE FROM job WHERE id IN ").list(ids.iter().copied()).execute(&mut **change).await
    })
    .await
}

pub(crate) async fn commands(store: &Store, before: i64) -> Result<u64> {
    delete(store, "DELETE FROM command WHERE ended_at < ", before).await
}

pub(crate) async fn sessions(store: &Store, now: i64) -> Result<u64> {
    delete(store, "DELETE FROM session WHERE expires_at < ", now).await
}

pub(crate) async fn notifications(store: &Store, before: i64) -> Result<u64> {
    delete(store, "DELETE FROM notification WHERE created_at < ", before).await
}

async fn delete(store: &Store, sql: &str, before: i64) -> Result<u64> {
    let mut change = store.change().await?;
    let done = Sql::new(sql).value(before).execute(&mut *change).await?;
    change.commit().await?;
    Ok(done)
}

/// Until nothing is left, each time in a change of its own.
async fn repeated(store: &Store, step: impl AsyncFn(&mut super::Change<'static>) -> Result<u64>) -> Result<u64> {
    let mut all = 0;
    loop {
        let mut change = store.change().await?;
        let done = step(&mut change).await?;
        change.commit().await?;
        all += done;
        if done == 0 {
            return Ok(all);
        }
        tokio::task::yield_now().await;
    }
}
