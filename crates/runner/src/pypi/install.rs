//! Makes a Python environment: `python3 -m venv`, `pip install`, and the question which program the connector is.

use super::environment::Environment;
use crate::Settings;
use crate::failure::environment_failure;
use crate::process::look_up;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::Command;

/// How many lines of pip's output a failure shows: the reason stands at its end.
const SHOWN_LINES: usize = 20;

/// Prints the console scripts of a distribution, one per line.
const CONSOLE_SCRIPTS: &str = "import sys; from importlib.metadata import distribution
for entry in distribution(sys.argv[1]).entry_points:
    if entry.group == 'console_scripts': print(entry.name)";

/// The interpreter that environments are made with.
pub(super) struct Python {
    path: PathBuf,
    /// Such as `3.11`; environments do not work with another one.
    pub(super) version: String,
}

impl Python {
    /// The `python3` of PATH.
    pub(super) async fn find(settings: &Settings) -> Result<Self, FailureReason> {
        let path =
            look_up(settings.variable("PATH").unwrap_or_default(), OsStr::new("python3")).ok_or_else(no_python)?;
        let question = "import sys; print('%d.%d' % sys.version_info[:2])";
        let output = run(settings, &path, &["-c", question]).await.filter(succeeded).ok_or_else(no_python)?;
        Ok(Self { path, version: String::from_utf8_lossy(&output.stdout).trim().to_owned() })
    }
}

/// Makes the environment anew, and answers the name of the connector's program in it.
pub(super) async fn install(
    settings: &Settings,
    python: &Python,
    environment: &Environment,
    origin: FailureOrigin,
    package: &str,
    requirement: &str,
) -> Result<String, FailureReason> {
    let folder = environment.folder().to_string_lossy();
    let made = run(settings, &python.path, &["-m", "venv", "--clear", &folder]).await;
    made.as_ref().filter(|output| succeeded(output)).ok_or_else(|| no_venv(python, made.as_ref()))?;
    let python = environment.file("python");
    let pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", requirement];
    let installed = run(settings, &python, &pip).await;
    installed
        .as_ref()
        .filter(|output| succeeded(output))
        .ok_or_else(|| install_failed(origin, requirement, installed.as_ref()))?;
    let scripts = run(settings, &python, &["-c", CONSOLE_SCRIPTS, package]).await.map(|output| output.stdout);
    let scripts = String::from_utf8(scripts.unwrap_or_default()).unwrap_or_default();
    choose(package, &scripts.lines().collect::<Vec<_>>())
        .map_err(|message| FailureReason::new(origin, FailureKind::ConfigError, "pypi.no_program", message))
}

/// The CDK is no connector itself; the one among its programs is this.
const CDK: (&str, &str) = (crate::manifest::PACKAGE, "source-declarative-manifest");

/// The program named like the package, else the only one.
fn choose(package: &str, scripts: &[&str]) -> Result<String, String> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    let package_name = plain(package);
    let wanted = match package_name.strip_prefix("airbyte-") {
        _ if package_name == CDK.0 => CDK.1,
        named => named.unwrap_or(&package_name),
    };
    if let Some(named) = scripts.iter().find(|script| plain(script) == wanted) {
        return Ok((*named).to_owned());
    }
    match scripts {
        [only] => Ok((*only).to_owned()),
        [] => Err(format!("{package} installs no program, so it is no connector; look at its page on PyPI")),
        several => Err(format!(
            "{package} installs several programs and none is named {wanted}: {}; install it yourself and name the \
             right one with `exec:PROGRAM`",
            several.join(", ")
        )),
    }
}

/// Runs a program to its end with the base environment; ended with us when nobody waits any more.
async fn run(settings: &Settings, program: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command.envs(settings.base_environment.iter().map(|(name, value)| (name, value)));
    command.output().await.ok()
}

fn succeeded(output: &Output) -> bool {
    output.status.success()
}

fn no_python() -> FailureReason {
    environment_failure(
        "pypi.no_python",
        "`pypi:` needs Python 3, and no folder of PATH holds a working python3; on Debian: \
         `apt-get install python3 python3-venv`",
    )
}

fn no_venv(python: &Python, output: Option<&Output>) -> FailureReason {
    let message = format!(
        "{} cannot make an environment (`python3 -m venv`); on Debian: `apt-get install python3-venv`",
        python.path.display()
    );
    environment_failure("pypi.no_venv", message).with_detail(last_lines(output))
}

fn install_failed(origin: FailureOrigin, requirement: &str, output: Option<&Output>) -> FailureReason {
    let detail = last_lines(output);
    let reason = detail.lines().rev().find_map(|line| line.strip_prefix("ERROR: ")).unwrap_or("see the detail");
    let is_unknown = detail.contains("No matching distribution found") && !detail.contains("connection broken");
    if is_unknown && !detail.contains("requires a different python") && !detail.contains("Requires-Python") {
        let message = format!(
            "no package index has {requirement}; look at its name and version with `pip index versions PACKAGE`"
        );
        return FailureReason::new(origin, FailureKind::ConfigError, "pypi.not_found", message).with_detail(detail);
    }
    let message = format!(
        "pip cannot install {requirement} ({reason}); look at the package's name and version, and try \
         `python3 -m pip download --no-deps {requirement}`"
    );
    FailureReason::new(origin, FailureKind::TransientError, "pypi.install_failed", message).with_detail(detail)
}

fn last_lines(output: Option<&Output>) -> String {
    let Some(output) = output else { return "the program did not start".to_owned() };
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_program_named_like_the_package_is_the_connector() {
        assert_eq!(choose("airbyte-source-faker", &["pip", "source-faker"]).as_deref(), Ok("source-faker"));
        assert_eq!(choose("Airbyte_Source.Faker", &["x", "source_faker"]).as_deref(), Ok("source_faker"));
    }

    #[test]
    fn the_only_program_is_the_connector_whatever_its_name() {
        assert_eq!(choose("my-tap", &["run"]).as_deref(), Ok("run"));
    }

    #[test]
    fn several_programs_are_listed() {
        let message = choose("my-tap", &["a", "b"]).unwrap_err();
        assert!(message.contains("a, b"), "{message}");
        assert!(choose("my-tap", &[]).unwrap_err().contains("no program"));
    }
}
