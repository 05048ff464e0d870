//! The image of a connector: found here or brought, and how its program is started.

use super::engine::Engine;
use super::engine_images::EngineImages;
use super::fifo::Obstacle;
use super::image_files::EngineImage;
use crate::{Launch, Settings};
use bollard::errors::Error;
use bollard::models::ImageInspect;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::ffi::OsString;
use std::path::Path;

/// Where the folder of a run appears in a container; the shim knows it, too.
pub(super) const FOLDER: &str = "/longshore";

/// The variable in which images name their program when they have no entry point of their own.
const ENTRY_POINT_VARIABLE: &str = "AIRBYTE_ENTRYPOINT";

/// An image that the engine has.
pub(super) struct Image {
    /// As the user wrote it.
    name: String,
    /// As the engine knows it.
    local_name: String,
    inspected: ImageInspect,
}

impl Image {
    pub(super) async fn find_or_provide(
        engine: &Engine,
        settings: &Settings,
        launch: &Launch<'_>,
        name: &str,
    ) -> Result<Self, FailureReason> {
        if let Some(image) = Self::find_here(engine, launch, name).await? {
            return Ok(image);
        }
        let local_name = local_name(name);
        (settings.notice)(&format!("pulling {name} (it is not on this machine)"));
        let images = EngineImages::of(engine.clone());
        let provided = settings.images.provide(name, &local_name, &images).await;
        provided.map_err(|reason| FailureReason { origin: launch.origin, ..reason })?;
        Self::find(engine, launch, name, &local_name).await?.ok_or_else(|| {
            let message = format!("the Docker Engine took {name}, and does not know {local_name} all the same");
            FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "docker.load_failed", message)
        })
    }

    /// An image that the engine has already, under the user's name for it or under ours.
    pub(super) async fn find_here(
        engine: &Engine,
        launch: &Launch<'_>,
        name: &str,
    ) -> Result<Option<Self>, FailureReason> {
        for known_as in [name, &local_name(name)] {
            if let Some(image) = Self::find(engine, launch, name, known_as).await? {
                return Ok(Some(image));
            }
        }
        Ok(None)
    }

    async fn find(
        engine: &Engine,
        launch: &Launch<'_>,
        name: &str,
        known_as: &str,
    ) -> Result<Option<Self>, FailureReason> {
        match engine.docker.inspect_image(known_as).await {
            Ok(inspected) => Ok(Some(Self { name: name.to_owned(), local_name: known_as.to_owned(), inspected })),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(Error::DockerResponseServerError { status_code: 400, message }) => {
                Err(invalid_name(launch, name, &message))
            }
            Err(error) => Err(engine.failure("look at an image", &error)),
        }
    }

    /// What the engine says of it.
    pub(super) fn described(self) -> EngineImage {
        EngineImage::of(self.local_name, self.inspected)
    }

    /// The image as the engine knows it.
    pub(super) fn local_name(&self) -> &str {
        &self.local_name
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
                "image.no_interpreter",
                format!(
                    "the entry point {program} of the image {name} is there, but what shall run it is not (the first \
                     line of a script, or the loader of a program); add it to the image and build it again"
                ),
            ),
            Obstacle::NotExecutable if let Some(user) = self.plain_user() => (
                "image.entrypoint_not_permitted",
                format!(
                    "the entry point {program} of the image {name} may not be executed by its user `{user}`; allow it, and \
                     its folder, before USER: `RUN chmod a+rx FOLDER FOLDER/PROGRAM`, and build it again"
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
             `docker build --platform linux/{here} …`, or, if its registry has it for this machine, too, remove this one \
             by `docker image rm {name}` and run the command again"
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

    /// The user of the image, if it is not root.
    fn plain_user(&self) -> Option<&str> {
        let user = self.inspected.config.as_ref()?.user.as_deref()?;
        (!["", "0", "root"].contains(&user.split(':').next().unwrap_or_default())).then_some(user)
    }

    fn program(&self) -> String {
        let config = self.inspected.config.as_ref();
        let program = config.and_then(|config| config.entrypoint.as_ref()).and_then(|words| words.first());
        format!("`{}`", program.map_or("/bin/sh", String::as_str))
    }
}

/// What an image is called in the engine: as it is, or if it is named by its digest, which only the engine's own pull
/// can give, by a tag that spells the digest.
fn local_name(image: &str) -> String {
    let Some((name, digest)) = image.split_once('@') else { return image.to_owned() };
    let repository = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    };
    format!("{repository}:{}", digest.replace(':', "-"))
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
    use super::local_name;

    #[test]
    fn a_digest_becomes_a_tag() {
        assert_eq!(local_name("localhost:5000/a/b"), "localhost:5000/a/b");
        assert_eq!(local_name("localhost:5000/a/b:1.2@sha256:0f"), "localhost:5000/a/b:sha256-0f");
        assert_eq!(local_name("localhost:5000/a@sha256:0f"), "localhost:5000/a:sha256-0f");
    }
}
