//! The scenarios of a `metadata.yaml`: `connectorTestSuitesOptions[suite: smokeTests].scenarios`, which some projects have
//! in place of a test configuration.

use super::failure::unfit;
use super::files::Folder;
use crate::plan::{CheckCase, CheckResult, Plan};
use longshore_devkit::Project;
use longshore_protocol::FailureReason;
use serde_json::{Map, Value};

/// Makes a plan of them.
pub(super) fn plan(project: Project, config: Option<String>) -> Result<Plan, FailureReason> {
    let folder = Folder { base: project.dir().to_owned(), project: project.dir().to_owned() };
    let scenarios = scenarios(&project.metadata().data);
    let mut plan = Plan { config, ..Plan::default() };
    for scenario in &scenarios {
        add(&mut plan, &folder, scenario)?;
    }
    Ok(Plan { project: Some(project), ..plan })
}

fn scenarios(data: &Value) -> Vec<Value> {
    let suites = data["connectorTestSuitesOptions"].as_array().into_iter().flatten();
    let smoke = suites.filter(|suite| suite["suite"] == "smokeTests");
    smoke.filter_map(|suite| suite["scenarios"].as_array()).flatten().cloned().collect()
}

fn add(plan: &mut Plan, folder: &Folder, scenario: &Value) -> Result<(), FailureReason> {
    let name = scenario["name"].as_str().unwrap_or("without name").to_owned();
    let named = format!("the scenario `{name}` of metadata.yaml");
    let expects = match scenario["expect_failure"] == true {
        true => CheckResult::Fails,
        false => CheckResult::Succeeds,
    };
    if let (Some(path), None) = (scenario["configured_catalog_path"].as_str(), &plan.catalog) {
        plan.catalog = Some(folder.catalog(path, &named)?);
    }
    for key in ["only_streams", "exclude_streams", "suggested_streams_only"] {
        if !matches!(scenario[key], Value::Null | Value::Bool(false)) {
            let why = "all streams are read; name a `configured_catalog_path` to read fewer";
            plan.notes.push(format!("`{key}` of {named} has no effect: {why}"));
        }
    }
    if plan.config.is_some() && expects == CheckResult::Succeeds && plan.checks.is_empty() {
        return Ok(());
    }
    let config = config(folder, scenario, &named)?;
    match (&plan.config, expects) {
        (None, CheckResult::Succeeds) => plan.config = Some(config),
        _ => plan.checks.push(CheckCase { config, origin: name, expects, is_derived: false }),
    }
    Ok(())
}

/// What its file says, and over it what stands in the scenario itself.
fn config(folder: &Folder, scenario: &Value, named: &str) -> Result<String, FailureReason> {
    let text = match scenario["config_file"].as_str() {
        Some(path) => folder.config(path, named)?,
        None => "{}".to_owned(),
    };
    let Some(settings) = scenario["config_settings"].as_object() else { return Ok(text) };
    let mut config: Map<String, Value> = serde_json::from_str(&text)
        .map_err(|_| unfit(&folder.path("metadata.yaml"), &format!("{named}: its configuration is no object")))?;
    config.extend(settings.clone());
    Ok(Value::Object(config).to_string())
}
