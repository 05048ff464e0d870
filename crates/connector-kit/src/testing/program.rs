//! A connector, run as a program.

use super::Run;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

/// How long a test waits for a message.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connector under test, started anew for each verb. In tests of a package that has one,
/// `Program::new(env!("CARGO_BIN_EXE_source-shop"))` is the program that Cargo made.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    variables: Vec<(String, OsString)>,
}

impl Program {
    /// The program at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), variables: Vec::new() }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Asks for the spec.
    #[must_use]
    pub fn spec(&self) -> Run {
        self.start("spec", &[]).wait()
    }

    /// Tries a configuration.
    #[must_use]
    pub fn check(&self, config: &Value) -> Run {
        self.start("check", &[("--config", config)]).wait()
    }

    /// Asks for the catalog.
    #[must_use]
    pub fn discover(&self, config: &Value) -> Run {
        self.start("discover", &[("--config", config)]).wait()
    }

    /// Reads the streams of a catalog, from a state if there is one.
    #[must_use]
    pub fn read(&self, config: &Value, catalog: &Value, state: Option<&Value>) -> Run {
        self.start_read(config, catalog, state).wait()
    }

    /// Begins to read.
    #[must_use]
    pub fn start_read(&self, config: &Value, catalog: &Value, state: Option<&Value>) -> Running {
        let mut files = vec![("--config", config), ("--catalog", catalog)];
        files.extend(state.map(|state| ("--state", state)));
        self.start("read", &files)
    }

    /// Writes messages, to the end of its input.
    #[must_use]
    pub fn write(&self, config: &Value, catalog: &Value, messages: &[Value]) -> Run {
        let mut running = self.start_write(config, catalog);
        messages.iter().for_each(|message| running.send(message));
        running.wait()
    }

    /// Writes messages and kills the program (`kill -9`) right after its n-th echo, counted from 1.
    ///
    /// # Panics
    /// When there are fewer echoes.
    #[must_use]
    pub fn write_until_echo(&self, config: &Value, catalog: &Value, messages: &[Value], echo: usize) -> Run {
        let mut running = self.start_write(config, catalog);
        messages.iter().for_each(|message| running.send(message));
        (0..echo).for_each(|_| drop(running.next("STATE")));
        running.kill()
    }

    /// Begins to write.
    #[must_use]
    pub fn start_write(&self, config: &Value, catalog: &Value) -> Running {
        self.start("write", &[("--config", config), ("--catalog", catalog)])
    }

    fn start(&self, verb: &str, files: &[(&str, &Value)]) -> Running {
        let folder = tempfile::tempdir().expect("a folder for the files of the test");
        let mut command = Command::new(&self.path);
        command.args(arguments(folder.path(), verb, files)).envs(self.variables.iter().cloned());
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = pipes.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", self.path.display()));
        Running::new(child, folder)
    }
}

/// The arguments of a verb, whose files are written into a folder.
pub(super) fn arguments(folder: &Path, verb: &str, files: &[(&str, &Value)]) -> Vec<String> {
    let mut arguments = vec![verb.to_owned()];
    for (name, content) in files {
        let path = folder.join(name.trim_start_matches('-')).with_extension("json");
        std::fs::write(&path, content.to_string()).expect("the folder of the test can be written");
        arguments.extend([(*name).to_owned(), path.display().to_string()]);
    }
    arguments
}

/// A program at work.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    seen: Vec<String>,
    _files: TempDir,
}

impl Running {
    fn new(mut child: Child, files: TempDir) -> Self {
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        let mut stderr = child.stderr.take().expect("stderr is a pipe");
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text); // what came until then is what there is
            String::from_utf8_lossy(&text).into_owned()
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, stderr: Some(stderr), seen: Vec::new(), _files: files }
    }

    /// Sends a message. It may be that the program has ended: then nobody gets it.
    pub fn send(&mut self, message: &Value) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{message}");
        }
    }

    /// Waits for the next message of a type.
    ///
    /// # Panics
    /// When the program ends first, or prints nothing for a minute.
    pub fn next(&mut self, kind: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {kind} came; stdout was {:#?}", self.seen));
            self.seen.push(line);
            let message: Option<Value> = self.seen.last().and_then(|line| serde_json::from_str(line).ok());
            if let Some(message) = message.filter(|message| message["type"] == kind) {
                return message;
            }
        }
    }

    /// Asks it to stop (SIGTERM).
    pub fn terminate(&self) {
        if let Some(process) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    }

    /// Kills it (`kill -9`).
    #[must_use]
    pub fn kill(mut self) -> Run {
        self.child.kill().expect("it is our child");
        self.wait()
    }

    /// Ends its input and waits for its end.
    #[must_use]
    pub fn wait(mut self) -> Run {
        drop(self.stdin.take());
        self.seen.extend(self.lines.iter());
        let status = self.child.wait().expect("it is our child");
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Run::new(status.code(), &self.seen.join("\n"), stderr)
    }
}
