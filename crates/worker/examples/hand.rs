//! A worker as a process of its own, for tests that kill one: `hand FOLDER LEASE_MS` works on the database of that folder
//! until it is ended. Called with a bundled connector's name first, it is that connector, as the real program is.

use longshore_control_plane::{Clock, ControlPlane, Database, MasterKey, Policy, RefKind, Retention, Setup};
use longshore_protocol::FailureReason;
use longshore_runner::{EngineImages, ImageProvider, Provided};
use longshore_worker::{Timing, Worker, WorkerSettings};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let first = words.next().expect("a folder, or the name of a connector");
    match first.to_str() {
        Some("source-faker") => longshore_source_faker::main(&mut words),
        Some("destination-null") => longshore_destination_null::main(&mut words),
        _ => {
            let lease = words.next().and_then(|text| text.to_str()?.parse().ok()).expect("milliseconds");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work(Path::new(&first), Duration::from_millis(lease)));
            ExitCode::SUCCESS
        }
    }
}

async fn work(folder: &Path, lease: Duration) {
    let plane = plane(folder).await;
    let settings = settings(folder, lease);
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals");
    let stop = async { terminated.recv().await.unwrap_or_default() };
    Worker::new(plane, settings).run(stop).await;
}

async fn plane(folder: &Path) -> ControlPlane {
    let setup = Setup {
        database: Database::Sqlite(folder.join("test.db")),
        key: MasterKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("the key of tests"),
        policy: Policy { kinds: vec![RefKind::Bundled, RefKind::Exec], ..Policy::default() },
        clock: Clock::system(),
        bundled: vec!["source-faker".to_owned(), "destination-null".to_owned()],
    };
    ControlPlane::open(setup).await.expect("the database")
}

fn settings(folder: &Path, lease: Duration) -> WorkerSettings {
    let place = folder.to_owned();
    WorkerSettings {
        name: format!("hand {}", std::process::id()),
        runner: Arc::new(move || Ok(runner(&place))),
        images: images(folder),
        slots: 2,
        secret_command: Vec::new(),
        secret_environment: Vec::new(),
        bundled: Vec::new(),
        timing: Timing { lease, heartbeat: lease / 5, tick: lease / 5, ..Timing::default() },
        retention: Retention::default(),
        notice: Arc::new(|text| eprintln!("{text}")),
    }
}

fn runner(folder: &Path) -> longshore_runner::Settings {
    longshore_runner::Settings {
        own_program: std::env::current_exe().expect("this program"),
        work_dir: folder.to_owned(),
        cache_dir: folder.join("cache"),
        images: Box::new(NoImages),
        docker_host: Some("unix:///nowhere".to_owned()),
        base_environment: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        notice: Box::new(|_| {}),
    }
}

fn images(folder: &Path) -> longshore_images::Settings {
    longshore_images::Settings {
        store_dir: folder.join("images"),
        docker_config: PathBuf::new(),
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
        Box::pin(async { Err::<(), FailureReason>("x".parse::<longshore_images::ImageName>().expect_err("no tag")) })
    }
}
