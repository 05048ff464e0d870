//! Starts a connector and hands over its pipes.
//!
//! A connector is named by a [`ConnectorRef`], asked for one [`Verb`], and started by [`start`]. What comes back is a
//! [`Running`]: its pipes, an end to wait for, and a way to stop it. Whoever reads those pipes cannot tell whether
//! they lead to a local process or into a container.
//!
//! Read it in this order:
//!
//! * [`reference`](ConnectorRef) turns the text `docker:…`, `exec:…`, `pypi:…` or a bundled name into a reference.
//! * [`launch`](Launch) says what to run and with which files; [`settings`](Settings) says where on this machine.
//! * `running` watches one started connector until its end, the same way for every runner.
//! * `process` runs a local program, `pypi` installs a Python connector first, `docker` runs an image; `manifest` hands
//!   a declarative source to the Python CDK.
//! * [`value_of`] asks a program that is no connector for one value: a secret of a vault.
//! * `run_folder` and `owner` keep the private files of a run, and find what a killed Longshore left behind.
//!
//! What this crate does **not** know: messages, jobs, connections, and the environment of Longshore itself, all of
//! which comes in as parameters.
//!
//! It must run on a current-thread tokio runtime whose thread lives as long as the connectors: the kernel ends a
//! local connector together with the thread that started it.

mod docker;
mod exit;
mod failure;
mod launch;
mod manifest;
mod owner;
mod pending;
mod pipes;
mod process;
mod pypi;
mod reference;
mod run_folder;
mod running;
mod settings;
mod value;

pub use docker::{
    EngineImage, EngineImages, FileHead, FileKind, ImageFiles, ImageProvider, Provided, remove_leftover_containers,
};
pub use exit::Exit;
pub use launch::{InputFile, Launch, Limits, Verb};
pub use pending::all_removed;
pub use reference::ConnectorRef;
pub use running::{Process, Running};
pub use settings::Settings;
pub use value::{Answered, value_of};

use longshore_protocol::{FailureOrigin, FailureReason};
use std::ffi::OsString;

/// The words that run a local connector, without the verb: its program, and its own first arguments. A Python connector is
/// installed first. None for what is no program of this machine by itself: an image, a project.
///
/// # Errors
/// When a Python connector cannot be installed.
pub async fn local_words(
    settings: &Settings,
    origin: FailureOrigin,
    reference: &ConnectorRef,
) -> Result<Option<Vec<OsString>>, FailureReason> {
    let own = || settings.own_program.clone().into_os_string();
    Ok(match reference {
        ConnectorRef::Bundled { name } => Some(vec![own(), name.into()]),
        ConnectorRef::Exec { words } | ConnectorRef::Singer { words } => Some(words.iter().map(Into::into).collect()),
        ConnectorRef::Pypi { package, version } => {
            Some(vec![pypi::program(settings, origin, package, version.as_deref()).await?.into()])
        }
        ConnectorRef::Manifest { .. } => {
            Some(vec![pypi::program(settings, origin, manifest::PACKAGE, Some(manifest::VERSION)).await?.into()])
        }
        ConnectorRef::Docker { .. } | ConnectorRef::Project { .. } => None,
    })
}

/// Starts a connector; it runs when this returns.
///
/// An image that is missing is brought by [`Settings::images`], and a Python connector that is missing is installed; both tell
/// [`Settings::notice`] first. Dropping the future leaves nothing behind.
///
/// # Errors
/// When the connector cannot be started; the code says why, and the message what to do.
pub async fn start(settings: &Settings, launch: Launch<'_>) -> Result<Running, FailureReason> {
    match launch.reference {
        ConnectorRef::Bundled { name } => {
            process::start(settings, &launch, &[settings.own_program.clone().into(), name.into()])
        }
        ConnectorRef::Exec { words } => {
            let words: Vec<_> = words.iter().map(Into::into).collect();
            process::start(settings, &launch, &words)
        }
        ConnectorRef::Pypi { package, version } => {
            let program = pypi::program(settings, launch.origin, package, version.as_deref()).await?;
            process::start(settings, &launch, &[program.into()])
        }
        ConnectorRef::Docker { image } => docker::start(settings, &launch, image).await,
        ConnectorRef::Singer { words } => {
            let wrapper = [settings.own_program.clone().into(), "singer".into(), "--".into()];
            let words: Vec<_> = wrapper.into_iter().chain(words.iter().map(Into::into)).collect();
            process::start(settings, &launch, &words)
        }
        ConnectorRef::Manifest { file } => {
            let program = pypi::program(settings, launch.origin, manifest::PACKAGE, Some(manifest::VERSION)).await?;
            process::start(settings, &launch, &manifest::words(&launch, &program, file)?)
        }
        ConnectorRef::Project { dir } => Err(launch.config_failure(
            "reference.not_prepared",
            format!("the connector project {} is not prepared; run `longshore connector spec {0}`", dir.display()),
        )),
    }
}
