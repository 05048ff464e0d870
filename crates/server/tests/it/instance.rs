//! An instance of its own for each test: a database in a folder that goes away, a scripted worker, and the routers.

use crate::scripted;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use longshore_control_plane::{Clock, ControlPlane, Database, FirstCredentials, MasterKey, Policy, Setup};
use longshore_server::{ServerSettings, app};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tower::ServiceExt;

pub(crate) struct Instance {
    pub(crate) plane: ControlPlane,
    pub(crate) first: FirstCredentials,
    pub(crate) app: Router,
    worker: JoinHandle<()>,
    _folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

impl Instance {
    pub(crate) async fn new() -> Self {
        Self::with(ServerSettings::default(), Clock::system()).await
    }

    pub(crate) async fn with(settings: ServerSettings, clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let setup = Setup {
            database: Database::Sqlite(folder.path().join("longshore.sqlite")),
            key: MasterKey::file(&folder.path().join("key")).expect("a key"),
            policy: Policy::default(),
            clock,
            bundled: vec!["source-faker".to_owned(), "destination-sqlite".to_owned()],
        };
        let plane = ControlPlane::open(setup).await.expect("a database");
        plane.migrate().await.expect("tables");
        let first = plane
            .first_run(longshore_control_plane::FirstUser::default())
            .await
            .expect("a first run")
            .expect("the first");
        scripted::put_definitions(&plane).await.expect("definitions");
        let worker = tokio::spawn(scripted::work(plane.clone()));
        let app = app(plane.clone(), settings);
        Self { plane, first, app, worker, _folder: folder }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// As the first user.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.basic(), method, path, body).await
    }

    pub(crate) async fn call_as(&self, authorization: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.body(body).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) fn basic(&self) -> String {
        basic(&self.first.client_id, &self.first.client_secret)
    }

    /// The id that an answer of the public API gives a new thing.
    async fn created(&self, path: &str, body: Value, id: &str) -> String {
        let answer = self.call("POST", path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()[id].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn source(&self, name: &str) -> String {
        let body = json!({
            "name": name, "workspaceId": self.first.workspace_id, "definitionId": scripted::SOURCE_DEFINITION,
            "configuration": {"count": 3, "api_key": "hunter2"}
        });
        self.created("/api/public/v1/sources", body, "sourceId").await
    }

    pub(crate) async fn destination(&self, name: &str) -> String {
        let body = json!({
            "name": name, "workspaceId": self.first.workspace_id,
            "configuration": {"destinationType": "sqlite", "path": "/tmp/x", "password": "hunter2"}
        });
        self.created("/api/public/v1/destinations", body, "destinationId").await
    }

    pub(crate) async fn connection(&self, name: &str) -> String {
        let (source, destination) = (self.source("s").await, self.destination("d").await);
        let body = json!({"name": name, "sourceId": source, "destinationId": destination});
        self.created("/api/public/v1/connections", body, "connectionId").await
    }
}

pub(crate) fn basic(name: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}")))
}
