//! The loop of a sync: does what the [session](crate::session) decides.
//!
//! Four futures run side by side in one task and share the session between their awaits: the way forward (source to
//! destination), the way back (echoes to the store), the two stderrs, and the watch over time. Back-pressure is the
//! pipe: while the destination's is full, nothing is read from the source.

mod watch;

use crate::checkpoint::CheckpointStore;
use crate::connector::{Connector, Process};
use crate::observer::{self, Event, Observer};
use crate::outcome::{Ends, Outcome, judge};
use crate::plan::SyncPlan;
use crate::read::LineReader;
use crate::session::Session;
use crate::write::Gather;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, LogLevel};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::time::Instant;
use watch::{Phase, Watch};

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// How long a source may send neither record nor state while we could take them, and how long a destination may
    /// neither take input nor, once its input has ended, come to its end.
    pub silence: Duration,
    /// How long a connector has between being asked to end and being ended.
    pub grace: Duration,
    /// How long the destination is given to acknowledge everything before it is told that the streams are complete. For
    /// destinations that acknowledge without being told; zero for the others, which wait for it.
    pub settle: Duration,
}

/// How often the observer hears of progress, and how finely time is watched.
const TICK: Duration = Duration::from_millis(200);

/// Moves one sync to its end. `cancelled` resolves when somebody asks for the end; checkpoints stay.
pub async fn run<S: Process, D: Process>(
    plan: &SyncPlan,
    source: Connector<S>,
    destination: Connector<D>,
    store: &mut dyn CheckpointStore,
    observer: &mut dyn Observer,
    timeouts: Timeouts,
    cancelled: impl Future<Output = ()>,
) -> Outcome {
    let started = Instant::now();
    let sync = Sync {
        session: RefCell::new(Session::new(plan)),
        store: RefCell::new(store),
        observer: RefCell::new(observer),
        ends: RefCell::new(Ends::default()),
        watch: Watch::default(),
        stop: tokio::sync::Notify::new(),
        stored: tokio::sync::Notify::new(),
        timeouts,
    };
    let source_stderr = sync.stderr(FailureOrigin::Source, source.stderr);
    let destination_stderr = sync.stderr(FailureOrigin::Destination, destination.stderr);
    let Connector { stdin, stdout: echoes, process: destination, .. } = destination;
    let records = sync.records(source.stdout, stdin, source.process, destination, echoes, cancelled);
    // Stderr is read to its end only as long as somebody could still be writing.
    let logs = async { tokio::join!(source_stderr, destination_stderr) };
    tokio::pin!(logs);
    tokio::pin!(records);
    tokio::select! {
        () = &mut records => {
            let _ = tokio::time::timeout(TICK, &mut logs).await;
        }
        _ = &mut logs => records.await,
    }
    sync.report();
    let (session, ends) = (sync.session.borrow(), sync.ends.borrow());
    judge(&session, &ends, started.elapsed().as_secs_f64())
}

struct Sync<'a, 'p> {
    session: RefCell<Session<'p>>,
    store: RefCell<&'a mut dyn CheckpointStore>,
    observer: RefCell<&'a mut dyn Observer>,
    ends: RefCell<Ends>,
    watch: Watch,
    /// Tells the way forward to end after what it has in hand.
    stop: tokio::sync::Notify,
    /// Tells the way forward that something has been acknowledged and stored.
    stored: tokio::sync::Notify,
    timeouts: Timeouts,
}

/// Why the way forward ended.
enum ForwardEnd {
    /// The source closed its stdout.
    SourceEnded,
    /// Somebody asked for the end.
    Stopped,
    /// The destination does not take any more.
    DestinationClosed,
    /// Reading or writing failed in another way.
    Broken(std::io::Error),
}

/// The way back: its end may be waited for more than once.
struct WayBack<'a, F> {
    echoes: Pin<&'a mut F>,
    ended: bool,
}

impl<F: Future<Output = ()>> WayBack<'_, F> {
    async fn end(&mut self) {
        if !self.ended {
            self.echoes.as_mut().await;
            self.ended = true;
        }
    }

    /// Does `work`; what is acknowledged meanwhile is stored.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = self.end() => {}
        }
        work.await
    }
}

