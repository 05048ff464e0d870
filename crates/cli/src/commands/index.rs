//! `longshore index init|add|list|show|export|import`.

use crate::args::index::{At, FormArg, IndexCommand};
use crate::config;
use crate::connector::spec_of_image;
use crate::failure::Result;
use crate::print;
use crate::table::table;
use longshore_devkit::index::{self, Definition, Filter, Form, IndexAt, Kind, Release};
use longshore_devkit::{Project, changelog};
use longshore_images::{ImageName, Images};
use longshore_protocol::FailureReason;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) async fn run(command: IndexCommand) -> Result<ExitCode> {
    let text = match command {
        IndexCommand::Init { at } => {
            let images = images(&at)?;
            let place = IndexAt::open(&at.place, &images)?;
            if place.init().await? { format!("began an index at {place}") } else { format!("{place} is an index") }
        }
        IndexCommand::Add { at, dir, image } => add(&at, &dir, &image).await?,
        IndexCommand::List { at, json } => list(&at, json).await?,
        IndexCommand::Show { at, definition, json } => show(&at, &definition, json).await?,
        IndexCommand::Export { at, form, out } => export(&at, form, &out).await?,
        IndexCommand::Import { at, from } => import(&at, &from).await?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn images(at: &At) -> Result<Images> {
    Images::new(config::images(at.trust.options())?)
}

async fn add(at: &At, dir: &Path, image: &ImageName) -> Result<String> {
    let images = images(at)?;
    let project = Project::open(dir)?;
    let digest = images.resolve(image, None).await?.root.digest;
    let spec = spec_of_image(&config::settings()?, image).await?;
    let changes = changelog(&project)?;
    let release = Release { digest: Some(digest.as_str()), released_at: None, changelog: &changes };
    let entry = index::entry_of_project(&project, image, &spec, &release)?;
    let place = IndexAt::open(&at.place, &images)?;
    let added = place.add(&entry).await?;
    Ok(format!("{image}: {}", json!(added).as_str().unwrap_or_default().replace('_', " ")))
}

async fn list(at: &At, json: bool) -> Result<String> {
    let images = images(at)?;
    let index = IndexAt::open(&at.place, &images)?.read().await?;
    let definitions = index.list(&Filter::default());
    if json {
        let all: Vec<_> = definitions.iter().map(summary).collect();
        return Ok(json!({"definitions": all}).to_string());
    }
    let rows = definitions.iter().map(|it| {
        vec![it.name().to_owned(), it.kind().word().to_owned(), it.repository().to_owned(), it.tag().to_owned()]
    });
    Ok(table(&["name", "kind", "image", "version"], rows.collect(), &[]))
}

fn summary(definition: &Definition<'_>) -> Value {
    json!({
        "id": definition.id(),
        "kind": definition.kind().word(),
        "name": definition.name(),
        "dockerRepository": definition.repository(),
        "dockerImageTag": definition.tag(),
        "dockerImageDigest": definition.digest(),
        "documentationUrl": definition.documentation_url(),
    })
}

async fn show(at: &At, which: &str, json: bool) -> Result<String> {
    let images = images(at)?;
    let index = IndexAt::open(&at.place, &images)?.read().await?;
    let found = index.show(which)?;
    Ok(if json { json!(found.map()).to_string() } else { described(&found) })
}

fn described(found: &Definition<'_>) -> String {
    let row = |name: &str, value: Option<&str>| vec![name.to_owned(), value.unwrap_or("-").to_owned()];
    let mut rows = vec![
        row("name", Some(found.name())),
        row("kind", Some(found.kind().word())),
        row("id", Some(found.id())),
        row("image", Some(&found.image())),
        row("digest", found.digest()),
        row("documentation", found.documentation_url()),
    ];
    for change in found.breaking_changes() {
        let deadline = change.upgrade_deadline.map_or_else(String::new, |day| format!("until {day}: "));
        rows.push(row(&format!("breaking in {}", change.version), Some(&format!("{deadline}{}", change.message))));
    }
    rows.extend(found.release_candidates().into_iter().map(|tag| row("candidate", Some(tag))));
    rows.extend(found.changelog().iter().map(|it| row(&format!("{} {}", it.version, it.date), Some(&it.text))));
    table(&["definition", ""], rows, &[])
}

async fn export(at: &At, form: FormArg, out: &Path) -> Result<String> {
    let images = images(at)?;
    let index = IndexAt::open(&at.place, &images)?.read().await?;
    let form = match form {
        FormArg::OssRegistry => Form::Registry,
        FormArg::SourceDefinitions => Form::Yaml(Kind::Source),
        FormArg::DestinationDefinitions => Form::Yaml(Kind::Destination),
        FormArg::StandardSourceDefinition => Form::Folder(Kind::Source),
        FormArg::StandardDestinationDefinition => Form::Folder(Kind::Destination),
    };
    let files = index::export(&index, form, out)?;
    let files: Vec<_> = files.iter().map(|path| format!("wrote {}", path.display())).collect();
    Ok(files.join("\n"))
}

/// What is a file or a folder is read as one of the old forms; everything else is another index.
async fn import(at: &At, from: &str) -> Result<String> {
    let images = images(at)?;
    let imported = if Path::new(from).exists() {
        index::import(Path::new(from))?.index
    } else {
        IndexAt::open(from, &images)?.read().await?
    };
    let place = IndexAt::open(&at.place, &images)?;
    place.init().await?;
    let added = place.update(|index| index.absorb(&imported)).await?;
    let changed = added.iter().filter(|it| **it != index::Added::Unchanged).count();
    Ok::<_, FailureReason>(format!("{} definitions read from {from}, {changed} of them new or changed in {place}", added.len()))
}
