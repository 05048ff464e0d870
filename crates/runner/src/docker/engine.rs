//! The connection to the Docker Engine, and what its refusals mean.

use crate::Settings;
use crate::failure::environment_failure;
use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::io;

const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// The longest that the engine may take to begin an answer.
const ANSWER_SECONDS: u64 = 120;

/// A connection to one engine, at the API version that both sides know.
#[derive(Clone)]
pub(super) struct Engine {
    pub(super) docker: Docker,
    host: String,
}

impl Engine {
    pub(super) async fn connect(settings: &Settings) -> Result<Self, FailureReason> {
        let host = settings.docker_host.clone().unwrap_or_else(|| DEFAULT_HOST.to_owned());
        let connected = match host.split_once("://") {
            Some(("unix", path)) => Docker::connect_with_unix(path, ANSWER_SECONDS, API_DEFAULT_VERSION),
            Some(("tcp" | "http", _)) => Docker::connect_with_http(&host, ANSWER_SECONDS, API_DEFAULT_VERSION),
            _ => {
                let message =
                    format!("cannot reach a Docker Engine at `{host}`; write unix:///PATH or tcp://HOST:PORT");
                return Err(environment_failure("docker.unavailable", message));
            }
        };
        let docker = connected.map_err(|error| unreachable_engine(&host, &error))?;
        let docker = docker.negotiate_version().await.map_err(|error| unreachable_engine(&host, &error))?;
        Ok(Self { docker, host })
    }

    /// A failure of the engine while it did `what` ("create a container").
    pub(super) fn failure(&self, what: &str, error: &Error) -> FailureReason {
        match error {
            Error::DockerResponseServerError { message, .. } if message.contains("bind source path does not exist") => {
                self.files_not_shared(error)
            }
            Error::DockerResponseServerError { message, .. } if message.contains("unable to find user ") => {
                let user = message.split("unable to find user ").nth(1).and_then(|rest| rest.split(':').next());
                let message = format!(
                    "the image names the user `{}`, and its /etc/passwd does not; write a number into the Dockerfile, such as \
                     `USER 1000`",
                    user.unwrap_or_default()
                );
                environment_failure("image.no_user", message)
            }
            Error::DockerResponseServerError { message, .. } => {
                let message = format!("the Docker Engine could not {what}: {}", message.trim());
                FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "docker.refused", message)
            }
            _ => unreachable_engine(&self.host, error),
        }
    }

    /// An engine in another machine cannot mount the folder with the FIFOs.
    fn files_not_shared(&self, error: &Error) -> FailureReason {
        let message = format!(
            "the Docker Engine at {} does not see the files of this machine; run longshore where the engine runs",
            self.host
        );
        environment_failure("docker.files_not_shared", message).with_detail(error.to_string())
    }
}

fn unreachable_engine(host: &str, error: &Error) -> FailureReason {
    let (code, message) = if io_kind(error) == Some(io::ErrorKind::PermissionDenied) {
        let message = format!(
            "this user may not talk to the Docker Engine at {host}; become a member of its group with \
             `sudo usermod -aG docker $USER` and log in again"
        );
        ("docker.permission_denied", message)
    } else {
        let message = format!(
            "no Docker Engine answers at {host}; install it (Debian: `apt-get install docker.io`) and start it with \
             `sudo systemctl start docker`, or set DOCKER_HOST"
        );
        ("docker.unavailable", message)
    };
    environment_failure(code, message).with_detail(chain(error))
}

/// The kind of the first I/O error among the causes.
fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// An error with all its causes, as one line.
fn chain(error: &Error) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |&cause| cause.source())
}
