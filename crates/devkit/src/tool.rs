//! Starts the tools of a project: cargo, docker, python, npm. The only file of this crate that starts processes.
//!
//! A tool leads a process group of its own, which ends with whoever waits for it. What it prints goes line by line to a
//! notice; the end of it is kept for the message of a failure.

use crate::failure::{config_failure, system_failure};
use longshore_protocol::FailureReason;
use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// How many lines of a tool's output a failure shows: the reason stands at its end.
const SHOWN_LINES: usize = 40;

/// Where tools are found, and who is told what they print.
pub struct Tools {
    /// The whole environment that tools see; `PATH` says where they are.
    pub environment: Vec<(OsString, OsString)>,
    /// Is told each line that a tool prints, without its end.
    pub notice: Arc<dyn Fn(&str) + Send + Sync>,
}

/// One call of a tool. Its words are shown to people: no secret is among them.
pub(crate) struct Call<'a> {
    pub(crate) program: PathBuf,
    pub(crate) words: Vec<OsString>,
    pub(crate) dir: &'a Path,
    /// Variables beside those of all tools.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// Whether stdout is the answer, and no notice.
    pub(crate) keeps_stdout: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new<W: Into<OsString>>(program: &str, dir: &'a Path, words: impl IntoIterator<Item = W>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self { program: program.into(), words, dir, variables: Vec::new(), keeps_stdout: false }
    }

    /// A program and its arguments, of which the program may be a path in the folder; never empty.
    pub(crate) fn of(dir: &'a Path, words: &[String]) -> Self {
        let (program, words) = words.split_first().map_or(("", [].as_slice()), |(program, words)| (program, words));
        let inside = || std::path::absolute(dir.join(program)).unwrap_or_else(|_| program.into());
        let program = if program.contains('/') { inside() } else { program.into() };
        Self { program, ..Self::new("", dir, words) }
    }

    /// The same call, whose stdout is its answer.
    pub(crate) fn asking(self) -> Self {
        Self { keeps_stdout: true, ..self }
    }

    fn shown(&self) -> String {
        let words = self.words.iter().map(|word| word.to_string_lossy());
        let words: Vec<_> = std::iter::once(self.program.to_string_lossy()).chain(words).collect();
        words.join(" ")
    }
}

/// How a tool ended.
#[derive(Debug)]
pub(crate) struct Ended {
    status: ExitStatus,
    shown: String,
    /// What it printed, when the call keeps that.
    pub(crate) stdout: String,
    /// The last lines of what it printed beside that.
    pub(crate) tail: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status.success()
    }

    /// How it ended, in words: `exit status: 1`.
    pub(crate) fn ending(&self) -> String {
        self.status.to_string()
    }

    /// Nothing, or the failure that the caller names, with the end of the output.
    pub(crate) fn or_failure(self, code: &str, what: &str) -> Result<Self, FailureReason> {
        if self.is_success() {
            return Ok(self);
        }
        let message = format!("{what}: `{}` ended with {}; run it yourself to see all of it", self.shown, self.status);
        Err(system_failure(code, message).with_detail(self.tail))
    }
}

/// How long a command may take, and how much it may print to stdout.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Until it ends.
    pub time: Duration,
    /// Of stdout.
    pub bytes: u64,
}

/// What a command came to that the author of a connector has given.
#[derive(Debug)]
pub struct Answer {
    /// Whether it ended with exit code 0.
    pub is_success: bool,
    /// How it ended, for people: `exit status: 1`.
    pub ending: String,
    /// All that it printed to stdout.
    pub stdout: String,
    /// The last lines of stderr.
    pub complaint: String,
}

