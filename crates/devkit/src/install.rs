//! Brings what a project's sources need before they run: a Python environment, the packages of npm.
//!
//! An installation is done again when the commands or the files that they go by are not what they were. A stamp says
//! what they were; it lies in what was installed, so that it goes away with it.

use crate::commands::{Commands, Words};
use crate::failure::unreadable;
use crate::tool::{Call, Tools};
use crate::{Language, Project};
use longshore_protocol::FailureReason;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// What is installed here, if it is there.
const PLACES: [&str; 2] = [".venv", "node_modules"];
/// Where the stamp lies when nothing of that is there.
const ELSEWHERE: &str = ".longshore";
const STAMP: &str = ".longshore-installed";

/// What has to be installed for one project.
#[derive(Debug)]
pub(crate) struct Install<'a> {
    project: &'a Project,
    commands: Vec<Words>,
    inputs: Vec<String>,
}

impl<'a> Install<'a> {
    /// What longshore.yaml says, else what the language is used to.
    pub(crate) fn of(project: &'a Project, commands: &Commands) -> Self {
        let usual = match project.language() {
            Language::Python => python(project),
            Language::Node => node(project),
            _ => (Vec::new(), Vec::new()),
        };
        let own = commands.install.clone().map(|install| (install, commands.install_inputs.clone()));
        let (commands, inputs) = own.unwrap_or(usual);
        Self { project, commands, inputs }
    }

    /// Installs what is missing or stale; whether there was any such thing.
    ///
    /// # Errors
    /// `connector.install_failed`, `tool.not_installed`, `connector.unreadable`.
    pub(crate) async fn run(&self, tools: &Tools) -> Result<bool, FailureReason> {
        let wanted = self.fingerprint()?;
        if self.commands.is_empty() || fs::read_to_string(self.stamp()).is_ok_and(|found| found == wanted) {
            return Ok(false);
        }
        for words in &self.commands {
            let ended = tools.run(Call::of(self.project.dir(), words)).await?;
            ended.or_failure("connector.install_failed", "what the connector needs cannot be installed")?;
        }
        // Without a stamp the next start only installs once more.
        let stamp = self.stamp();
        let _ = stamp.parent().map(fs::create_dir_all);
        let _ = fs::write(stamp, wanted);
        Ok(true)
    }

    fn stamp(&self) -> PathBuf {
        let place = PLACES.into_iter().find(|place| self.project.dir().join(place).is_dir());
        self.project.dir().join(place.unwrap_or(ELSEWHERE)).join(STAMP)
    }

    fn fingerprint(&self) -> Result<String, FailureReason> {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}", self.commands));
        for input in &self.inputs {
            let path = self.project.dir().join(input);
            hash.update(fs::read(&path).map_err(|error| unreadable(&path, &error))?);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn words(words: &[&str]) -> Words {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// An environment of the project's own, with its requirements, else with itself.
fn python(project: &Project) -> (Vec<Words>, Vec<String>) {
    let pip = [".venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    let known: [(&str, &[&str]); 3] = [
        ("requirements.txt", &["-r", "requirements.txt"]),
        ("pyproject.toml", &["-e", "."]),
        ("setup.py", &["-e", "."]),
    ];
    match known.into_iter().find(|(file, _)| project.has(file)) {
        None => (Vec::new(), Vec::new()),
        Some((file, what)) => {
            (vec![words(&["python3", "-m", "venv", ".venv"]), words(&[&pip[..], what].concat())], vec![file.to_owned()])
        }
    }
}

fn node(project: &Project) -> (Vec<Words>, Vec<String>) {
    let (lock, how) = ("package-lock.json", ["--no-audit", "--no-fund"]);
    match (project.has("package.json"), project.has(lock)) {
        (false, _) => (Vec::new(), Vec::new()),
        (true, true) => (vec![words(&["npm", "ci", how[0], how[1]])], words(&["package.json", lock])),
        (true, false) => (vec![words(&["npm", "install", how[0], how[1]])], words(&["package.json"])),
    }
}
