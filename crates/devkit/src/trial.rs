//! Runs one verb of a connector within bounds of time and bytes, and tells each line that it prints while it does.
//!
//! Nothing that a connector does can hold up or bloat whoever tries it: lines and streams are bounded, the time is, and
//! what is dropped takes the connector with it.

mod lines;

use crate::memory;
use lines::{Lines, Tail};
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::{ConnectorRef, Exit, InputFile, Launch, Limits, Process, Running, Settings, Verb};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::Sender;
use tokio::time::{Instant, sleep_until, timeout};

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// How often a running connector's memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How long what an ended connector left open may stay open.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// How long a connector that is stopped has to end by itself.
const GRACE: Duration = Duration::from_millis(500);

/// The variables that a connector finds besides those of the machine.
pub type Variables = fn(&ConnectorRef, Verb) -> Vec<(String, String)>;

/// One connector, and where it is tried.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) reference: &'a ConnectorRef,
    pub(crate) origin: FailureOrigin,
    pub(crate) variables: Variables,
}

/// What one run may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long it may take.
    pub(crate) time: Duration,
    /// How long it may go on once it has answered.
    pub(crate) after_answer: Duration,
    /// The most bytes of stdout.
    pub(crate) stdout_bytes: u64,
    /// The most bytes of stderr.
    pub(crate) stderr_bytes: u64,
    /// The most bytes of one line that are kept.
    pub(crate) line_bytes: usize,
}

/// A line without its end, or as much of it as is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printed<'a> {
    pub(crate) is_stderr: bool,
    pub(crate) text: &'a [u8],
}

/// What whoever is told a line wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    GoOn,
    /// The connector has said what it was asked for, and shall end.
    Answered,
    /// It has said enough, and is ended.
    Stop,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Itself,
    Stopped,
    /// The time was over before an answer.
    NoAnswer,
    /// It had answered, and went on.
    NoEnd,
    TooMuchStdout,
    TooMuchStderr,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    pub(crate) cause: Cause,
    pub(crate) stdout_bytes: u64,
    pub(crate) stderr_bytes: u64,
    /// The end of stderr.
    pub(crate) stderr: String,
    pub(crate) duration: Duration,
    /// The most memory of a local connector and what it started, as far as it was seen.
    pub(crate) peak_bytes: Option<u64>,
}

impl Subject<'_> {
    /// Runs a verb to its end or its bounds. `input` is what a destination reads. Dropping the future ends the connector.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) async fn run(
        &self,
        verb: Verb,
        files: Vec<InputFile>,
        input: &[u8],
        bounds: &Bounds,
        each: impl FnMut(Printed<'_>) -> Next,
    ) -> Result<Ended, FailureReason> {
        let begun = Instant::now();
        let launch = Launch {
            reference: self.reference,
            origin: self.origin,
            verb,
            files,
            environment: (self.variables)(self.reference, verb),
            limits: Limits::default(),
        };
        let Running { stdin, stdout, stderr, process } = longshore_runner::start(self.settings, launch).await?;
        let mut watch = Watch::new(bounds, process, each);
        let cause = {
            let fed = feed(stdin, input);
            tokio::pin!(fed);
            tokio::select! {
                cause = watch.until_the_end(stdout, stderr) => cause,
                () = &mut fed => std::future::pending().await,
            }
        };
        Ok(watch.ended(cause, begun).await)
    }
}

/// Hands a destination its input, then the end of it. One that reads no more says why by its exit.
async fn feed(stdin: Option<Sender>, input: &[u8]) {
    if let Some(mut pipe) = stdin {
        let _ = pipe.write_all(input).await;
    }
    std::future::pending::<()>().await;
}

/// One run that is watched.
struct Watch<'a, F> {
    bounds: &'a Bounds,
    process: Process,
    each: F,
    out: Lines,
    err: Lines,
    tail: Tail,
    deadline: Instant,
    has_answered: bool,
    peak_bytes: Option<u64>,
    looked: Instant,
}

