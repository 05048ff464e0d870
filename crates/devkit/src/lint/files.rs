//! Advice on the files of a project: documents, licence, Dockerfile, metadata, and what is left to do.

use super::Advice;
use super::rules::advice;
use crate::changelog::changelog;
use crate::doctor::judgement::is_url;
use crate::todo::{Todo, todos};
use crate::{ConnectorType, Project};
use longshore_protocol::FailureReason;
use std::path::PathBuf;

const METADATA: &str = "metadata.yaml";
const DOCKERFILE: &str = "Dockerfile";

/// What documents speak of, and the words in a heading by which it is found.
const SECTIONS: [(&str, &[&str]); 3] = [
    (
        "how it is set up",
        &["prerequisit", "requirement", "configur", "set up", "setup", "start", "begin", "try it", "usage"],
    ),
    ("how it is run", &["by hand", "run", "usage", "local", "develop", "image"]),
    ("how it is tested", &["test"]),
];

/// All advice on the files of a project.
pub(super) fn found_in(project: &Project) -> Result<Vec<Advice>, FailureReason> {
    let mut found = docs(project)?;
    found.extend(licence(project)?);
    if let Some(text) = project.read(DOCKERFILE)? {
        found.extend(dockerfile(&text, project));
    }
    found.extend(metadata(project, &project.read(METADATA)?.unwrap_or_default()));
    found.extend(left_to_do(todos(project.dir())?));
    Ok(found)
}

/// `connector todo` lists them; here it is enough that there are some, and where the first is.
fn left_to_do(todos: Vec<Todo>) -> Option<Advice> {
    let count = todos.len();
    let first = todos.into_iter().next()?;
    let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    let told = advice("todo-left", format!("{}{more}", first.text));
    Some(Advice { file: Some(first.path), line: Some(first.line), ..told })
}

fn at(file: &str, line: Option<usize>, told: Advice) -> Advice {
    Advice { file: Some(PathBuf::from(file)), line, ..told }
}

/// The first line that begins so, from 1.
fn line_of(text: &str, begin: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start().starts_with(begin)).map(|at| at + 1)
}

fn docs(project: &Project) -> Result<Vec<Advice>, FailureReason> {
    let mut found = Vec::new();
    match project.read("README.md")? {
        None => found.push(advice("docs-sections", "there is no README.md")),
        Some(text) => {
            let headings: Vec<String> =
                text.lines().filter(|line| line.starts_with('#')).map(str::to_lowercase).collect();
            let is_missing =
                |words: &[&str]| !headings.iter().any(|heading| words.iter().any(|word| heading.contains(word)));
            let missing = SECTIONS.iter().filter(|(_, words)| is_missing(words));
            found
                .extend(missing.map(|(what, _)| {
                    at("README.md", None, advice("docs-sections", format!("no heading says {what}")))
                }));
        }
    }
    let version = project.metadata().docker_image_tag.to_string();
    let has_row = changelog(project)?.iter().any(|row| row.version == version);
    let headed = project
        .read("CHANGELOG.md")?
        .is_some_and(|text| text.lines().any(|line| line.starts_with('#') && line.contains(&version)));
    if !has_row && !headed {
        let told = advice("docs-changelog-row", format!("no changelog has an entry for {version}"));
        found.push(at("CHANGELOG.md", None, told));
    }
    Ok(found)
}

fn licence(project: &Project) -> Result<Vec<Advice>, FailureReason> {
    let Some(licence) = project.metadata().license.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Ok(vec![at(METADATA, None, advice("licence-missing", "metadata.yaml names no license"))]);
    };
    let mut found = Vec::new();
    for (file, begin) in [("Cargo.toml", "license"), ("package.json", "\"license\""), ("pyproject.toml", "license")] {
        let Some(text) = project.read(file)? else { continue };
        let Some(line) = line_of(&text, begin) else { continue };
        let stated = text.lines().nth(line - 1).unwrap_or_default();
        // `license.workspace = true` and the file of a licence say nothing that can be compared.
        let Some(stated) =
            stated.split(['=', ':']).next_back().map(|it| it.trim().trim_matches(['"', '\'', ',', ' ', '}']))
        else {
            continue;
        };
        if !stated.is_empty() && stated != "true" && !stated.contains('{') && !same_licence(stated, licence) {
            let told = advice("licence-differs", format!("{file} names {stated}, and metadata.yaml {licence}"));
            found.push(at(file, Some(line), told));
        }
    }
    Ok(found)
}

fn same_licence(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        text.to_ascii_lowercase()
            .replace(['-', ' ', '_'], "")
            .replace("elasticlicense2.0", "elv2")
            .replace("elastic2.0", "elv2")
    };
    plain(one) == plain(other) || plain(one) == "unlicensed" && plain(other) == "proprietary"
}

