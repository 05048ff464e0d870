//! Where the tests play: a control plane with its worker, and connectors that are scripts.

use jiff::{SignedDuration, Timestamp};
use longshore_control_plane::{
    ActorId, ActorKind, By, Clock, ConnectionId, ControlPlane, Database, Job, JobId, MasterKey, NewActor,
    NewConnection, NewDefinition, NewWorkspace, Policy, RefKind, Retention, Setup, StartJob, StreamWish, Streams,
    WorkspaceId,
};
use longshore_protocol::{DestinationSyncMode, FailureOrigin, FailureReason, SyncMode};
use longshore_runner::{EngineImages, ImageProvider, Provided};
use longshore_worker::{BundledConnector, Timing, Worker, WorkerSettings};
use serde_json::{Value, json};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// In base64.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) plane: ControlPlane,
    pub(crate) folder: TempDir,
    pub(crate) workspace: WorkspaceId,
    /// How far the clock is ahead, in milliseconds.
    ahead: Arc<AtomicI64>,
}

/// Plays on a stage with a worker.
pub(crate) fn play(timing: Timing, scene: impl AsyncFnOnce(&Stage)) {
    on_a_runtime(async {
        let stage = Stage::new().await;
        let worker = Worker::new(stage.plane.clone(), stage.worker_settings(timing));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let work = worker.run(async { stopped.await.unwrap_or_default() });
        let scene = async {
            scene(&stage).await;
            drop(stop);
        };
        tokio::join!(work, scene);
    });
}

/// Plays without one.
pub(crate) fn play_alone(scene: impl AsyncFnOnce(&Stage)) {
    on_a_runtime(async { scene(&Stage::new().await).await });
}

fn on_a_runtime(play: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(play);
}

/// Waits until something is so.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let seen = async {
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("it never came: {what}"))
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ahead = Arc::new(AtomicI64::new(0));
        let its_ahead = Arc::clone(&ahead);
        let now = move || Timestamp::now() + SignedDuration::from_millis(its_ahead.load(Ordering::Relaxed));
        let setup = Setup {
            database: Database::Sqlite(folder.path().join("test.db")),
            key: MasterKey::from_base64(KEY).unwrap(),
            policy: Policy { kinds: vec![RefKind::Bundled, RefKind::Exec], ..Policy::default() },
            clock: Clock::of(now),
            bundled: vec!["source-faker".to_owned(), "destination-null".to_owned()],
        };
        let plane = ControlPlane::open(setup).await.unwrap();
        plane.migrate().await.unwrap();
        let new = NewWorkspace { name: "w".to_owned(), ..NewWorkspace::default() };
        let workspace = plane.create_workspace(By::platform(), new).await.unwrap().id;
        Self { plane, folder, workspace, ahead }
    }

    pub(crate) fn worker_settings(&self, timing: Timing) -> WorkerSettings {
        let folder = self.folder.path().to_owned();
        WorkerSettings {
            name: "the worker of the test".to_owned(),
            runner: Arc::new(move || Ok(runner_settings(&folder))),
            images: image_settings(self.folder.path()),
            slots: 2,
            secret_command: vec!["/bin/echo".to_owned(), "of-the-vault".to_owned()],
            secret_environment: Vec::new(),
            bundled: vec![
                bundled("source-faker", &[]),
                bundled("destination-null", &[DestinationSyncMode::Append, DestinationSyncMode::Overwrite]),
            ],
            timing,
            retention: Retention::default(),
            notice: Arc::new(|text| eprintln!("worker: {text}")),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.ahead.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A definition of a script, of which the worker asks the spec.
    pub(crate) async fn actor(&self, kind: ActorKind, script: &str, configuration: Value) -> ActorId {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connectors").join(script);
        let new = NewDefinition {
            id: None,
            kind,
            name: script.to_owned(),
            workspace_id: Some(self.workspace),
            repository: format!("exec:python3 {}", program.display()),
            tag: "1".to_owned(),
            documentation_url: None,
            icon: None,
            resource_requirements: None,
            spec: Some(self.spec(kind)),
        };
        let definition = self.plane.create_definition(By::platform(), new).await.unwrap();
        let new = NewActor {
            kind,
            workspace_id: self.workspace,
            definition_id: definition.id,
            name: script.to_owned(),
            configuration,
            resource_allocation: None,
            is_draft: false,
        };
        self.plane.create_actor(By::platform(), new).await.unwrap().id
    }

    fn spec(&self, kind: ActorKind) -> longshore_protocol::RawJson {
        let properties = json!({"folder": {"type": "string"}, "phrase": {"type": "string", "airbyte_secret": true}});
        let mut spec = json!({"connectionSpecification": {"type": "object", "properties": properties}});
        if kind == ActorKind::Destination {
            spec["supported_destination_sync_modes"] = json!(["append", "overwrite"]);
        }
        serde_json::value::to_raw_value(&spec).unwrap()
    }

    /// A connection of the two scripts; what `more` says goes into both configurations.
    pub(crate) async fn connection(&self, mode: SyncMode, more: Value) -> ConnectionId {
        let mut configuration = json!({"folder": self.folder.path(), "count": 100});
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let source = self.actor(ActorKind::Source, "source.py", configuration.clone()).await;
        let destination = self.actor(ActorKind::Destination, "destination.py", configuration).await;
        let modes = match mode {
            SyncMode::FullRefresh => (mode, DestinationSyncMode::Overwrite),
            SyncMode::Incremental => (mode, DestinationSyncMode::Append),
        };
        let wish = StreamWish { name: "numbers".to_owned(), modes: Some(modes), ..StreamWish::default() };
        let streams = Streams::Wishes(vec![wish]);
        let new = NewConnection { streams, ..NewConnection::between(source, destination) };
        self.plane.create_connection(By::platform(), new).await.unwrap().id
    }

    pub(crate) async fn start(&self, connection: ConnectionId) -> JobId {
        self.plane.start_job(By::platform(), StartJob::sync(connection)).await.unwrap().id
    }

    /// Waits until a job has ended.
    pub(crate) async fn ended(&self, job: JobId) -> Job {
        until("the end of the job", async || {
            let job = self.plane.job(job).await.unwrap();
            job.status.is_terminal().then_some(job)
        })
        .await
    }

    /// What the destination holds.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let text = std::fs::read_to_string(self.path("numbers.jsonl")).unwrap_or_default();
        let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["n"].as_u64().unwrap();
        text.lines().map(number).collect()
    }

    /// Everything that was logged in an attempt.
    pub(crate) async fn log(&self, job: JobId, attempt: i64) -> String {
        let lines = self.plane.log_lines(job, attempt, 0, 10_000).await.unwrap();
        lines.into_iter().map(|line| format!("{} {}\n", line.origin, line.text)).collect()
    }
}

