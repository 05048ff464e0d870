//! `longshore connector new --update`: brings a newer template into a project.

use super::prompt::{Cancelled, Prompt};
use super::{Stop, interruptible};
use crate::args::new::NewArgs;
use crate::config;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use crate::table::table;
use longshore_devkit::Tools;
use longshore_devkit::new::{Asked, Change, Given, Templates, Update, default_answer, refuse_uncommitted};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Merges it; 1 when a person has to look at something.
pub(super) async fn run(args: &NewArgs, dir: &Path, templates: Templates, given: Given) -> Result<ExitCode> {
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    if !args.yes && !args.dry_run {
        refuse_uncommitted(&tools, dir).await?;
    }
    let (prompt, folder) = (Prompt::of(args.yes), dir.to_owned());
    let update = match interruptible(move || plan(&folder, &templates, &given.answers, prompt.as_ref())).await? {
        Ok(update) => update,
        Err(code) => return Ok(code),
    };
    if !args.dry_run {
        update.write()?;
    }
    print(&update, args)?;
    Ok(if update.conflicts().next().is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn plan(
    dir: &Path,
    templates: &Templates,
    given: &BTreeMap<String, String>,
    prompt: Option<&Prompt>,
) -> std::result::Result<Update, Stop> {
    let mut is_cancelled = false;
    let mut ask = |asked: &Asked<'_>| match prompt {
        None => default_answer(asked),
        Some(prompt) => prompt.answer(asked).map_err(|Cancelled| {
            is_cancelled = true;
            usage("connector.answer_missing", "cancelled")
        }),
    };
    let planned = Update::plan(templates, dir, given, &mut ask);
    if is_cancelled { Err(Stop::Cancelled) } else { Ok(planned?) }
}

fn print(update: &Update, args: &NewArgs) -> Result<()> {
    let template = update.template();
    if args.json {
        return print::result(json!({
            "template": template.name,
            "from": update.from,
            "to": template.version,
            "dry_run": args.dry_run,
            "changes": update.changes,
            "conflicts": update.conflicts().count(),
        }));
    }
    if args.dry_run && !update.changes.is_empty() {
        print::result(update.diff().trim_end())?;
    }
    if update.changes.is_empty() {
        return print::result(format_args!(
            "nothing changes: it is as version {} of {} has it",
            template.version, template.name
        ));
    }
    let rows = update.changes.iter().filter(|change| !change.is_vendored || change.conflict.is_some()).map(row);
    let mut text = table(&["file", "what", "for you"], rows.collect(), &[]);
    let vendored = update.changes.iter().filter(|change| change.is_vendored && change.conflict.is_none()).count();
    if vendored > 0 {
        text += &format!("\nvendor/: {vendored} files");
    }
    let verb = if args.dry_run { "would bring" } else { "brought" };
    print::result(format_args!("{text}\n{verb} version {} of {} to {}", update.from, template.name, template.version))?;
    match update.conflicts().count() {
        0 => Ok(()),
        many => {
            note(format_args!("{many} conflicts: look at each, then at the whole with `git diff`"));
            Ok(())
        }
    }
}

fn row(change: &Change) -> Vec<String> {
    let kind = json!(change.kind);
    let conflict = change.conflict.as_ref().map(|why| format!("conflict: {why}"));
    vec![change.path.clone(), kind.as_str().unwrap_or_default().to_owned(), conflict.unwrap_or_default()]
}
