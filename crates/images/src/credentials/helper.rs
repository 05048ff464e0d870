//! The protocol of [credential helpers](https://github.com/docker/docker-credential-helpers): a program that is called
//! with a verb, gets a host or a JSON object on its stdin, and answers on its stdout. Secrets are never arguments.
//!
//! This is the only file of the crate that starts a process.

use super::config_file::Place;
use super::{entry, host, program};
use crate::failure::config_failure;
use crate::{Credentials, Secret, Settings};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// The longest that a helper may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most that is read of an answer.
const MOST_BYTES: u64 = 1 << 20;

/// The most of a helper's own words that go into a log.
const MOST_DETAIL_CHARS: usize = 500;

/// What every helper says when it has nothing for a host; the words are part of the protocol.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// A helper that is installed, asked about one registry.
pub(super) struct HelperProgram<'a> {
    settings: &'a Settings,
    place: &'a Place,
    program: PathBuf,
    host: &'a str,
}

/// What a helper answers to `get`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default = "no_secret")]
    secret: Secret,
}

fn no_secret() -> Secret {
    Secret::new("")
}

/// What a program did that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl<'a> HelperProgram<'a> {
    /// Finds the program of a helper.
    ///
    /// # Errors
    /// `registry.helper_not_installed`.
    pub(super) fn of(settings: &'a Settings, place: &'a Place, host: &'a str) -> Result<Self, FailureReason> {
        let name = format!("docker-credential-{}", place.helper);
        let Some(program) = find_program(settings, &name) else {
            let message = format!(
                "the credentials of {host} are kept by {name}, as {} says, but it is not on the PATH; install {}, or \
                 remove the line {} from that file",
                place.file.display(),
                program::package_of(&place.helper),
                place.line(),
            );
            return Err(config_failure("registry.helper_not_installed", message));
        };
        Ok(Self { settings, place, program, host })
    }

    /// The credentials that it has for the registry.
    ///
    /// # Errors
    /// `registry.helper_failed`.
    pub(super) async fn get(&self) -> Result<Option<Credentials>, FailureReason> {
        let Some(stdout) = self.call("get", host::key_of(self.host).as_bytes(), None).await? else { return Ok(None) };
        // The error's own text might quote the answer.
        let answer: Answer = serde_json::from_slice(&stdout).map_err(|_| self.no_answer("get", stdout.len()))?;
        if answer.secret.is_empty() {
            return Err(self.failed("get", "it answered without a secret"));
        }
        Ok(Some(match answer.username.as_str() {
            entry::TOKEN_USER => Credentials::IdentityToken(answer.secret),
            _ => Credentials::Basic { username: answer.username, password: answer.secret },
        }))
    }

    /// Has it keep credentials.
    ///
    /// # Errors
    /// `registry.helper_failed`.
    pub(super) async fn store(&self, credentials: &Credentials) -> Result<(), FailureReason> {
        let (username, secret) = match credentials {
            Credentials::Anonymous => return Ok(()),
            Credentials::Basic { username, password } => (username.as_str(), password),
            Credentials::IdentityToken(token) => (entry::TOKEN_USER, token),
        };
        let key = host::key_of(self.host);
        let request = json!({ "ServerURL": key, "Username": username, "Secret": secret.expose() });
        self.call("store", request.to_string().as_bytes(), Some(secret)).await.map(|_| ())
    }

    /// Has it forget the registry.
    ///
    /// # Errors
    /// `registry.helper_failed`.
    pub(super) async fn erase(&self) -> Result<(), FailureReason> {
        self.call("erase", host::key_of(self.host).as_bytes(), None).await.map(|_| ())
    }

    /// The users that it keeps, by the keys of their registries.
    ///
    /// # Errors
    /// `registry.helper_failed`.
    pub(super) async fn list(&self) -> Result<BTreeMap<String, String>, FailureReason> {
        let stdout = self.call("list", b"", None).await?.unwrap_or_default();
        serde_json::from_slice(&stdout).map_err(|_| self.no_answer("list", stdout.len()))
    }

    /// What it prints; nothing when it has nothing for the registry.
    async fn call(&self, verb: &str, stdin: &[u8], secret: Option<&Secret>) -> Result<Option<Vec<u8>>, FailureReason> {
        let ended = run(self.settings, &self.program, &[verb], stdin).await;
        let ended = ended.map_err(|error| self.failed(verb, &error.to_string()))?;
        if ended.status.success() {
            return Ok(Some(ended.stdout));
        }
        let said = String::from_utf8_lossy(&ended.stdout);
        if said.contains(NOT_FOUND) {
            return Ok(None);
        }
        let words = words(&said, &String::from_utf8_lossy(&ended.stderr), secret);
        Err(self.failed(verb, &format!("it ended with {}", ended.status)).with_detail(words))
    }

    fn no_answer(&self, verb: &str, bytes: usize) -> FailureReason {
        self.failed(verb, &format!("what it answered ({bytes} bytes) is not the JSON that the protocol wants"))
    }

    fn failed(&self, verb: &str, why: &str) -> FailureReason {
        let name = format!("docker-credential-{}", self.place.helper);
        let check = if verb == "store" { "list" } else { verb };
        let input = if check == "list" { String::new() } else { format!("echo {} | ", host::key_of(self.host)) };
        let message = format!(
            "{name} cannot {verb} the credentials of {}: {why}; try it by `{input}{name} {check}`, or remove the line \
             {} from {}",
            self.host,
            self.place.line(),
            self.place.file.display(),
        );
        FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "registry.helper_failed", message)
    }
}