fn dockerfile(text: &str, project: &Project) -> Vec<Advice> {
    let instructions: Vec<(usize, String)> = instructions(text);
    let mut found = bases(&instructions);
    let told = |line: Option<usize>, rule: &'static str, message: &str| at(DOCKERFILE, line, advice(rule, message));
    let has = |word: &str| instructions.iter().rev().find(|(_, it)| it.to_ascii_uppercase().starts_with(word));
    for label in ["io.airbyte.name", "io.airbyte.version"] {
        let is_there =
            instructions.iter().any(|(_, it)| it.to_ascii_uppercase().starts_with("LABEL") && it.contains(label));
        if !is_there {
            found.push(told(None, "docker-labels", &format!("there is no label {label}")));
        }
    }
    let repository = &project.metadata().docker_repository;
    let wrong = instructions
        .iter()
        .find(|(_, it)| it.contains("io.airbyte.name=") && !it.contains(repository.as_str()) && !it.contains('$'));
    if let Some((line, _)) = wrong {
        found.push(told(Some(*line), "docker-labels", &format!("the label io.airbyte.name is not {repository}")));
    }
    match has("ENTRYPOINT") {
        None => found.push(told(None, "docker-entrypoint", "there is no ENTRYPOINT")),
        Some((line, it)) if !it.contains('[') => {
            found.push(told(
                Some(*line),
                "docker-entrypoint",
                "ENTRYPOINT is run by a shell, which keeps signals from the connector",
            ));
        }
        Some(_) => {}
    }
    if !instructions.iter().any(|(_, it)| it.contains("AIRBYTE_ENTRYPOINT")) {
        found.push(told(None, "docker-entrypoint", "AIRBYTE_ENTRYPOINT is not set"));
    }
    let is_root = |it: &str| ["root", "0", "0:0"].contains(&it.split_whitespace().nth(1).unwrap_or_default());
    match has("USER") {
        None => found.push(told(None, "docker-root-user", "no USER is named, so the connector may run as root")),
        Some((line, it)) if is_root(it) => {
            found.push(told(Some(*line), "docker-root-user", "the connector runs as root"));
        }
        Some(_) => {}
    }
    found
}

/// Each instruction with the line that it begins on; lines that go on are joined.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match found.last_mut() {
            Some((_, whole)) if goes_on => *whole += &format!(" {part}"),
            _ => found.push((at + 1, part.to_owned())),
        }
        goes_on = more;
    }
    found
}

fn bases(instructions: &[(usize, String)]) -> Vec<Advice> {
    let from = instructions.iter().filter(|(_, it)| it.to_ascii_uppercase().starts_with("FROM "));
    let mut stages: Vec<String> = vec!["scratch".to_owned()];
    let mut found = Vec::new();
    for (line, instruction) in from {
        let words: Vec<&str> = instruction.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
        let image = words.first().copied().unwrap_or_default();
        if !stages.iter().any(|stage| stage == image)
            && !image.contains('$')
            && let Some(why) = not_pinned(image)
        {
            found.push(at(DOCKERFILE, Some(*line), advice("docker-base-not-pinned", format!("{image} {why}"))));
        }
        if let [_, word, name] = words[..]
            && word.eq_ignore_ascii_case("as")
        {
            stages.push(name.to_owned());
        }
    }
    found
}

fn not_pinned(image: &str) -> Option<&'static str> {
    if image.contains('@') {
        return None;
    }
    let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    match tag {
        None => Some("has no tag, so it is whatever is newest"),
        Some("latest") => Some("is whatever is newest"),
        Some(_) => None,
    }
}

fn metadata(project: &Project, text: &str) -> Vec<Advice> {
    let metadata = project.metadata();
    let mut found = Vec::new();
    if !metadata.tags.iter().any(|tag| tag.strip_prefix("language:").is_some_and(|language| !language.is_empty())) {
        found.push(at(METADATA, line_of(text, "tags"), advice("metadata-language-tag", "no tag names the language")));
    }
    let url = metadata.documentation_url.as_deref();
    let line = line_of(text, "documentationUrl");
    match url {
        None => found.push(at(METADATA, None, advice("metadata-documentation-url", "there is no documentationUrl"))),
        Some(url) if !is_url(url) || !url.starts_with("https://") => {
            let told = advice("metadata-documentation-url", format!("documentationUrl is `{url}`"));
            found.push(at(METADATA, line, told));
        }
        Some(_) => {}
    }
    let is_api_source = metadata.connector_type == ConnectorType::Source && metadata.data["connectorSubtype"] == "api";
    let hosts = metadata.allowed_hosts.as_ref().map_or(0, |allowed| allowed.hosts.len());
    let line = line_of(text, "allowedHosts");
    // A TODO above it says the same, and is advice of its own.
    let is_todo =
        line.and_then(|line| text.lines().nth(line.checked_sub(2)?)).is_some_and(|above| above.contains("TODO"));
    if is_api_source && hosts == 0 && !is_todo {
        let told = advice("metadata-allowed-hosts", "a source of an API names no hosts that it speaks with");
        found.push(at(METADATA, line, told));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{bases, instructions, same_licence};

    fn findings(dockerfile: &str) -> Vec<usize> {
        bases(&instructions(dockerfile)).into_iter().filter_map(|advice| advice.line).collect()
    }

    #[test]
    fn bases_that_change_by_themselves_are_found() {
        let text = "# FROM x\nFROM rust:1.95 AS build\nRUN a \\\n  b\nFROM debian\nFROM --platform=linux/amd64 localhost:5000/x/y:latest\n\
                    FROM build\nFROM scratch\nARG B\nFROM $B\nFROM debian@sha256:00\n";
        assert_eq!(findings(text), [5, 6]);
    }

    #[test]
    fn licences_are_the_same_in_different_spellings() {
        assert!(same_licence("Apache-2.0", "apache-2.0") && same_licence("Elastic-2.0", "ELv2"));
        assert!(!same_licence("MIT", "Apache-2.0"));
    }
}
