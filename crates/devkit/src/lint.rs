//! Good practice: what makes a connector easier to configure, to trust and to keep. Advice only: nothing here keeps a
//! connector from being built, published or run.
//!
//! [`rules`] says of each rule why it is and how to follow it; [`spec`], [`catalog`] and [`files`] find where one is not.

mod catalog;
mod files;
mod rules;
mod spec;

pub use catalog::has_field;
pub use rules::{RULES, Rule};
pub use spec::{can_hold_a_secret, names_a_secret, wrong_shape};

use crate::Project;
use crate::doctor::{Heard, explain, judgement};
use crate::trial::{Next, Printed, Subject, Variables};
use longshore_protocol::{FailureReason, Line, Message, classify};
use longshore_runner::{ConnectorRef, InputFile, Settings, Verb};
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How long `spec` may take, and `discover`.
const SPEC_TIME: Duration = Duration::from_secs(60);
const DISCOVER_TIME: Duration = Duration::from_secs(180);

/// A place where a rule is not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The id of the rule.
    pub rule: &'static str,
    /// The file, relative to the project.
    pub file: Option<PathBuf>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// What is found there.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// All that was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lint {
    /// In the order of the rules.
    pub advice: Vec<Advice>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}

/// What of a connector can be looked at.
pub struct Linter<'a> {
    /// Its sources, if they are here.
    pub project: Option<&'a Project>,
    /// How it is run; none when it could not be made ready, and why.
    pub program: Result<ConnectorRef, FailureReason>,
    /// Where connectors run.
    pub settings: &'a Settings,
    /// The variables of connectors.
    pub variables: Variables,
    /// A configuration, for the catalog.
    pub config: Option<&'a str>,
}

impl Linter<'_> {
    /// Looks at everything that can be seen.
    ///
    /// # Errors
    /// `connector.unreadable` when a file of the project cannot be read.
    pub async fn run(&self) -> Result<Lint, FailureReason> {
        let mut lint = Lint::default();
        match &self.program {
            Ok(program) => self.look_at_answers(program, &mut lint).await,
            Err(failure) => lint.unseen.push(format!("the spec and the catalog: {}", failure.message)),
        }
        if let Some(project) = self.project {
            lint.advice.extend(files::found_in(project)?);
            place_properties(project, &mut lint.advice);
        }
        lint.advice.sort_by_key(|advice| rules::position(advice.rule));
        Ok(lint)
    }

    async fn look_at_answers(&self, program: &ConnectorRef, lint: &mut Lint) {
        let subject = Subject {
            settings: self.settings,
            reference: program,
            origin: crate::doctor::origin_of(program),
            variables: self.variables,
        };
        // The wrapper derives the spec of a tap or a target, which are other people's.
        let is_own = !matches!(program, ConnectorRef::Singer { .. });
        let mut is_source = true;
        match spec_of(&subject).await {
            Ok(spec) => {
                is_source = spec.get("supported_destination_sync_modes").is_none();
                lint.advice.extend(spec::found_in(&spec).into_iter().filter(|_| is_own));
            }
            Err(failure) => lint.unseen.push(format!("the spec: {}", failure.message)),
        }
        match self.config {
            _ if !is_source => {}
            None => lint.unseen.push("the catalog: it needs a configuration; give one with --config FILE".to_owned()),
            Some(config) => match catalog_of(&subject, config).await {
                Ok(catalog) => lint.advice.extend(catalog::found_in(&catalog)),
                Err(failure) => lint.unseen.push(format!("the catalog: {}", failure.message)),
            },
        }
    }
}

async fn spec_of(subject: &Subject<'_>) -> Result<Value, FailureReason> {
    let heard = Heard::listen(subject, Verb::Spec, Vec::new(), SPEC_TIME).await?;
    if let Some(failure) = explain(&heard, subject) {
        return Err(failure);
    }
    judgement::spec(&heard, subject.origin).map(crate::doctor::chart::Found::value)
}

async fn catalog_of(subject: &Subject<'_>, config: &str) -> Result<Value, FailureReason> {
    let content = config.as_bytes().to_vec();
    let files = vec![InputFile { flag: Some("--config"), name: "config.json", content, env: None }];
    let mut catalog = None;
    let keep = |printed: Printed<'_>| -> Option<Next> {
        if let (false, Line::Message(text)) = (printed.is_stderr, classify(printed.text, false))
            && let Ok(Message::Catalog(_)) = Message::decode(text)
        {
            catalog = serde_json::from_str::<Value>(text).ok().map(|mut message| message["catalog"].take());
        }
        None
    };
    let heard = Heard::listen_and(subject, Verb::Discover, files, DISCOVER_TIME, keep).await?;
    if let Some(failure) = explain(&heard, subject) {
        return Err(failure);
    }
    catalog.ok_or_else(|| heard.no_answer(subject))
}

/// The files in which a spec is usually written.
const SPEC_FILES: [&str; 8] = [
    "spec.json",
    "spec.yaml",
    "spec.yml",
    "manifest.yaml",
    "src/spec.json",
    "src/config.rs",
    "src/spec.rs",
    "src/main/resources/spec.json",
];

/// Advice on a property gets the line that names it, in whichever file has the spec.
fn place_properties(project: &Project, advice: &mut [Advice]) {
    let package = format!("{}/spec", project.connector_name().replace('-', "_"));
    let of_package = ["json", "yaml", "yml", "py"].map(|end| format!("{package}.{end}"));
    let names = SPEC_FILES.iter().map(|name| (*name).to_owned()).chain(of_package);
    let texts: Vec<(String, String)> =
        names.filter_map(|name| Some((name.clone(), project.read(&name).ok()??))).collect();
    for advice in advice.iter_mut().filter(|advice| advice.file.is_none() && advice.rule.starts_with("spec-")) {
        let Some(name) = advice.message.split('`').nth(1).and_then(|path| path.rsplit('.').next()) else { continue };
        let names_it = |line: &str| {
            let line = line.trim_start().trim_start_matches("- ");
            [format!("\"{name}\""), format!("{name}:"), format!("'{name}'"), format!("pub {name}:")]
                .iter()
                .any(|it| line.starts_with(it))
        };
        let found = texts.iter().find_map(|(file, text)| Some((file, text.lines().position(names_it)?)));
        if let Some((file, at)) = found {
            (advice.file, advice.line) = (Some(file.into()), Some(at + 1));
        }
    }
}
