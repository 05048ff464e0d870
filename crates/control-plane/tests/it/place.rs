//! A place where a behaviour is tried: a control plane over an empty database, SQLite or a real Postgres, with a clock of its own.

use jiff::{SignedDuration, Timestamp};
use longshore_control_plane::{
    ActorId, ActorKind, BundledDefinition, By, Clock, ControlPlane, Database, Definition, DefinitionId, MasterKey,
    NewActor, NewWorkspace, Policy, Setup, Workspace,
};
use longshore_protocol::RawJson;
use longshore_test_support::Postgres;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::future::Future;
use std::sync::{Arc, Mutex, Weak};
use tempfile::TempDir;
use uuid::Uuid;

/// The key of all places, in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The server of all tests that run at the same time. It stops, and its folder goes, with the last of them.
static SERVER: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// Makes two tests of each behaviour, `async fn name(place: Place)`: one on SQLite, one on Postgres.
macro_rules! behaviours {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { crate::place::try_on_sqlite(super::$name); })*
        }
        mod on_postgres {
            $(#[test] fn $name() { crate::place::try_on_postgres(super::$name); })*
        }
    };
}
pub(crate) use behaviours;

/// Where a behaviour is tried.
pub(crate) struct Place {
    pub(crate) plane: ControlPlane,
    pub(crate) database: Database,
    /// What the clock says next; each look moves it on by a millisecond, so that an order is an order.
    clock: Arc<Mutex<Timestamp>>,
    _folder: TempDir,
    _server: Option<Arc<Postgres>>,
}

pub(crate) fn try_on_sqlite<F: Future<Output = ()>>(behaviour: impl FnOnce(Place) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::Sqlite(folder.path().join("test.db"));
    run(async { behaviour(Place::at(database, folder, None).await).await });
}

pub(crate) fn try_on_postgres<F: Future<Output = ()>>(behaviour: impl FnOnce(Place) -> F) {
    let server = server();
    run(async {
        let database = Database::Postgres(new_database(&server).await);
        let folder = tempfile::tempdir().expect("a folder");
        behaviour(Place::at(database, folder, Some(server)).await).await;
    });
}

fn run(behaviour: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(behaviour);
}

fn server() -> Arc<Postgres> {
    let mut running = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return server;
    }
    let server = Arc::new(Postgres::start());
    *running = Arc::downgrade(&server);
    server
}

/// The address of an empty database.
async fn new_database(server: &Postgres) -> String {
    let password = server.password.replace(' ', "%20");
    let address = |name: &str| format!("postgres://{}:{password}@127.0.0.1:{}/{name}", server.user(), server.port);
    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&address("postgres")).await.expect("the server answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.expect("a database");
    address(&name)
}

impl Place {
    async fn at(database: Database, folder: TempDir, server: Option<Arc<Postgres>>) -> Self {
        let start = "2026-03-02T10:00:00Z".parse().expect("a time");
        let clock = Arc::new(Mutex::new(start));
        let plane = open(&database, &clock, KEY, Policy::default()).await;
        plane.migrate().await.expect("the tables are made");
        Self { plane, database, clock, _folder: folder, _server: server }
    }

    /// The same database as another process sees it.
    pub(crate) async fn another_process(&self) -> ControlPlane {
        open(&self.database, &self.clock, KEY, Policy::default()).await
    }

    /// The same database where another policy holds.
    pub(crate) async fn with_policy(&self, policy: Policy) -> ControlPlane {
        open(&self.database, &self.clock, KEY, policy).await
    }

    /// The same database with another key.
    pub(crate) async fn with_another_key(&self) -> ControlPlane {
        open(&self.database, &self.clock, &KEY.replace('A', "B"), Policy::default()).await
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut now = self.clock.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    /// Makes a workspace.
    pub(crate) async fn workspace(&self, name: &str) -> Workspace {
        let new = NewWorkspace { name: name.to_owned(), ..NewWorkspace::default() };
        self.plane.create_workspace(By::platform(), new).await.unwrap()
    }

    /// Makes a definition that is part of the program, of this JSON Schema.
    pub(crate) async fn bundled(&self, kind: ActorKind, name: &str, schema: Value) -> Definition {
        let id = DefinitionId(Uuid::new_v5(&Uuid::nil(), name.as_bytes()));
        let modes = match kind {
            ActorKind::Source => json!([]),
            ActorKind::Destination => json!(["append", "overwrite", "append_dedup"]),
        };
        let spec = json!({ "connectionSpecification": schema, "supported_destination_sync_modes": modes });
        let definition = BundledDefinition {
            id,
            kind,
            name: name.to_owned(),
            reference: name.to_owned(),
            version: "1.0.0".to_owned(),
            spec: raw(&spec),
            documentation_url: None,
        };
        self.plane.put_bundled(definition).await.unwrap();
        self.plane.definition(kind, id).await.unwrap()
    }

    /// Makes a source or destination.
    pub(crate) async fn actor(&self, workspace: &Workspace, definition: &Definition, configuration: Value) -> ActorId {
        let new = new_actor(workspace, definition, configuration);
        self.plane.create_actor(By::platform(), new).await.unwrap().id
    }
}

/// A source or destination to be made.
pub(crate) fn new_actor(workspace: &Workspace, definition: &Definition, configuration: Value) -> NewActor {
    NewActor {
        kind: definition.kind,
        workspace_id: workspace.id,
        definition_id: definition.id,
        name: format!("my {}", definition.name),
        configuration,
        resource_allocation: None,
        is_draft: false,
    }
}

pub(crate) fn raw(value: &Value) -> RawJson {
    serde_json::value::to_raw_value(value).unwrap()
}

async fn open(database: &Database, clock: &Arc<Mutex<Timestamp>>, key: &str, policy: Policy) -> ControlPlane {
    let clock = clock.clone();
    let clock = Clock::of(move || {
        let mut now = clock.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_millis(1)).unwrap();
        *now
    });
    let key = MasterKey::from_base64(key).unwrap();
    let bundled = vec!["source-faker".to_owned(), "destination-local".to_owned()];
    ControlPlane::open(Setup { database: database.clone(), key, policy, clock, bundled }).await.unwrap()
}
