//! The image of a connector: found here or pulled, and how its program is started.

use super::engine::Engine;
use super::fifo::Obstacle;
use crate::{Launch, Settings};
use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::TryStreamExt;
use longshore_protocol::{FailureKind, FailureReason};
use std::ffi::OsString;
use std::path::Path;

/// Where the folder of a run appears in a container; the shim knows it, too.
pub(super) const FOLDER: &str = "/longshore";

/// The variable in which images name their program when they have no entry point of their own.
const ENTRY_POINT_VARIABLE: &str = "AIRBYTE_ENTRYPOINT";

/// An image that is on this machine.
pub(super) struct Image {
    name: String,
    inspected: ImageInspect,
}

impl Image {
    pub(super) async fn find_or_pull(
        engine: &Engine,
        settings: &Settings,
        launch: &Launch<'_>,
        name: &str,
    ) -> Result<Self, FailureReason> {
        let inspected = match engine.docker.inspect_image(name).await {
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => {
                (settings.notice)(&format!("pulling {name} (it is not on this machine)"));
                pull(engine, name).await.map_err(|error| explain_pull(engine, launch, name, &error))?;
                engine.docker.inspect_image(name).await
            }
            found => found,
        };
        let inspected = inspected.map_err(|error| match error {
            Error::DockerResponseServerError { status_code: 400, message } => invalid_name(launch, name, &message),
            other => engine.failure("look at an image", &other),
        })?;
        Ok(Self { name: name.to_owned(), inspected })
    }

    /// The program in the image with its verb and arguments: the entry point of the image, else the variable.
    pub(super) fn command(&self, launch: &Launch<'_>) -> Result<Vec<String>, FailureReason> {
        let arguments = launch.arguments(Path::new(FOLDER)).into_iter().map(OsString::into_string);
        let arguments = arguments.map(|argument| argument.unwrap_or_else(|other| other.to_string_lossy().into_owned()));
        let config = self.inspected.config.as_ref();
        let mut command = config.and_then(|config| config.entrypoint.clone()).unwrap_or_default();
        if command.is_empty() {
            let variables = config.and_then(|config| config.env.as_deref()).unwrap_or_default();
            let named =
                |variable: &String| variable.split_once('=').is_some_and(|(name, _)| name == ENTRY_POINT_VARIABLE);
            if !variables.iter().any(named) {
                return Err(self.no_entry_point(launch));
            }
            // The variable is a command line, not a program, so a shell has to read it.
            let script = format!("eval \"${ENTRY_POINT_VARIABLE} \\\"\\$@\\\"\"");
            command = ["/bin/sh", "-c", &script, "sh"].map(ToOwned::to_owned).to_vec();
        }
        command.extend(arguments);
        Ok(command)
    }

    /// What kept the image's program from running.
    pub(super) fn explain(&self, launch: &Launch<'_>, obstacle: Obstacle) -> FailureReason {
        let name = &self.name;
        let program = self.program();
        let (code, message) = match obstacle {
            Obstacle::NoProgram => (
                "image.entrypoint_not_found",
                format!("the entry point {program} is not in the image {name}; correct ENTRYPOINT and build it again"),
            ),
            Obstacle::NoInterpreter => (
                "image.entrypoint_not_found",
                format!(
                    "the entry point {program} of the image {name} is there, but what shall run it is not (the first \
                     line of a script, or the loader of a program); add it to the image and build it again"
                ),
            ),
            Obstacle::NotExecutable => (
                "image.entrypoint_not_executable",
                format!(
                    "the entry point {program} of the image {name} may not be executed; `chmod +x` it and build again"
                ),
            ),
            Obstacle::WrongFormat => return self.wrong_format(launch),
            Obstacle::Fifo(error) => (
                "docker.files_not_shared",
                format!(
                    "the container of {name} cannot open Longshore's FIFOs ({error}); run longshore where the engine runs"
                ),
            ),
            Obstacle::Start(error) => (
                "image.entrypoint_not_executable",
                format!("the entry point {program} of {name} does not start: {error}"),
            ),
        };
        launch.config_failure(code, message)
    }

