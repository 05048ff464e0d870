//! `longshore connector test REF`: whether a connector keeps its contract.

use crate::args::test::TestArgs;
use crate::commands::doctor::{VARIABLES, reference};
use crate::failure::{Result, usage};
use crate::print::{self, note};
use crate::redact::Secrets;
use crate::runnable::runnable;
use crate::signals::{self, Signals};
use crate::{config, config_file};
use longshore_acceptance::{CheckCase, CheckResult, Plan, Reader, Subject};
use longshore_devkit::Tools;
use longshore_protocol::FailureOrigin;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Runs the command.
pub(crate) async fn run(args: TestArgs) -> Result<ExitCode> {
    let reference = runnable(reference(&args.reference)?, None).await?;
    let settings = config::settings_told(args.trust.options())?;
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    let mut secrets = Secrets::default();
    let mut plan = Plan { only: args.only.clone(), ..Plan::default() };
    if let Some(path) = &args.connector_config {
        plan.config = Some(config_file::read(Some(path))?.text);
    }
    if let Some(path) = &args.invalid_config {
        let config = config_file::read(Some(path))?.text;
        let origin = path.display().to_string();
        plan.checks.push(CheckCase { config, origin, expects: CheckResult::Fails, is_derived: false });
    }
    plan.reader = args.reader.as_ref().map(|text| match text.as_str() {
        "local" => Reader::Local,
        "sqlite" => Reader::Sqlite,
        "postgres" => Reader::Postgres,
        command => Reader::Command(command.split_whitespace().map(str::to_owned).collect()),
    });
    secrets.add(plan.config.as_deref().unwrap_or_default());
    let origin = match args.reference.contains("destination") {
        true => FailureOrigin::Destination,
        false => FailureOrigin::Source,
    };
    let subject = Subject {
        settings: &settings,
        reference: &reference,
        origin,
        variables: VARIABLES,
        tools: &tools,
        hide: &|text| secrets.hide(text),
        progress: &|line| note(line),
        silence: Duration::from_secs(60),
    };
    let mut signals = Signals::listen()?;
    let report = tokio::select! {
        report = longshore_acceptance::run(&subject, &plan, "x1".to_owned()) => report,
        number = signals.next() => return Ok(ExitCode::from(signals::exit_code(number))),
    };
    let text = serde_json::to_string_pretty(&json!(report)).map_err(|error| usage("connector.no_spec", error.to_string()))?;
    print::result(text)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
