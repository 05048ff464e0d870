//! `longshore.yaml`: how a project is installed, compiled, started, tested and built where the way of its language is not
//! enough. The schema of metadata.yaml, which others check, has no place for it.

use crate::Project;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file, by name.
pub(crate) const FILE: &str = "longshore.yaml";

/// A program and its arguments, run in the project's folder and without a shell.
pub(crate) type Words = Vec<String>;

/// What the file says; nothing where there is none.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Commands {
    /// What brings everything that the sources need.
    pub(crate) install: Option<Vec<Words>>,
    /// The files whose change makes another installation needed.
    #[serde(default)]
    pub(crate) install_inputs: Vec<String>,
    /// What makes the program of the sources.
    pub(crate) compile: Option<Words>,
    /// The program and its own first arguments; the verb comes after them.
    pub(crate) run: Option<Words>,
    /// The same of a Singer tap or target, which the wrapper makes a connector.
    pub(crate) singer: Option<Words>,
    /// Files and folders whose change concerns the program, besides the usual ones.
    #[serde(default)]
    pub(crate) watch: Vec<String>,
    /// What runs the unit tests.
    pub(crate) unit_tests: Option<Words>,
    /// What `docker build` is told before the `.`: `--target`, `--build-arg`.
    #[serde(default)]
    pub(crate) docker_build: Vec<String>,
    /// What is done around acceptance tests.
    #[serde(default)]
    pub(crate) acceptance: Acceptance,
}

/// What is done around acceptance tests.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Acceptance {
    /// What runs before them, in the project's folder.
    #[serde(default)]
    pub(crate) set_up: Vec<Words>,
    /// What runs after them, whatever came out.
    #[serde(default)]
    pub(crate) tear_down: Vec<Words>,
    /// Tests of the author, which pass by ending with exit code 0.
    #[serde(default)]
    pub(crate) tests: Vec<OwnTest>,
    /// Containers that run beside.
    #[serde(default)]
    pub(crate) containers: Vec<SideContainer>,
    /// What reads what a destination wrote: a command, or the name of a built-in reader.
    pub(crate) reader: Option<Words>,
    /// Rules of the contract that need not hold, and why.
    #[serde(default)]
    pub(crate) bypasses: BTreeMap<String, String>,
    /// The stage of the Dockerfile that holds what the commands above need, for a machine that has nothing but Docker.
    pub(crate) stage: Option<String>,
}

/// A test of the author.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnTest {
    /// Its name, in reports after `own.`.
    pub(crate) name: String,
    /// The program and its arguments.
    pub(crate) run: Words,
}

/// A container that runs beside acceptance tests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SideContainer {
    /// Its name, for messages.
    pub(crate) name: String,
    /// Its image.
    pub(crate) image: String,
    /// What it runs, in place of what the image says.
    #[serde(default)]
    pub(crate) command: Words,
    /// Its variables.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Its ports, `HERE:THERE`, reached on the loopback address.
    #[serde(default)]
    pub(crate) ports: Vec<String>,
    /// The command in it that ends well when it can be used.
    #[serde(default)]
    pub(crate) ready: Words,
}

impl Acceptance {
    fn all_words(&self) -> impl Iterator<Item = &Words> {
        let before_and_after = self.set_up.iter().chain(&self.tear_down);
        before_and_after.chain(self.tests.iter().map(|test| &test.run)).chain(&self.reader)
    }
}

impl Commands {
    /// Those of a project.
    pub(crate) fn of(project: &Project) -> Result<Self, FailureReason> {
        let Some(text) = project.read(FILE)? else { return Ok(Self::default()) };
        let read: Self = serde_saphyr::from_str(&text).map_err(|error| {
            let told = error.without_snippet().to_string();
            invalid(project, told.lines().next().unwrap_or_default()).with_detail(error.to_string())
        })?;
        match read.wrong() {
            Some(why) => Err(invalid(project, &why)),
            None => Ok(read),
        }
    }

    fn wrong(&self) -> Option<String> {
        let single =
            [("compile", &self.compile), ("run", &self.run), ("singer", &self.singer), ("unitTests", &self.unit_tests)];
        let single = single.into_iter().filter_map(|(key, words)| Some((key, words.as_ref()?)));
        let several = self.install.iter().flatten().map(|words| ("install", words));
        let around = self.acceptance.all_words().map(|words| ("acceptance", words));
        let empty = single.chain(several).chain(around).find(|(_, words)| words.is_empty());
        let both = || {
            (self.run.is_some() && self.singer.is_some()).then(|| "`run` and `singer` exclude each other".to_owned())
        };
        empty.map(|(key, _)| format!("`{key}` has no words")).or_else(both)
    }
}

fn invalid(project: &Project, why: &str) -> FailureReason {
    let message = format!(
        "{}: {why}; write it like `unitTests: [make, test]`, see `longshore explain connector.commands_invalid`",
        project.dir().join(FILE).display()
    );
    config_failure("connector.commands_invalid", message)
}
