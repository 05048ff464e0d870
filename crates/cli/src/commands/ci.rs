//! `longshore ci init|comment|status|changed`.

use crate::args::secrets::{CiCommand, CommentArgs, InitArgs};
use crate::failure::{Result, usage};
use crate::print;
use crate::table::table;
use longshore_devkit::ci::comment::{Decision, Facts, Run, decide};
use longshore_devkit::ci::{self, Kind, Options, Status};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) fn run(command: CiCommand) -> Result<ExitCode> {
    let text = match command {
        CiCommand::Init(args) => init(args)?,
        CiCommand::Comment(args) => comment(&args)?,
        CiCommand::Status { decision, jobs, run_url } => status(&decision, &jobs, &run_url)?,
        CiCommand::Changed { files, json } => changed(&files, json)?,
    };
    if text.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    print::result(text).map(|()| ExitCode::SUCCESS)
}

fn init(args: InitArgs) -> Result<String> {
    let kind = if args.gitlab { Kind::GitLab } else { Kind::GitHub };
    let usual = Options::default();
    let options = Options {
        install: args.install.unwrap_or(usual.install),
        environment: args.environment.unwrap_or(usual.environment),
        publish_environment: args.publish_environment.unwrap_or(usual.publish_environment),
        default_branch: args.default_branch.unwrap_or(usual.default_branch),
        secrets: ci::secrets_of(&args.dir)?,
        force: args.force,
    };
    let written = ci::init(&args.dir, kind, &options)?;
    if args.json {
        return Ok(json!({"files": written}).to_string());
    }
    let state = |file: &ci::WrittenFile| json!(file.state).as_str().unwrap_or_default().replace('_', " ");
    let rows = written.iter().map(|file| vec![file.path.display().to_string(), state(file)]);
    Ok(table(&["file", "state"], rows.collect(), &[]))
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
    let message =
        format!("{} is not what the written workflows hand over: {error}; see `longshore ci init`", path.display());
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
