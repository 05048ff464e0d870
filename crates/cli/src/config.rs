//! The environment of this process, and what follows from it. Nothing else reads the environment.

use crate::failure::{Result, environment};
use crate::print::note;
use longshore_runner::Settings;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Variables that a local connector sees: where programs and files are, which language and time, how to get out.
/// Everything else, secrets above all, stays here.
const HANDED_ON: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "JAVA_HOME",
];
const HANDED_ON_PREFIXES: [&str; 3] = ["LC_", "PIP_", "UV_"];
const HANDED_ON_ANY_CASE: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"];

/// Where things are on this machine.
///
/// # Errors
/// When neither `HOME` nor `XDG_CACHE_HOME` says where a cache may be, or this program cannot find itself.
pub(crate) fn settings() -> Result<Settings> {
    let own_program = std::env::current_exe()
        .map_err(|error| environment("platform.no_program", format!("cannot find this program's own file: {error}")))?;
    let cache_dir = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("longshore");
    Ok(Settings {
        own_program,
        work_dir: variable("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
        cache_dir,
        docker_host: std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()),
        base_environment: handed_on(),
        notice: Box::new(|text| note(text)),
    })
}

/// The value of a variable that a configuration file refers to.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a person looks at stderr.
pub(crate) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether a person looks at stdout.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

fn handed_on() -> Vec<(OsString, OsString)> {
    let is_handed_on = |name: &str| {
        HANDED_ON.contains(&name)
            || HANDED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || HANDED_ON_ANY_CASE.iter().any(|proxy| proxy.eq_ignore_ascii_case(name))
    };
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_handed_on)).collect()
}
