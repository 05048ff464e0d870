//! Images between registries, the store and the Docker Engine.

use crate::failure::Result;
use longshore_images::{Freshness, ImageName, Images, Platform, Settings, StoredImage, archive};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_runner::{EngineImages, ImageProvider, Provided};
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};

/// How much of an archive waits between its writer and its reader.
const PIPE_BYTES: usize = 256 * 1024;

/// Pulls what the Docker Engine does not have, with our own credentials and trust, so that the engine needs none.
pub(crate) struct Registries {
    settings: Settings,
}

impl Registries {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn pull_and_load(&self, image: &str, local_name: &str, engine: &EngineImages) -> Result<()> {
        let name: ImageName = image.parse()?;
        let images = Images::new(self.settings.clone())?;
        let was_stored = images.store().find(&name)?.is_some();
        let stored = images.pull(&name, &Platform::of_this_machine(), Freshness::Stored).await?;
        load(&images, &stored, local_name, engine).await?;
        // The engine has it now; a second copy would only take space.
        if was_stored { Ok(()) } else { images.store().forget(&name) }
    }
}

impl ImageProvider for Registries {
    fn provide<'a>(&'a self, image: &'a str, local_name: &'a str, engine: &'a EngineImages) -> Provided<'a> {
        Box::pin(self.pull_and_load(image, local_name, engine))
    }
}

/// Loads an image of the store into the engine.
///
/// # Errors
/// When the engine does not take it, or the store cannot be read.
pub(crate) async fn load(images: &Images, image: &StoredImage, name: &str, engine: &EngineImages) -> Result<()> {
    let (store, image, name) = (images.store().clone(), image.clone(), name.to_owned());
    let (sender, receiver) = tokio::io::duplex(PIPE_BYTES);
    let written = tokio::task::spawn_blocking(move || archive::export(&store, &image, &name, SyncIoBridge::new(sender)));
    let loaded = engine.load(ReaderStream::new(receiver)).await;
    // What the store says is the cause of what the engine says.
    written.await.map_err(|error| ended_early(&error))??;
    loaded
}

/// Brings an image of the engine into the store.
///
/// # Errors
/// When the engine does not hand it out, or the store cannot take it.
pub(crate) async fn save(images: &Images, name: &ImageName, engine: &EngineImages) -> Result<StoredImage> {
    let archive = StreamReader::new(Box::pin(engine.save(&name.to_string())));
    let (store, name) = (images.store().clone(), name.clone());
    let read = tokio::task::spawn_blocking(move || archive::import(&store, SyncIoBridge::new(archive), Some(&name)));
    read.await.map_err(|error| ended_early(&error))?
}

fn ended_early(error: &tokio::task::JoinError) -> FailureReason {
    let message = format!("an archive of an image was cut off: {error}");
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "platform.no_runtime", message)
}