/// Runs a program with the environment of the settings and nothing else. It does not outlive this future.
///
/// # Errors
/// When it cannot be started, or goes on for more than half a minute.
pub(crate) async fn run(settings: &Settings, program: &Path, arguments: &[&str], stdin: &[u8]) -> io::Result<Ended> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(settings.environment.iter().cloned()).kill_on_drop(true).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group(command.spawn()?);
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, group.talk(stdin)).await.map_err(|_| late())?
}

/// A program that leads a group of processes; all of them are killed if it is dropped before its end.
struct Group(Child);

impl Group {
    async fn talk(&mut self, stdin: &[u8]) -> io::Result<Ended> {
        let (input, stdout, stderr) = (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let write = async {
            // A program that does not read its input still answers.
            if let Some(mut input) = input {
                let _ = input.write_all(stdin).await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(write, read(stdout), read(stderr));
        Ok(Ended { status: self.0.wait().await?, stdout: stdout?, stderr: stderr? })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It has no id any more once its end is known.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // It fails when all of them have ended in this moment.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MOST_BYTES).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Where a program is, by the PATH of the settings. What lies in the folder that one happens to be in is not run.
fn find_program(settings: &Settings, name: &str) -> Option<PathBuf> {
    let path: OsString = settings.variable("PATH")?.to_owned();
    let candidates = std::env::split_paths(&path).map(|folder| folder.join(name)).filter(|it| it.is_absolute());
    candidates
        .collect::<Vec<_>>()
        .into_iter()
        .find(|program| program.is_file() && access(program, Access::EXEC_OK).is_ok())
}

/// What a failed helper said of it, without a secret: neither the one that it was given nor an answer that came too late.
fn words(stdout: &str, stderr: &str, secret: Option<&Secret>) -> String {
    let stdout = if stdout.contains('{') { "" } else { stdout.trim() };
    let said = [stdout, stderr.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let said = secret.map_or(said.clone(), |secret| hide(&said, secret));
    said.chars().take(MOST_DETAIL_CHARS).collect()
}

/// Takes a secret out of a text, where it may stand as it is or as JSON writes it.
fn hide(text: &str, secret: &Secret) -> String {
    let quoted = json!(secret.expose()).to_string();
    text.replace(quoted.trim_matches('"'), "***").replace(secret.expose(), "***")
}
