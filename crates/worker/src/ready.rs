//! A version of a definition, made ready to be started: what the runner calls it, and with what it is configured.

use crate::failure::{self, Result};
use crate::settings::WorkerSettings;
use longshore_control_plane::Version;
use longshore_images::{ImageName, Images, Platform};
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::{ConnectorRef, EngineImages, Settings};
use std::io::Write;
use tempfile::NamedTempFile;

/// What can be started.
pub(crate) struct Ready {
    pub(crate) reference: ConnectorRef,
    /// Whether it is part of this program.
    pub(crate) is_bundled: bool,
    /// The file of its manifest, for as long as it may run.
    _manifest: Option<NamedTempFile>,
}

/// Tags that move by design: what they mean is asked anew at each use.
const MOVING_TAG: &str = "dev";

impl Ready {
    /// Of a version, with the digest that it was pinned to.
    ///
    /// # Errors
    /// `reference.*`, `runner.work_dir_failed`.
    pub(crate) async fn of(settings: &WorkerSettings, runner: &Settings, version: &Version) -> Result<Self> {
        if let Some(manifest) = &version.manifest {
            return Self::of_manifest(runner, manifest.get());
        }
        let reference = parse(settings, &version.reference)?;
        Ok(Self::plain(match reference {
            ConnectorRef::Docker { image } => ConnectorRef::Docker { image: pinned(settings, &image, version).await },
            other => other,
        }))
    }

    /// Of a reference, as it is.
    pub(crate) fn plain(reference: ConnectorRef) -> Self {
        let is_bundled = matches!(reference, ConnectorRef::Bundled { .. });
        Self { reference, is_bundled, _manifest: None }
    }

    /// Whether it runs in a container.
    pub(crate) fn is_container(&self) -> bool {
        matches!(self.reference, ConnectorRef::Docker { .. })
    }

    fn of_manifest(runner: &Settings, manifest: &str) -> Result<Self> {
        let written = || {
            let mut file = tempfile::Builder::new()
                .prefix("longshore-manifest-")
                .suffix(".yaml") // which JSON is, too
                .tempfile_in(&runner.work_dir)?;
            file.write_all(manifest.as_bytes())?;
            Ok(file)
        };
        let file = written().map_err(|error: std::io::Error| {
            let folder = runner.work_dir.display();
            failure::environment("runner.work_dir_failed", format!("a manifest cannot be written to {folder}: {error}"))
        })?;
        let reference = ConnectorRef::Manifest { file: file.path().to_owned() };
        Ok(Self { reference, is_bundled: false, _manifest: Some(file) })
    }
}

/// Understands the reference of a version.
///
/// # Errors
/// `reference.unknown`, `reference.invalid`.
pub(crate) fn parse(settings: &WorkerSettings, reference: &str) -> Result<ConnectorRef> {
    let bundled: Vec<&str> = settings.bundled.iter().map(|connector| connector.name.as_str()).collect();
    ConnectorRef::parse(reference, &bundled)
}

/// The image by its digest; by its tag where no registry had it when it was added.
async fn pinned(settings: &WorkerSettings, image: &str, version: &Version) -> String {
    let Some(known) = &version.digest else { return image.to_owned() };
    let Ok(name) = image.parse::<ImageName>() else { return image.to_owned() };
    let moved = match version.tag == MOVING_TAG {
        // A registry that is away for a while does not keep it from running.
        true => digest(settings, &name).await.ok(),
        false => None,
    };
    format!("{}@{}", name.untagged(), moved.as_ref().unwrap_or(known))
}

/// What is under a name in its registry now.
async fn digest(settings: &WorkerSettings, name: &ImageName) -> Result<String> {
    let images = Images::new(settings.images.clone())?;
    let resolved = images.resolve(name, Some(&Platform::of_this_machine())).await?;
    Ok(resolved.root.digest.to_string())
}

/// What is asked for its spec: an image by the digest that it has now, if its registry has it; else as the Docker Engine has it.
///
/// # Errors
/// `reference.*`, and why the registry does not have the image if the engine does not have it either.
pub(crate) async fn newest(
    settings: &WorkerSettings,
    runner: &Settings,
    reference: &str,
) -> Result<(ConnectorRef, Option<String>)> {
    let reference = parse(settings, reference)?;
    let ConnectorRef::Docker { image } = &reference else { return Ok((reference, None)) };
    let name: ImageName = image.parse()?;
    match digest(settings, &name).await {
        Ok(digest) => Ok((ConnectorRef::Docker { image: format!("{}@{digest}", name.untagged()) }, Some(digest))),
        Err(_) if is_here(runner, image).await => Ok((reference, None)),
        Err(reason) => Err(FailureReason { origin: FailureOrigin::Platform, ..reason }),
    }
}

/// Whether the engine of this machine has an image, built here for instance.
async fn is_here(runner: &Settings, image: &str) -> bool {
    match EngineImages::connect(runner).await {
        Ok(engine) => engine.has(image).await.unwrap_or(false),
        Err(_) => false,
    }
}
