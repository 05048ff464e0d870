//! SIGINT and SIGTERM: a first one ends what runs in good order.

use crate::failure::{Result, environment};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask this program to end.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on they do not end this program at once.
    ///
    /// # Errors
    /// When the machine has no signals to listen for.
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| environment("platform.no_signals", format!("cannot listen for signals: {error}")))
        };
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// The number of the next one.
    pub(crate) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }
}

/// The exit code that shells give to a program that a signal ended.
pub(crate) fn exit_code(number: u8) -> u8 {
    128 + number
}
