//! What an author wants done around acceptance tests: containers beside, commands before and after, and tests of their own.
//!
//! All of it stands in `longshore.yaml` under `acceptance`; the historic `client_container_config` of
//! acceptance-test-config.yml comes in as a [`ClientContainer`].

mod containers;

pub use containers::ClientContainer;

use crate::Project;
use crate::commands::{Acceptance, Commands, OwnTest, Words};
use crate::failure::system_failure;
use crate::tool::{Call, Tools};
use containers::Containers;
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The variable that names the connector under test to the author's commands: a reference that `longshore` understands.
const CONNECTOR: &str = "LONGSHORE_CONNECTOR";

/// An author's tests that came to an end.
#[derive(Debug, Clone)]
pub struct OwnResult {
    /// The test's name.
    pub name: String,
    /// Whether it ended with exit code 0.
    pub passed: bool,
    /// How it ended: `exit status: 1`.
    pub ending: String,
    /// The last lines that it printed.
    pub output: String,
    /// How long it took.
    pub duration: Duration,
}

/// What an author wants done.
pub struct Hooks<'a> {
    tools: &'a Tools,
    dir: PathBuf,
    acceptance: Acceptance,
    variables: Vec<(String, String)>,
    /// The image in which the author's commands run, in place of this machine.
    inside: Option<String>,
    containers: Containers<'a>,
}

impl<'a> Hooks<'a> {
    /// What a project wants done, and a historic configuration, whose container gets the connector's configuration.
    /// `connector` is the reference under test; `inside` an image in which the commands run with the project's folder as
    /// theirs, for a machine that has nothing but Docker.
    ///
    /// # Errors
    /// `connector.commands_invalid`, `connector.unreadable`, `file.unwritable`.
    pub fn of(
        project: &Project,
        (client, config): (Option<ClientContainer>, Option<&str>),
        connector: &str,
        inside: Option<String>,
        tools: &'a Tools,
    ) -> Result<Self, FailureReason> {
        let acceptance = Commands::of(project)?.acceptance;
        let dir = std::path::absolute(project.dir()).unwrap_or_else(|_| project.dir().to_owned());
        let containers = Containers::new(tools, dir.clone(), acceptance.containers.clone(), client, config);
        let containers = containers.map_err(|error| {
            let message = format!("cannot write the configuration for the client container: {error}; set TMPDIR");
            system_failure("file.unwritable", message)
        })?;
        let variables = vec![(CONNECTOR.to_owned(), connector.to_owned())];
        Ok(Self { tools, dir, acceptance, variables, inside, containers })
    }

    /// Whether there are tests of the author.
    #[must_use]
    pub fn has_tests(&self) -> bool {
        !self.acceptance.tests.is_empty()
    }

    /// Starts the containers and runs what comes before. After a failure [`tear_down`](Self::tear_down) must be called as well.
    ///
    /// # Errors
    /// `test.set_up_failed`, and those of starting tools.
    pub async fn set_up(&self) -> Result<(), FailureReason> {
        self.containers.start().await?;
        for words in &self.acceptance.set_up {
            let ended = self.tools.run(self.call(words)).await?;
            ended.or_failure("test.set_up_failed", "the acceptance tests could not be set up")?;
        }
        Ok(())
    }

    /// Runs the author's tests, all of them.
    ///
    /// # Errors
    /// Those of starting tools.
    pub async fn tests(&self) -> Result<Vec<OwnResult>, FailureReason> {
        let mut results = Vec::new();
        for OwnTest { name, run } in &self.acceptance.tests {
            let begun = Instant::now();
            let ended = self.tools.run(self.call(run)).await?;
            results.push(OwnResult {
                name: name.clone(),
                passed: ended.is_success(),
                ending: ended.ending(),
                output: ended.tail,
                duration: begun.elapsed(),
            });
        }
        Ok(results)
    }