impl Tools {
    /// Runs a command of the author: a program, which may be a path in the folder, and its arguments. It ends when the
    /// bounds are reached, and when nobody waits for it any more.
    ///
    /// # Errors
    /// `tool.not_installed`, `tool.not_started`, `tool.took_too_long`, `tool.printed_too_much`.
    pub async fn ask(&self, dir: &Path, words: &[String], bounds: Bounds) -> Result<Answer, FailureReason> {
        let call = Call::of(dir, words).asking();
        let shown = call.shown();
        let run = tokio::time::timeout(bounds.time, self.run_within(call, bounds.bytes));
        let ended = run.await.map_err(|_| took_too_long(&shown, bounds.time))??;
        if ended.stdout.len() as u64 > bounds.bytes {
            return Err(printed_too_much(&shown, bounds.bytes));
        }
        Ok(Answer {
            is_success: ended.is_success(),
            ending: ended.status.to_string(),
            stdout: ended.stdout,
            complaint: ended.tail,
        })
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        let found = self.environment.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_os_str()).filter(|value| !value.is_empty())
    }

    /// The same tools, of which nobody is told what they print.
    #[must_use]
    pub fn quiet(&self) -> Self {
        Self { environment: self.environment.clone(), notice: Arc::new(|_| ()) }
    }

    /// What a tool prints to stdout; none when it does not end well.
    ///
    /// # Errors
    /// `tool.not_installed`, `tool.not_started`.
    pub async fn answer(&self, program: &str, dir: &Path, words: &[&str]) -> Result<Option<String>, FailureReason> {
        let ended = self.run(Call::new(program, dir, words.iter().copied()).asking()).await?;
        Ok(ended.is_success().then_some(ended.stdout))
    }

    /// Runs a tool to its end, whatever that is.
    ///
    /// # Errors
    /// `tool.not_installed`, `tool.not_started`.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Ended, FailureReason> {
        self.run_within(call, u64::MAX).await
    }

    /// The same; one that prints more than this to stdout is not waited for.
    async fn run_within(&self, call: Call<'_>, most_bytes: u64) -> Result<Ended, FailureReason> {
        let path = self.look_up(&call.program).ok_or_else(|| not_installed(&call.program))?;
        let failed = |error: io::Error| not_started(&call, &error);
        let mut command = self.command(&path, &call);
        let mut child = command.spawn().map_err(failed)?;
        let mut group = Group::of(&child);
        let tail = Mutex::new(VecDeque::new());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let answer = async {
            let answer = self.read_stdout(stdout, call.keeps_stdout.then_some(most_bytes), &tail).await;
            if answer.len() as u64 > most_bytes {
                group.end();
            }
            answer
        };
        let (stdout, (), status) = tokio::join!(answer, self.pass_on(stderr, &tail), child.wait());
        group.0 = None;
        let tail = tail.into_inner().unwrap_or_else(PoisonError::into_inner);
        let tail = Vec::from(tail).join("\n");
        Ok(Ended { status: status.map_err(failed)?, shown: call.shown(), stdout, tail })
    }

    fn command(&self, path: &Path, call: &Call<'_>) -> Command {
        let mut command = Command::new(path);
        command.args(&call.words).current_dir(call.dir).env_clear();
        command.envs(self.environment.iter().chain(&call.variables).map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command
    }

    /// `keeps` is how much of an answer is read, and one byte more.
    async fn read_stdout(&self, stdout: Option<impl AsyncRead + Unpin>, keeps: Option<u64>, tail: &Tail) -> String {
        let mut kept = Vec::new();
        match (stdout, keeps) {
            (Some(stdout), Some(most_bytes)) => {
                // An answer that breaks off is not understood by who asked.
                let _ = stdout.take(most_bytes.saturating_add(1)).read_to_end(&mut kept).await;
            }
            (stdout, _) => self.pass_on(stdout, tail).await,
        }
        String::from_utf8_lossy(&kept).into_owned()
    }

    async fn pass_on(&self, output: Option<impl AsyncRead + Unpin>, tail: &Tail) {
        let Some(output) = output else { return };
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).await.is_ok_and(|bytes| bytes > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            (self.notice)(&text);
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            if tail.len() == SHOWN_LINES {
                tail.pop_front();
            }
            tail.push_back(text);
            line.clear();
        }
    }

    /// A name with a slash is a path; any other is looked up in PATH.
    fn look_up(&self, program: &Path) -> Option<PathBuf> {
        let is_program = |file: &PathBuf| file.is_file() && access(file, Access::EXEC_OK).is_ok();
        if program.components().count() > 1 {
            return Some(program.to_owned()).filter(is_program);
        }
        let folders = std::env::split_paths(self.variable("PATH").unwrap_or_default());
        folders.map(|folder| folder.join(program)).find(is_program)
    }
}

type Tail = Mutex<VecDeque<String>>;

