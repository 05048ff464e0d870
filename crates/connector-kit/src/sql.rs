//! Texts of SQL (feature `sql`): names, statements that read a table in pages, types. No driver: any that takes text will do.
//!
//! ```
//! use longshore_connector_kit::sql::{Keyset, Quotes, json_type};
//! use serde_json::json;
//!
//! let keyset = Keyset::new(["updated_at", "id"]);
//! assert_eq!(
//!     keyset.first_page(Quotes::Double, &["shop", "orders"], &["id", "updated_at"], 1000),
//!     r#"SELECT "id", "updated_at" FROM "shop"."orders" ORDER BY "updated_at", "id" LIMIT 1000"#
//! );
//! let next = keyset.next_page(Quotes::Double, &["shop", "orders"], &["id"], 1000, |at| format!("${at}"));
//! assert!(next.contains(r#"WHERE ("updated_at" > $1 OR ("updated_at" = $1 AND ("id" > $2)))"#), "{next}");
//! assert_eq!(json_type("timestamp with time zone"), json!({
//!     "type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone",
//! }));
//! ```

use serde_json::{Value, json};

/// How a database quotes names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// `"name"`: the standard, PostgreSQL, Oracle, SQLite, Snowflake.
    Double,
    /// `` `name` ``: MySQL, MariaDB, BigQuery.
    Backtick,
    /// `[name]`: SQL Server.
    Bracket,
}

impl Quotes {
    /// A name in quotes; quotes in it are doubled, so no name can end them.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        let (open, close) = match self {
            Self::Double => ('"', '"'),
            Self::Backtick => ('`', '`'),
            Self::Bracket => ('[', ']'),
        };
        let doubled = name.replace(close, &format!("{close}{close}"));
        format!("{open}{doubled}{close}")
    }

    /// A name of several parts, such as schema and table.
    #[must_use]
    pub fn path(self, parts: &[&str]) -> String {
        parts.iter().map(|part| self.name(part)).collect::<Vec<_>>().join(".")
    }

    fn list<'a>(self, names: impl IntoIterator<Item = &'a str>) -> String {
        names.into_iter().map(|name| self.name(name)).collect::<Vec<_>>().join(", ")
    }
}

/// Reads a table in the order of some columns, page by page, each page behind the last row of the one before.
///
/// A cursor that several rows share (a time in seconds) must be followed by the primary key: then no row falls between two
/// pages, and none comes twice. A cursor alone is safe only with [`Keyset::from_cursor`], which reads the rows of the last
/// value again. No column may be null.
#[derive(Debug, Clone)]
pub struct Keyset(Vec<String>);

impl Keyset {
    /// The columns, the cursor first.
    pub fn new<N: Into<String>>(columns: impl IntoIterator<Item = N>) -> Self {
        Self(columns.into_iter().map(Into::into).collect())
    }

    /// The statement for the first page.
    #[must_use]
    pub fn first_page(&self, quotes: Quotes, table: &[&str], columns: &[&str], limit: u64) -> String {
        self.select(quotes, table, columns, "", Some(limit))
    }

    /// The statement for the page behind a row; parameter n (from 1) is the row's value of the n-th column, and
    /// `parameter` writes it (`?1`, `$1`, `:p1`; it occurs several times).
    #[must_use]
    pub fn next_page(
        &self,
        quotes: Quotes,
        table: &[&str],
        columns: &[&str],
        limit: u64,
        parameter: impl Fn(usize) -> String,
    ) -> String {
        let behind = format!(" WHERE {}", self.behind(quotes, 0, &parameter));
        self.select(quotes, table, columns, &behind, Some(limit))
    }

    /// The statement for everything from a cursor on, the rows that have it included.
    #[must_use]
    pub fn from_cursor(
        &self,
        quotes: Quotes,
        table: &[&str],
        columns: &[&str],
        parameter: impl Fn(usize) -> String,
    ) -> String {
        let cursor = self.0.first().map(|cursor| format!(" WHERE {} >= {}", quotes.name(cursor), parameter(1)));
        self.select(quotes, table, columns, &cursor.unwrap_or_default(), None)
    }