    /// Runs what comes after, all of it, and removes the containers: what went wrong.
    pub async fn tear_down(&self) -> Vec<FailureReason> {
        let mut failures = Vec::new();
        for words in &self.acceptance.tear_down {
            let ended = match self.tools.run(self.call(words)).await {
                Ok(ended) => ended.or_failure("test.tear_down_failed", "the acceptance tests could not be torn down"),
                Err(failure) => Err(failure),
            };
            failures.extend(ended.err());
        }
        failures.extend(self.containers.remove().await);
        failures
    }

    fn call<'b>(&'b self, words: &'b Words) -> Call<'b> {
        match &self.inside {
            None => Call {
                variables: self.variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
                ..Call::of(&self.dir, words)
            },
            Some(image) => Call::new("docker", &self.dir, self.in_container(image, words)),
        }
    }

    /// The project lies in the container where it lies here, so that its paths mean the same.
    fn in_container(&self, image: &str, words: &Words) -> Vec<String> {
        let dir = self.dir.display();
        let mut call: Vec<String> = ["run", "--rm", "--network", "host", "--entrypoint", ""].map(Into::into).into();
        call.extend(["--volume".to_owned(), format!("{dir}:{dir}"), "--workdir".to_owned(), dir.to_string()]);
        for (name, value) in &self.variables {
            call.extend(["--env".to_owned(), format!("{name}={value}")]);
        }
        call.push(image.to_owned());
        call.extend(words.iter().cloned());
        call
    }
}

/// What a project says of its acceptance tests besides what is run around them.
#[derive(Debug, Default)]
pub struct Told {
    /// The words that read what a destination wrote; a program with a slash is an absolute path.
    pub reader: Option<Vec<String>>,
    /// Rules that need not hold, and why.
    pub bypasses: BTreeMap<String, String>,
}

/// What `longshore.yaml` says of acceptance tests.
///
/// # Errors
/// `connector.commands_invalid`, `connector.unreadable`.
pub fn told(project: &Project) -> Result<Told, FailureReason> {
    let Acceptance { mut reader, bypasses, .. } = Commands::of(project)?.acceptance;
    if let Some(program) = reader.as_mut().and_then(|words| words.first_mut()).filter(|program| program.contains('/')) {
        let path = project.dir().join(&*program);
        *program = std::path::absolute(&path).unwrap_or(path).to_string_lossy().into_owned();
    }
    Ok(Told { reader, bypasses })
}

/// The images of a project, as its Dockerfile makes them.
#[derive(Debug, Clone)]
pub struct ProjectImages {
    /// The connector.
    pub connector: String,
    /// Where the author's commands can run: a stage that `longshore.yaml` names, or the connector itself.
    pub commands: String,
}

/// Builds the images of a project with `docker build`, under names of their own.
///
/// # Errors
/// `connector.build_failed`, `connector.commands_invalid`, and those of starting tools.
pub async fn build_images(project: &Project, tools: &Tools) -> Result<ProjectImages, FailureReason> {
    let commands = Commands::of(project)?;
    let name = format!("longshore-test/{}", project.connector_name().to_lowercase());
    let connector = format!("{name}:latest");
    build_image(project.dir(), &connector, &commands.docker_build, tools).await?;
    let Some(stage) = commands.acceptance.stage else {
        return Ok(ProjectImages { commands: connector.clone(), connector });
    };
    let tag = format!("{name}:commands");
    let options = ["--target".to_owned(), stage];
    build_image(project.dir(), &tag, &options, tools).await?;
    Ok(ProjectImages { connector, commands: tag })
}

async fn build_image(dir: &Path, tag: &str, options: &[String], tools: &Tools) -> Result<(), FailureReason> {
    let words = ["build", "--quiet", "--tag", tag].map(str::to_owned);
    let words = words.into_iter().chain(options.iter().cloned()).chain([".".to_owned()]);
    let ended = tools.run(Call::new("docker", dir, words)).await?;
    ended.or_failure("connector.build_failed", "the image of the connector could not be built").map(drop)
}
