//! Containers that run beside acceptance tests: a database to read from, an API to call, the historic client container.

use crate::commands::SideContainer;
use crate::failure::system_failure;
use crate::tool::{Call, Tools};
use longshore_protocol::FailureReason;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::time::{Instant, sleep};

/// How long a container may take until its `ready` command ends well.
const READY_TIME: Duration = Duration::from_secs(120);
/// How often it is asked.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// `client_container_config` of an acceptance-test-config.yml: an image that fills and empties what a connector reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientContainer {
    /// Where in it the configuration of the connector shall lie.
    pub secrets_path: Option<String>,
    /// What it is built of; an absolute path.
    pub dockerfile_path: Option<PathBuf>,
    /// What it runs before the tests.
    pub setup_command: Vec<String>,
    /// What it runs after the tests.
    pub teardown_command: Vec<String>,
    /// What it runs when everything is over.
    pub final_teardown_command: Vec<String>,
}

impl ClientContainer {
    fn commands_after(&self) -> [&[String]; 2] {
        [&self.teardown_command, &self.final_teardown_command]
    }
}

/// The containers of one run.
pub(super) struct Containers<'a> {
    tools: &'a Tools,
    dir: PathBuf,
    beside: Vec<SideContainer>,
    client: Option<ClientContainer>,
    /// The configuration of the connector, for the client container; in a file that only we can read.
    config: Option<NamedTempFile>,
    /// What the names of these containers begin with.
    prefix: String,
}

impl<'a> Containers<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        dir: PathBuf,
        beside: Vec<SideContainer>,
        client: Option<ClientContainer>,
        config: Option<&str>,
    ) -> io::Result<Self> {
        let prefix = format!("longshore-test-{}", uuid::Uuid::new_v4().simple());
        let config = match (&client, config) {
            (Some(_), Some(config)) => Some(file_of(config)?),
            _ => None,
        };
        Ok(Self { tools, dir, beside, client, config, prefix })
    }

    /// Starts all, and waits until each is ready.
    pub(super) async fn start(&self) -> Result<(), FailureReason> {
        for container in &self.beside {
            let ended = self.docker(self.run_words(container)).await?;
            ended.or_failure("test.container_failed", &format!("the container {} does not start", container.name))?;
        }
        for container in &self.beside {
            self.wait_until_ready(container).await?;
        }
        match &self.client {
            Some(client) => self.run_client(client, &client.setup_command, "test.set_up_failed").await,
            None => Ok(()),
        }
    }

    /// Removes all: what went wrong.
    pub(super) async fn remove(&self) -> Vec<FailureReason> {
        let mut failures = Vec::new();
        if let Some(client) = &self.client {
            for command in client.commands_after() {
                failures.extend(self.run_client(client, command, "test.tear_down_failed").await.err());
            }
        }
        for container in &self.beside {
            let words = ["rm", "--force", "--volumes", &self.name(container)].map(str::to_owned).to_vec();
            let ended = match self.docker(words).await {
                Ok(ended) => ended.or_failure("test.tear_down_failed", "a container could not be removed"),
                Err(failure) => Err(failure),
            };
            failures.extend(ended.err());
        }
        failures
    }

    fn name(&self, container: &SideContainer) -> String {
        format!("{}-{}", self.prefix, container.name)
    }

    fn run_words(&self, container: &SideContainer) -> Vec<String> {
        let mut words: Vec<String> = ["run", "--detach", "--name"].map(Into::into).into();
        words.push(self.name(container));
        for (name, value) in &container.environment {
            words.extend(["--env".to_owned(), format!("{name}={value}")]);
        }
        for port in &container.ports {
            // Reached from this machine only.
            words.extend(["--publish".to_owned(), format!("127.0.0.1:{port}")]);
        }
        words.push(container.image.clone());
        words.extend(container.command.iter().cloned());
        words
    }

    async fn wait_until_ready(&self, container: &SideContainer) -> Result<(), FailureReason> {
        if container.ready.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now() + READY_TIME;
        loop {
            let mut words = vec!["exec".to_owned(), self.name(container)];
            words.extend(container.ready.iter().cloned());
            let ended = self.docker(words).await?;
            match ended.is_success() {
                true => return Ok(()),
                false if Instant::now() > deadline => return Err(not_ready(container, ended.tail)),
                false => sleep(ASK_AGAIN).await,
            }
        }
    }

    async fn run_client(&self, client: &ClientContainer, command: &[String], code: &str) -> Result<(), FailureReason> {
        let Some(dockerfile) = client.dockerfile_path.as_deref().filter(|_| !command.is_empty()) else { return Ok(()) };
        let image = self.client_image(dockerfile).await?;
        let mut words: Vec<String> = ["run", "--rm", "--network", "host"].map(Into::into).into();
        if let (Some(there), Some(here)) = (&client.secrets_path, &self.config) {
            let there = Path::new("/").join(there);
            words.extend(["--volume".to_owned(), format!("{}:{}:ro", here.path().display(), there.display())]);
        }
        words.extend(["--entrypoint".to_owned(), String::new(), image]);
        words.extend(command.iter().cloned());
        let ended = self.docker(words).await?;
        ended.or_failure(code, "a command of client_container_config failed").map(drop)
    }

    /// The folder that holds the Dockerfile is what `COPY` in it sees.
    async fn client_image(&self, dockerfile: &Path) -> Result<String, FailureReason> {
        let dir = dockerfile.parent().unwrap_or(&self.dir);
        let words = ["build", "--quiet", "--file", &dockerfile.to_string_lossy(), "."].map(str::to_owned);
        let ended = self.tools.run(Call::new("docker", dir, words).asking()).await?;
        let ended = ended.or_failure("test.container_failed", "the client container could not be built")?;
        Ok(ended.stdout.trim().to_owned())
    }

    async fn docker(&self, words: Vec<String>) -> Result<crate::tool::Ended, FailureReason> {
        self.tools.run(Call::new("docker", &self.dir, words).asking()).await
    }
}

/// Temporary files are their owner's only.
fn file_of(config: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(config.as_bytes())?;
    Ok(file)
}

fn not_ready(container: &SideContainer, said: String) -> FailureReason {
    let message = format!(
        "the container {} of longshore.yaml is not ready after {} seconds: `{}` does not end well in it",
        container.name,
        READY_TIME.as_secs(),
        container.ready.join(" ")
    );
    system_failure("test.container_failed", message).with_detail(said)
}
