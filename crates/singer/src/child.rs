//! Starts the tap or the target: argv, no shell, a process group of its own, the caller's folder and environment.

use crate::lines::{Cut, Filled, Lines};
use crate::output::Output;
use crate::pipe::{Ended, Pipe};
use crate::signals::Stop;
use crate::stderr::{self, Tail};
use crate::{Failure, Wrapper};
use rustix::process::{Pid, Signal, getpid, getppid, kill_process_group, set_parent_process_death_signal};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// An answer that is longer than this is none.
const ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// A running program.
pub(crate) struct Program {
    child: std::process::Child,
    group: Pid,
    stop: Stop,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: Option<Pipe<ChildStdout>>,
    stderr: Option<JoinHandle<Tail>>,
}

/// What happens to the lines that a program writes to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stderr {
    Logged,
    Kept,
}

/// How a program ended.
pub(crate) struct End {
    pub(crate) status: ExitStatus,
    pub(crate) tail: Tail,
}

impl End {
    /// `exit code 2`, `signal 9`.
    pub(crate) fn how(&self) -> String {
        use std::os::unix::process::ExitStatusExt;
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(9)) => "was killed (signal 9; often this is for want of memory)".to_owned(),
            (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
        }
    }

    /// The failure of a program that did not end well.
    pub(crate) fn failure(&self, name: &str) -> Failure {
        let why = self.tail.why().map_or_else(String::new, |why| format!(": {why}"));
        let hint = if why.is_empty() { "; it said nothing on stderr" } else { "" };
        Failure::said(format!("{name} {}{why}{hint}", self.how()), &self.tail.text())
    }
}

impl Wrapper {
    /// The program's name for people.
    pub(crate) fn name(&self) -> String {
        let path = std::path::Path::new(&self.words[0]);
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The program; a path means the same in any folder.
    fn program(&self) -> OsString {
        let is_path = self.words[0].as_encoded_bytes().contains(&b'/');
        let absolute = is_path.then(|| std::path::absolute(&self.words[0]).ok()).flatten();
        absolute.map_or_else(|| self.words[0].clone(), OsString::from)
    }

    /// Starts the program with further arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(&self, arguments: &[OsString], stdin: Stdio, stderr: Stderr) -> Result<Program, Failure> {
        let mut command = Command::new(self.program());
        if let Some(folder) = &self.settings.folder {
            command.current_dir(folder);
        }
        command.args(&self.words[1..]).args(arguments);
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        end_with_us(&mut command);
        let mut child = command.spawn().map_err(|error| not_started(&self.words[0], &error))?;
        let group = Pid::from_child(&child);
        self.stop.watch(group);
        let ended = Ended::of(group);
        let stderr = child.stderr.take().map(|pipe| follow(Pipe::new(pipe, ended.clone()), stderr, &self.output));
        let stdout = child.stdout.take().map(|pipe| Pipe::new(pipe, ended).telling(&self.output));
        let stdin = child.stdin.take();
        Ok(Program { child, group, stop: self.stop.clone(), stdin, stdout, stderr })
    }

    /// Asks the program something and takes its whole stdout as the answer.
    ///
    /// # Errors
    /// When it cannot be started, or does not end within the time.
    pub(crate) fn ask(
        &self,
        arguments: &[OsString],
        stderr: Stderr,
        patience: Option<Duration>,
    ) -> Result<(Vec<u8>, End), Failure> {
        let mut program = self.start(arguments, Stdio::null(), stderr)?;
        let stdout = program.take_stdout();
        let (done, wait) = mpsc::channel();
        std::thread::spawn(move || {
            let mut answer = Vec::new();
            let read = io::Read::read_to_end(&mut io::Read::take(stdout, ANSWER_BYTES as u64), &mut answer);
            // Nobody waits any more once the time is over.
            let _ = done.send(read.map(|_| answer));
        });
        let answer = match patience {
            Some(patience) => wait.recv_timeout(patience),
            None => wait.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let Ok(answer) = answer else {
            drop(program);
            let words = arguments.join(OsStr::new(" "));
            let message = format!("{} does not end when it is called with {}", self.name(), words.to_string_lossy());
            return Err(Failure::system(message));
        };
        let answer = answer.map_err(|error| Failure::system(format!("cannot read from {}: {error}", self.name())))?;
        Ok((answer, program.wait()?))
    }
}

/// The kernel shall kill the program when the wrapper is killed.
#[expect(unsafe_code, reason = "code between fork and exec has no safe interface")]
fn end_with_us(command: &mut Command) {
    let wrapper = getpid();
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The wrapper may have ended before the kernel was asked.
        if getppid() == Some(wrapper) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: two system calls, and nothing is allocated.
    unsafe { command.pre_exec(ask) };
}

fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let shown = program.to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::config(format!(
            "there is no program {shown}, or the interpreter that its first line names is missing; install the tap or \
             target and name its program, as in `.venv/bin/tap-github`"
        )),
        io::ErrorKind::PermissionDenied => {
            Failure::config(format!("{shown} may not be executed; run: chmod +x {shown}"))
        }
        _ => Failure::system(format!("cannot start {shown}: {error}")),
    }
}

/// Reads stderr to its end, so that its pipe never fills.
fn follow(pipe: Pipe<ChildStderr>, stderr: Stderr, output: &Arc<Output>) -> JoinHandle<Tail> {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut lines = Lines::new(pipe, stderr::LINE_BYTES);
        let mut tail = Tail::default();
        loop {
            let filled = lines.fill().unwrap_or(Filled::End);
            let mut messages = String::new();
            while let Some(Cut::Whole(line) | Cut::TooLong(line)) = lines.next() {
                let text = output.redacted(&String::from_utf8_lossy(line));
                if let Some(level) = tail.push(&text)
                    && stderr == Stderr::Logged
                {
                    messages.push_str(&stderr::message(level, &text));
                }
            }
            // A stdout that is gone is noticed by whoever moves records.
            let _ = if messages.is_empty() { Ok(()) } else { output.lines(messages.as_bytes()) };
            if filled == Filled::End {
                return tail;
            }
        }
    })
}

impl Program {
    /// The program's stdout; it can be taken once.
    pub(crate) fn take_stdout(&mut self) -> Pipe<ChildStdout> {
        match self.stdout.take() {
            Some(stdout) => stdout,
            None => unreachable!("each program's stdout is taken once"),
        }
    }

    /// Whether the program has ended already.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the program's end, then ends what it left running.
    pub(crate) fn wait(mut self) -> Result<End, Failure> {
        drop(self.stdin.take());
        let status = self.child.wait().map_err(|error| Failure::system(format!("the end was not seen: {error}")))?;
        // The group's id may be given away only when no process of it is left; a moment is not worth a pidfd here.
        let _ = kill_process_group(self.group, Signal::KILL);
        let tail = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Ok(End { status, tail })
    }

    /// Ends the whole group at once: for a program that was only to be looked at, or is of no use any more.
    pub(crate) fn kill(&self) {
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.stop.forget(self.group);
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(self.group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
