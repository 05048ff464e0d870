//! Starts a project's connector from its sources, without an image.
//!
//! First [`Start::install`] what the sources need, then [`Start::compile`], which answers the reference to run: a
//! program, a Singer tap or target, or a manifest. What differs between languages stands here and in `install.rs`.

mod jar;
mod node;

use crate::build::program as cargo;
use crate::commands::{Commands, Words};
use crate::failure::config_failure;
use crate::install::Install;
use crate::tool::{Call, Tools};
use crate::{Language, Project};
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;
use std::path::{Path, PathBuf};

/// What no start depends on: what was installed or built, and what programs keep for themselves.
const IGNORED: [&str; 13] = [
    ".git",
    ".longshore",
    ".venv",
    "venv",
    "node_modules",
    "target",
    "build",
    "dist",
    "__pycache__",
    ".pytest_cache",
    ".gradle",
    ".idea",
    ".vscode",
];
const MANIFEST: &str = "manifest.yaml";

/// How one project is started.
#[derive(Debug)]
pub struct Start<'a> {
    project: &'a Project,
    install: Install<'a>,
    commands: Commands,
    program: Program,
}

/// What is run once all is there.
#[derive(Debug, PartialEq)]
enum Program {
    Words(Words),
    Singer(Words),
    Manifest,
    /// The program that cargo says it made.
    Cargo,
    /// The archive that Maven or Gradle made.
    Jar,
}

impl<'a> Start<'a> {
    /// What longshore.yaml says, else what the language is used to.
    ///
    /// # Errors
    /// `connector.no_program` when neither says what to run; `connector.commands_invalid`; `connector.unreadable`.
    pub fn of(project: &'a Project) -> Result<Self, FailureReason> {
        let mut commands = Commands::of(project)?;
        let program = program(project, &mut commands)?;
        if commands.compile.is_none() {
            commands.compile = compiler(project, &program)?;
        }
        Ok(Self { project, install: Install::of(project, &commands), commands, program })
    }

    /// Installs what the sources need, if it is missing or stale; whether there was any such thing.
    ///
    /// # Errors
    /// `connector.install_failed`, `tool.not_installed`, `connector.unreadable`.
    pub async fn install(&self, tools: &Tools) -> Result<bool, FailureReason> {
        self.install.run(tools).await
    }

    /// Compiles what has to be compiled, and answers what to run.
    ///
    /// # Errors
    /// `connector.build_failed`, with the compiler's words; `tool.not_installed`; `connector.no_program`;
    /// `build.no_program`.
    pub async fn compile(&self, tools: &Tools) -> Result<ConnectorRef, FailureReason> {
        let printed = self.compiled(tools).await?;
        match &self.program {
            Program::Words(words) => Ok(ConnectorRef::Exec { words: self.absolute(words)? }),
            Program::Singer(words) => Ok(ConnectorRef::Singer { words: self.absolute(words)? }),
            Program::Manifest => Ok(ConnectorRef::Manifest { file: self.project.dir().join(MANIFEST) }),
            Program::Cargo => {
                let program = cargo::choose(self.project, &cargo::made(&printed))?;
                Ok(ConnectorRef::Exec { words: vec![text(&program)] })
            }
            Program::Jar => {
                let jar = jar::made(self.project)?;
                Ok(ConnectorRef::Exec { words: vec!["java".to_owned(), "-jar".to_owned(), text(&jar)] })
            }
        }
    }

    /// Runs the compiler; what it printed.
    async fn compiled(&self, tools: &Tools) -> Result<String, FailureReason> {
        let Some(words) = &self.commands.compile else { return Ok(String::new()) };
        let sources = (self.program == Program::Jar).then(|| jar::fingerprint(self.project));
        if sources.as_ref().is_some_and(|sources| jar::is_made_of(self.project, sources)) {
            return Ok(String::new());
        }
        let call = Call::of(self.project.dir(), words);
        let call = if self.program == Program::Cargo { call.asking() } else { call };
        let ended = tools.run(call).await?.or_failure("connector.build_failed", "the connector does not compile")?;
        if let Some(sources) = sources {
            jar::note(self.project, &sources);
        }
        Ok(ended.stdout)
    }

    /// The files and folders whose change asks for a new start: the project's folder, and what longshore.yaml adds.
    #[must_use]
    pub fn watched(&self) -> Vec<PathBuf> {
        let added = self.commands.watch.iter().map(|path| self.project.dir().join(path));
        std::iter::once(self.project.dir().to_owned()).chain(added).collect()
    }

    /// Whether a change there concerns no start.
    #[must_use]
    pub fn is_ignored(&self, path: &Path) -> bool {
        let inside = path.strip_prefix(self.project.dir()).unwrap_or(path);
        inside.components().any(|part| IGNORED.iter().any(|ignored| part.as_os_str() == *ignored))
    }

    /// The same words, which mean the same in every folder: a path with a slash is one of the project's; so is an
    /// argument that is a file there.
    fn absolute(&self, words: &[String]) -> Result<Words, FailureReason> {
        let dir = std::path::absolute(self.project.dir()).unwrap_or_else(|_| self.project.dir().to_owned());
        let absolute = |(at, word): (usize, &String)| match dir.join(word) {
            path if (at == 0 && word.contains('/')) || (at > 0 && path.is_file()) => text(&path),
            _ => word.clone(),
        };
        let words: Words = words.iter().enumerate().map(absolute).collect();
        match words.first().map(Path::new) {
            Some(path) if path.is_absolute() && !path.is_file() => Err(no_such_program(self.project, path)),
            _ => Ok(words),
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn program(project: &Project, commands: &mut Commands) -> Result<Program, FailureReason> {
    if let Some(words) = commands.run.take() {
        return Ok(Program::Words(words));
    }
    if let Some(words) = commands.singer.take() {
        return Ok(Program::Singer(words));
    }
    let python = |words: &[&str]| Program::Words(words.iter().map(|word| (*word).to_owned()).collect());
    match project.language() {
        _ if project.has(MANIFEST) && !project.has("main.py") => Ok(Program::Manifest),
        Language::Rust => Ok(Program::Cargo),
        Language::Java => Ok(Program::Jar),
        Language::Python if project.has("main.py") => Ok(python(&[".venv/bin/python", "main.py"])),
        Language::Python => Ok(python(&[&format!(".venv/bin/{}", project.connector_name())])),
        Language::Node => Ok(Program::Words(vec!["node".to_owned(), node::main(project)?])),
        Language::Other => Err(no_program(project)),
    }
}

fn compiler(project: &Project, program: &Program) -> Result<Option<Words>, FailureReason> {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    Ok(match (program, project.language()) {
        (Program::Cargo, _) => words(&["cargo", "build", "--message-format=json-render-diagnostics"]),
        (Program::Jar, _) => Some(jar::compiler(project)),
        (Program::Words(_), Language::Node) if node::has_build(project)? => words(&["npm", "run", "--silent", "build"]),
        _ => None,
    })
}

fn no_program(project: &Project) -> FailureReason {
    let message = format!(
        "{} does not say what to run; write `run: [./program]` into its {}",
        project.dir().display(),
        crate::commands::FILE
    );
    config_failure("connector.no_program", message)
}

fn no_such_program(project: &Project, path: &Path) -> FailureReason {
    let message = format!(
        "there is no program {}; correct `run` in {}, or install what the project needs",
        path.display(),
        project.dir().join(crate::commands::FILE).display()
    );
    config_failure("connector.no_program", message)
}
