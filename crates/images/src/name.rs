//! Names of images: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, by the grammar of the
//! [distribution specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests)
//! and with the defaults of Docker: no registry means Docker Hub, where a repository of one word lies below `library/`.

use crate::failure::config_failure;
use crate::{Digest, DigestError};
use longshore_protocol::FailureReason;
use std::fmt;
use std::str::FromStr;

/// What names of images write for Docker Hub.
pub const DOCKER_HUB: &str = "docker.io";

/// The tag of a name that has neither tag nor digest.
const DEFAULT_TAG: &str = "latest";

/// The most bytes of a tag.
const MOST_TAG_BYTES: usize = 128;

/// The most bytes of registry and repository.
const MOST_NAME_BYTES: usize = 255;

/// A name, understood. Its text comes back from `Display` in full: with registry, and with a tag if it has no digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageName {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl ImageName {
    /// The registry's host, with its port if it has one: `docker.io`, `localhost:5000`, `[::1]:5000`.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository: `library/busybox`, `team/source-x`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag; `latest` when the name has neither tag nor digest.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (None, None) => Some(DEFAULT_TAG),
            (tag, _) => tag.as_deref(),
        }
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What a registry is asked for: the digest, else the tag.
    #[must_use]
    pub fn wanted(&self) -> &str {
        self.digest.as_ref().map_or_else(|| self.tag().unwrap_or(DEFAULT_TAG), Digest::as_str)
    }

    /// The name without tag and digest: `registry.test/team/source-x`.
    #[must_use]
    pub fn untagged(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The same repository at a tag.
    ///
    /// # Errors
    /// `image.invalid_name` when the tag is none.
    pub fn with_tag(&self, tag: &str) -> Result<Self, FailureReason> {
        if is_tag(tag) {
            return Ok(Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() });
        }
        Err(invalid(&format!("{}:{tag}", self.untagged()), &tag_grammar(tag)))
    }

    /// The same repository at a digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }
}

impl FromStr for ImageName {
    type Err = FailureReason;

    fn from_str(text: &str) -> Result<Self, FailureReason> {
        parse(text).map_err(|why| invalid(text, &why))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = self.tag() {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

/// The host of a registry, of a text that names it or an image in it: `registry.test:5000`, `https://registry.test/v2/`.
///
/// # Errors
/// `registry.invalid_host`.
pub fn registry_host(text: &str) -> Result<String, FailureReason> {
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let host = bare.split('/').next().unwrap_or_default();
    match problem_of_host(host) {
        None if is_host(host) => Ok(normal_host(host).to_owned()),
        _ => {
            let message = format!(
                "`{text}` is no registry; write its host, with its port if it has one, such as \
                 registry.example.com:5000 or docker.io"
            );
            Err(config_failure("registry.invalid_host", message))
        }
    }
}

/// Understands a name; the error says what is wrong with it, without naming it.
fn parse(text: &str) -> Result<ImageName, String> {
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!("a name of an image has no `{scheme}://`"));
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest.parse().map_err(|error: DigestError| error.to_string())?)),
        None => (text, None),
    };
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains(['/', ']']) => (name, Some(tag.to_owned())),
        _ => (name, None),
    };
    if let Some(tag) = tag.as_deref().filter(|tag| !is_tag(tag)) {
        return Err(tag_grammar(tag));
    }
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if is_host(first) => (normal_host(first), rest),
        _ => (DOCKER_HUB, name),
    };
    if let Some(problem) = problem_of_host(registry).or_else(|| problem_of_path(path)) {
        return Err(problem);
    }
    let repository = match registry {
        DOCKER_HUB if !path.contains('/') => format!("library/{path}"),
        _ => path.to_owned(),
    };
    if registry.len() + repository.len() + 1 > MOST_NAME_BYTES {
        return Err(format!("it is longer than {MOST_NAME_BYTES} bytes"));
    }
    Ok(ImageName { registry: registry.to_owned(), repository, tag, digest })
}

/// Whether the first word of a name is a registry, as Docker decides it.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

/// Docker Hub has three names.
fn normal_host(host: &str) -> &str {
    if matches!(host, "index.docker.io" | "registry-1.docker.io") { DOCKER_HUB } else { host }
}

