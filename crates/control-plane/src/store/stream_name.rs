//! Names of streams as three columns: an absent namespace and an empty one are different.

use crate::Result;
use crate::store::sql::Sql;
use longshore_protocol::StreamDescriptor;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Goes on with the three places.
pub(crate) fn values(sql: Sql, stream: &StreamDescriptor) -> Sql {
    let namespace = stream.namespace.clone().unwrap_or_default();
    sql.value(i64::from(stream.namespace.is_some())).text(", ").value(namespace).text(", ").value(stream.name.clone())
}

/// Goes on with a condition for any of these streams; there is at least one.
pub(crate) fn is_one_of<'a>(mut sql: Sql, streams: impl IntoIterator<Item = &'a StreamDescriptor>) -> Sql {
    let mut separator = "(";
    for stream in streams {
        sql = sql.text(separator).text("(has_namespace, namespace, name) = (");
        sql = values(sql, stream).text(")");
        separator = " OR ";
    }
    sql.text(")")
}

/// The name of a row.
pub(crate) fn of(row: &AnyRow) -> Result<StreamDescriptor> {
    let namespace = match row.try_get::<i64, _>("has_namespace")? {
        1 => Some(row.try_get("namespace")?),
        _ => None,
    };
    Ok(StreamDescriptor { namespace, name: row.try_get("name")? })
}
