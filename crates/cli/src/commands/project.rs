//! `longshore connector build|bump|publish`: what is done with a connector project.

mod workshop;

use crate::args::project::{BuildArgs, BumpArgs, PublishArgs};
use crate::config;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use crate::table::table;
use jiff::Zoned;
use longshore_devkit::index::IndexAt;
use longshore_devkit::{Built, BumpOptions, Project, Publication, Published, Tests};
use longshore_images::Images;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use workshop::Shop;

/// `connector build`.
pub(crate) async fn build(args: BuildArgs) -> Result<ExitCode> {
    let project = Project::open(&args.dir)?;
    let images = Arc::new(Images::new(config::images(args.build.trust.options())?)?);
    let built = Shop::new(&project, &images, &args.build)?.make().await?;
    if let Some(path) = &args.sbom {
        write(path, &built.sbom)?;
    }
    built.notes.iter().for_each(|text| note(format_args!("note: {text}")));
    let text = if args.json { built_json(&built).to_string() } else { built_text(&built) };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes)
        .map_err(|error| usage("file.unwritable", format!("cannot write {}: {error}", path.display())))
}

fn tests_text(tests: &Tests) -> String {
    match tests {
        Tests::Passed => "passed".to_owned(),
        Tests::Skipped => "left out, as was asked".to_owned(),
        Tests::None(why) => format!("none: {why}"),
    }
}

fn built_json(built: &Built) -> Value {
    json!({
        "image": built.image.to_string(),
        "id": built.id,
        "digest": built.manifest.as_ref().map(|manifest| &manifest.digest),
        "builder": format!("{:?}", built.builder).to_lowercase(),
        "unit_tests": tests_text(&built.tests),
        "labels": built.labels,
        "notes": built.notes,
    })
}

fn built_text(built: &Built) -> String {
    let mut rows = vec![
        vec!["image".to_owned(), built.image.to_string()],
        vec!["id".to_owned(), built.id.to_string()],
        vec!["unit tests".to_owned(), tests_text(&built.tests)],
    ];
    rows.extend(built.manifest.iter().map(|manifest| vec!["digest".to_owned(), manifest.digest.to_string()]));
    rows.extend(built.labels.iter().map(|(name, value)| vec![format!("label {name}"), value.clone()]));
    table(&["built", ""], rows, &[])
}

/// `connector bump`.
pub(crate) fn bump(args: &BumpArgs) -> Result<ExitCode> {
    let project = Project::open(&args.dir)?;
    let options = BumpOptions {
        date: Zoned::now().date(),
        message: args.message.clone(),
        pull_request: args.pull_request.clone(),
        dry_run: args.dry_run,
    };
    let bumped = longshore_devkit::bump(&project, &args.to.parse()?, &options)?;
    bumped.notes.iter().for_each(|text| note(format_args!("note: {text}")));
    if args.json {
        let changes = bumped
            .changes
            .iter()
            .map(|change| json!({"file": change.file, "line": change.line, "from": change.from, "to": change.to}));
        let changes: Vec<_> = changes.collect();
        let result = json!({
            "from": bumped.from.to_string(), "to": bumped.to.to_string(), "dry_run": args.dry_run, "changes": changes,
            "notes": bumped.notes,
        });
        return print::result(result).map(|()| ExitCode::SUCCESS);
    }
    let rows = bumped.changes.iter().map(|change| {
        let place = format!("{}:{}", change.file.display(), change.line);
        vec![place, change.from.clone().unwrap_or_else(|| "(new)".to_owned()), change.to.clone()]
    });
    let changed = table(&["place", "before", "after"], rows.collect(), &[]);
    let verb = if args.dry_run { "would change" } else { "changed" };
    print::result(format_args!("{changed}\n{verb} {} to {}", bumped.from, bumped.to)).map(|()| ExitCode::SUCCESS)
}

/// `connector publish`.
pub(crate) async fn publish(args: PublishArgs) -> Result<ExitCode> {
    let project = Project::open(&args.dir)?;
    let images = Arc::new(Images::new(config::images(args.build.trust.options())?)?);
    longshore_images::explain_name(&args.to)?;
    let index = args.index.as_deref().map(|place| IndexAt::open(place, &images)).transpose()?;
    if args.create_repository {
        longshore_images::create_repository(images.settings(), &args.to).await?;
    }
    let shop = Shop::new(&project, &images, &args.build)?;
    let publication = Publication {
        project: &project,
        to: &args.to,
        images: &images,
        index: index.as_ref(),
        revision: shop.revision().await,
        unless_published: args.unless_published,
        workshop: &shop,
    };
    let published = publication.run().await?;
    let text = if args.json { json!(published).to_string() } else { published_text(&published) };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn published_text(published: &Published) -> String {
    let word = |outcome| json!(outcome).as_str().unwrap_or_default().replace('_', " ");
    let rows = published.steps.iter().map(|step| vec![step.name.to_owned(), word(step.outcome), step.detail.clone()]);
    let steps = table(&["step", "result", "what"], rows.collect(), &[]);
    format!("{steps}\npublished {}\n{}", published.image, published.digest)
}