impl Sync<'_, '_> {
    /// The whole way of the records: forward until the source ends, then the destination's end.
    async fn records<S: Process, D: Process>(
        &self,
        stdout: Receiver,
        stdin: Option<Sender>,
        mut source: S,
        mut destination: D,
        echoes: Receiver,
        cancelled: impl Future<Output = ()>,
    ) {
        let echoes = self.echoes(echoes);
        tokio::pin!(echoes, cancelled);
        let mut way_back = WayBack { echoes, ended: false };
        {
            let way_forward = self.forward(stdout, stdin, &mut source);
            tokio::pin!(way_forward);
            let interrupted = loop {
                tokio::select! {
                    () = &mut way_forward => break false,
                    () = way_back.end(), if !way_back.ended => {}
                    exit = destination.wait(), if way_back.ended => {
                        // It closed its stdout and ended: nothing can be acknowledged any more.
                        let mut ends = self.ends.borrow_mut();
                        ends.destination_ended_early = true;
                        ends.destination = Some(exit);
                        break false;
                    }
                    () = &mut cancelled => {
                        self.ends.borrow_mut().cancelled = true;
                        break true;
                    }
                    failure = self.overdue() => { self.ends.borrow_mut().failures.push(failure); break false; }
                }
                if self.has_failed() {
                    break true;
                }
            };
            if interrupted {
                // What has been read goes out to its last byte, so that the destination is not left with half a line.
                self.stop.notify_one();
                way_back.beside(tokio::time::timeout(self.timeouts.grace, &mut way_forward)).await.ok();
            }
        }
        way_back.beside(self.end_source(&mut source)).await;
        self.watch.phase.set(Phase::Finishing);
        self.watch.blocked_since.set(None);
        self.finish(&mut destination, way_back, cancelled).await;
    }

    /// Source to destination, then the words that follow the last record. The pipe to the destination closes at the end.
    async fn forward<S: Process>(&self, stdout: Receiver, stdin: Option<Sender>, source: &mut S) {
        let Some(stdin) = stdin else { return };
        let mut gather = Gather::default();
        match self.move_records(stdout, &stdin, &mut gather).await {
            ForwardEnd::SourceEnded => {}
            ForwardEnd::Stopped => return,
            ForwardEnd::DestinationClosed => {
                self.ends.borrow_mut().destination_ended_early = true;
                return;
            }
            ForwardEnd::Broken(error) => {
                return self.fail("sync.pipe_broken", format!("a connector's pipe failed: {error}"));
            }
        }
        let exit = tokio::select! {
            exit = source.wait() => exit,
            () = self.stop.notified() => return,
        };
        let succeeded = exit.is_success();
        self.ends.borrow_mut().source = Some(exit);
        if succeeded && self.last_words(&stdin, &mut gather).await.is_err() {
            self.ends.borrow_mut().destination_ended_early = true;
        }
    }

    /// What the destination must hear after the last record: states that the source left out, then which streams are
    /// complete. In between it may acknowledge, so that a stream is complete there only if its last state is kept here.
    async fn last_words(&self, stdin: &Sender, gather: &mut Gather) -> std::io::Result<()> {
        gather.clear();
        self.session.borrow_mut().closing_states(gather);
        self.send(stdin, gather, &[]).await?;
        let settled = async {
            while self.session.borrow().checkpoints.are_waiting() {
                self.stored.notified().await;
            }
        };
        tokio::select! {
            () = settled => {}
            () = tokio::time::sleep(self.timeouts.settle) => {}
            () = self.stop.notified() => return Ok(()),
        }
        gather.clear();
        self.session.borrow_mut().completions(now_ms(), gather);
        self.send(stdin, gather, &[]).await
    }

    /// Writes what is gathered; the watch sees how long the destination takes for each piece of it.
    async fn send(&self, stdin: &Sender, gather: &Gather, chunk: &[u8]) -> std::io::Result<()> {
        let waits = || self.watch.blocked_since.set(Some(Instant::now()));
        let written = gather.write_to(stdin, chunk, waits).await;
        self.watch.blocked_since.set(None);
        written
    }

