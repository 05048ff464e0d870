//! One started connector: its pipes for whoever moves the records, its end for whoever waits.
//!
//! A task of its own watches every connector, so that an end is noticed and tidied up whether or not somebody asks.
//! The order of an ending is the same for all runners: SIGTERM, the grace, SIGKILL, then everything is removed, and
//! only then the [`Exit`] is told.

use crate::Exit;
use crate::pending::Pending;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use std::time::Duration;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

/// A connector that runs.
pub struct Running {
    /// Where the connector reads; only for [`Verb::Write`](crate::Verb::Write). Dropping it is the end of its input.
    pub stdin: Option<Sender>,
    /// What the connector prints: messages. Ends when the connector and all it started have closed it.
    pub stdout: Receiver,
    /// What the connector complains. Somebody must read it, or the connector stands still when it is full.
    pub stderr: Receiver,
    /// Its process, to wait for and to stop.
    pub process: Process,
}

/// The process behind the pipes, wherever it runs. Dropping it ends the connector at once, as long as the runtime goes
/// on.
pub struct Process {
    pid: Option<u32>,
    exit: watch::Receiver<Option<Exit>>,
    stop: Option<oneshot::Sender<Duration>>,
}

/// The ends that Longshore keeps.
pub(crate) struct Ends {
    pub(crate) stdin: Option<Sender>,
    pub(crate) stdout: Receiver,
    pub(crate) stderr: Receiver,
}

/// How a runner sees and ends what it started.
pub(crate) trait Connector: Send + 'static {
    /// Waits for the end. Cancel-safe, and may be called again after it was cancelled.
    fn ended(&mut self) -> impl Future<Output = Exit> + Send;
    /// Asks all of it to end.
    fn terminate(&mut self) -> impl Future<Output = ()> + Send;
    /// Ends all of it.
    fn kill(&mut self) -> impl Future<Output = ()> + Send;
    /// Removes what an ended connector leaves behind.
    fn remove(self) -> impl Future<Output = ()> + Send;
}

impl Running {
    /// Hands over the pipes and watches the connector from now on.
    pub(crate) fn watch(ends: Ends, pid: Option<u32>, connector: impl Connector) -> Self {
        let (stop, asked) = oneshot::channel();
        let (told, exit) = watch::channel(None);
        let pending = Pending::begin();
        tokio::spawn(async move {
            let exit = watch_to_the_end(connector, asked).await;
            drop(pending);
            // Nobody waits when the Running has been dropped.
            let _ = told.send(Some(exit));
        });
        let process = Process { pid, exit, stop: Some(stop) };
        Self { stdin: ends.stdin, stdout: ends.stdout, stderr: ends.stderr, process }
    }
}

impl Process {
    /// The process id of a local connector; a container has none here.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Waits until the connector has ended and everything of it is removed. The end of its first program is the end
    /// of the connector: what that program started and left running is killed. Cancel-safe; tells the same again
    /// when called again. Does not touch the pipes: what was printed before the end can still be read after it.
    pub async fn wait(&mut self) -> Exit {
        match self.exit.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(exit)) => exit.clone(),
            _ => Exit::unknown(FailureReason::new(
                FailureOrigin::Platform,
                FailureKind::SystemError,
                "runner.watch_failed",
                "the end of a connector was not seen, which is a defect of Longshore: please report it",
            )),
        }
    }

    /// Asks the connector to end with SIGTERM, kills it after the grace, and waits as [`wait`](Self::wait) does.
    /// Cancel-safe: the ending goes on by itself.
    pub async fn stop(&mut self, grace: Duration) -> Exit {
        if let Some(stop) = self.stop.take() {
            // It may have ended already.
            let _ = stop.send(grace);
        }
        self.wait().await
    }
}

/// A dropped [`Process`] is a stop without grace.
async fn watch_to_the_end(mut connector: impl Connector, asked: oneshot::Receiver<Duration>) -> Exit {
    let exit = tokio::select! {
        exit = connector.ended() => exit,
        grace = asked => end(&mut connector, grace.unwrap_or_default()).await,
    };
    connector.remove().await;
    exit
}

/// What is done to a connector is no failure of it; what is wrong with the platform stays one.
async fn end(connector: &mut impl Connector, grace: Duration) -> Exit {
    let exit = end_within(connector, grace).await;
    Exit { failure: exit.failure.filter(|failure| failure.origin == FailureOrigin::Platform), ..exit }
}

async fn end_within(connector: &mut impl Connector, grace: Duration) -> Exit {
    if !grace.is_zero() {
        connector.terminate().await;
        if let Ok(exit) = timeout(grace, connector.ended()).await {
            return exit;
        }
    }
    connector.kill().await;
    connector.ended().await
}
