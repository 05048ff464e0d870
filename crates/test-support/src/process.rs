//! Pipes, a script behind them, and a handle: a connector without a process.

use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::net::unix::pipe::{self, Receiver, Sender};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

/// The connector's own ends of its pipes. Dropping one closes it.
#[derive(Debug)]
pub struct Stdio {
    /// Where a destination reads.
    pub stdin: Receiver,
    /// Where messages go.
    pub stdout: Sender,
    /// Where log lines go.
    pub stderr: Sender,
}

/// A started script: our ends of its pipes, and its handle.
#[derive(Debug)]
pub struct Scripted {
    /// Where a destination gets its messages from. A source's is to be dropped.
    pub stdin: Sender,
    /// What it prints.
    pub stdout: Receiver,
    /// What it logs.
    pub stderr: Receiver,
    /// Its end, or the way to it.
    pub handle: Handle,
}

/// Waits for a script's end, and stops it.
#[derive(Debug)]
pub struct Handle {
    ended: watch::Receiver<Option<Ended>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

const SIGKILL: i32 = 9;
const SIGTERM_CODE: i32 = 143;

/// Starts `script` on the other ends of three new pipes, as a task of the running runtime. A script that
/// `ignores_stop` goes on when it is asked to end.
///
/// # Errors
/// When the system has no pipe left.
pub fn start<F>(ignores_stop: bool, script: impl FnOnce(Stdio) -> F) -> io::Result<Scripted>
where
    F: Future<Output = Ended> + Send + 'static,
{
    let (stdin, its_stdin) = pipe::pipe()?;
    let (its_stdout, stdout) = pipe::pipe()?;
    let (its_stderr, stderr) = pipe::pipe()?;
    let script = script(Stdio { stdin: its_stdin, stdout: its_stdout, stderr: its_stderr });
    let (tell_end, ended) = watch::channel(None);
    let (stop, mut asked) = watch::channel(false);
    let task = tokio::spawn(async move {
        let end = tokio::select! {
            end = script => end,
            _ = asked.wait_for(|asked| *asked), if !ignores_stop => Ended::Code(SIGTERM_CODE),
        };
        // The script is dropped by now and its pipes are closed, as those of an ended process are.
        let _ = tell_end.send(Some(end));
    });
    Ok(Scripted { stdin, stdout, stderr, handle: Handle { ended, stop, task } })
}

impl Handle {
    /// Waits for the end.
    pub async fn wait(&mut self) -> Ended {
        match self.ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.unwrap_or(Ended::Signal(SIGKILL)),
            Err(_) => Ended::Signal(SIGKILL), // the script was killed
        }
    }

    /// Asks it to end, and ends it after `grace`.
    pub async fn stop(&mut self, grace: Duration) -> Ended {
        let _ = self.stop.send(true); // nobody listens when it has ended
        if let Ok(ended) = tokio::time::timeout(grace, self.wait()).await {
            return ended;
        }
        self.task.abort();
        let _ = (&mut self.task).await;
        Ended::Signal(SIGKILL)
    }
}