/// Ends the tool and what it started when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Group {
    fn end(&self) {
        if let Some(leader) = self.0 {
            // The leader has not been waited for, so the number is still its own.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// How tools are installed, for those that people most often lack.
const INSTALLED_BY: [(&str, &str); 9] = [
    ("cargo", "curl --proto '=https' https://sh.rustup.rs -sSf | sh"),
    ("rustc", "curl --proto '=https' https://sh.rustup.rs -sSf | sh"),
    ("docker", "sudo apt-get install docker.io"),
    ("python3", "sudo apt-get install python3 python3-venv"),
    ("python", "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' pytest"),
    ("npm", "sudo apt-get install npm"),
    ("mvn", "sudo apt-get install maven"),
    ("gradle", "sudo apt-get install gradle"),
    ("git", "sudo apt-get install git"),
];

pub(crate) fn not_installed(program: &Path) -> FailureReason {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let known = INSTALLED_BY.iter().find(|(tool, _)| *tool == name).map(|(_, install)| *install);
    let install = known
        .map_or_else(|| format!("install {name}, or put its folder into PATH"), |it| format!("install it with `{it}`"));
    config_failure(
        "tool.not_installed",
        format!("this project needs `{}`, which is not installed; {install}", program.display()),
    )
}

fn not_started(call: &Call<'_>, error: &io::Error) -> FailureReason {
    let message =
        format!("`{}` could not be started: {error}; run it yourself in {}", call.shown(), call.dir.display());
    system_failure("tool.not_started", message)
}

fn took_too_long(shown: &str, time: Duration) -> FailureReason {
    let message =
        format!("`{shown}` did not end within {} s and was killed; run it yourself to see why", time.as_secs());
    config_failure("tool.took_too_long", message)
}

fn printed_too_much(shown: &str, bytes: u64) -> FailureReason {
    let message = format!("`{shown}` printed more than {bytes} bytes to stdout and was killed; let it print less");
    config_failure("tool.printed_too_much", message)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Call, Tools};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::mpsc::unbounded_channel;

    fn tools(notice: impl Fn(&str) + Send + Sync + 'static) -> Tools {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Tools { environment: vec![("PATH".into(), path)], notice: Arc::new(notice) }
    }

    fn shell<'a>(dir: &'a Path, script: &str) -> Call<'a> {
        Call::new("sh", dir, ["-c", script])
    }

    #[tokio::test]
    async fn what_a_tool_prints_is_told_and_its_end_kept() {
        let (sender, mut told) = unbounded_channel();
        let tools = tools(move |line| sender.send(line.to_owned()).unwrap_or_default());
        let script = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; exit 3";
        let ended = tools.run(shell(Path::new("/"), script)).await.unwrap();
        assert_eq!(ended.code(), Some(3));
        assert_eq!((ended.tail.lines().count(), ended.tail.lines().next()), (40, Some("line 60")));
        let failure = ended.or_failure("connector.build_failed", "it fails").unwrap_err();
        assert!(failure.message.contains("exit status: 3") && failure.detail.unwrap().ends_with("line 99"));
        drop(tools);
        let mut lines = 0;
        while told.recv().await.is_some() {
            lines += 1;
        }
        assert_eq!(lines, 100);
    }

    #[tokio::test]
    async fn an_answer_is_kept_whole_and_not_told() {
        let tools = tools(|line| assert_eq!(line, "aside"));
        let ended = tools.run(shell(Path::new("/"), "echo one; echo aside >&2; echo two").asking()).await.unwrap();
        assert_eq!((ended.stdout.as_str(), ended.tail.as_str()), ("one\ntwo\n", "aside"));
    }

    #[tokio::test]
    async fn a_tool_that_is_missing_is_told_with_its_command() {
        let tools = tools(|_| ());
        for (program, word) in [("no-such-tool", "install no-such-tool"), ("./mvn", "apt-get install maven")] {
            let failure = tools.run(Call::new(program, Path::new("/"), ["x"])).await.unwrap_err();
            assert_eq!(failure.code, "tool.not_installed");
            assert!(failure.message.contains(word), "{}", failure.message);
        }
    }

    #[tokio::test]
    async fn a_command_of_the_author_is_bounded() {
        let tools = tools(|_| ());
        let bounds = Bounds { time: Duration::from_secs(60), bytes: 10_000 };
        let ask = |script: &str, bounds| {
            let words = ["sh", "-c", script].map(str::to_owned);
            let tools = &tools;
            async move { tools.ask(Path::new("."), &words, bounds).await }
        };
        let answer = ask("echo why >&2; echo rows; exit 3", bounds).await.unwrap();
        assert_eq!((answer.stdout.as_str(), answer.complaint.as_str()), ("rows\n", "why"));
        assert_eq!((answer.is_success, answer.ending.as_str()), (false, "exit status: 3"));
        let flood = ask("while :; do echo more; done", bounds).await.unwrap_err();
        assert_eq!(flood.code, "tool.printed_too_much");
        let slow = ask("sleep 1000", Bounds { time: Duration::from_millis(50), ..bounds }).await.unwrap_err();
        assert_eq!(slow.code, "tool.took_too_long");
    }

    #[tokio::test]
    async fn all_that_a_tool_started_ends_when_nobody_waits() {
        let dir = tempfile::tempdir().unwrap();
        let (sender, mut told) = unbounded_channel();
        let tools = tools(move |line| sender.send(line.to_owned()).unwrap_or_default());
        tools.run(shell(dir.path(), "mkfifo open")).await.unwrap();
        let fifo = tokio::task::spawn_blocking({
            let fifo = dir.path().join("open");
            move || std::fs::read(fifo)
        });
        // The FIFO ends for its reader when the last process that has it open has ended.
        let run = tools.run(shell(dir.path(), "exec 3>open; sleep 1000 & echo started; wait"));
        tokio::select! {
            ended = run => panic!("{ended:?}"),
            line = told.recv() => assert_eq!(line.as_deref(), Some("started")),
        }
        assert_eq!(fifo.await.unwrap().unwrap(), b"");
    }
}
