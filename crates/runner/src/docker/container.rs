//! One container: created with bounds and without rights it does not need, watched, ended, always removed.

use super::engine::Engine;
use super::fifo::SHIM_NAME;
use super::image::FOLDER;
use super::leftovers::OWNER_LABEL;
use crate::exit::out_of_memory;
use crate::owner::Owner;
use crate::pending::Pending;
use crate::run_folder::{RunFolder, failure};
use crate::running::Connector;
use crate::{Exit, Launch};
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, KillContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions, WaitContainerOptions,
};
use futures_util::StreamExt;
use longshore_protocol::{FailureOrigin, FailureReason};
use std::collections::HashMap;
use std::path::Path;

/// How a container reaches this machine, as it does with Docker Desktop.
const HOST_NAME: &str = "host.docker.internal:host-gateway";

/// What a container is to run.
pub(super) struct Plan<'a> {
    pub(super) engine: &'a Engine,
    pub(super) launch: &'a Launch<'a>,
    pub(super) image: &'a str,
    /// The image's program with all its arguments.
    pub(super) command: Vec<String>,
    /// The folder with the FIFOs and the files.
    pub(super) folder: &'a Path,
}

/// A created container. Dropping it removes it, as long as the runtime goes on; else the next Longshore does.
pub(super) struct Container {
    engine: Engine,
    id: String,
    is_removed: bool,
}

impl Container {
    /// Creates and starts a container.
    pub(super) async fn start(plan: &Plan<'_>) -> Result<Self, FailureReason> {
        match Self::start_with(plan, vec![HOST_NAME.to_owned()]).await {
            // An engine without a bridge network has no address to give to that name.
            Err(reason) if reason.message.contains("host-gateway") => Self::start_with(plan, Vec::new()).await,
            started => started,
        }
    }

    async fn start_with(plan: &Plan<'_>, extra_hosts: Vec<String>) -> Result<Self, FailureReason> {
        let Plan { engine, launch, image, command, folder } = plan;
        let owner = Owner::this_process().map_err(|error| failure(Path::new("/proc"), &error))?;
        let body = ContainerCreateBody {
            image: Some((*image).to_owned()),
            entrypoint: Some(vec![format!("{FOLDER}/{SHIM_NAME}")]),
            cmd: Some(command.clone()),
            env: Some(environment(launch)),
            labels: Some(HashMap::from([(OWNER_LABEL.to_owned(), owner.to_string())])),
            host_config: Some(HostConfig { extra_hosts: Some(extra_hosts), ..host_config(launch, folder) }),
            ..ContainerCreateBody::default()
        };
        let created = engine.docker.create_container(None::<CreateContainerOptions>, body).await;
        let created = created.map_err(|error| engine.failure("create a container", &error))?;
        let mut container = Self { engine: (*engine).clone(), id: created.id, is_removed: false };
        match engine.docker.start_container(&container.id, None::<StartContainerOptions>).await {
            Ok(()) => Ok(container),
            Err(error) => {
                container.remove().await;
                Err(engine.failure("start a container", &error))
            }
        }
    }