impl<'a, F: FnMut(Printed<'_>) -> Next> Watch<'a, F> {
    fn new(bounds: &'a Bounds, process: Process, each: F) -> Self {
        let lines = || Lines::new(bounds.line_bytes);
        Self {
            bounds,
            process,
            each,
            out: lines(),
            err: lines(),
            tail: Tail::default(),
            deadline: Instant::now() + bounds.time,
            has_answered: false,
            peak_bytes: None,
            looked: Instant::now(),
        }
    }

    async fn until_the_end(
        &mut self,
        mut stdout: impl AsyncReadExt + Unpin,
        mut stderr: impl AsyncReadExt + Unpin,
    ) -> Cause {
        let (mut from_out, mut from_err) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
        let (mut out_is_open, mut err_is_open, mut has_ended) = (true, true, false);
        let mut look = tokio::time::interval(LOOK);
        while out_is_open || err_is_open || !has_ended {
            let next = tokio::select! {
                read = stdout.read(&mut from_out), if out_is_open => {
                    let bytes = read.unwrap_or(0); // a pipe that breaks ends like one that closes
                    out_is_open = bytes > 0;
                    self.look_again();
                    self.take(&from_out[..bytes], false)
                }
                read = stderr.read(&mut from_err), if err_is_open => {
                    let bytes = read.unwrap_or(0);
                    err_is_open = bytes > 0;
                    self.take(&from_err[..bytes], true)
                }
                _ = self.process.wait(), if !has_ended => {
                    has_ended = true;
                    self.deadline = Instant::now() + AFTER_THE_END;
                    None
                }
                () = sleep_until(self.deadline) => return self.late(has_ended),
                _ = look.tick(), if !has_ended => {
                    self.look();
                    None
                }
            };
            if let Some(cause) = next {
                return cause;
            }
            // Whoever waits for a signal or a clock beside a flood has their turn.
            tokio::task::yield_now().await;
        }
        Cause::Itself
    }

    /// Notes what was read; an empty read is the end of the stream.
    fn take(&mut self, bytes: &[u8], is_stderr: bool) -> Option<Cause> {
        if is_stderr {
            self.tail.add(bytes);
        }
        let (lines, most, too_much) = match is_stderr {
            false => (&mut self.out, self.bounds.stdout_bytes, Cause::TooMuchStdout),
            true => (&mut self.err, self.bounds.stderr_bytes, Cause::TooMuchStderr),
        };
        let mut stop = false;
        let (each, mut answered) = (&mut self.each, false);
        let mut tell = |text: &[u8]| {
            // What comes behind the line that was enough is nobody's concern.
            if !stop {
                match each(Printed { is_stderr, text }) {
                    Next::GoOn => {}
                    Next::Answered => answered = true,
                    Next::Stop => stop = true,
                }
            }
        };
        if bytes.is_empty() {
            lines.finish(&mut tell);
        } else {
            lines.take(bytes, &mut tell);
        }
        let is_too_much = lines.bytes() > most;
        if answered && !self.has_answered {
            self.has_answered = true;
            self.deadline = self.deadline.min(Instant::now() + self.bounds.after_answer);
        }
        match (stop, is_too_much) {
            (true, _) => Some(Cause::Stopped),
            (false, true) => Some(too_much),
            (false, false) => None,
        }
    }

    fn late(&self, has_ended: bool) -> Cause {
        match (has_ended, self.has_answered) {
            (true, _) => Cause::Itself, // something that left its group keeps a pipe open
            (false, true) => Cause::NoEnd,
            (false, false) => Cause::NoAnswer,
        }
    }

    /// A connector that is gone in a moment is seen when it prints.
    fn look_again(&mut self) {
        if self.looked.elapsed() > LOOK / 10 {
            self.look();
        }
    }

    fn look(&mut self) {
        self.looked = Instant::now();
        let seen = self.process.pid().and_then(memory::peak_bytes);
        self.peak_bytes = self.peak_bytes.max(seen);
    }

    async fn ended(mut self, cause: Cause, begun: Instant) -> Ended {
        if !matches!(cause, Cause::Itself | Cause::Stopped) {
            self.look();
            // What was cut off may still hold lines of which somebody wants the beginning.
            let each = &mut self.each;
            self.out.finish(&mut |text| _ = each(Printed { is_stderr: false, text }));
        }
        let exit = match cause {
            Cause::Itself => self.process.wait().await,
            Cause::Stopped => self.process.stop(GRACE).await,
            _ => timeout(GRACE * 20, self.process.stop(Duration::ZERO)).await.unwrap_or_default(),
        };
        Ended {
            exit,
            cause,
            stdout_bytes: self.out.bytes(),
            stderr_bytes: self.err.bytes(),
            stderr: self.tail.text(),
            duration: begun.elapsed(),
            peak_bytes: self.peak_bytes,
        }
    }
}
