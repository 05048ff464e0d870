//! `longshore image inspect|pull|push|copy`. Docker is only asked for an image that is to be pushed and is nowhere else.

use crate::args::registry::{ImageCommand, Trust};
use crate::config;
use crate::failure::{Result, usage};
use crate::images::save;
use crate::print;
use crate::table::{bytes, table};
use longshore_images::{Freshness, ImageName, Images, Inspection, Platform, StoredImage, archive};
use longshore_runner::EngineImages;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) async fn run(command: ImageCommand) -> Result<ExitCode> {
    let (text, json, result) = match command {
        ImageCommand::Inspect { image, trust, json } => {
            let found = images(&trust)?.inspect(&image).await?;
            (describe(&found), json, json!(found))
        }
        ImageCommand::Pull { image, platform, refresh, trust, json } => {
            let freshness = if refresh { Freshness::Asked } else { Freshness::Stored };
            let platform = platform.unwrap_or_else(Platform::of_this_machine);
            let pulled = images(&trust)?.pull(&image, &platform, freshness).await?;
            let digest = pulled.digest().clone();
            (format!("pulled {image}\n{digest}"), json, json!({"image": image.to_string(), "digest": digest}))
        }
        ImageCommand::Push { image, from, trust, json } => {
            let images = images(&trust)?;
            let stored = find(&images, &image, from.as_deref()).await?;
            let digest = images.push(&stored, &image).await?;
            (format!("pushed {image}\n{digest}"), json, json!({"image": image.to_string(), "digest": digest}))
        }
        ImageCommand::Copy { from, to, trust, json } => {
            let digest = images(&trust)?.copy(&from, &to).await?;
            let result = json!({"from": from.to_string(), "image": to.to_string(), "digest": digest});
            (format!("copied {from} to {to}\n{digest}"), json, result)
        }
    };
    let printed = if json { print::result(result) } else { print::result(text) };
    printed.map(|()| ExitCode::SUCCESS)
}

fn images(trust: &Trust) -> Result<Images> {
    Images::new(config::images(trust.options())?)
}

/// The image that is to be pushed: in a file, else in the store, else in the engine.
async fn find(images: &Images, image: &ImageName, from: Option<&str>) -> Result<StoredImage> {
    if let Some(path) = from.map(Path::new).filter(|path| path.exists()) {
        return archive::import_path(images.store(), path, Some(image));
    }
    let name = from.map_or_else(|| Ok(image.clone()), str::parse)?;
    if let Some(stored) = images.stored(&name)? {
        return Ok(stored);
    }
    let engine = EngineImages::connect(&config::settings()?).await;
    match engine {
        Ok(engine) if engine.has(&name.to_string()).await? => save(images, &name, &engine).await,
        engine => {
            let reason = usage(
                "image.not_here",
                format!(
                    "{name} is neither in the store nor in a Docker Engine of this machine; build it with `longshore \\
                     connector build DIR` or `docker build -t {name} .`, or name a file by --from"
                ),
            );
            Err(match engine {
                Ok(_) => reason,
                Err(why) => reason.with_detail(why.message),
            })
        }
    }
}

fn describe(found: &Inspection) -> String {
    let mut rows = vec![
        vec!["image".to_owned(), found.name.clone()],
        vec!["digest".to_owned(), found.digest.to_string()],
        vec!["created".to_owned(), found.created.clone().unwrap_or_default()],
        vec!["entry point".to_owned(), found.entrypoint.join(" ")],
        vec!["user".to_owned(), found.user.clone().unwrap_or_default()],
    ];
    rows.extend(found.platforms.iter().map(|it| {
        vec![format!("platform {}", it.platform), format!("{} to download, {}", bytes(it.size), it.digest)]
    }));
    rows.extend(found.labels.iter().map(|(name, value)| vec![format!("label {name}"), value.clone()]));
    table(&["", ""], rows, &[]).trim_start().to_owned()
}
