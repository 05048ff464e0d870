//! The checks, one for each id.

use super::dockerfile::entrypoints;
use super::{Evidence, Verdict};
use crate::build::Tests;
use crate::new::{FIXED_ID, Record};
use crate::secrets::violations;
use crate::{ConnectorType, Project, bump, changelog, todo, todos};
use ignore::gitignore::Gitignore;
use longshore_protocol::FailureReason;
use serde_json::{Value, json};
use std::path::Path;

const ACCEPTANCE: &str = "acceptance-test-config.yml";
const SUITES_OF_SOURCES: [&str; 6] = ["spec", "connection", "discovery", "basic_read", "full_refresh", "incremental"];
const SUITES_OF_DESTINATIONS: [&str; 2] = ["spec", "connection"];
/// What people leave in a text that they mean to fill in.
const PLACEHOLDERS: [&str; 4] = ["FIXME", "XXX", "Lorem ipsum", "CHANGEME"];
/// What a host's domain is called that nobody can have, whatever stands above or below it.
const EXAMPLES: [&str; 3] = ["example", "localhost", "invalid"];
const NOT_RUN: &str = "only `--run` builds and starts it: longshore connector checklist DIR --run";

/// Judges one item.
pub(super) fn judge(id: &str, evidence: &Evidence) -> Verdict {
    let verdict = match id {
        "metadata" => metadata(evidence),
        "spec" => spec(evidence),
        "todo" => todo(evidence),
        "unit_tests" => unit_tests(evidence),
        "readme" => readme(evidence),
        "secrets" => secrets(evidence),
        "definition_id" => of_project(evidence, definition_id),
        "versions" => of_project(evidence, versions),
        "changelog" => of_project(evidence, has_version),
        "documentation_url" => of_project(evidence, documentation_url),
        "icon" => of_project(evidence, icon),
        "acceptance" => of_project(evidence, acceptance),
        "entrypoint" => of_project(evidence, entrypoint),
        unknown => Ok(Verdict::NotJudged(format!("this longshore knows no check `{unknown}`; a newer one may"))),
    };
    verdict.unwrap_or_else(|failure| Verdict::Open(failure.message))
}

type Judgement = Result<Verdict, FailureReason>;

/// Done when nothing is wrong.
fn open_if(problem: Option<String>) -> Judgement {
    Ok(problem.map_or(Verdict::Done, Verdict::Open))
}

/// A check that needs what metadata.yaml says.
fn of_project(evidence: &Evidence, check: impl Fn(&Project) -> Judgement) -> Judgement {
    match &evidence.project {
        Ok(project) => check(project),
        Err(_) => Ok(Verdict::NotJudged("metadata.yaml cannot be read; correct that first".to_owned())),
    }
}

fn metadata(evidence: &Evidence) -> Judgement {
    evidence.project.as_ref().map(|_| Verdict::Done).map_err(Clone::clone)
}

fn definition_id(project: &Project) -> Judgement {
    let is_fixed = project.metadata().definition_id == FIXED_ID;
    open_if(is_fixed.then(|| "definitionId is the one that tests use; write the answer of `uuidgen` there".to_owned()))
}

fn spec(evidence: &Evidence) -> Judgement {
    let Some(answer) = &evidence.spec else { return Ok(Verdict::NotJudged(NOT_RUN.to_owned())) };
    let spec = answer.as_ref().map_err(Clone::clone)?;
    // Whatever fits the schema or not: what counts is that there is one.
    violations(spec, &json!({})).map(|_| Verdict::Done)
}

fn unit_tests(evidence: &Evidence) -> Judgement {
    match evidence.tests.as_ref().map(|result| result.as_ref().map_err(Clone::clone)).transpose()? {
        None | Some(Tests::Skipped) => Ok(Verdict::NotJudged(NOT_RUN.to_owned())),
        Some(Tests::Passed) => Ok(Verdict::Done),
        Some(Tests::None(why)) => Ok(Verdict::Open(format!("there are none: {why}"))),
    }
}

fn todo(evidence: &Evidence) -> Judgement {
    let found = todos(&evidence.dir)?;
    open_if(found.first().map(|first| {
        let (place, dir) = (format!("{}:{}", first.path.display(), first.line), evidence.dir.display());
        format!("{} places need you, the first is {place}: longshore connector todo {dir}", found.len())
    }))
}

fn readme(evidence: &Evidence) -> Judgement {
    let Some(text) = text(&evidence.dir, "README.md") else {
        return open_if(Some(
            "there is no README.md; say there what the connector is for and how it is tested".to_owned(),
        ));
    };
    let placeholder = text.lines().enumerate().find_map(|(at, line)| {
        let has_word = PLACEHOLDERS.iter().find(|word| line.contains(*word)).copied();
        Some((at + 1, has_word.or_else(|| (!todo::todos_in(line).is_empty()).then_some(todo::WORD))?))
    });
    open_if(
        placeholder
            .map(|(line, word)| format!("README.md:{line} has the placeholder {word}; write what belongs there")),
    )
}

