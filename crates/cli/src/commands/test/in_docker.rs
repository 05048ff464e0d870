//! `--in-docker`: a machine that has nothing but Docker. The connector is its image, and the author's commands run in one.

use crate::failure::{Result, usage};
use longshore_devkit::hooks::{ProjectImages, build_images};
use longshore_devkit::{Project, Tools};
use longshore_runner::ConnectorRef;

/// What is tested in the place of a reference, and where the author's commands run.
///
/// # Errors
/// `test.not_an_image` for what has no image; `connector.build_failed`.
pub(super) async fn images(asked: &ConnectorRef, tools: &Tools) -> Result<(ConnectorRef, Option<String>)> {
    match asked {
        ConnectorRef::Docker { .. } => Ok((asked.clone(), None)),
        ConnectorRef::Project { dir } => {
            let ProjectImages { connector, commands } = build_images(&Project::open(dir)?, tools).await?;
            Ok((ConnectorRef::Docker { image: connector }, Some(commands)))
        }
        _ => {
            let message = format!(
                "{asked} has no image; give --in-docker a connector project with a Dockerfile, or docker:IMAGE"
            );
            Err(usage("test.not_an_image", message))
        }
    }
}
