//! Images in and out of the engine, as archives in the form of `docker save`.

use super::engine::Engine;
use super::image::Image;
use super::image_files::{EngineImage, ImageFiles};
use crate::{ConnectorRef, Launch, Settings};
use bollard::errors::Error;
use bollard::query_parameters::ImportImageOptionsBuilder;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::io;
use std::pin::Pin;

/// Brings images that the engine does not have: from a registry, with the credentials of whoever runs Longshore.
pub trait ImageProvider: Send + Sync {
    /// Loads an image into the engine, where its name is to be `local_name`.
    fn provide<'a>(&'a self, image: &'a str, local_name: &'a str, engine: &'a EngineImages) -> Provided<'a>;
}

/// What [`ImageProvider::provide`] comes to.
pub type Provided<'a> = Pin<Box<dyn Future<Output = Result<(), FailureReason>> + 'a>>;

/// The images of a Docker Engine.
pub struct EngineImages {
    engine: Engine,
}

impl EngineImages {
    /// Connects to the engine.
    ///
    /// # Errors
    /// `docker.unavailable` or `docker.permission_denied`.
    pub async fn connect(settings: &Settings) -> Result<Self, FailureReason> {
        Engine::connect(settings).await.map(Self::of)
    }

    pub(super) fn of(engine: Engine) -> Self {
        Self { engine }
    }

    /// Whether the engine has an image of that name or id.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn has(&self, image: &str) -> Result<bool, FailureReason> {
        match self.engine.docker.inspect_image(image).await {
            Ok(_) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
            Err(error) => Err(self.engine.failure("look at an image", &error)),
        }
    }

    /// What the engine says of an image; none when it does not have it.
    ///
    /// # Errors
    /// `image.invalid_name`, or when the engine does not answer.
    pub async fn find(&self, image: &str, origin: FailureOrigin) -> Result<Option<EngineImage>, FailureReason> {
        let reference = ConnectorRef::Docker { image: image.to_owned() };
        let found = Image::find_here(&self.engine, &Launch::of(&reference, origin), image).await?;
        Ok(found.map(Image::described))
    }

    /// The same of an image that [`Settings::images`] brings when the engine does not have it.
    ///
    /// # Errors
    /// As [`crate::start`] of that image, as far as it is about having the image.
    pub async fn have(
        &self,
        settings: &Settings,
        image: &str,
        origin: FailureOrigin,
    ) -> Result<EngineImage, FailureReason> {
        let reference = ConnectorRef::Docker { image: image.to_owned() };
        let launch = Launch::of(&reference, origin);
        Image::find_or_provide(&self.engine, settings, &launch, image).await.map(Image::described)
    }

    /// The files of an image that the engine has.
    ///
    /// # Errors
    /// When the engine does not make a container of it.
    pub async fn files(&self, image: &EngineImage) -> Result<ImageFiles, FailureReason> {
        ImageFiles::of(&self.engine, &image.local_name).await
    }

    /// Loads all images of an archive, under the names that they have in it.
    ///
    /// # Errors
    /// `docker.load_failed` with the words of the engine, or the failure of the archive.
    pub async fn load(
        &self,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), FailureReason> {
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let answers = self.engine.docker.import_image_stream(options, archive, None);
        answers.try_for_each(|_| async { Ok(()) }).await.map_err(|error| match error {
            Error::DockerStreamError { error } => {
                let message = format!("the Docker Engine does not take the image: {}", error.trim());
                FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "docker.load_failed", message)
            }
            other => self.engine.failure("load an image", &other),
        })
    }

    /// An image as an archive. Its errors hold a [`FailureReason`].
    pub fn save(&self, image: &str) -> impl Stream<Item = io::Result<Bytes>> {
        let saved = self.engine.docker.export_image(image);
        saved.map_err(|error| io::Error::other(self.engine.failure("save an image", &error)))
    }
}
