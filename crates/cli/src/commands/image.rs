//! `longshore image inspect|pull|push|copy`. Docker is only asked for an image that is to be pushed and is nowhere else.

use crate::args::registry::{ImageCommand, Trust};
use crate::config;
use crate::failure::{Result, usage};
use crate::print;
use crate::table::{bytes, table};
use longshore_images::{Freshness, ImageName, Images, Inspection, Platform, RegistryOptions, Store, StoredImage};
use longshore_runner::EngineImages;
use longshore_worker::images::{import, save};
use serde_json::json;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

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
            let digest = pulled.root.digest;
            (format!("pulled {image}\n{digest}"), json, json!({"image": image.to_string(), "digest": digest}))
        }
        ImageCommand::Push { image, from, platform, trust, json } => {
            let images = images(&trust)?;
            let platform = platform.unwrap_or_else(Platform::of_this_machine);
            let stored = find(&images, &image, from.as_deref(), &platform).await?;
            let digest = images.push(&stored, &image).await?;
            (format!("pushed {image}\n{digest}"), json, json!({"image": image.to_string(), "digest": digest}))
        }
        ImageCommand::Tags { repository, trust, json } => {
            let tags = images(&trust)?.tags(&repository).await?;
            (tags.join("\n"), json, json!({"repository": repository.untagged(), "tags": tags}))
        }
        ImageCommand::List { json } => {
            let names = store()?.names()?;
            let rows = names.iter().map(|(name, root)| vec![name.to_string(), root.digest.to_string()]).collect();
            let listed: Vec<_> =
                names.iter().map(|(name, root)| json!({"image": name.to_string(), "digest": root.digest})).collect();
            (table(&["image", "digest"], rows, &[]), json, json!({"images": listed}))
        }
        ImageCommand::Remove { image } => {
            let was_there = store()?.forget(&image)?;
            (format!("{image} {}", if was_there { "removed" } else { "was not in the store" }), false, json!(null))
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

fn store() -> Result<Store> {
    Store::open(&config::images(RegistryOptions::default())?.store_dir)
}

fn images(trust: &Trust) -> Result<Arc<Images>> {
    Images::new(config::images(trust.options())?).map(Arc::new)
}

/// The image that is to be pushed: in a file, else in the store, else in the engine.
async fn find(images: &Arc<Images>, image: &ImageName, from: Option<&str>, platform: &Platform) -> Result<StoredImage> {
    if let Some(path) = from.map(Path::new).filter(|path| path.exists()) {
        let file = File::open(path)
            .map_err(|error| usage("file.unreadable", format!("cannot read {}: {error}", path.display())))?;
        return import(images, file, image, platform).await;
    }
    let name = from.map_or_else(|| Ok(image.clone()), str::parse)?;
    if let Some(stored) = images.stored(&name, platform)? {
        return Ok(stored);
    }
    let engine = EngineImages::connect(&config::settings()?).await;
    match engine {
        Ok(engine) if engine.has(&name.to_string()).await? => save(images, &name, platform, &engine).await,
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
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row("digest", found.digest.to_string()),
        row("created", found.created.clone().unwrap_or_else(|| "-".to_owned())),
        row("entry point", found.entrypoint.join(" ")),
        row("user", if found.user.is_empty() { "root".to_owned() } else { found.user.clone() }),
    ];
    rows.extend(
        found.platforms.iter().map(|it| {
            row(&it.platform.to_string(), format!("{} to download, {}", bytes(it.compressed_bytes), it.digest))
        }),
    );
    rows.extend(found.labels.iter().map(|(name, value)| row(name, value.clone())));
    table(&["image", &found.name], rows, &[])
}
