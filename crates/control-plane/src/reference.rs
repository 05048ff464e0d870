//! What people write in the boxes "repository" and "tag", understood as a reference to a connector.

use crate::policy::RefKind;
use crate::{Error, Result};

/// A repository and a tag, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) kind: RefKind,
    /// What a worker starts.
    pub(crate) text: String,
    /// As it is shown in the box.
    pub(crate) repository: String,
    /// As it is shown in the box.
    pub(crate) tag: String,
    /// The host of the registry, of an image.
    pub(crate) registry: Option<String>,
}

impl Reference {
    /// Of two boxes; `bundled` are the names of the connectors inside this program.
    pub(crate) fn of(repository: &str, tag: &str, bundled: &[String]) -> Result<Self> {
        let (repository, tag) = (repository.trim(), tag.trim());
        if repository.is_empty() || repository.contains(char::is_control) {
            return Err(invalid(
                "the repository is missing; write an image such as registry.example.com/team/source-x",
            ));
        }
        if bundled.iter().any(|name| name == repository) {
            return Ok(Self::plain(RefKind::Bundled, repository, repository, tag));
        }
        match repository.split_once(':') {
            Some(("pypi", package)) => Self::pypi(package, tag),
            Some(("exec", words)) => Self::program(RefKind::Exec, "exec", words, tag),
            Some(("singer", words)) => Self::program(RefKind::Singer, "singer", words, tag),
            Some(("docker", image)) if !image.starts_with("//") => Self::docker(image, tag),
            _ => Self::docker(repository, tag),
        }
    }

    /// Of a manifest, which stands in its version.
    pub(crate) fn of_manifest(number: i64) -> Self {
        Self::plain(RefKind::Manifest, "manifest", "manifest", &number.to_string())
    }

    fn plain(kind: RefKind, text: &str, repository: &str, tag: &str) -> Self {
        Self { kind, text: text.to_owned(), repository: repository.to_owned(), tag: tag.to_owned(), registry: None }
    }

    fn program(kind: RefKind, form: &str, words: &str, tag: &str) -> Result<Self> {
        if words.trim().is_empty() {
            return Err(invalid(&format!("`{form}:` names no program; write `{form}:PROGRAM ARG…`")));
        }
        let text = format!("{form}:{}", words.trim());
        Ok(Self::plain(kind, &text, &text, tag))
    }

    fn pypi(package: &str, tag: &str) -> Result<Self> {
        let (package, tag) = split_tag(package, tag, "==")?;
        if !is_word(package, "-_.") || !is_word(tag, "-_.+!") {
            return Err(invalid(&format!("`pypi:{package}=={tag}` is no package with a version")));
        }
        let repository = format!("pypi:{package}");
        Ok(Self::plain(RefKind::Pypi, &format!("{repository}=={tag}"), &repository, tag))
    }

    fn docker(image: &str, tag: &str) -> Result<Self> {
        if let Some((scheme, rest)) = image.split_once("://") {
            let message = format!("a repository has no `{scheme}://` before it; write {rest}");
            return Err(invalid(&message));
        }
        if image.contains('@') {
            return Err(invalid("a repository has no digest; write its tag, and the digest is pinned by itself"));
        }
        let (image, tag) = match image.rsplit_once(':') {
            Some((_, port)) if port.contains('/') => (image, tag),
            Some(_) => split_tag(image, tag, ":")?,
            None => (image, tag),
        };
        if !image.split('/').all(is_part_of_name) {
            let message = format!("`{image}` is no repository; write REGISTRY/TEAM/NAME in small letters, without tag");
            return Err(invalid(&message));
        }
        if tag.is_empty() {
            return Err(Error::invalid("definition.tag_missing", format!("which tag of {image} is missing")));
        }
        if tag.len() > 128 || !is_word(tag, "-_.") {
            return Err(invalid(&format!("`{tag}` is no tag of an image")));
        }
        let registry = Some(registry_of(image).to_owned());
        let text = format!("docker:{image}:{tag}");
        Ok(Self { registry, ..Self::plain(RefKind::Docker, &text, image, tag) })
    }
}

/// Takes a tag out of the box of the repository, where somebody typed both into one.
fn split_tag<'a>(repository: &'a str, tag: &'a str, separator: &str) -> Result<(&'a str, &'a str)> {
    let Some((name, typed)) = repository.rsplit_once(separator) else {
        if tag.is_empty() {
            return Err(Error::invalid("definition.tag_missing", format!("which tag of {repository} is missing")));
        }
        return Ok((repository, tag));
    };
    if !tag.is_empty() && tag != typed {
        let message = format!("the repository names the tag `{typed}`, and the tag is `{tag}`; write it once");
        return Err(invalid(&message));
    }
    Ok((name, typed))
}

fn is_word(text: &str, others: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// Loose: the registry has the last word; this only keeps out what cannot be part of a name.
fn is_part_of_name(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with(['-', '.'])
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.:[]".contains(c))
}

fn registry_of(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

fn invalid(message: &str) -> Error {
    Error::invalid("definition.repository_invalid", message)
}