    fn select(&self, quotes: Quotes, table: &[&str], columns: &[&str], filter: &str, limit: Option<u64>) -> String {
        let (table, chosen) = (quotes.path(table), quotes.list(columns.iter().copied()));
        let order = quotes.list(self.0.iter().map(String::as_str));
        let limit = match (limit, quotes) {
            (None, _) => String::new(),
            (Some(limit), Quotes::Bracket) => format!(" OFFSET 0 ROWS FETCH NEXT {limit} ROWS ONLY"),
            (Some(limit), _) => format!(" LIMIT {limit}"),
        };
        format!("SELECT {chosen} FROM {table}{filter} ORDER BY {order}{limit}")
    }

    /// Written out, since not every database compares rows, and not every one that does uses an index for it.
    fn behind(&self, quotes: Quotes, at: usize, parameter: &impl Fn(usize) -> String) -> String {
        let Some(column) = self.0.get(at) else { return "1 = 0".to_owned() };
        let (column, value) = (quotes.name(column), parameter(at + 1));
        if at + 1 == self.0.len() {
            return format!("({column} > {value})");
        }
        format!("({column} > {value} OR ({column} = {value} AND {}))", self.behind(quotes, at + 1, parameter))
    }
}

/// The JSON Schema of a column, by the name of its type in the catalog of the database; lengths in brackets are ignored. A
/// type that is not known is text.
#[must_use]
pub fn json_type(sql_type: &str) -> Value {
    let lower = sql_type.to_ascii_lowercase();
    let (name, rest) = lower.split_once('(').unwrap_or((&lower, ""));
    let suffix = rest.split_once(')').map_or("", |(_, suffix)| suffix).trim();
    let name = [name.trim(), suffix].join(" ");
    let name = name.trim().trim_end_matches(" unsigned");
    let moment = |format: &str, kind: &str| json!({"type": ["null", "string"], "format": format, "airbyte_type": kind});
    match name {
        "smallint" | "integer" | "int" | "bigint" | "tinyint" | "mediumint" | "int2" | "int4" | "int8" | "serial"
        | "bigserial" | "smallserial" => json!({"type": ["null", "integer"]}),
        "real" | "double precision" | "double" | "float" | "float4" | "float8" | "numeric" | "decimal" | "number"
        | "money" => json!({"type": ["null", "number"]}),
        "boolean" | "bool" | "bit" => json!({"type": ["null", "boolean"]}),
        "date" => json!({"type": ["null", "string"], "format": "date"}),
        "timestamp with time zone" | "timestamptz" | "datetimeoffset" => moment("date-time", "timestamp_with_timezone"),
        "timestamp" | "timestamp without time zone" | "datetime" | "datetime2" | "smalldatetime" => {
            moment("date-time", "timestamp_without_timezone")
        }
        "time with time zone" | "timetz" => moment("time", "time_with_timezone"),
        "time" | "time without time zone" => moment("time", "time_without_timezone"),
        "json" | "jsonb" => json!({"type": ["null", "object", "array", "string", "number", "boolean"]}),
        "bytea" | "blob" | "binary" | "varbinary" | "longblob" | "mediumblob" | "tinyblob" | "raw" | "image" => {
            json!({"type": ["null", "string"], "contentEncoding": "base64"})
        }
        _ => json!({"type": ["null", "string"]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_quotes() {
        assert_eq!(Quotes::Double.name(r#"a"; drop"#), r#""a""; drop""#);
        assert_eq!(Quotes::Backtick.path(&["a`b", "c"]), "`a``b`.`c`");
        assert_eq!(Quotes::Bracket.name("a]b"), "[a]]b]");
    }

    #[test]
    fn types_are_known_whatever_their_length() {
        for (sql, kind) in [
            ("NUMERIC(10,2)", "number"),
            ("bigint(20) unsigned", "integer"),
            ("character varying(40)", "string"),
            ("tsvector", "string"),
            ("bool", "boolean"),
        ] {
            assert_eq!(json_type(sql)["type"][1], kind, "{sql}");
        }
        assert_eq!(json_type("timestamp(6) with time zone")["airbyte_type"], "timestamp_with_timezone");
        assert_eq!(json_type("timestamp(6)")["airbyte_type"], "timestamp_without_timezone");
    }
}
