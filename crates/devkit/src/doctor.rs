//! Examines a connector step by step, from what its reference means to whether it takes a configuration, and explains the
//! first step that is broken: by its code, what the connector printed, and what mends it.
//!
//! Read it in the order of the steps: [`image`] brings an image and looks into it, [`program`] finds a local program,
//! [`entrypoint`] judges what either of them is to run, [`hearing`] asks for the spec and notes all that is printed,
//! [`ending`] and [`complaint`] say why it did not end well, [`purity`] what of stdout is no message, [`judgement`]
//! whether the spec can be used. All but the first four are pure: what was heard goes in, a failure comes out.

pub(crate) mod chart;
mod complaint;
mod ending;
mod entrypoint;
mod file_head;
mod hearing;
mod image;
pub(crate) mod judgement;
mod program;
pub(crate) mod purity;

pub use chart::{Diagnosis, Status, Step};

use crate::failure::config_failure;
use crate::secrets::{masks, violations};
use crate::trial::{Subject, Variables};
use crate::{Project, Start, Tools};
use chart::{Chart, Found};
pub(crate) use ending::explain;
pub(crate) use hearing::Heard;

use longshore_images::Images;
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::{ConnectorRef, InputFile, Settings, Verb};
use serde_json::Value;
use std::time::Duration;

/// The steps, in their order.
const STEPS: [&str; 11] = [
    "resolve",
    "credentials",
    "pull",
    "architecture",
    "entrypoint",
    "start",
    "stdout",
    "spec",
    "protocol",
    "config",
    "check",
];

/// What stands in the place of a secret.
const BLACKENED: &str = "**********";

/// What an examination needs.
pub struct Doctor<'a> {
    /// Where connectors run.
    pub settings: &'a Settings,
    /// Where images come from.
    pub images: &'a Images,
    /// What prepares a connector project.
    pub tools: &'a Tools,
    /// The variables of connectors.
    pub variables: Variables,
    /// The text of a configuration to try.
    pub config: Option<&'a str>,
    /// Keeps secrets out of what is shown, besides those that the spec marks.
    pub hide: &'a dyn Fn(&str) -> String,
    /// How long each verb may take.
    pub time_limit: Duration,
}

