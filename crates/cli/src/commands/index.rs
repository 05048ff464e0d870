//! `longshore index init|add|list|show|export|import|remove`.

use crate::args::index::{At, FormArg, IndexCommand, KindArg};
use crate::config;
use crate::connector::spec_of_image;
use crate::failure::Result;
use crate::print;
use crate::table::table;
use longshore_devkit::index::{self, Definition, Filter, Form, IndexAt, Kind, Release};
use longshore_devkit::{Project, changelog};
use longshore_images::{ImageName, Images};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) async fn run(command: IndexCommand) -> Result<ExitCode> {
    let text = match command {
        IndexCommand::Init { at, json } => init(&at, json).await?,
        IndexCommand::Add { at, dir, image, json } => add(&at, &dir, &image, json).await?,
        IndexCommand::List { at, text, kind, json } => {
            list(&at, Filter { kind: kind.map(kind_of), text }, json).await?
        }
        IndexCommand::Show { at, definition, json } => show(&at, &definition, json).await?,
        IndexCommand::Export { at, form, out, json } => export(&at, form, &out, json).await?,
        IndexCommand::Import { at, from, json } => import(&at, &from, json).await?,
        IndexCommand::Remove { at, definition, json } => remove(&at, &definition, json).await?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn images(at: &At) -> Result<Images> {
    Images::new(config::images(at.trust.options())?)
}

fn kind_of(kind: KindArg) -> Kind {
    match kind {
        KindArg::Source => Kind::Source,
        KindArg::Destination => Kind::Destination,
    }
}

async fn init(at: &At, json: bool) -> Result<String> {
    let images = images(at)?;
    let place = IndexAt::open(&at.place, &images)?;
    let is_new = place.init().await?;
    Ok(match (json, is_new) {
        (true, _) => json!({"index": place.to_string(), "is_new": is_new}).to_string(),
        (false, true) => format!("began an index at {place}"),
        (false, false) => format!("{place} is an index"),
    })
}

async fn add(at: &At, dir: &Path, image: &ImageName, json: bool) -> Result<String> {
    let images = images(at)?;
    let project = Project::open(dir)?;
    let place = IndexAt::open(&at.place, &images)?;
    let digest = images.resolve(image, None).await?.root.digest;
    let spec = spec_of_image(&config::settings_told(at.trust.options())?, image).await?;
    let changes = changelog(&project)?;
    let release = Release { digest: Some(digest.as_str()), released_at: None, changelog: &changes };
    let entry = index::entry_of_project(&project, image, &spec, &release)?;
    let added = json!(place.add(&entry).await?);
    if json {
        return Ok(json!({"image": image.to_string(), "digest": digest, "result": added}).to_string());
    }
    Ok(format!("{image}: {}", added.as_str().unwrap_or_default().replace('_', " ")))
}

async fn list(at: &At, filter: Filter, json: bool) -> Result<String> {
    let images = images(at)?;
    let index = IndexAt::open(&at.place, &images)?.read().await?;
    let definitions = index.list(&filter);
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
    let versions = found.versions();
    let versions: Vec<_> = versions.iter().map(|version| version.tag).collect();
    rows.push(row("versions", Some(versions.join(", ").as_str()).filter(|all| !all.is_empty())));
    rows.extend(found.release_candidates().into_iter().map(|tag| row("candidate", Some(tag))));
    rows.extend(found.changelog().iter().map(|it| row(&format!("{} {}", it.version, it.date), Some(&it.text))));
    table(&["definition", ""], rows, &[])
}

async fn export(at: &At, form: FormArg, out: &Path, json: bool) -> Result<String> {
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
    if json {
        return Ok(json!({"files": files}).to_string());
    }
    let files: Vec<_> = files.iter().map(|path| format!("wrote {}", path.display())).collect();
    Ok(files.join("\n"))
}

/// What is a file or a folder is read as one of the old forms; everything else is another index.
async fn import(at: &At, from: &str, json: bool) -> Result<String> {
    let images = images(at)?;
    let imported = if Path::new(from).exists() {
        index::import(Path::new(from))?.index
    } else {
        IndexAt::open(from, &images)?.read().await?
    };
    let place = IndexAt::open(&at.place, &images)?;
    place.init().await?;
    let added = place.update(|index| index.absorb(&imported)).await?;
    let (read, changed) = (added.len(), added.iter().filter(|it| **it != index::Added::Unchanged).count());
    if json {
        return Ok(json!({"index": place.to_string(), "read": read, "changed": changed}).to_string());
    }
    Ok(format!("{read} definitions read from {from}, {changed} of them new or changed in {place}"))
}

async fn remove(at: &At, which: &str, json: bool) -> Result<String> {
    let images = images(at)?;
    let place = IndexAt::open(&at.place, &images)?;
    let removed = place.update(|index| index.remove(which)).await?;
    Ok(if json { removed.to_string() } else { format!("took {} off {place}", shown(&removed)) })
}

fn shown(entry: &Value) -> &str {
    entry["name"].as_str().unwrap_or_default()
}
