//! The files of `ci init`.

use crate::failure::config_failure;
use crate::secrets::{SecretsBlock, listed_in};
use longshore_protocol::FailureReason;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Which service runs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

const GITHUB: [(&str, &str); 4] = [
    (".github/workflows/test.yml", include_str!("github/test.yml")),
    (".github/workflows/test-command.yml", include_str!("github/test-command.yml")),
    (".github/workflows/publish-command.yml", include_str!("github/publish-command.yml")),
    (".github/workflows/publish.yml", include_str!("github/publish.yml")),
];
const GITLAB: [(&str, &str); 1] = [(".gitlab-ci.yml", include_str!("gitlab/gitlab-ci.yml"))];

/// The version that wrote the files, and none that comes later: it runs beside secrets.
const INSTALL: &str = concat!(
    "cargo install --locked --git https://github.com/longshore/longshore --tag v",
    env!("CARGO_PKG_VERSION"),
    " longshore-cli"
);

/// What differs between repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The command that installs Longshore, one line of shell.
    pub install: String,
    /// The environment whose secrets tests get.
    pub environment: String,
    /// The environment that publishing waits for.
    pub publish_environment: String,
    /// The branch that is published from.
    pub default_branch: String,
    /// The names of the tests' secrets.
    pub secrets: Vec<String>,
    /// Whether files that somebody changed are replaced.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            install: INSTALL.to_owned(),
            environment: "more-secrets".to_owned(),
            publish_environment: "publish".to_owned(),
            default_branch: "main".to_owned(),
            secrets: Vec::new(),
            force: false,
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It was not there.
    Created,
    /// It was there just so.
    Unchanged,
    /// It was there with other contents.
    Replaced,
}

/// A file of `ci init`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WrittenFile {
    /// Where, from the root of the repository.
    pub path: PathBuf,
    /// What became of it.
    pub state: FileState,
}

/// Writes the files into a repository. A file that somebody changed is replaced only by force; before anything is
/// written. The list of secrets in it is no such change.
///
/// # Errors
/// `ci.option_invalid`, `ci.file_changed`, `ci.unwritable`.
pub fn init(dir: &Path, kind: Kind, options: &Options) -> Result<Vec<WrittenFile>, FailureReason> {
    options.check()?;
    let templates: &[(&str, &str)] = if kind == Kind::GitHub { &GITHUB } else { &GITLAB };
    let mut planned = Vec::new();
    for (path, template) in templates {
        let text = options.render(template);
        let state = state(&dir.join(path), &text, options)?;
        planned.push((WrittenFile { path: PathBuf::from(path), state }, text));
    }
    for (file, text) in planned.iter().filter(|(file, _)| file.state != FileState::Unchanged) {
        write(&dir.join(&file.path), text)?;
    }
    Ok(planned.into_iter().map(|(file, _)| file).collect())
}

fn state(path: &Path, text: &str, options: &Options) -> Result<FileState, FailureReason> {
    let Ok(present) = fs::read_to_string(path) else {
        // What is there and no text was written by somebody else.
        return if path.exists() && !options.force { Err(changed(path)) } else { Ok(FileState::Created) };
    };
    if present == text {
        return Ok(FileState::Unchanged);
    }
    let is_ours = options.force || listed_in(&present, &options.secrets).is_some_and(|updated| updated == text);
    if is_ours { Ok(FileState::Replaced) } else { Err(changed(path)) }
}

fn changed(path: &Path) -> FailureReason {
    let message = format!(
        "{} is not what these options give, or was changed by hand; compare, and replace it: longshore ci init --force",
        path.display()
    );
    config_failure("ci.file_changed", message)
}

fn write(path: &Path, text: &str) -> Result<(), FailureReason> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).and_then(|()| replace(folder, path, text)).map_err(|error| {
        let shown = path.display();
        config_failure(
            "ci.unwritable",
            format!("cannot write {shown}: {error}; look at it: ls -ld {}", folder.display()),
        )
    })
}

/// Never half a file: CI would run it.
fn replace(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".new.").tempfile_in(folder)?;
    file.as_file().set_permissions(PermissionsExt::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

impl Options {
    fn render(&self, template: &str) -> String {
        let values = [
            ("@INSTALL@", &self.install),
            ("@ENVIRONMENT@", &self.environment),
            ("@PUBLISH_ENVIRONMENT@", &self.publish_environment),
            ("@DEFAULT_BRANCH@", &self.default_branch),
        ];
        let text = values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value));
        // A template without a list of secrets gets none.
        listed_in(&text, &self.secrets).unwrap_or(text)
    }

    /// Every option becomes part of a YAML file: none may become more than a word of it.
    fn check(&self) -> Result<(), FailureReason> {
        let is_plain = |text: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(allowed)
        };
        let words = [&self.environment, &self.publish_environment, &self.default_branch];
        if let Some(word) = words.into_iter().find(|word| !is_plain(word)) {
            return Err(invalid(&format!("`{}` has other signs than letters, digits, `-_./`", word.escape_debug())));
        }
        let install = &self.install;
        if install.trim().is_empty() || install.chars().any(char::is_control) || install.contains("${{") {
            return Err(invalid("the command that installs Longshore is to be one line without `${{`"));
        }
        match self.secrets.iter().find(|name| !SecretsBlock::is_name(name)) {
            Some(name) => Err(invalid(&format!("`{}` is no name of a secret", name.escape_debug()))),
            None => Ok(()),
        }
    }
}

fn invalid(problem: &str) -> FailureReason {
    config_failure("ci.option_invalid", format!("{problem}; see `longshore ci init --help`"))
}