impl Doctor<'_> {
    /// Goes through all steps until one is broken.
    pub async fn examine(&self, reference: &ConnectorRef) -> Diagnosis {
        let mut chart = Chart::default();
        let mut spec = None;
        let failure = self.go_through(reference, &mut chart, &mut spec).await.err();
        let hide = |text: &str| self.blackened(spec.as_ref(), text);
        chart.into_diagnosis(reference, failure, hide)
    }

    async fn go_through(
        &self,
        reference: &ConnectorRef,
        chart: &mut Chart,
        known_spec: &mut Option<Value>,
    ) -> Result<(), FailureReason> {
        let prepared = match reference {
            ConnectorRef::Project { dir } => self.prepare(dir, chart).await?,
            other => other.clone(),
        };
        let reference = &prepared;
        let origin = origin_of(reference);
        match reference {
            ConnectorRef::Docker { image } => self.image(image, origin, chart).await?,
            _ => self.local(reference, origin, chart).await?,
        }
        let subject = Subject { settings: self.settings, reference, origin, variables: self.variables };
        let heard = chart.step("start", self.start(&subject)).await?;
        chart.judge("stdout", || purity::judge(&heard, origin))?;
        let spec = chart.judge("spec", || judgement::spec(&heard, origin))?;
        *known_spec = Some(spec.clone());
        chart.judge("protocol", || judgement::protocol(&spec, origin))?;
        let Some(config) = self.config else { return chart.skip(&["config", "check"], "no --config FILE was given") };
        chart.judge("config", || fits(&spec, config))?;
        chart.step("check", self.check(&subject, config)).await
    }

    /// A project, made ready to run from its sources.
    async fn prepare(&self, dir: &std::path::Path, chart: &mut Chart) -> Result<ConnectorRef, FailureReason> {
        let open = || {
            let project = Project::open(dir)?;
            let message = format!("{} in {}", project.connector_name(), dir.display());
            Ok(Found::new(project, message))
        };
        let project = chart.judge("resolve", open)?;
        let start = chart.judge("resolve", || Start::of(&project).map(|start| Found::new(start, String::new())))?;
        chart.skip(&["credentials"], "a project needs none")?;
        let compile = async {
            let installed = start.install(self.tools).await?;
            let reference = start.compile(self.tools).await?;
            let message =
                if installed { "installed what it needs, compiled" } else { "compiled; all it needs is here" };
            Ok(Found::new(reference, message))
        };
        chart.step("pull", compile).await
    }

    /// Asks for the spec, and notes what is said.
    async fn start(&self, subject: &Subject<'_>) -> Result<Found<Heard>, FailureReason> {
        let heard = Heard::listen(subject, Verb::Spec, Vec::new(), self.time_limit).await?;
        match explain(&heard, subject) {
            Some(failure) => Err(failure),
            None => {
                let message = heard.ending();
                Ok(Found::new(heard, message))
            }
        }
    }

    async fn check(&self, subject: &Subject<'_>, config: &str) -> Result<Found<()>, FailureReason> {
        let file =
            InputFile { flag: Some("--config"), name: "config.json", content: config.as_bytes().to_vec(), env: None };
        let heard = Heard::listen(subject, Verb::Check, vec![file], self.time_limit * 2).await?;
        if let Some(failure) = explain(&heard, subject) {
            return Err(failure);
        }
        match heard.status() {
            Some(status) if status.status == CheckStatus::Succeeded => {
                purity::judge(&heard, subject.origin)?;
                judgement::ended_well(&heard, subject.origin)?;
                Ok(Found::new((), "the configuration works: the connector could reach what it needs"))
            }
            Some(status) => {
                let why = status.message.as_deref().unwrap_or("the connector does not say why");
                let message = format!("the connector refuses the configuration: {why}; correct the file of --config");
                Err(config_failure("connector.check_failed", message).with_detail(heard.ended.stderr.clone()))
            }
            None => {
                purity::judge(&heard, subject.origin)?;
                Err(ending::silent(&heard, subject.origin))
            }
        }
    }

    /// A text without secrets: those that the spec marks, those that look like it, and those that the caller knows.
    fn blackened(&self, spec: Option<&Value>, text: &str) -> String {
        let config = self.config.and_then(|config| serde_json::from_str(config).ok()).unwrap_or(Value::Null);
        let text = (self.hide)(text);
        masks(spec, &config).iter().fold(text, |text, secret| text.replace(secret, BLACKENED))
    }
}

/// Whether a configuration is what the spec asks for. Says what is wanted where, and no value.
fn fits(spec: &Value, config: &str) -> Result<Found<()>, FailureReason> {
    let config: Value = serde_json::from_str(config).unwrap_or(Value::Null);
    let violations = violations(spec, &config)?;
    if violations.is_empty() {
        return Ok(Found::new((), "the configuration is what the spec asks for"));
    }
    let shown: Vec<String> = violations
        .iter()
        .map(|it| {
            let place = if it.path.is_empty() { "at the top" } else { &it.path };
            format!("{place}: {}", it.wanted)
        })
        .collect();
    let message = format!(
        "the configuration does not fit the spec, {}; `longshore connector spec REF` shows what it asks for",
        shown.first().map_or("", String::as_str)
    );
    Err(config_failure("config.does_not_fit", message).with_detail(shown.join("\n")))
}

/// Whose failures these are. A name that does not say is taken for a source's.
pub(crate) fn origin_of(reference: &ConnectorRef) -> FailureOrigin {
    if reference.to_string().contains("destination") { FailureOrigin::Destination } else { FailureOrigin::Source }
}

#[cfg(test)]
mod tests;