fn secrets(evidence: &Evidence) -> Judgement {
    if let Some(file) = evidence.tracked.first() {
        let why = format!("git tracks {file}: change those credentials, then `git rm --cached {file}`");
        return open_if(Some(why));
    }
    let (own, _) = Gitignore::new(evidence.dir.join(".gitignore"));
    let is_ignored =
        evidence.ignores_secrets || own.matched_path_or_any_parents("secrets/config.json", false).is_ignore();
    open_if((!is_ignored).then(|| "git does not ignore the folder secrets: echo secrets/ >> .gitignore".to_owned()))
}

fn versions(project: &Project) -> Judgement {
    bump::check_agreement(project).map(|()| Verdict::Done)
}

fn has_version(project: &Project) -> Judgement {
    let version = project.metadata().docker_image_tag.to_string();
    let in_table = changelog(project)?.iter().any(|change| change.version == version);
    let text = text(project.dir(), "CHANGELOG.md").unwrap_or_default();
    let in_heading = text.lines().any(|line| line.starts_with('#') && line.contains(&version));
    let why = || format!("CHANGELOG.md does not name {version}; add a row that says what changed in it");
    open_if((!in_table && !in_heading).then(why))
}

fn documentation_url(project: &Project) -> Judgement {
    let wanted = "write the address of the page that explains how to set it up";
    let url = project.metadata().documentation_url.as_deref().unwrap_or_default();
    let host = url.split_once("://").map(|(_, rest)| rest.split(['/', ':', '?']).next().unwrap_or_default());
    let is_example = |host: &str| host.rsplit('.').take(2).any(|label| EXAMPLES.contains(&label));
    open_if(match host {
        None => Some(format!("metadata.yaml has no documentationUrl; {wanted}")),
        Some(host) if is_example(host) => {
            Some(format!("documentationUrl leads to {host}, which is an example; {wanted}"))
        }
        Some(_) => None,
    })
}

fn icon(project: &Project) -> Judgement {
    let Some(named) = project.metadata().data["icon"].as_str().map(str::to_owned) else {
        return open_if(Some(
            "metadata.yaml names no icon; put a square one of what it connects there, and its name".to_owned(),
        ));
    };
    let Ok(bytes) = std::fs::read(project.dir().join(&named)) else {
        return open_if(Some(format!("there is no {named}; put a square icon of what it connects there")));
    };
    let made = Record::read(project.dir()).ok().and_then(|record| record.files.get(&named).cloned());
    let is_ours = made.is_some_and(|text| text.as_bytes() == bytes);
    open_if(is_ours.then(|| format!("{named} is the one of the template; put a square icon of what it connects there")))
}

fn acceptance(project: &Project) -> Judgement {
    let Some(text) = text(project.dir(), ACCEPTANCE) else {
        let why = format!("there is no {ACCEPTANCE}; take the one of a project that `longshore connector new` makes");
        return open_if(Some(why));
    };
    let config: Value = match serde_saphyr::from_str(&text) {
        Ok(config) => config,
        Err(error) => return open_if(Some(format!("{ACCEPTANCE} cannot be read: {}", error.without_snippet()))),
    };
    let suites: &[&str] = match project.metadata().connector_type {
        ConnectorType::Source => &SUITES_OF_SOURCES,
        ConnectorType::Destination => &SUITES_OF_DESTINATIONS,
    };
    let is_named = |suite: &&&str| {
        let suite = &config["acceptance_tests"][**suite];
        suite["tests"].as_array().is_some_and(|tests| !tests.is_empty()) || suite["bypass_reason"].is_string()
    };
    let missing: Vec<&str> = suites.iter().filter(|suite| !is_named(suite)).copied().collect();
    let why = || format!("{ACCEPTANCE} does not name {}; give each its tests, or a bypass_reason", missing.join(", "));
    open_if((!missing.is_empty()).then(why))
}

fn entrypoint(project: &Project) -> Judgement {
    let Some(text) = text(project.dir(), "Dockerfile") else {
        return Ok(Verdict::NotJudged("there is no Dockerfile, so Longshore lays the image out itself".to_owned()));
    };
    let found = entrypoints(&text);
    open_if(match (&found.docker, &found.platform) {
        (None, _) => Some("the Dockerfile has no ENTRYPOINT; add one, such as ENTRYPOINT [\"/connector\"]".to_owned()),
        (Some(docker), None) => {
            Some(format!("the Dockerfile has no AIRBYTE_ENTRYPOINT; add ENV AIRBYTE_ENTRYPOINT=\"{docker}\""))
        }
        (Some(docker), Some(platform)) if docker != platform => {
            Some(format!("ENTRYPOINT is `{docker}` and AIRBYTE_ENTRYPOINT is `{platform}`; make them alike"))
        }
        _ => None,
    })
}

fn text(dir: &Path, file: &str) -> Option<String> {
    std::fs::read_to_string(dir.join(file)).ok()
}
