//! Where connectors run on this machine: programs, folders, the engine, and the environment they may see.

use crate::ImageProvider;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Everything about this machine that starting a connector needs.
pub struct Settings {
    /// The `longshore` program; a bundled connector runs as `own_program NAME VERB …`.
    pub own_program: PathBuf,
    /// Private folders of runs are made here, mode 0700. It must belong to the user of this process or be one that
    /// all share, such as `/tmp`, and allow programs to be executed, since the container shim lies here too.
    pub work_dir: PathBuf,
    /// Environments of Python connectors are kept here, below `pypi/`.
    pub cache_dir: PathBuf,
    /// Brings images that the engine does not have.
    pub images: Box<dyn ImageProvider>,
    /// The Docker Engine: `unix:///path` or `tcp://host:port`; `unix:///var/run/docker.sock` when absent.
    pub docker_host: Option<String>,
    /// What a local connector sees besides the environment of its launch: PATH, HOME, LANG, TZ, TMPDIR, proxies and
    /// files of certificate authorities. pip gets it too, so `PIP_…` belongs here. Containers get nothing of it.
    pub base_environment: Vec<(OsString, OsString)>,
    /// Is told what takes long before it begins, such as pulling an image; one line without its end.
    pub notice: Box<dyn Fn(&str) + Send + Sync>,
}

impl Settings {
    /// The value of a variable of the base environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.base_environment.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
    }
}
