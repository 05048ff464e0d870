//! Tables of a Postgres database: `SCHEMA.NAME`, where the schema is the stream's namespace or the configured one.

use super::{Row, row_of_line, setting};
use longshore_protocol::StreamDescriptor;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::time::Duration;
use tokio::time::timeout;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn rows(config: &Row, stream: &StreamDescriptor) -> Result<Vec<Row>, String> {
    let read = timeout(PATIENCE, read(config, stream)).await;
    let lines = read.map_err(|_| format!("Postgres did not answer within {} s", PATIENCE.as_secs()))?;
    lines.map_err(|error| format!("Postgres: {error}"))?.iter().map(|line| row_of_line(line)).collect()
}

async fn read(config: &Row, stream: &StreamDescriptor) -> sqlx::Result<Vec<String>> {
    let mut server = options(config).disable_statement_logging().connect().await?;
    let configured = || setting(config, &["schema", "default_schema"]).unwrap_or_else(|| "public".to_owned());
    let schema = stream.namespace.clone().unwrap_or_else(configured);
    let lines = match table(&mut server, &schema, &stream.name).await? {
        Some(table) => {
            let select = format!("SELECT row_to_json(it)::text FROM {table} AS it");
            sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&mut server).await?
        }
        None => Vec::new(),
    };
    server.close().await?;
    Ok(lines)
}

/// The table as it stands in SQL. Some destinations fold names to lower case; the exact name comes first.
async fn table(server: &mut PgConnection, schema: &str, name: &str) -> sqlx::Result<Option<String>> {
    // Postgres cuts names of more than 63 bytes; the cast to `name` does that as CREATE TABLE does.
    let find = "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
                WHERE lower(table_schema) = lower($1::text::name::text) AND lower(table_name) = lower($2::text::name::text)
                ORDER BY (table_schema = $1)::int + (table_name = $2)::int DESC LIMIT 1";
    sqlx::query_scalar(find).bind(schema).bind(name).fetch_optional(server).await
}

/// All of it is set, for what is not would be taken from the environment.
fn options(config: &Row) -> PgConnectOptions {
    let of = |names: &[&str], usual: &str| setting(config, names).unwrap_or_else(|| usual.to_owned());
    let user = of(&["username", "user"], "postgres");
    PgConnectOptions::new_without_pgpass()
        .host(&of(&["host"], "localhost"))
        .port(of(&["port"], "").parse().unwrap_or(5432))
        .username(&user)
        .password(&of(&["password"], ""))
        .database(&of(&["database", "dbname"], &user))
        .ssl_mode(PgSslMode::Prefer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_test_support::Postgres;
    use serde_json::{Value, json};

    async fn execute(config: &Row, sql: &'static str) {
        let mut server = options(config).connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut server).await.unwrap();
        server.close().await.unwrap();
    }

    async fn of_stream(config: &Row, namespace: Option<&str>, name: &str) -> Value {
        let stream = StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() };
        json!(rows(config, &stream).await.unwrap())
    }

    #[tokio::test]
    async fn rows_of_a_real_server_come_with_every_digit() {
        let server = Postgres::start();
        let config = json!({
            "host": "127.0.0.1", "port": server.port, "username": server.user(), "password": server.password,
            "database": "postgres", "schema": "target",
        });
        let config = config.as_object().unwrap();
        execute(
            config,
            r#"CREATE SCHEMA target; CREATE SCHEMA "Other one";
               CREATE TABLE target.users (id bigint, n numeric, at timestamptz, doc jsonb, ok boolean, _airbyte_meta jsonb);
               INSERT INTO target.users VALUES
                   (9223372036854775807, 12345678901234567890.123, '2024-05-06T07:08:09.123Z', '{"a":[1]}', true, '{"sync_id":1}');
               CREATE TABLE "Other one"."Users ""x""" (id integer); INSERT INTO "Other one"."Users ""x""" VALUES (1), (2)"#,
        )
        .await;
        let users = of_stream(config, None, "Users").await;
        let at = users[0]["at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).unwrap();
        assert_eq!(at.as_millisecond(), 1_714_979_289_123);
        assert_eq!((&users[0]["id"], &users[0]["n"]), (&json!(i64::MAX), &json!("12345678901234567890.123")));
        assert_eq!((&users[0]["doc"], &users[0]["ok"]), (&json!({"a": [1]}), &json!(true)));
        assert_eq!(of_stream(config, Some("Other one"), "Users \"x\"").await, json!([{"id": 1}, {"id": 2}]));
        assert_eq!(of_stream(config, None, "never").await, json!([]));
        let mut wrong = config.clone();
        wrong.insert("password".to_owned(), json!("wrong"));
        let why = rows(&wrong, &StreamDescriptor::named("users")).await.unwrap_err();
        assert!(why.contains("password authentication failed"), "{why}");
    }
}
