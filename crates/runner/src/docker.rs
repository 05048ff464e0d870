//! Runs a connector as a container of the Docker Engine, with its records beside the engine instead of through it.
//!
//! Whatever a container prints would normally be copied by two processes of the engine into a log or an HTTP stream.
//! Here the run's private folder is mounted into the container with FIFOs in it, and the image's entry point is
//! started by a tiny static program, the shim, that puts the FIFOs in the place of stdin, stdout and stderr. From
//! then on kernel pipes join Longshore and the connector, as for a local process.
//!
//! In the order of a run: `engine` finds the engine, `image` finds or pulls the image and reads its entry point,
//! `fifo` lays out the folder and notices when the connector runs, `container` creates, watches and removes it.
//! `engine_images` moves images in and out, `image_files` looks into them. `leftovers` removes the containers of Longshore processes that were killed.

mod container;
mod engine;
mod engine_images;
mod fifo;
mod image;
mod image_files;
mod leftovers;

use crate::run_folder::{RunFolder, write_inputs};
use crate::running::{Connector, Running};
use crate::{Launch, Settings, Verb};
use container::{Contained, Container, Plan};
use engine::Engine;
use fifo::Fifos;
use image::Image;
use longshore_protocol::FailureReason;

pub use engine_images::{EngineImages, ImageProvider, Provided};
pub use image_files::{EngineImage, FileHead, FileKind, ImageFiles};
pub use leftovers::remove_leftover_containers;

/// Starts a container; the connector's own program runs in it when this returns.
pub(crate) async fn start(settings: &Settings, launch: &Launch<'_>, name: &str) -> Result<Running, FailureReason> {
    let engine = Engine::connect(settings).await?;
    leftovers::remove_once(&engine).await;
    let image = Image::find_or_provide(&engine, settings, launch, name).await?;
    let command = image.command(launch)?;
    let folder = RunFolder::create(&settings.work_dir)?;
    let mounted = folder.subfolder("mounted")?;
    // Readable for any user of the image; on this machine the folder around it keeps everybody else out.
    write_inputs(&mounted, &launch.files, 0o444)?;
    let fifos = Fifos::create(&mounted, launch.verb == Verb::Write)?;
    let plan = Plan { engine: &engine, launch, image: image.local_name(), command, folder: &mounted };
    let mut contained = Contained::new(Container::start(&plan).await?, launch, folder);
    match fifos.joined(&mut contained).await {
        Ok(ends) => Ok(Running::watch(ends, None, contained)),
        Err(obstacle) => {
            contained.remove().await;
            Err(image.explain(launch, obstacle))
        }
    }
}