    fn wrong_format(&self, launch: &Launch<'_>) -> FailureReason {
        let (name, program, here) = (&self.name, self.program(), architecture_of_this_machine());
        let image = self.inspected.architecture.as_deref().unwrap_or("unknown");
        if image == here {
            let message = format!(
                "the entry point {program} of the image {name} is no program for {here}: it is built for another \
                 machine, or it is a script that lacks a first line such as `#!/bin/sh`"
            );
            return launch.config_failure("image.entrypoint_not_executable", message);
        }
        let message = format!(
            "the image {name} is built for {image}, this machine is {here}; build it with \
             `docker build --platform linux/{here} …` or pull it with `docker pull --platform linux/{here} {name}`"
        );
        launch.config_failure("image.wrong_architecture", message)
    }

    fn no_entry_point(&self, launch: &Launch<'_>) -> FailureReason {
        let message = format!(
            "the image {} does not say what to run: it has neither ENTRYPOINT nor {ENTRY_POINT_VARIABLE}; add \
             `ENTRYPOINT [\"/path/of/the/connector\"]` to its Dockerfile",
            self.name
        );
        launch.config_failure("image.no_entrypoint", message)
    }

    fn program(&self) -> String {
        let config = self.inspected.config.as_ref();
        let program = config.and_then(|config| config.entrypoint.as_ref()).and_then(|words| words.first());
        format!("`{}`", program.map_or("/bin/sh", String::as_str))
    }
}

/// Pulls without credentials. The engine pulls every tag when none is named.
async fn pull(engine: &Engine, image: &str) -> Result<(), Error> {
    let (name, tag) = name_and_tag(image);
    let options = CreateImageOptionsBuilder::new().from_image(name).tag(tag).build();
    engine.docker.create_image(Some(options), None, None).try_for_each(|_| async { Ok(()) }).await
}

/// Splits off the digest, or else the tag, which is `latest` when there is none.
fn name_and_tag(image: &str) -> (&str, &str) {
    if let Some(parts) = image.split_once('@') {
        return parts;
    }
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

/// Tells apart why a pull failed. The engine answers with prose and mostly with status 500 or 404.
fn explain_pull(engine: &Engine, launch: &Launch<'_>, name: &str, error: &Error) -> FailureReason {
    let text = match error {
        Error::DockerResponseServerError { message, .. } => message,
        Error::DockerStreamError { error } => error,
        _ => return engine.failure("pull an image", error),
    };
    let says = |words: &[&str]| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
    let here = architecture_of_this_machine();
    let reason = if says(&["invalid reference format", "invalid tag"]) {
        invalid_name(launch, name, text)
    } else if says(&["no matching manifest"]) {
        let message =
            format!("the image {name} is not published for this machine, linux/{here}; build it from its sources");
        launch.config_failure("image.wrong_architecture", message)
    } else if says(&["denied", "unauthorized", "authentication required", "no basic auth"]) {
        let message = format!(
            "the registry does not hand out {name}: it does not exist or is private; look at the name, or \
             `docker login` and `docker pull {name}` first"
        );
        launch.config_failure("image.pull_denied", message)
    } else if says(&["manifest unknown", "not found", "name unknown", "name_unknown"]) {
        let message = format!(
            "the image {name} is neither on this machine nor in its registry; look at the name and tag, or build it \
             with `docker build -t {name} .`"
        );
        launch.config_failure("image.not_found", message)
    } else {
        let message = format!(
            "the image {name} is not on this machine and its registry did not answer; build it with \
             `docker build -t {name} .`, or look at the network with `docker pull {name}`"
        );
        FailureReason::new(launch.origin, FailureKind::TransientError, "image.pull_failed", message)
    };
    reason.with_detail(text.trim())
}

fn invalid_name(launch: &Launch<'_>, name: &str, detail: &str) -> FailureReason {
    let message = format!("`{name}` is no name of an image; write `docker:IMAGE[:TAG][@DIGEST]`, in lower case");
    launch.config_failure("image.invalid_name", message).with_detail(detail.trim())
}

/// In the words of images. The engine runs on this machine, or it could not mount the run's folder.
fn architecture_of_this_machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::name_and_tag;

    #[test]
    fn a_registry_port_is_no_tag() {
        assert_eq!(name_and_tag("localhost:5000/a/b"), ("localhost:5000/a/b", "latest"));
        assert_eq!(name_and_tag("localhost:5000/a/b:1.2"), ("localhost:5000/a/b", "1.2"));
        assert_eq!(name_and_tag("a"), ("a", "latest"));
    }

    #[test]
    fn a_digest_is_the_tag_to_pull() {
        assert_eq!(name_and_tag("a/b:1@sha256:0f"), ("a/b:1", "sha256:0f"));
    }
}
