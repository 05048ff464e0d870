//! `longshore ci init|comment|status|changed`.

use crate::args::secrets::{CiCommand, CommentArgs};
use crate::failure::{Result, usage};
use crate::print;
use crate::table::table;
use longshore_devkit::ci::comment::{Decision, Facts, Run, decide};
use longshore_devkit::ci::{self, Kind, Options, Status};
use longshore_devkit::{Project, secrets};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) fn run(command: CiCommand) -> Result<ExitCode> {
    let text = match command {
        CiCommand::Init { dir, gitlab, force, json } => init(&dir, gitlab, force, json)?,
        CiCommand::Comment(args) => comment(&args)?,
        CiCommand::Status { decision, jobs, run_url } => status(&decision, &jobs, &run_url)?,
        CiCommand::Changed { files, json } => changed(&files, json)?,
    };
    if text.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn init(dir: &Path, gitlab: bool, force: bool, json: bool) -> Result<String> {
    let kind = if gitlab { Kind::GitLab } else { Kind::GitHub };
    let options = Options { secrets: secrets_of_all(dir)?, force, ..Options::default() };
    let written = ci::init(dir, kind, &options)?;
    let state = |file: &ci::WrittenFile| json!(file.state).as_str().unwrap_or_default().replace('_', " ");
    if json {
        let files: Vec<_> = written.iter().map(|file| json!({"path": file.path, "state": file.state})).collect();
        return Ok(json!({"files": files}).to_string());
    }
    let rows = written.iter().map(|file| vec![file.path.display().to_string(), state(file)]);
    Ok(table(&["file", "state"], rows.collect(), &[]))
}

/// The variables of the secrets that the repository's connectors need.
fn secrets_of_all(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let folders = ["connectors", "bases"].into_iter().flat_map(|folder| std::fs::read_dir(dir.join(folder)).into_iter());
    for folder in folders.flatten().flatten() {
        let Ok(project) = Project::open(&folder.path()) else { continue };
        let mapping = std::fs::read_to_string(folder.path().join("secrets.yaml")).ok();
        let needs = secrets::needs(project.connector_name(), mapping.as_deref(), Some(&project.metadata().data))?;
        names.extend(needs.into_iter().map(|need| need.variable));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn comment(args: &CommentArgs) -> Result<String> {
    let event = document(&args.event)?;
    let author = event.pointer("/comment/user/login").and_then(Value::as_str).unwrap_or_default();
    let decision = match Decision::of_event(&event) {
        Err(decision) => decision,
        Ok(_) => {
            let trees = [document(&args.connectors)?, document(&args.bases)?];
            let (pull, permission) = (document(&args.pull)?, document(&args.permission)?);
            let reviews = document(&args.reviews)?;
            let facts = Facts::from_github(author, &pull, &permission, &reviews, [&trees[0], &trees[1]])?;
            decide(&event, &facts)
        }
    };
    let reply = match &decision {
        Decision::Ignore { .. } => None,
        Decision::Reject { reply, .. } => Some(reply.clone()),
        Decision::Run(run) => Some(Status::of_run(run, &args.run_url, None).markdown()),
    };
    if let Some(reply) = reply {
        std::fs::write(&args.reply, reply)
            .map_err(|error| usage("file.unwritable", format!("cannot write {}: {error}", args.reply.display())))?;
    }
    Ok(json!(decision).to_string())
}

fn status(decision: &Path, jobs: &Path, run_url: &str) -> Result<String> {
    let run: Run = serde_json::from_value(document(decision)?).map_err(|error| invalid(decision, &error))?;
    Ok(Status::of_run(&run, run_url, Some(&document(jobs)?)).markdown())
}

fn changed(files: &Path, json: bool) -> Result<String> {
    let text = read(files)?;
    let mut connectors = ci::changed(text.lines());
    connectors.retain(|connector| Path::new(connector).is_dir()); // one that was removed has nothing to test
    Ok(if json { json!(connectors).to_string() } else { connectors.join("\n") })
}

fn document(path: &Path) -> Result<Value> {
    serde_json::from_str(&read(path)?).map_err(|error| invalid(path, &error))
}

fn invalid(path: &Path, error: &serde_json::Error) -> longshore_protocol::FailureReason {
    let message = format!("{} is not what the written workflows hand over: {error}; see `longshore ci init`", path.display());
    usage("ci.event_invalid", message)
}

fn read(path: &Path) -> Result<String> {
    let unreadable =
        |error: std::io::Error| usage("file.unreadable", format!("cannot read {}: {error}", path.display()));
    if path != Path::new("-") {
        return std::fs::read_to_string(path).map_err(unreadable);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
