//! A program at a pseudo-terminal: keys go in, and what is shown is waited for.

use crate::place::{Place, Ran};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

/// The person's side of a terminal with a program at it; what the program prints to stdout is a pipe's.
pub(super) struct Terminal {
    keys: File,
    child: Option<Child>,
    shown: String,
    /// Bytes of a sign that is not whole yet.
    rest: Vec<u8>,
}

impl Terminal {
    pub(super) fn start(place: &Place, words: &[&str], term: &str) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let program = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let mut command = in_a_session(&place.longshore(words));
        command.env("TERM", term).stdin(program.try_clone().unwrap()).stderr(program).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        Self { keys: File::from(person), child: Some(child), shown: String::new(), rest: Vec::new() }
    }

    pub(super) fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    pub(super) fn interrupt(&self) {
        kill_process(Pid::from_child(self.child.as_ref().unwrap()), Signal::INT).unwrap();
    }

    /// Reads until a text is shown, and answers everything up to there since the last time; panics at the end of all.
    #[track_caller]
    pub(super) fn wait_for(&mut self, text: &str) -> String {
        while !self.shown.contains(text) {
            assert!(self.read(), "it ended before it showed {text}: {}", self.shown);
        }
        std::mem::take(&mut self.shown)
    }

    /// Waits for its end.
    pub(super) fn finish(mut self) -> Ran {
        while self.read() {}
        let mut ran = Ran::from(self.child.take().unwrap().wait_with_output().unwrap());
        ran.stderr = std::mem::take(&mut self.shown);
        ran
    }

    /// Whether there was something more to read.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // When the last program at it has ended, a terminal answers with an error.
        let count = self.keys.read(&mut bytes).unwrap_or(0);
        self.rest.extend(&bytes[..count]);
        let whole = match str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text: Vec<u8> = self.rest.drain(..whole).collect();
        self.shown.push_str(&String::from_utf8_lossy(&text));
        count > 0
    }
}

/// The same command, in a session whose terminal is its stdin: Ctrl-C is a key to whoever reads keys, and a signal else.
fn in_a_session(command: &Command) -> Command {
    let mut wrapped = Command::new("setsid");
    wrapped.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    wrapped.current_dir(command.get_current_dir().unwrap());
    wrapped
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
