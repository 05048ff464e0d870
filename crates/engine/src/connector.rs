//! A running connector as the engine sees it: three pipes and a process, however it was started.

use longshore_protocol::FailureReason;
use std::future::Future;
use std::time::Duration;
use tokio::net::unix::pipe::{Receiver, Sender};

/// How a connector ended.
#[derive(Debug, Clone, Default)]
pub struct Exit {
    /// Its exit code, if it had one.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// What explains the end better than its code: out of memory, wrong architecture, and so on.
    pub failure: Option<FailureReason>,
}

impl Exit {
    /// Whether it ended with code 0 and nothing else is known against it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0) && self.failure.is_none()
    }
}

/// A running connector, however it runs.
pub trait Process {
    /// Waits for its end. May be called again after its end.
    fn wait(&mut self) -> impl Future<Output = Exit>;
    /// Asks it to end, then ends it after `grace`, with everything that it started.
    fn stop(&mut self, grace: Duration) -> impl Future<Output = Exit>;
}

/// A started connector: its pipes and its process.
#[derive(Debug)]
pub struct Connector<P> {
    /// Only a destination has one.
    pub stdin: Option<Sender>,
    /// Protocol messages.
    pub stdout: Receiver,
    /// Log lines.
    pub stderr: Receiver,
    /// The program behind the pipes.
    pub process: P,
}