    async fn move_records(&self, stdout: Receiver, stdin: &Sender, gather: &mut Gather) -> ForwardEnd {
        let mut reader = LineReader::new(stdout);
        loop {
            let chunk = tokio::select! {
                biased;
                () = self.stop.notified() => return ForwardEnd::Stopped,
                chunk = reader.next() => chunk,
            };
            let chunk = match chunk {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return ForwardEnd::SourceEnded,
                Err(error) => return ForwardEnd::Broken(error),
            };
            gather.clear();
            self.session.borrow_mut().source_lines(&chunk, gather);
            self.report();
            self.store_acknowledged(); // the source may have said COMPLETE after the echo of its last state
            if self.has_failed() {
                return ForwardEnd::Stopped;
            }
            match self.send(stdin, gather, &chunk).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return ForwardEnd::DestinationClosed,
                Err(error) => return ForwardEnd::Broken(error),
            }
        }
    }

    /// Destination to store: until the destination closes its stdout, or the store fails.
    async fn echoes(&self, stdout: Receiver) {
        let mut reader = LineReader::new(stdout);
        loop {
            match reader.next().await {
                Ok(Some(chunk)) => {
                    self.watch.destination_beats.set(self.watch.destination_beats.get() + 1);
                    self.session.borrow_mut().destination_lines(&chunk);
                    self.report();
                    self.store_acknowledged();
                    if self.has_failed() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    return self.fail("sync.pipe_broken", format!("the destination's stdout failed: {error}"));
                }
            }
        }
    }

    /// Stores what is acknowledged: states first, then counts.
    fn store_acknowledged(&self) {
        let Some((checkpoint, counts)) = self.session.borrow_mut().take_acknowledged() else { return };
        match self.store.borrow_mut().commit(&checkpoint) {
            Ok(()) => {
                let mut session = self.session.borrow_mut();
                session.stored(&counts);
                self.stored.notify_one();
                self.observer.borrow_mut().event(Event::Checkpoint(&session.streams));
            }
            Err(failure) => self.ends.borrow_mut().failures.push(failure),
        }
    }

    /// Whether Longshore itself failed. A state that cannot be stored ends the sync: it must not promise what it cannot
    /// resume.
    fn has_failed(&self) -> bool {
        self.ends.borrow().failures.iter().any(|failure| failure.origin == FailureOrigin::Platform)
    }

    fn fail(&self, code: &str, message: String) {
        let failure = FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, code, message);
        self.ends.borrow_mut().failures.push(failure);
    }

    /// Makes sure that the source has ended.
    async fn end_source<S: Process>(&self, source: &mut S) {
        if self.ends.borrow().source.is_some() {
            return;
        }
        let exit = source.stop(self.timeouts.grace).await;
        let mut ends = self.ends.borrow_mut();
        ends.source = Some(exit);
        ends.source_stopped = true;
    }

    /// The destination's input has ended: it writes what it has, echoes, and exits.
    async fn finish<D: Process>(
        &self,
        destination: &mut D,
        mut way_back: WayBack<'_, impl Future<Output = ()>>,
        mut cancelled: Pin<&mut impl Future<Output = ()>>,
    ) {
        if self.ends.borrow().destination.is_some() {
            return;
        }
        let hurried = self.ends.borrow().cut_short();
        let exit = tokio::select! {
            exit = async { way_back.end().await; destination.wait().await } => Some(exit),
            failure = self.overdue() => { self.ends.borrow_mut().failures.push(failure); None }
            () = tokio::time::sleep(self.timeouts.grace), if hurried => None,
            () = cancelled.as_mut(), if !hurried => { self.ends.borrow_mut().cancelled = true; None }
        };
        let exit = match exit {
            Some(exit) => exit,
            None => {
                let exit = way_back.beside(destination.stop(self.timeouts.grace)).await;
                tokio::time::timeout(TICK, way_back.end()).await.ok(); // what it acknowledged last is still in the pipe
                exit
            }
        };
        self.ends.borrow_mut().destination = Some(exit);
    }

    /// Every line of a stderr is a log line. The last ones are kept for the report.
    async fn stderr(&self, origin: FailureOrigin, pipe: Receiver) {
        const KEPT_BYTES: usize = 8 * 1024;
        let mut reader = LineReader::new(pipe).with_longest_line(KEPT_BYTES);
        while let Ok(Some(chunk)) = reader.next().await {
            let text = String::from_utf8_lossy(&chunk);
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let event = Event::Log { origin, level: LogLevel::Error, text: line };
                self.observer.borrow_mut().event(event);
            }
            let mut ends = self.ends.borrow_mut();
            let kept =
                if origin == FailureOrigin::Source { &mut ends.source_stderr } else { &mut ends.destination_stderr };
            kept.push_str(&text);
            let excess = kept.len().saturating_sub(KEPT_BYTES);
            let cut = (excess..kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or_default();
            kept.drain(..cut);
        }
    }

    /// Hands the session's notices to the observer.
    fn report(&self) {
        let notices = std::mem::take(&mut self.session.borrow_mut().notices);
        observer::tell(*self.observer.borrow_mut(), &self.session.borrow().streams, &notices);
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
