//! Images between registries, the store and the Docker Engine.

use crate::failure::Result;
use longshore_images::{Freshness, ImageName, Images, Platform, Settings, StoredImage};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_runner::{EngineImages, ImageProvider, Provided};
use std::io;
use std::sync::Arc;
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};

/// How much of an archive waits between its writer and its reader.
const PIPE_BYTES: usize = 256 * 1024;

/// Pulls what the Docker Engine does not have, with our own credentials and trust, so that the engine needs none.
pub struct Registries {
    settings: Settings,
}

impl Registries {
    /// Pulls by these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn pull_and_load(&self, image: &str, local_name: &str, engine: &EngineImages) -> Result<()> {
        let name: ImageName = image.parse()?;
        let images = Arc::new(Images::new(self.settings.clone())?);
        let was_stored = images.store().find(&name)?.is_some();
        let hold = images.store().hold()?; // until the engine has it, nobody sweeps it
        let pulled = images.pull(&name, &Platform::of_this_machine(), Freshness::Stored).await?;
        load(&images, pulled, local_name.parse()?, engine).await?;
        drop(hold);
        // The engine has it now; a second copy would only take space.
        if !was_stored {
            images.store().forget(&name)?;
        }
        Ok(())
    }
}

impl ImageProvider for Registries {
    fn provide<'a>(&'a self, image: &'a str, local_name: &'a str, engine: &'a EngineImages) -> Provided<'a> {
        Box::pin(self.pull_and_load(image, local_name, engine))
    }
}

/// Loads an image of the store into the engine, under a name.
async fn load(images: &Arc<Images>, image: StoredImage, name: ImageName, engine: &EngineImages) -> Result<()> {
    let images = Arc::clone(images);
    let (sender, receiver) = tokio::io::duplex(PIPE_BYTES);
    let mut sender = SyncIoBridge::new(sender);
    let written = tokio::task::spawn_blocking(move || images.export(&image, &[name], &mut sender));
    let loaded = engine.load(ReaderStream::new(receiver)).await;
    told_by_cause(written.await.map_err(|error| cut_off(&error))?, loaded)
}

/// When one side of a pipe fails, so does the other. An engine that takes no more is the cause of an archive that cannot
/// be written; a store that cannot be read is the cause of an archive that the engine finds cut short.
fn told_by_cause(written: Result<()>, loaded: Result<()>) -> Result<()> {
    match (written, loaded) {
        (Err(written), Err(loaded)) if written.code == "image.export_failed" => Err(loaded),
        (written, loaded) => written.and(loaded),
    }
}

/// Brings an image of the engine, built for a machine, into the store.
///
/// # Errors
/// When the engine does not hand it out, or the store cannot take it.
pub async fn save(
    images: &Arc<Images>,
    name: &ImageName,
    platform: &Platform,
    engine: &EngineImages,
) -> Result<StoredImage> {
    let image = name.to_string();
    let mut archive = StreamReader::new(Box::pin(engine.save(&image)));
    let (mut sender, receiver) = tokio::io::duplex(PIPE_BYTES);
    let mut receiver = SyncIoBridge::new(receiver);
    let (taker, given) = (Arc::clone(images), name.clone());
    let taken = tokio::task::spawn_blocking(move || taker.import(&mut receiver, Some(&given)));
    let moved = tokio::io::copy(&mut archive, &mut sender).await;
    drop(sender); // the end of the archive
    // What the engine says is the cause of what the reader says.
    let cause = moved.err().and_then(|error| error.into_inner()?.downcast::<FailureReason>().ok());
    let taken = taken.await.map_err(|error| cut_off(&error))?;
    cause.map_or(Ok(()), |reason| Err(*reason))?;
    taken?;
    stored(images, name, platform)
}

/// Takes an image of a file, built for a machine, into the store, under a name.
///
/// # Errors
/// When the file cannot be read or holds no image.
pub async fn import(
    images: &Arc<Images>,
    file: std::fs::File,
    name: &ImageName,
    platform: &Platform,
) -> Result<StoredImage> {
    let (taker, given) = (Arc::clone(images), name.clone());
    let taken = tokio::task::spawn_blocking(move || taker.import(&mut io::BufReader::new(file), Some(&given)));
    taken.await.map_err(|error| cut_off(&error))??;
    stored(images, name, platform)
}

fn stored(images: &Images, name: &ImageName, platform: &Platform) -> Result<StoredImage> {
    images.stored(name, platform)?.ok_or_else(|| {
        let message = format!("{name} was taken into the store, and is not there; run the command again");
        FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "image.not_here", message)
    })
}

fn cut_off(error: &tokio::task::JoinError) -> FailureReason {
    let message = format!("an archive of an image was cut off: {error}");
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "platform.no_runtime", message)
}

#[cfg(test)]
mod tests {
    use super::{FailureKind, FailureOrigin, FailureReason, told_by_cause};

    #[test]
    fn the_side_that_failed_first_says_why() {
        let failed = |code| Err(FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, code, ""));
        let code = |written, loaded| told_by_cause(written, loaded).map_err(|reason| reason.code);
        let told = |code: &str| Err(code.to_owned());
        assert_eq!(code(failed("image.export_failed"), failed("docker.load_failed")), told("docker.load_failed"));
        assert_eq!(code(failed("image.store_damaged"), failed("docker.load_failed")), told("image.store_damaged"));
        assert_eq!(code(Ok(()), failed("docker.load_failed")), told("docker.load_failed"));
        assert_eq!(code(Ok(()), Ok(())), Ok(()));
    }
}
