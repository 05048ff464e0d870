//! Runs a connector and records it, while whoever drives it decides what happens next.

use super::{Ending, Heard, Take};
use crate::subject::Subject;
use longshore_devkit::memory;
use longshore_protocol::FailureReason;
use longshore_runner::{Exit, InputFile, Launch, Limits, Process, Running, Verb};
use rustix::io::ioctl_fionread;
use rustix::pipe::fcntl_setpipe_size;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout};

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The most stdout that is kept.
const MOST_BYTES: u64 = 512 << 20;

/// How much of stderr is kept: its beginning, and then its end.
const STDERR_BYTES: usize = 256 << 10;

/// How often a running connector's memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How long a connector that closed its output may take to end.
const AFTER_THE_END: Duration = Duration::from_secs(10);

/// The narrowest pipe: a connector that prints more stands still until somebody reads.
const NARROW_BYTES: usize = 4096;

/// Who wakes up so much too late was held up by something else.
const HELD_UP: Duration = Duration::from_millis(300);

/// SIGKILL, and the exit code that containers make of it.
const SIGKILL: i32 = 9;
const CODE_OF_SIGKILL: i32 = 137;

/// How often it is looked whether a connector stands still, how many looks in a row must see the same, and how many there
/// are at most.
const STILL_LOOK: Duration = Duration::from_millis(10);
const STILL_LOOKS: usize = 4;
const MOST_LOOKS: usize = 150;

/// How a run is ended by the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// SIGKILL.
    Kill,
    /// SIGTERM, and SIGKILL when it goes on for longer than this.
    Terminate(Duration),
}

/// A connector that runs and is recorded.
pub(crate) struct Recorder {
    call: String,
    verb: Verb,
    begun: Instant,
    silence: Duration,
    stdin: Option<Sender>,
    /// Bytes that are still to be written, and whether the input ends behind them.
    input: VecDeque<u8>,
    input_ends: bool,
    stdout: Option<Receiver>,
    stderr: Option<Receiver>,
    process: Process,
    exit: Option<Exit>,
    rest: Vec<u8>,
    heard: Vec<Heard>,
    stdout_bytes: u64,
    complaints: Vec<u8>,
    peak_bytes: Option<u64>,
    /// Set when stdin broke: the connector reads no more.
    input_is_broken: bool,
    looked: Instant,
    /// How much more of stdout is read while it is being ended; all of it when none.
    last_words: Option<u64>,
}

