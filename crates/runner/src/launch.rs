//! What to run: the verb, the files it reads, the environment, and the bounds.

use crate::ConnectorRef;
use longshore_protocol::{FailureOrigin, FailureReason};
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

/// What a connector is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Print the spec.
    Spec,
    /// Try a configuration.
    Check,
    /// Print the catalog.
    Discover,
    /// Emit records and states.
    Read,
    /// Take messages from stdin.
    Write,
}

impl fmt::Display for Verb {
    /// The word of the command line that every connector has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spec => "spec",
            Self::Check => "check",
            Self::Discover => "discover",
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// A file that the connector reads. It may hold secrets, so it has neither `Debug` nor `Display`, and reaches the
/// connector as a file of a private folder only.
pub struct InputFile {
    /// The argument before the file's path, such as `--config`; without one the file is not in the command line.
    pub flag: Option<&'static str>,
    /// The file's name, such as `config.json`; unique in one launch.
    pub name: &'static str,
    /// The file's bytes.
    pub content: Vec<u8>,
    /// The variable that gets the file's path, such as `LONGSHORE_INPUT_STATE`.
    pub env: Option<&'static str>,
}

/// Bounds of one connector. A container is held to them; a local process is not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// The most memory, in bytes, swap included.
    pub memory_bytes: Option<u64>,
    /// The most processor time, in processors: 0.5 is half of one.
    pub cpus: Option<f64>,
}

impl Limits {
    pub(crate) fn is_empty(&self) -> bool {
        self.memory_bytes.is_none() && self.cpus.is_none()
    }
}

/// One run of one connector.
pub struct Launch<'a> {
    /// Which connector.
    pub reference: &'a ConnectorRef,
    /// Whether it is the source or the destination; failures are attributed to it.
    pub origin: FailureOrigin,
    /// What it is asked to do. Only [`Verb::Write`] gets an open stdin; the others read the end of it at once.
    pub verb: Verb,
    /// The files that it reads, in the order of their arguments.
    pub files: Vec<InputFile>,
    /// Variables that it sees, none of them secret: `docker inspect` shows them.
    pub environment: Vec<(String, String)>,
    /// How much of the machine it may take.
    pub limits: Limits,
}

impl<'a> Launch<'a> {
    /// What is asked about a connector before it is asked for anything: `spec`, without files and variables.
    pub(crate) fn of(reference: &'a ConnectorRef, origin: FailureOrigin) -> Self {
        let (files, environment) = (Vec::new(), Vec::new());
        Self { reference, origin, verb: Verb::Spec, files, environment, limits: Limits::default() }
    }
}

impl Launch<'_> {
    /// The verb and its arguments, with the files in `folder` as the connector sees it.
    pub(crate) fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let mut arguments = vec![OsString::from(self.verb.to_string())];
        for file in &self.files {
            if let Some(flag) = file.flag {
                arguments.extend([flag.into(), folder.join(file.name).into()]);
            }
        }
        arguments
    }

    /// The variables that name files in `folder` as the connector sees it.
    pub(crate) fn file_variables(&self, folder: &Path) -> impl Iterator<Item = (&'static str, OsString)> {
        self.files.iter().filter_map(move |file| Some((file.env?, folder.join(file.name).into())))
    }

    /// A failure of this connector that a person has to mend.
    pub(crate) fn config_failure(&self, code: &str, message: impl Into<String>) -> FailureReason {
        FailureReason::new(self.origin, longshore_protocol::FailureKind::ConfigError, code, message)
    }
}
