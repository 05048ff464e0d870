//! `longshore.yaml`: how a project is installed, compiled, started, tested and built where the way of its language is not
//! enough. The schema of metadata.yaml, which others check, has no place for it.

use crate::Project;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde::Deserialize;

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
        let empty = single.chain(several).find(|(_, words)| words.is_empty());
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
