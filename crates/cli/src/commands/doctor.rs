//! `longshore connector doctor REF`: what is wrong with a connector, step by step.

use crate::args::doctor::DoctorArgs;
use crate::config;
use crate::config_file;
use crate::connector;
use crate::failure::{self, Result};
use crate::print::{self, note};
use crate::signals::{self, Signals};
use crate::table::table;
use longshore_devkit::doctor::{Diagnosis, Doctor, Status, Step};
use longshore_devkit::{Tools, Variables};
use longshore_images::Images;
use longshore_protocol::FailureOrigin;
use longshore_runner::ConnectorRef;
use longshore_worker::secrets::Secrets;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Steps whose failures are of the machine or the command line, and not of the connector.
const BEFORE_THE_CONNECTOR: [&str; 5] = ["resolve", "credentials", "pull", "config", "check"];

/// Runs the command.
pub(crate) async fn run(args: DoctorArgs) -> Result<ExitCode> {
    let reference = reference(&args.reference)?;
    let config = args.config.as_deref().map(|path| config_file::read(Some(path))).transpose()?;
    let settings = config::settings_told(args.trust.options())?;
    let images = Images::new(config::images(args.trust.options())?)?;
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    let mut secrets = Secrets::default();
    secrets.add(config.as_ref().map_or("", |config| config.text.as_str()));
    let doctor = Doctor {
        settings: &settings,
        images: &images,
        tools: &tools,
        variables: VARIABLES,
        config: config.as_ref().map(|config| config.text.as_str()),
        hide: &|text| secrets.hide(text),
        time_limit: Duration::from_secs(args.timeout),
    };
    let mut signals = Signals::listen()?;
    let diagnosis = tokio::select! {
        diagnosis = doctor.examine(&reference) => diagnosis,
        number = signals.next() => return Ok(ExitCode::from(signals::exit_code(number))), // all ends with its handle
    };
    let text = if args.json { json!(diagnosis).to_string() } else { for_people(&diagnosis) };
    print::result(text)?;
    Ok(end(&diagnosis))
}

/// The variables that connectors get from this program.
pub(crate) const VARIABLES: Variables =
    |reference, verb| connector::launch(reference, FailureOrigin::Platform, verb, Vec::new()).environment;

/// A REF; a folder of a project may be written without the slash.
pub(crate) fn reference(text: &str) -> Result<ConnectorRef> {
    if Path::new(text).is_dir() {
        return Ok(ConnectorRef::Project { dir: text.into() });
    }
    connector::parse(text)
}

/// Explains the broken step on stderr; the exit code.
fn end(diagnosis: &Diagnosis) -> ExitCode {
    let Some(failure) = &diagnosis.failure else { return ExitCode::SUCCESS };
    let code = failure::print(failure);
    let is_before = diagnosis.broken_step().is_none_or(|step| BEFORE_THE_CONNECTOR.contains(&step));
    // A registry that has an image for other machines only hands out a connector that is broken here.
    let is_of_connector = !is_before || failure.code == "image.wrong_architecture";
    match failure::exit_code(failure) {
        2 if is_of_connector => ExitCode::FAILURE,
        _ => code,
    }
}

fn for_people(diagnosis: &Diagnosis) -> String {
    let rows = diagnosis.steps.iter().map(|step| vec![step.name.to_owned(), result(step), time(step), what(step)]);
    let steps = table(&["step", "result", "time", "what"], rows.collect(), &[2]);
    let verdict = match diagnosis.broken_step() {
        None => format!("{} is healthy", diagnosis.reference),
        Some(step) => format!("{} is broken at the step `{step}`", diagnosis.reference),
    };
    format!("{steps}\n{verdict}")
}

fn result(step: &Step) -> String {
    match step.status {
        Status::Passed => "ok".to_owned(),
        Status::Failed => "broken".to_owned(),
        Status::Skipped => "skipped".to_owned(),
        Status::NotReached => "not reached".to_owned(),
    }
}

fn time(step: &Step) -> String {
    match step.status {
        Status::Passed | Status::Failed => format!("{} ms", step.duration_ms),
        Status::Skipped | Status::NotReached => String::new(),
    }
}

/// The sentence of a broken step follows on stderr; here its code is enough.
fn what(step: &Step) -> String {
    match step.status {
        Status::Failed => step.code.clone().unwrap_or_default(),
        Status::NotReached => String::new(),
        Status::Passed | Status::Skipped => step.message.clone(),
    }
}
