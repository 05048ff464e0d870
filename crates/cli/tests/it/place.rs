//! Where one test plays: a folder of its own that is home, work folder and place of all files, and the program in it.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The program under test.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("LONGSHORE_BIN").map_or_else(|| env!("CARGO_BIN_EXE_longshore").into(), PathBuf::from)
}

/// A folder that goes away with its value.
pub(crate) struct Place {
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its path as a word of a command line.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program in this folder, with nothing of our environment but the way to other programs.
    pub(crate) fn longshore<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = Command::new(program());
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Ran {
        Ran::of(&mut self.longshore(words))
    }

    /// Runs the program to its end; it reads `input`.
    pub(crate) fn run_with_input<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>, input: &[u8]) -> Output {
        let mut command = self.longshore(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// `sync` from one reference to another, with the result as JSON and further words.
    pub(crate) fn sync_command(&self, source: &str, destination: &str, more: &[&str]) -> Command {
        self.longshore([&["sync", "--json", "--source", source, "--destination", destination], more].concat())
    }

    pub(crate) fn sync(&self, source: &str, destination: &str, more: &[&str]) -> Ran {
        Ran::of(&mut self.sync_command(source, destination, more))
    }

    /// The reference of a shell script: the connector's arguments are `$1` (the verb) and so on.
    pub(crate) fn script(&self, name: &str, text: &str) -> String {
        format!("exec:sh '{}'", self.file(name, text))
    }

    /// The reference of a source that prints these lines, and then does what the shell text says.
    pub(crate) fn source<L: AsRef<[u8]>>(&self, lines: &[L], then: &str) -> String {
        let output = self.file("source.out", lines.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(&b'\n'));
        self.script("source.sh", &format!("cat '{output}'\necho\n{then}\n"))
    }

    /// The reference of `connectors/destination.py`, which echoes as `how` says and keeps what it gets in `seen`.
    pub(crate) fn destination(&self, how: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connectors/destination.py");
        format!("exec:python3 '{}' {how} '{}'", script.display(), self.path("seen").display())
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The JSON document of the result.
    pub(crate) fn result(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The result's status and the code of its failure.
    pub(crate) fn verdict(&self) -> (String, String) {
        let result = self.result();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&result["status"]), word(&result["failure"]["code"]))
    }

    /// Panics with everything that was printed unless the verdict is this one.
    #[track_caller]
    pub(crate) fn expect(&self, status: &str, failure_code: &str) {
        assert_eq!(self.verdict(), (status.to_owned(), failure_code.to_owned()), "{self:?}");
    }

    #[track_caller]
    pub(crate) fn expect_success(&self) {
        self.expect("succeeded", "");
        assert_eq!(self.code, 0, "{self:?}");
    }

    /// Records sent and committed of the only stream.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let stream = &self.result()["streams"][0];
        (stream["records_emitted"].as_u64().unwrap(), stream["records_committed"].as_u64().unwrap())
    }

    /// How many lines were dropped for a reason.
    pub(crate) fn dropped(&self, reason: &str) -> u64 {
        let result = self.result();
        let of_reason = result["dropped"].as_array().unwrap().iter().filter(|dropped| dropped["reason"] == reason);
        of_reason.map(|dropped| dropped["count"].as_u64().unwrap()).sum()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
