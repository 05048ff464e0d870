//! `longshore apply`: makes a workspace what a file says it is. Shows what would change before anything does.

use crate::args::apply::ApplyArgs;
use crate::blueprint::Blueprint;
use crate::blueprint::carry_out::carry_out;
use crate::blueprint::gather::gather;
use crate::blueprint::plan::{Plan, Surroundings, plan};
use crate::client::Session;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use crate::{config, configuration};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs it.
pub(crate) async fn run(args: &ApplyArgs) -> Result<ExitCode> {
    let shown = args.file.display().to_string();
    let wanted = with_variables(Blueprint::read(&configuration::text(&args.file)?, &shown)?)?;
    let session = Session::begin(&args.at).await?;
    let mut there = gather(&session).await?;
    let around = there.surroundings(&session, &wanted).await?;
    let around = Surroundings { prunes: args.prune, sets_secrets: args.set_secrets, ..around };
    let plan = plan(&there.blueprint, &wanted, &around)?;
    show(&plan, args)?;
    let is_done = !plan.steps.is_empty() && !args.dry_run;
    if is_done {
        consent(args)?;
        carry_out(&session, &mut there, &plan).await?;
    }
    if args.at.json {
        let mut result = plan.json();
        result["applied"] = json!(is_done);
        return print::result(result).map(|()| ExitCode::SUCCESS);
    }
    if is_done { print::result(format_args!("applied {shown}")) } else { Ok(()) }.map(|()| ExitCode::SUCCESS)
}

/// Variables of this shell are put in where configurations ask for them.
fn with_variables(mut wanted: Blueprint) -> Result<Blueprint> {
    for actor in wanted.sources.iter_mut().chain(&mut wanted.destinations) {
        let of_shell = |name: &str| config::variable(name)?.into_string().ok();
        actor.configuration = configuration::substitute(std::mem::take(&mut actor.configuration), &of_shell)?;
    }
    Ok(wanted)
}

/// The plan is a result for whoever only asked for it, and news for whoever is about to be asked.
fn show(plan: &Plan, args: &ApplyArgs) -> Result<()> {
    if !plan.kept.is_empty() {
        note(format_args!(
            "{} secrets are there and stay; --set-secrets writes those of the file again:",
            plan.kept.len()
        ));
        plan.kept.iter().for_each(|path| note(format_args!("    {path}")));
    }
    if args.at.json {
        return Ok(());
    }
    let lines = if plan.steps.is_empty() { "nothing to change".to_owned() } else { plan.lines().join("\n") };
    print::result(lines)
}

/// # Errors
/// `apply.not_confirmed`.
fn consent(args: &ApplyArgs) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    let is_free = args.file != Path::new("-");
    if !(is_free && config::stdin_is_terminal()) {
        return Err(usage("apply.not_confirmed", "nothing was changed: nobody can be asked, so --yes is needed"));
    }
    note("apply this? [y/N]");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match read.is_ok() && ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        true => Ok(()),
        false => Err(usage("apply.not_confirmed", "nothing was changed")),
    }
}