    /// Creates a container that is never started: the way to the files of an image. The shim's place is where nothing is.
    pub(super) async fn unstarted(engine: &Engine, image: &str) -> Result<Self, FailureReason> {
        let owner = Owner::this_process().map_err(|error| failure(Path::new("/proc"), &error))?;
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec![format!("{FOLDER}/{SHIM_NAME}")]),
            labels: Some(HashMap::from([(OWNER_LABEL.to_owned(), owner.to_string())])),
            ..ContainerCreateBody::default()
        };
        let created = engine.docker.create_container(None::<CreateContainerOptions>, body).await;
        let created = created.map_err(|error| engine.failure("create a container", &error))?;
        Ok(Self { engine: engine.clone(), id: created.id, is_removed: false })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the end; the exit code.
    async fn wait(&self) -> Result<i64, FailureReason> {
        let mut answers = self.engine.docker.wait_container(&self.id, Some(WaitContainerOptions::default())).boxed();
        match answers.next().await {
            Some(Ok(answer)) => Ok(answer.status_code),
            Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.engine.failure("watch a container", &error)),
            None => Err(self.engine.failure("watch a container", &Error::RequestTimeoutError)),
        }
    }

    async fn was_out_of_memory(&self) -> bool {
        let inspected = self.engine.docker.inspect_container(&self.id, None::<InspectContainerOptions>).await;
        inspected.ok().and_then(|container| container.state?.oom_killed).unwrap_or(false)
    }

    async fn signal(&self, signal: &str) {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        // It fails when the container has ended, which whoever waits for it sees.
        let _ = self.engine.docker.kill_container(&self.id, Some(options)).await;
    }

    pub(super) async fn remove(&mut self) {
        self.is_removed = remove(&self.engine, &self.id).await.is_ok();
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if let (false, Ok(runtime)) = (self.is_removed, tokio::runtime::Handle::try_current()) {
            let (engine, id) = (self.engine.clone(), std::mem::take(&mut self.id));
            let pending = Pending::begin();
            runtime.spawn(async move {
                // What is not there any more cannot be removed.
                let _ = remove(&engine, &id).await;
                drop(pending);
            });
        }
    }
}

/// Removes a container in whatever state it is, with its anonymous volumes.
pub(super) async fn remove(engine: &Engine, id: &str) -> Result<(), Error> {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    engine.docker.remove_container(id, Some(options)).await
}

/// A started container with what is needed to explain its end.
pub(super) struct Contained {
    container: Container,
    origin: FailureOrigin,
    memory_bytes: Option<u64>,
    /// Kept until the container is removed.
    _folder: RunFolder,
}

impl Contained {
    pub(super) fn new(container: Container, launch: &Launch<'_>, folder: RunFolder) -> Self {
        Self { container, origin: launch.origin, memory_bytes: launch.limits.memory_bytes, _folder: folder }
    }

    async fn explain(&self, code: i32) -> Option<FailureReason> {
        if code != 0 && self.container.was_out_of_memory().await {
            return Some(out_of_memory(self.origin, self.memory_bytes));
        }
        Exit::failure_of_code(self.origin, code)
    }
}

impl Connector for Contained {
    async fn ended(&mut self) -> Exit {
        match self.container.wait().await {
            Ok(code) => {
                let code = i32::try_from(code).unwrap_or(i32::MAX);
                Exit { code: Some(code), signal: None, failure: self.explain(code).await }
            }
            Err(failure) => Exit::unknown(failure),
        }
    }

    async fn terminate(&mut self) {
        self.container.signal("SIGTERM").await;
    }

    async fn kill(&mut self) {
        self.container.signal("SIGKILL").await;
    }

    async fn remove(mut self) {
        self.container.remove().await;
    }
}

/// Only what the launch names: nothing of this machine's environment means anything inside.
fn environment(launch: &Launch<'_>) -> Vec<String> {
    let given = launch.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let files = launch.file_variables(Path::new(FOLDER));
    given.chain(files.map(|(name, value)| format!("{name}={}", value.to_string_lossy()))).collect()
}

fn host_config(launch: &Launch<'_>, folder: &Path) -> HostConfig {
    let memory = launch.limits.memory_bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    HostConfig {
        mounts: Some(vec![Mount {
            typ: Some(MountType::BIND),
            source: Some(folder.to_string_lossy().into_owned()),
            target: Some(FOLDER.to_owned()),
            // A FIFO can be written there all the same; the container cannot change the folder or fill the disk.
            read_only: Some(true),
            ..Mount::default()
        }]),
        memory,
        // The same number means: no swap on top.
        memory_swap: memory,
        nano_cpus: launch.limits.cpus.map(|cpus| (cpus * 1e9) as i64),
        // Reaps what the connector leaves behind, and takes SIGTERM, which the kernel keeps from a first process.
        init: Some(true),
        log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        ..HostConfig::default()
    }
}
