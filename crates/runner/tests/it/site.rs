//! Where a test runs connectors: temporary folders, a runner, and scripts as connectors.

use crate::image;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_runner::{
    ConnectorRef, EngineImages, ImageProvider, InputFile, Launch, Limits, Provided, Running, Settings, Verb, start,
};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest that one test may take; only a defect reaches it.
const TEST_SECONDS: u64 = 120;

/// A script that reads the one given as a file, for both runners: `$1` is the verb, `$2` and so on its arguments.
pub(crate) const SCRIPT_READER: [&str; 4] = ["/bin/sh", "-c", ". \"$SCRIPT\"", "connector"];

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Runner {
    Process,
    Docker,
}

/// Runs a test on the kind of runtime that the runner is made for.
pub(crate) fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(TEST_SECONDS), test).await.expect("the test ends in time");
    });
}

/// Brings no image, and says so.
struct NoImages;

impl ImageProvider for NoImages {
    fn provide<'a>(&'a self, image: &'a str, local_name: &'a str, _: &'a EngineImages) -> Provided<'a> {
        let message = format!("{image} cannot be had, to be called {local_name}");
        let reason = FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "image.not_found", message);
        Box::pin(async { Err(reason) })
    }
}

/// Temporary folders and the settings that name them.
pub(crate) struct Site {
    pub(crate) settings: Settings,
    pub(crate) notices: Arc<Mutex<Vec<String>>>,
    pub(crate) folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notices);
        let settings = Settings {
            own_program: "/bin/false".into(),
            work_dir: folder.path().join("runs"),
            cache_dir: folder.path().join("cache"),
            images: Box::new(NoImages),
            docker_host: docker_host(),
            base_environment: vec![("PATH".into(), std::env::var_os("PATH").unwrap())],
            notice: Box::new(move |text| heard.lock().unwrap().push(text.to_owned())),
        };
        Self { settings, notices, folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a shell script as a connector.
    pub(crate) async fn script(&self, runner: Runner, verb: Verb, script: &str) -> Running {
        self.script_with(runner, verb, script, Vec::new(), Limits::default()).await
    }

    pub(crate) async fn script_with(
        &self,
        runner: Runner,
        verb: Verb,
        script: &str,
        mut files: Vec<InputFile>,
        limits: Limits,
    ) -> Running {
        files.push(InputFile { flag: None, name: "script.sh", content: script.into(), env: Some("SCRIPT") });
        let reference = match runner {
            Runner::Process => exec(&SCRIPT_READER),
            Runner::Docker => image::shell().await,
        };
        self.launch(&reference, verb, files, limits).await.unwrap()
    }

    pub(crate) async fn launch(
        &self,
        reference: &ConnectorRef,
        verb: Verb,
        files: Vec<InputFile>,
        limits: Limits,
    ) -> Result<Running, FailureReason> {
        let origin = if verb == Verb::Write { FailureOrigin::Destination } else { FailureOrigin::Source };
        let environment = vec![("GIVEN".to_owned(), "by the launch".to_owned())];
        start(&self.settings, Launch { reference, origin, verb, files, environment, limits }).await
    }

    /// Starts `spec` of something that cannot be started.
    pub(crate) async fn refusal(&self, reference: &ConnectorRef) -> FailureReason {
        let started = self.launch(reference, Verb::Spec, Vec::new(), Limits::default()).await;
        started.err().unwrap_or_else(|| panic!("{reference} starts"))
    }

    /// The folders of runs that are still there.
    pub(crate) fn run_folders(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(&self.settings.work_dir).into_iter().flatten();
        folders.map(|entry| entry.unwrap().path()).collect()
    }
}

/// A configuration as a launch hands it over.
pub(crate) fn config(content: &str) -> InputFile {
    InputFile { flag: Some("--config"), name: "config.json", content: content.into(), env: None }
}

pub(crate) fn exec(words: &[&str]) -> ConnectorRef {
    ConnectorRef::Exec { words: words.iter().map(ToString::to_string).collect() }
}

pub(crate) fn docker_host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok()
}

/// Everything up to the end of a pipe.
pub(crate) async fn read_all(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).await.unwrap();
    text
}

/// What a pipe says until it says `end`: the named event of a script that tells what it has done.
pub(crate) async fn read_until(mut pipe: impl AsyncRead + Unpin, end: &str) -> String {
    let (mut text, mut bytes) = (String::new(), [0; 256]);
    while !text.contains(end) {
        let length = pipe.read(&mut bytes).await.unwrap();
        assert!(length > 0, "the pipe ended before {end:?}: {text}");
        text += &String::from_utf8_lossy(&bytes[..length]);
    }
    text
}
