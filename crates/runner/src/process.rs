//! Runs a connector as a local process.
//!
//! The connector leads a process group of its own, so that what it starts ends with it; it sees only the environment
//! that it is given; it works in the caller's folder, so that relative paths mean what the caller means. When
//! Longshore is killed, the kernel ends the connector.

mod exec;
mod group;
mod program;

pub(crate) use program::look_up;

use crate::pipes::{into_process, out_of_process};
use crate::run_folder::{RunFolder, write_inputs};
use crate::running::{Ends, Running};
use crate::{Launch, Settings, Verb};
use exec::Exec;
use group::Group;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts a program with the verb and its arguments after its own words.
pub(crate) fn start(settings: &Settings, launch: &Launch<'_>, words: &[OsString]) -> Result<Running, FailureReason> {
    let [name, own_arguments @ ..] = words else {
        return Err(launch.config_failure("reference.invalid", "the reference names no program"));
    };
    if !launch.limits.is_empty() {
        (settings.notice)("memory and processor limits bound containers only; this connector runs as a local process");
    }
    let path = program::find(settings, launch, name)?;
    let folder = folder_with_files(settings, launch)?;
    let place = folder.as_ref().map_or(Path::new(""), RunFolder::path);
    let arguments = [name.clone()].into_iter().chain(own_arguments.iter().cloned()).chain(launch.arguments(place));
    let failed = |error: io::Error| start_failed(launch, &path, &error);
    let exec = Exec::new(&path, arguments, environment(settings, launch, place)).map_err(failed)?;
    let (ends, theirs) = pipes(launch.verb).map_err(failed)?;
    let child = spawn(&path, exec, theirs).map_err(|error| program::explain(launch, &path, &error))?;
    let pid = child.id();
    let group = Group::new(child, launch.origin, folder).map_err(failed)?;
    Ok(Running::watch(ends, Some(pid), group))
}

/// A run without files needs no folder.
fn folder_with_files(settings: &Settings, launch: &Launch<'_>) -> Result<Option<RunFolder>, FailureReason> {
    if launch.files.is_empty() {
        return Ok(None);
    }
    let folder = RunFolder::create(&settings.work_dir)?;
    write_inputs(folder.path(), &launch.files, 0o600)?;
    Ok(Some(folder))
}

/// The base, then what the launch names, which wins.
fn environment(settings: &Settings, launch: &Launch<'_>, folder: &Path) -> BTreeMap<OsString, OsString> {
    let mut environment: BTreeMap<_, _> = settings.base_environment.iter().cloned().collect();
    environment.extend(launch.environment.iter().map(|(name, value)| (name.into(), value.into())));
    environment.extend(launch.file_variables(folder).map(|(name, value)| (name.into(), value)));
    environment
}

/// The connector's sides of its pipes.
struct Theirs {
    stdin: Option<OwnedFd>,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

fn pipes(verb: Verb) -> io::Result<(Ends, Theirs)> {
    let (stdin, their_stdin) = match verb {
        Verb::Write => into_process().map(|(ours, theirs)| (Some(ours), Some(theirs)))?,
        _ => (None, None),
    };
    let (stdout, their_stdout) = out_of_process()?;
    let (stderr, their_stderr) = out_of_process()?;
    Ok((Ends { stdin, stdout, stderr }, Theirs { stdin: their_stdin, stdout: their_stdout, stderr: their_stderr }))
}

/// The command holds the connector's sides of the pipes, so it is gone when this returns.
fn spawn(program: &Path, exec: Exec, theirs: Theirs) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.stdin(theirs.stdin.map_or_else(Stdio::null, Stdio::from));
    command.stdout(theirs.stdout).stderr(theirs.stderr);
    command.process_group(0);
    exec.replace_exec_of(&mut command);
    command.spawn()
}

/// The machine could not start or watch a process: no memory, no process ids, no file descriptors.
fn start_failed(launch: &Launch<'_>, program: &Path, error: &io::Error) -> FailureReason {
    let message = format!(
        "this machine could not start the {} connector {}: {error}; look at its memory and the limits of `ulimit -a`",
        launch.origin,
        program.display()
    );
    FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, "program.start_failed", message)
}
