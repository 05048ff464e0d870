//! The text that names a connector, and what it may look like.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::fmt;
use std::path::PathBuf;

/// Names a connector. Its text comes back from `Display`, with the words of a program quoted where they need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectorRef {
    /// `source-faker`: part of the `longshore` program.
    Bundled {
        /// Its name.
        name: String,
    },
    /// `docker:IMAGE[:TAG][@DIGEST]`: an image, run by the Docker Engine.
    Docker {
        /// The image as the engine takes it.
        image: String,
    },
    /// `exec:PROGRAM ARG…`: a local program.
    Exec {
        /// The program and its own first arguments; never empty.
        words: Vec<String>,
    },
    /// `pypi:PACKAGE[==VERSION]`: a Python connector in an environment that Longshore makes.
    Pypi {
        /// The package's name.
        package: String,
        /// The version; the newest at the time of the first use when absent.
        version: Option<String>,
    },
    /// `singer:PROGRAM ARG…`: a Singer tap or target, through the wrapper that is part of the `longshore` program.
    Singer {
        /// The program and its own first arguments; never empty.
        words: Vec<String>,
    },
    /// `FILE.yaml`: a declarative manifest, run by the Python CDK.
    Manifest {
        /// The file.
        file: PathBuf,
    },
    /// `DIR/`: a connector project. It has to be prepared, which gives another reference; it is not started as it is.
    Project {
        /// The folder of `metadata.yaml`.
        dir: PathBuf,
    },
}

const FORMS: &str = "docker:IMAGE, exec:PROGRAM ARG…, pypi:PACKAGE[==VERSION], singer:PROGRAM ARG…, DIR/, FILE.yaml";

impl ConnectorRef {
    /// Reads a reference; `bundled` are the names of the connectors inside this program.
    ///
    /// # Errors
    /// `reference.unknown` for a name that is none of the bundled ones, `reference.invalid` for a known form that is
    /// filled in wrongly.
    pub fn parse(text: &str, bundled: &[&str]) -> Result<Self, FailureReason> {
        let text = text.trim();
        match text.split_once(':') {
            Some(("docker", image)) => docker(image),
            Some(("exec", command)) => Ok(Self::Exec { words: words("exec", command)? }),
            Some(("pypi", requirement)) => pypi(requirement),
            Some(("singer", command)) => Ok(Self::Singer { words: words("singer", command)? }),
            _ if bundled.contains(&text) => Ok(Self::Bundled { name: text.to_owned() }),
            _ if text.ends_with('/') || text == "." || text == ".." => Ok(Self::Project { dir: text.into() }),
            _ if text.ends_with(".yaml") || text.ends_with(".yml") => Ok(Self::Manifest { file: text.into() }),
            _ => Err(unknown(text, bundled)),
        }
    }
}

impl fmt::Display for ConnectorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled { name } => f.write_str(name),
            Self::Docker { image } => write!(f, "docker:{image}"),
            Self::Exec { words } => write!(f, "exec:{}", shell_words::join(words)),
            Self::Pypi { package, version: None } => write!(f, "pypi:{package}"),
            Self::Pypi { package, version: Some(version) } => write!(f, "pypi:{package}=={version}"),
            Self::Singer { words } => write!(f, "singer:{}", shell_words::join(words)),
            Self::Manifest { file: path } | Self::Project { dir: path } => path.display().fmt(f),
        }
    }
}

fn docker(image: &str) -> Result<ConnectorRef, FailureReason> {
    if image.is_empty() || image.starts_with('-') || image.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(invalid(&format!("`docker:{image}` names no image; write `docker:IMAGE[:TAG][@DIGEST]`")));
    }
    Ok(ConnectorRef::Docker { image: image.to_owned() })
}

/// The words of a command; the first is the program.
fn words(form: &str, command: &str) -> Result<Vec<String>, FailureReason> {
    let words = shell_words::split(command).map_err(|_| invalid(&format!("`{form}:{command}` has an open quote")))?;
    if words.first().is_none_or(String::is_empty) {
        return Err(invalid(&format!("`{form}:` names no program; write `{form}:PROGRAM ARG…`")));
    }
    Ok(words)
}

/// Both parts become arguments of pip and names of folders, so only what PEP 508 and PEP 440 allow passes.
fn pypi(requirement: &str) -> Result<ConnectorRef, FailureReason> {
    let (package, version) = match requirement.split_once("==") {
        Some((package, version)) => (package.trim(), Some(version.trim())),
        None => (requirement.trim(), None),
    };
    let is_word = |text: &str, others: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    if !is_word(package, "-_.") || !version.is_none_or(|version| is_word(version, "-_.+!")) {
        return Err(invalid(&format!(
            "`pypi:{requirement}` is no package; write `pypi:PACKAGE` or `pypi:PACKAGE==VERSION`"
        )));
    }
    Ok(ConnectorRef::Pypi { package: package.to_owned(), version: version.map(ToOwned::to_owned) })
}

fn unknown(text: &str, bundled: &[&str]) -> FailureReason {
    let hint = nearest(text, bundled).map(|name| format!(" (did you mean `{name}`?)")).or_else(|| {
        let is_image = !text.starts_with(['/', '.']) && text.contains(['/', ':']) && !text.contains(' ');
        is_image.then(|| format!(" (for an image write `docker:{text}`)"))
    });
    let hint = hint.or_else(|| text.starts_with(['/', '.']).then(|| format!(" (for a program write `exec:{text}`)")));
    let message = format!(
        "there is no connector `{text}`{}; bundled are {}; other forms are {FORMS}",
        hint.unwrap_or_default(),
        bundled.join(", ")
    );
    failure("reference.unknown", &message)
}

/// The most similar name, if it is similar enough to have been meant.
fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let scored = names.iter().map(|name| (strsim::jaro_winkler(text, name), *name));
    scored.filter(|(score, _)| *score > 0.88).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

fn invalid(message: &str) -> FailureReason {
    failure("reference.invalid", message)
}

fn failure(code: &str, message: &str) -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, code, message)
}

#[cfg(test)]
mod tests;