fn problem_of_host(host: &str) -> Option<String> {
    let (address, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').or(port.is_empty().then_some("0"))),
        None => host.split_once(':').map_or((host, Some("0")), |(address, port)| (address, Some(port))),
    };
    let is_address = !address.is_empty()
        && (host.starts_with('[') || !address.contains(':'))
        && address.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    let is_port = port.is_some_and(|port| port.parse::<u16>().is_ok());
    (!is_address || !is_port).then(|| format!("`{host}` is no host"))
}

fn problem_of_path(path: &str) -> Option<String> {
    let word = path.split('/').find(|word| !is_path_word(word))?;
    Some(if word.is_empty() {
        "a part of its path is empty".to_owned()
    } else if word.chars().any(|c| c.is_ascii_uppercase()) {
        format!("`{word}` has capital letters; write `{}`", path.to_ascii_lowercase())
    } else {
        format!("`{word}` may have lower-case letters and digits, joined by `.`, `_`, `__` or dashes")
    })
}

/// `[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*`
fn is_path_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_joint = |joint: &str| matches!(joint, "" | "." | "_" | "__") || joint.chars().all(|c| c == '-');
    word.starts_with(is_plain) && word.ends_with(is_plain) && word.split(is_plain).all(is_joint)
}

fn is_tag(tag: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= MOST_TAG_BYTES && tag.starts_with(is_plain) && tag.chars().all(|c| is_plain(c) || c == '.' || c == '-')
}

fn tag_grammar(tag: &str) -> String {
    format!("the tag `{tag}` may have letters, digits, `_`, `.` and `-`, {MOST_TAG_BYTES} at most, no `.` or `-` first")
}

fn invalid(text: &str, why: &str) -> FailureReason {
    let message = format!("`{text}` is no name of an image: {why}; write [REGISTRY/]REPOSITORY[:TAG][@DIGEST]");
    config_failure("image.invalid_name", message)
}

#[cfg(test)]
mod tests {
    use super::{ImageName, registry_host};

    fn shown(text: &str) -> String {
        text.parse::<ImageName>().map_or_else(|error| error.message, |name| name.to_string())
    }

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn what_is_left_out_is_filled_in_as_docker_does() {
        assert_eq!(shown("busybox"), "docker.io/library/busybox:latest");
        assert_eq!(shown("index.docker.io/airbyte/source-x:1"), "docker.io/airbyte/source-x:1");
        assert_eq!(shown("localhost/x"), "localhost/x:latest");
        assert_eq!(shown("team/x:1.2.3-rc.1"), "docker.io/team/x:1.2.3-rc.1");
    }

    #[test]
    fn ports_tags_and_digests_are_told_apart() {
        assert_eq!(shown("localhost:5000/x"), "localhost:5000/x:latest");
        assert_eq!(shown("[::1]:5000/a/b:2"), "[::1]:5000/a/b:2");
        assert_eq!(shown(&format!("r.test/a__b/c-d@{DIGEST}")), format!("r.test/a__b/c-d@{DIGEST}"));
        assert_eq!(shown(&format!("r.test/a:1@{DIGEST}")), format!("r.test/a:1@{DIGEST}"));
        let name: ImageName = format!("r.test/a:1@{DIGEST}").parse().unwrap();
        assert_eq!((name.tag(), name.wanted()), (Some("1"), DIGEST));
    }

    #[test]
    fn a_registry_is_named_by_itself_or_by_what_it_holds() {
        let host = |text| registry_host(text).map_err(|error| error.code);
        assert_eq!(host("https://registry.test:5000/v2/").as_deref(), Ok("registry.test:5000"));
        assert_eq!(host("index.docker.io").as_deref(), Ok("docker.io"));
        assert_eq!(host("localhost").as_deref(), Ok("localhost"));
        assert_eq!(host("busybox"), Err("registry.invalid_host".to_owned()));
        assert_eq!(host("a.b:port"), Err("registry.invalid_host".to_owned()));
    }

    #[test]
    fn what_is_no_name_is_said_with_its_reason() {
        for (text, why) in [
            ("https://r.test/x", "no `https://`"),
            ("r.test/Team/x", "write `team/x`"),
            ("r.test/a//b", "part of its path is empty"),
            ("r.test/a:", "the tag ``"),
            ("r.test/a:-x", "the tag `-x`"),
            ("r.test/a@sha256:1", "64"),
            ("r.test:port/a", "no host"),
            ("r.test/-a", "`-a` may have"),
            ("", "part of its path is empty"),
        ] {
            assert!(shown(text).contains(why), "{text}: {}", shown(text));
        }
    }
}
