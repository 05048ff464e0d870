//! A backup holds all of it, and both databases read it.

use super::BackupContent;
use crate::store::Dialect;
use crate::store::backup as rows;
use crate::{Clock, ControlPlane, Database, MasterKey, Policy, Setup};
use longshore_test_support::Postgres;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

const KEY_TEXT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const OTHER_KEY: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

async fn opened(database: Database, key: &str) -> ControlPlane {
    let setup = Setup {
        database,
        key: MasterKey::from_base64(key).unwrap(),
        policy: Policy::default(),
        clock: Clock::system(),
        bundled: Vec::new(),
    };
    let plane = ControlPlane::open(setup).await.unwrap();
    plane.migrate().await.unwrap();
    plane
}

async fn sqlite(folder: &Path, name: &str) -> ControlPlane {
    opened(Database::Sqlite(folder.join(name)), KEY_TEXT).await
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    members
}

/// Rows in tables that refer to each other, with and without what may be NULL.
async fn fill(plane: &ControlPlane) {
    let mut change = plane.store().change().await.unwrap();
    let rows = [
        ("setting", json!({"name": "a", "value": "\u{fc}\n\"'\u{1f600}"})),
        ("workspace", json!({"id": "w", "name": "W", "notifications": "{}", "created_at": 1, "updated_at": 2})),
        (
            "user_account",
            json!({"id": "u", "email": "e", "name": "", "created_at": i64::MAX, "updated_at": -1, "deleted_at": 3}),
        ),
        ("event", json!({"id": 41, "at": 1, "resource_kind": "k", "resource_id": "r", "action": "a", "summary": "s"})),
    ];
    for (table, row) in rows {
        rows::insert(&mut change, table, &object(row)).await.unwrap().unwrap();
    }
    change.commit().await.unwrap();
}

async fn dump(plane: &ControlPlane) -> Vec<String> {
    let mut view = rows::snapshot(plane.store()).await.unwrap();
    let mut tables = Vec::new();
    for table in rows::TABLES {
        let mut lines = Vec::new();
        rows::write_rows(&mut view, table, &mut lines).await.unwrap();
        tables.push(format!("{table}\n{}", String::from_utf8(lines).unwrap()));
    }
    view.rollback().await.unwrap();
    tables
}

async fn next_event(plane: &ControlPlane) -> i64 {
    let mut change = plane.store().change().await.unwrap();
    let row = json!({"at": 1, "resource_kind": "k", "resource_id": "r", "action": "a", "summary": "s"});
    rows::insert(&mut change, "event", &object(row)).await.unwrap().unwrap();
    let id = sqlx::query_scalar("SELECT MAX(id) FROM event").fetch_one(&mut *change).await.unwrap();
    change.commit().await.unwrap();
    id
}

#[tokio::test]
async fn no_table_is_forgotten() {
    let folder = TempDir::new().unwrap();
    let plane = sqlite(folder.path(), "a.db").await;
    let mut there = BTreeSet::from_iter(rows::tables(plane.store()).await);
    there.retain(|table| !table.starts_with("sqlite_") && !table.starts_with("_sqlx"));
    let known: BTreeSet<String> = rows::TABLES.into_iter().chain(rows::LEFT_OUT).map(str::to_owned).collect();
    assert_eq!(there, known);
}

#[tokio::test]
async fn an_instance_moves_from_one_database_to_the_other_and_back() {
    let (folder, postgres) = (TempDir::new().unwrap(), Postgres::start());
    let (first, second) = (folder.path().join("1.tar.gz"), folder.path().join("2.tar.gz"));
    let from = sqlite(folder.path(), "from.db").await;
    fill(&from).await;
    let content = from.back_up(&first, true).await.unwrap();
    assert_eq!((content.rows["event"], content.rows["job"]), (1, 0));
    let password = postgres.password.replace(' ', "%20");
    let url = format!("postgres://{}:{password}@127.0.0.1:{}/postgres", postgres.user(), postgres.port);
    let between = opened(Database::Postgres(url), KEY_TEXT).await;
    assert_eq!(between.store().dialect, Dialect::Postgres);
    between.restore(&first).await.unwrap();
    assert_eq!(dump(&between).await, dump(&from).await);
    between.back_up(&second, false).await.unwrap();
    let to = sqlite(folder.path(), "to.db").await;
    to.restore(&second).await.unwrap();
    assert_eq!(dump(&to).await, dump(&from).await);
    assert_eq!([next_event(&between).await, next_event(&to).await], [42, 42]);
}

#[tokio::test]
async fn the_key_is_in_it_only_when_it_is_to_be() {
    let folder = TempDir::new().unwrap();
    let (with, without) = (folder.path().join("with"), folder.path().join("without"));
    let plane = sqlite(folder.path(), "a.db").await;
    plane.back_up(&with, true).await.unwrap();
    plane.back_up(&without, false).await.unwrap();
    let key = BackupContent::read(&with).unwrap().1.unwrap();
    assert_eq!(key.to_base64(), KEY_TEXT);
    assert!(BackupContent::read(&without).unwrap().1.is_none());
}

#[tokio::test]
async fn a_restore_that_would_do_harm_is_refused_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.tar.gz");
    let plane = sqlite(folder.path(), "a.db").await;
    fill(&plane).await;
    plane.back_up(&file, false).await.unwrap();
    let before = dump(&plane).await;
    assert_eq!(plane.restore(&file).await.unwrap_err().code(), "backup.not_empty");
    assert_eq!(plane.back_up(&file, false).await.unwrap_err().code(), "backup.unwritable");
    assert_eq!(dump(&plane).await, before);
    let other = opened(Database::Sqlite(folder.path().join("b.db")), OTHER_KEY).await;
    assert_eq!(other.restore(&file).await.unwrap_err().code(), "backup.key_differs");
    let bytes = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut");
    for length in [0, 10, bytes.len() / 2, bytes.len() - 20] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let empty = sqlite(folder.path(), "c.db").await;
        assert_eq!(empty.restore(&cut).await.unwrap_err().code(), "backup.unreadable", "{length}");
        let mut change = empty.store().change().await.unwrap();
        assert!(rows::is_empty(&mut change).await.unwrap());
    }
}
