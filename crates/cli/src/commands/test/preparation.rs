//! What is to be judged, and with what: the arguments, the test configuration, and the project come together here.

use super::samples::{self, Sample};
use super::{in_docker, reader, role, rules, todos};
use crate::args::test::TestArgs;
use crate::commands::dev::config_of;
use crate::commands::doctor::reference;
use crate::failure::Result;
use crate::runnable::runnable;
use crate::{config_file, connector};
use longshore_acceptance::{CheckCase, CheckResult, Plan, find_config, of_project, read_config};
use longshore_devkit::{Project, Tools, hooks};
use longshore_protocol::FailureOrigin;
use longshore_runner::ConnectorRef;
use longshore_worker::secrets::Secrets;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All that a suite needs of its arguments.
pub(super) struct Prepared {
    pub(super) reference: ConnectorRef,
    pub(super) plan: Plan,
    pub(super) secrets: Secrets,
    pub(super) origin: FailureOrigin,
    /// The image in which the author's commands run, if they do.
    pub(super) inside: Option<String>,
    /// Must live as long as the suite.
    pub(super) sample: Option<Sample>,
}

/// Reads all files, and makes a project ready to run.
///
/// # Errors
/// Whatever is wrong with a file or an argument, and why the project cannot be made ready.
pub(super) async fn prepare(args: &TestArgs, tools: &Tools) -> Result<Prepared> {
    let asked = reference(args.reference.as_deref().unwrap_or("."))?;
    let (mut plan, sample) = plan(args, &asked)?;
    take_flags(&mut plan, args)?;
    let told = plan.project.as_ref().map(hooks::told).transpose()?.unwrap_or_default();
    rules::check(told.bypasses.keys())?;
    plan.bypasses.extend(told.bypasses);
    plan.reader = match (&args.reader, told.reader) {
        (Some(text), _) => Some(reader::told(text)?),
        (None, Some(words)) => Some(reader::of(words)),
        (None, None) => plan.reader.or_else(|| reader::known(&asked, plan.project.as_ref())),
    };
    let origin = role::of(&asked, plan.project.as_ref());
    let mut secrets = Secrets::default();
    plan.config.iter().chain(plan.checks.iter().map(|case| &case.config)).for_each(|config| secrets.add(config));
    if let Some(previous) = &args.previous {
        plan.previous = Some(runnable(connector::parse(previous)?, Some(origin)).await?);
    }
    let asked = startable(asked, &plan);
    let (asked, inside) = match args.in_docker {
        true => in_docker::images(&asked, tools).await?,
        false => (asked, None),
    };
    let reference = runnable(asked, None).await?;
    Ok(Prepared { reference, plan, secrets, origin, inside, sample })
}

/// The plan of the test configuration, of the project, or of nothing but a configuration.
fn plan(args: &TestArgs, asked: &ConnectorRef) -> Result<(Plan, Option<Sample>)> {
    let config = args.connector_config.as_deref().map(|path| config_file::read(Some(path))).transpose()?;
    let config = config.map(|config| config.text);
    let test_config = args.config.clone().or_else(|| find_config(dir_of(asked)?));
    let project = project_of(asked, test_config.as_deref())?;
    if let Some(project) = &project {
        todos::tell(project.dir());
    }
    let plan = match (test_config, project) {
        (Some(path), project) => read_config(&path, project, config)?,
        (None, Some(project)) => with_config_of_project(of_project(project, config)?)?,
        (None, None) => Plan { config, ..Plan::default() },
    };
    with_sample(plan, asked)
}

fn dir_of(asked: &ConnectorRef) -> Option<&Path> {
    match asked {
        ConnectorRef::Project { dir } => Some(dir),
        _ => None,
    }
}

/// The project of a folder. A folder that has a test configuration only is one all the same: its image is tested.
fn project_of(asked: &ConnectorRef, test_config: Option<&Path>) -> Result<Option<Project>> {
    match dir_of(asked) {
        Some(dir) if test_config.is_none() || dir.join("metadata.yaml").is_file() => Project::open(dir).map(Some),
        _ => Ok(None),
    }
}

/// The configuration with which the project is tried by `connector dev`.
fn with_config_of_project(plan: Plan) -> Result<Plan> {
    let path: Option<PathBuf> = plan.project.as_ref().and_then(|project| config_of(project.dir()));
    match path {
        Some(path) if plan.config.is_none() => {
            let config = config_file::read(Some(&path))?.text;
            Ok(Plan { config: Some(config), ..plan })
        }
        _ => Ok(plan),
    }
}

fn with_sample(plan: Plan, asked: &ConnectorRef) -> Result<(Plan, Option<Sample>)> {
    match asked {
        ConnectorRef::Bundled { name } if plan.config.is_none() => {
            let sample = samples::of(name)?;
            Ok((Plan { config: Some(sample.config.clone()), ..plan }, Some(sample)))
        }
        _ => Ok((plan, None)),
    }
}

/// Flags go over what the test configuration says.
fn take_flags(plan: &mut Plan, args: &TestArgs) -> Result<()> {
    if let Some(strictness) = args.strictness {
        plan.strictness = strictness.into();
    }
    if let Some(path) = &args.invalid_config {
        let config = config_file::read(Some(path))?.text;
        let origin = path.display().to_string();
        plan.checks.push(CheckCase { config, origin, expects: CheckResult::Fails, is_derived: false });
    }
    if let Some(seconds) = args.timeout {
        plan.silence = Some(Duration::from_secs(seconds));
    }
    plan.only.clone_from(&args.only);
    Ok(())
}

/// A folder without a project has an image, if its test configuration names one.
fn startable(asked: ConnectorRef, plan: &Plan) -> ConnectorRef {
    match (&asked, &plan.project, &plan.image) {
        (ConnectorRef::Project { .. }, None, Some(image)) => ConnectorRef::Docker { image: image.clone() },
        _ => asked,
    }
}