impl Recorder {
    /// Starts a verb. `call` names it in evidence; `environment` is what the connector gets beside the subject's variables.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) async fn start(
        subject: &Subject<'_>,
        verb: Verb,
        call: impl Into<String>,
        files: Vec<InputFile>,
        environment: &[(String, String)],
    ) -> Result<Self, FailureReason> {
        let call = call.into();
        (subject.progress)(&call);
        let mut variables = (subject.variables)(subject.reference, verb);
        variables.extend_from_slice(environment);
        let launch = Launch {
            reference: subject.reference,
            origin: subject.origin,
            verb,
            files,
            environment: variables,
            limits: Limits::default(),
        };
        let Running { stdin, stdout, stderr, process } = longshore_runner::start(subject.settings, launch).await?;
        let now = Instant::now();
        Ok(Self {
            call,
            verb,
            begun: now,
            silence: subject.silence,
            stdin,
            input: VecDeque::new(),
            input_ends: false,
            stdout: Some(stdout),
            stderr: Some(stderr),
            process,
            exit: None,
            rest: Vec::new(),
            heard: Vec::new(),
            stdout_bytes: 0,
            complaints: Vec::new(),
            peak_bytes: None,
            input_is_broken: false,
            looked: now,
            last_words: None,
        })
    }

    /// Makes the pipe of stdout as narrow as it gets, so that a connector stands still soon after nobody reads.
    pub(crate) fn narrow(&self) {
        if let Some(stdout) = &self.stdout {
            // What is in it already may not fit; then it stays wide.
            let _ = fcntl_setpipe_size(stdout, NARROW_BYTES);
        }
    }

    /// The process id of a local connector.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// All lines so far.
    pub(crate) fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// Whether it has ended, or closed its output.
    pub(crate) fn is_over(&self) -> bool {
        self.exit.is_some() && self.stdout.is_none()
    }

    /// Whether it stopped reading its input.
    pub(crate) fn input_is_broken(&self) -> bool {
        self.input_is_broken
    }

    /// How many bytes of the input it has not read.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.input.len()
    }

    /// Hands it a line of input, which is written by the next [`until`](Self::until) or [`end`](Self::end).
    pub(crate) fn send(&mut self, line: &str) {
        self.input.extend(line.as_bytes());
        self.input.push_back(b'\n');
    }

    /// The input ends behind what was sent.
    pub(crate) fn close_input(&mut self) {
        self.input_ends = true;
    }

    /// Feeds and listens until `enough` says so after a line or a piece of input, it is over, or it has been silent and
    /// reading nothing for too long, or `within` is over. Whether `enough` was reached.
    pub(crate) async fn until(&mut self, within: Option<Duration>, mut enough: impl FnMut(&Self) -> bool) -> bool {
        let mut from_out = vec![0; CHUNK_BYTES];
        let mut from_err = vec![0; CHUNK_BYTES];
        let mut limit = within.map(|within| Instant::now() + within);
        let mut quiet_since = Instant::now();
        let mut look = tokio::time::interval(LOOK);
        loop {
            if enough(self) {
                return true;
            }
            if self.is_over() || self.stdout_bytes > MOST_BYTES {
                return false;
            }
            if self.input_ends && self.input.is_empty() {
                self.stdin = None;
            }
            let patience = if self.stdout.is_none() || self.exit.is_some() { AFTER_THE_END } else { self.silence };
            let quiet_until = quiet_since + patience;
            let deadline = limit.map_or(quiet_until, |limit| limit.min(quiet_until));
            let has_input = self.stdin.is_some() && !self.input.is_empty();
            tokio::select! {
                read = read(&mut self.stdout, &mut from_out), if self.stdout.is_some() => {
                    quiet_since = Instant::now();
                    self.take_stdout(&from_out[..read]);
                }
                read = read(&mut self.stderr, &mut from_err), if self.stderr.is_some() => {
                    quiet_since = Instant::now();
                    self.take_stderr(&from_err[..read]);
                }
                written = write(&mut self.stdin, &self.input), if has_input => {
                    quiet_since = Instant::now();
                    self.wrote(written);
                }
                exit = self.process.wait(), if self.exit.is_none() => {
                    quiet_since = Instant::now();
                    self.exit = Some(exit);
                }
                () = sleep_until(deadline) => {
                    if deadline.elapsed() < HELD_UP {
                        return enough(self);
                    }
                    // The suite itself was busy: nobody listened, so silence proves nothing.
                    quiet_since = Instant::now();
                    limit = limit.map(|limit| limit.max(quiet_since + HELD_UP));
                }
                _ = look.tick(), if self.exit.is_none() => self.look(),
            }
        }
    }

    /// Reads nothing for a while, and says what memory the connector had at the begin and at the end of it.
    pub(crate) async fn pause(&mut self, time: Duration) -> (Option<u64>, Option<u64>) {
        let resident = |pid: Option<u32>| pid.and_then(memory::resident_bytes);
        let before = resident(self.pid());
        tokio::time::sleep(time).await;
        let after = resident(self.pid());
        self.look();
        (before, after)
    }

    /// Reads nothing until the connector stands still because nobody takes what it prints. Whether it does; not when it has
    /// ended, or prints nothing for a while. A [`narrow`](Self::narrow) pipe makes it stand still soon.
    pub(crate) async fn stands_still(&mut self) -> bool {
        let (mut last, mut same) = (0, 0);
        for _ in 0..MOST_LOOKS {
            if self.exit.is_none()
                && let Ok(exit) = timeout(STILL_LOOK, self.process.wait()).await
            {
                self.exit = Some(exit);
            }
            if self.exit.is_some() {
                return false;
            }
            let waiting = self.stdout.as_ref().and_then(|pipe| ioctl_fionread(pipe).ok()).unwrap_or_default();
            same = if waiting == last && waiting > 0 { same + 1 } else { 0 };
            last = waiting;
            if same >= STILL_LOOKS {
                return true;
            }
        }
        false
    }

    /// Whether its end was seen.
    pub(crate) fn has_ended(&self) -> bool {
        self.exit.is_some()
    }

    /// Reads only so much more of stdout while it is being ended: one that goes on as if nothing had happened then stands
    /// still, and is seen not to end.
    pub(crate) fn hear_last_words(&mut self, bytes: u64) {
        self.last_words = Some(self.stdout_bytes + bytes);
    }

    fn hears_on(&self) -> bool {
        self.stdout.is_some() && self.last_words.is_none_or(|most| self.stdout_bytes < most)
    }

    /// Closes what the connector prints into, as a reader does that has gone away.
    pub(crate) fn close_output(&mut self) {
        self.stdout = None;
    }

    /// Feeds and listens to the end.
    pub(crate) async fn end(mut self) -> Take {
        self.close_input();
        self.until(None, |_| false).await;
        let ending = match (self.is_over(), self.stdout_bytes > MOST_BYTES) {
            (true, _) => Ending::Itself,
            (false, true) => Ending::TooMuch,
            // Something that left its group keeps a pipe open.
            (false, false) if self.exit.is_some() => Ending::Itself,
            (false, false) if self.stdout.is_none() => Ending::NotEnded,
            (false, false) => Ending::Silent,
        };
        if ending != Ending::Itself {
            self.exit = Some(self.process.stop(Duration::ZERO).await);
        }
        self.into_take(ending)
    }

    /// Ends it now. What it had printed by then is still heard.
    pub(crate) async fn stop(mut self, stop: Stop) -> Take {
        let ended_before = self.exit.is_some();
        let grace = match stop {
            Stop::Kill => Duration::ZERO,
            Stop::Terminate(grace) => grace,
        };
        let begun = Instant::now();
        // Somebody must go on reading, or a connector that prints its last words stands still.
        let mut from_out = vec![0; CHUNK_BYTES];
        let mut from_err = vec![0; CHUNK_BYTES];
        while self.exit.is_none() {
            let hears_on = self.hears_on();
            tokio::select! {
                exit = self.process.stop(grace) => self.exit = Some(exit),
                read = read(&mut self.stdout, &mut from_out), if hears_on => self.take_stdout(&from_out[..read]),
                read = read(&mut self.stderr, &mut from_err), if self.stderr.is_some() => self.take_stderr(&from_err[..read]),
            }
        }
        let took = begun.elapsed();
        // Not before: a destination may end well when its input ends, and that is not what is asked here.
        self.stdin = None;
        let rest = async {
            while self.stdout.is_some() {
                let read = read(&mut self.stdout, &mut from_out).await;
                self.take_stdout(&from_out[..read]);
            }
            while self.stderr.is_some() {
                let read = read(&mut self.stderr, &mut from_err).await;
                self.take_stderr(&from_err[..read]);
            }
        };
        let _ = timeout(AFTER_THE_END, rest).await;
        let ending = match stop {
            _ if ended_before => Ending::Itself,
            Stop::Kill => Ending::Killed,
            // Time alone does not tell: the suite may have been busy when it ended.
            Stop::Terminate(grace) if took >= grace && self.was_killed() => Ending::IgnoredTerm,
            Stop::Terminate(_) => Ending::Terminated,
        };
        self.into_take(ending)
    }

    fn was_killed(&self) -> bool {
        let exit = self.exit.as_ref();
        exit.is_none_or(|exit| {
            exit.signal == Some(SIGKILL) || exit.code == Some(CODE_OF_SIGKILL) || *exit == Exit::default()
        })
    }

    fn take_stdout(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.stdout = None;
            return;
        }
        self.stdout_bytes += bytes.len() as u64;
        if self.looked.elapsed() > LOOK / 10 {
            self.look();
        }
        let at = self.begun.elapsed();
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.heard.push(Heard::new(at, std::mem::take(&mut self.rest)));
        }
        self.rest.extend_from_slice(bytes);
    }

    fn take_stderr(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.stderr = None;
            return;
        }
        self.complaints.extend_from_slice(bytes);
        if self.complaints.len() > STDERR_BYTES * 2 {
            self.complaints.drain(STDERR_BYTES / 2..self.complaints.len() - STDERR_BYTES / 2);
        }
    }

    fn wrote(&mut self, written: Option<usize>) {
        match written {
            Some(bytes) => drop(self.input.drain(..bytes)),
            None => {
                self.stdin = None;
                self.input_is_broken = true;
            }
        }
    }

    fn look(&mut self) {
        self.looked = Instant::now();
        let seen = self.process.pid().and_then(memory::peak_bytes);
        self.peak_bytes = self.peak_bytes.max(seen);
    }

    fn into_take(mut self, ending: Ending) -> Take {
        let ends_with_newline = self.rest.is_empty();
        if !ends_with_newline {
            let line = std::mem::take(&mut self.rest);
            self.heard.push(Heard::new(self.begun.elapsed(), line));
        }
        Take {
            call: self.call,
            verb: self.verb,
            heard: self.heard,
            stdout_bytes: self.stdout_bytes,
            ends_with_newline,
            stderr: String::from_utf8_lossy(&self.complaints).into_owned(),
            exit: self.exit.unwrap_or_default(),
            ending,
            duration: self.begun.elapsed(),
            peak_bytes: self.peak_bytes,
        }
    }
}

/// A pipe that breaks ends like one that closes.
async fn read(pipe: &mut Option<Receiver>, into: &mut [u8]) -> usize {
    match pipe {
        Some(pipe) => pipe.read(into).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// How many bytes were written; none when the connector reads no more.
async fn write(pipe: &mut Option<Sender>, input: &VecDeque<u8>) -> Option<usize> {
    match pipe {
        Some(pipe) => pipe.write(input.as_slices().0).await.ok().filter(|bytes| *bytes > 0),
        None => std::future::pending().await,
    }
}
