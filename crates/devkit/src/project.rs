//! A connector project: a folder with a `metadata.yaml`, and usually a `Dockerfile`.

use crate::failure::{config_failure, unreadable};
use crate::metadata::{self, Metadata};
use longshore_images::ImageName;
use longshore_protocol::FailureReason;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One connector's project.
#[derive(Debug, Clone)]
pub struct Project {
    dir: PathBuf,
    metadata: Metadata,
}

/// What a connector is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Built by cargo.
    Rust,
    /// Run by python.
    Python,
    /// Run by node.
    Node,
    /// Built by gradle or maven.
    Java,
    /// Anything else: a Dockerfile builds it.
    Other,
}

/// Files that tell the language, when no tag does.
const MANIFESTS: [(&str, Language); 8] = [
    ("Cargo.toml", Language::Rust),
    ("pyproject.toml", Language::Python),
    ("setup.py", Language::Python),
    ("requirements.txt", Language::Python),
    ("package.json", Language::Node),
    ("build.gradle", Language::Java),
    ("build.gradle.kts", Language::Java),
    ("pom.xml", Language::Java),
];

impl Project {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// `connector.not_a_project`, `connector.metadata_invalid`, `connector.unreadable`.
    pub fn open(dir: &Path) -> Result<Self, FailureReason> {
        let path = dir.join(metadata::FILE);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => no_project(dir),
            _ => unreadable(&path, &error),
        })?;
        Ok(Self { dir: dir.to_owned(), metadata: Metadata::parse(&text, &path)? })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the connector says of itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The connector's name: the last word of its repository, such as `source-x`.
    #[must_use]
    pub fn connector_name(&self) -> &str {
        let repository = &self.metadata.docker_repository;
        repository.rsplit('/').next().unwrap_or(repository)
    }

    /// The image that a build makes: the repository at the version.
    ///
    /// # Errors
    /// `image.invalid_name`.
    pub fn image_name(&self) -> Result<ImageName, FailureReason> {
        self.metadata.docker_repository.parse::<ImageName>()?.with_tag(&self.metadata.docker_image_tag.to_string())
    }

    /// What it is written in: what a tag `language:…` says, else what its files say.
    #[must_use]
    pub fn language(&self) -> Language {
        let tagged = self.metadata.tags.iter().find_map(|tag| tag.strip_prefix("language:"));
        let by_files = || MANIFESTS.iter().find(|(file, _)| self.has(file)).map(|(_, language)| *language);
        tagged.map(by_tag).or_else(by_files).unwrap_or(Language::Other)
    }

    /// Whether the folder has a file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.dir.join(file).is_file()
    }

    /// The text of a file of the folder; none when it is not there.
    pub(crate) fn read(&self, file: impl AsRef<Path>) -> Result<Option<String>, FailureReason> {
        let path = self.dir.join(file);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }
}

fn by_tag(language: &str) -> Language {
    match language {
        "rust" => Language::Rust,
        "python" => Language::Python,
        "node" | "javascript" | "typescript" => Language::Node,
        "java" | "kotlin" => Language::Java,
        _ => Language::Other,
    }
}

fn no_project(dir: &Path) -> FailureReason {
    let message = format!(
        "{} is no connector project: it has no metadata.yaml; name the folder that has one, or begin with `longshore \
         connector new`",
        dir.display()
    );
    config_failure("connector.not_a_project", message)
}