fn bundled(name: &str, modes: &[DestinationSyncMode]) -> BundledConnector {
    let (title, version) = (name.to_owned(), "1.0.0".to_owned());
    BundledConnector { name: name.to_owned(), title, version, destination_sync_modes: modes.to_vec() }
}

/// The example of this crate: a worker, and the bundled connectors.
pub(crate) fn hand() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.parent().and_then(Path::parent).unwrap().join("examples/hand")
}

fn runner_settings(folder: &Path) -> longshore_runner::Settings {
    let kept = ["PATH", "HOME", "LANG"];
    longshore_runner::Settings {
        own_program: hand(),
        work_dir: folder.to_owned(),
        cache_dir: folder.join("cache"),
        images: Box::new(NoImages),
        docker_host: Some(format!("unix://{}", folder.join("no-docker.sock").display())),
        base_environment: std::env::vars_os().filter(|(name, _)| kept.iter().any(|it| name == it)).collect(),
        notice: Box::new(|_| {}),
    }
}

fn image_settings(folder: &Path) -> longshore_images::Settings {
    longshore_images::Settings {
        store_dir: folder.join("images"),
        docker_config: folder.join("no-config.json"),
        podman_auth: Vec::new(),
        given: Default::default(),
        registries: Default::default(),
        all_registries: Default::default(),
        certificate_dirs: Vec::new(),
        environment: Arc::new(Vec::new()),
        notice: Arc::new(|_| {}),
        progress: Arc::new(longshore_images::NoProgress),
    }
}

struct NoImages;

impl ImageProvider for NoImages {
    fn provide<'a>(&'a self, _: &'a str, _: &'a str, _: &'a EngineImages) -> Provided<'a> {
        Box::pin(async {
            let kind = longshore_protocol::FailureKind::ConfigError;
            Err(FailureReason::new(FailureOrigin::Platform, kind, "image.not_found", "there are no images here"))
        })
    }
}
