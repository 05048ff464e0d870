//! `longshore connector lint DIR|REF`: advice on good practice. It never fails because of what it finds.

use crate::args::lint::LintArgs;
use crate::commands::dev::config_of;
use crate::commands::doctor::{VARIABLES, reference};
use crate::config;
use crate::config_file;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use crate::signals::{self, Signals};
use crate::table::table;
use longshore_devkit::lint::{Advice, Lint, Linter, RULES};
use longshore_devkit::{Project, Start, Tools};
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;
use longshore_worker::secrets::Secrets;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command.
pub(crate) async fn run(args: LintArgs) -> Result<ExitCode> {
    if let Some(rule) = &args.explain {
        return explain(rule);
    }
    let mut signals = Signals::listen()?;
    tokio::select! {
        done = lint(&args) => done,
        number = signals.next() => Ok(ExitCode::from(signals::exit_code(number))), // all ends with its handle
    }
}

async fn lint(args: &LintArgs) -> Result<ExitCode> {
    let settings = config::settings()?;
    let reference = reference(args.reference.as_deref().unwrap_or("."))?;
    let project = match &reference {
        ConnectorRef::Project { dir } => Some(Project::open(dir)?),
        _ => None,
    };
    let path = args.config.clone().or_else(|| config_of(project.as_ref()?.dir()));
    let config = path.as_deref().map(|path| config_file::read(Some(path))).transpose()?;
    let mut secrets = Secrets::default();
    secrets.add(config.as_ref().map_or("", |config| config.text.as_str()));
    let program = match &project {
        Some(project) => prepared(project).await,
        None => Ok(reference),
    };
    let linter = Linter {
        project: project.as_ref(),
        program,
        settings: &settings,
        variables: VARIABLES,
        config: config.as_ref().map(|config| config.text.as_str()),
    };
    let lint = linter.run().await?;
    let text = if args.json { json!(lint).to_string() } else { for_people(&lint) };
    print::result(secrets.hide(&text)).map(|()| ExitCode::SUCCESS)
}

/// The project, ready to run from its sources.
async fn prepared(project: &Project) -> std::result::Result<ConnectorRef, FailureReason> {
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    let start = Start::of(project)?;
    start.install(&tools).await?;
    start.compile(&tools).await
}

fn for_people(lint: &Lint) -> String {
    let mut lines: Vec<String> = lint.advice.iter().flat_map(advice).collect();
    lines.extend(lint.unseen.iter().map(|what| format!("not looked at: {what}")));
    lines.push(match lint.advice.len() {
        0 => "nothing to advise".to_owned(),
        1 => "1 piece of advice; `longshore connector lint --explain RULE` says why".to_owned(),
        count => format!("{count} pieces of advice; `longshore connector lint --explain RULE` says why"),
    });
    lines.join("\n")
}

/// Where, what, and what to do.
fn advice(advice: &Advice) -> Vec<String> {
    let place = advice.file.as_ref().map_or_else(String::new, |file| {
        let line = advice.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line}: ", file.display())
    });
    vec![format!("{place}{} [{}]", advice.message, advice.rule), format!("  {}", advice.remedy)]
}

fn explain(id: &str) -> Result<ExitCode> {
    if id == "list" {
        let rows = RULES.iter().map(|rule| vec![rule.id.to_owned(), rule.why.to_owned()]);
        return print::result(table(&["rule", "why"], rows.collect(), &[])).map(|()| ExitCode::SUCCESS);
    }
    let rule = RULES.iter().find(|rule| rule.id == id).ok_or_else(|| {
        let message = format!("there is no rule `{id}`; `longshore connector lint --explain list` shows all");
        usage("lint.unknown_rule", message)
    })?;
    print::result(format_args!("{}\n\n{}\n\n{}", rule.id, rule.why, rule.how)).map(|()| ExitCode::SUCCESS)
}
