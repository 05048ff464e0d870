//! Keeps a lease alive while a run is at work, and tells the run when it has to end.

use crate::settings::Timing;
use longshore_control_plane::{LeaseStatus, Result};
use std::future::Future;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// What a run is told. A later one takes the place of an earlier one, never the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// Nothing.
    GoOn,
    /// The worker is being stopped: end well, and give the work back.
    Release,
    /// Somebody asked for the end.
    Cancel,
    /// Somebody else may have the work by now: stop at once, and write nothing.
    Lost,
}

/// Where a run's signal is raised and waited for; clones are of the same.
#[derive(Clone)]
pub(crate) struct Signals(watch::Sender<Signal>);

impl Default for Signals {
    fn default() -> Self {
        Self(watch::Sender::new(Signal::GoOn))
    }
}

impl Signals {
    /// Tells the run.
    pub(crate) fn raise(&self, signal: Signal) {
        self.0.send_if_modified(|told| {
            let is_news = signal > *told;
            *told = signal.max(*told);
            is_news
        });
    }

    /// What the run has been told.
    pub(crate) fn told(&self) -> Signal {
        *self.0.borrow()
    }

    /// Waits until the run is told at least this.
    pub(crate) async fn at_least(&self, signal: Signal) {
        // It cannot be closed: the sender is here.
        let _ = self.0.subscribe().wait_for(|told| *told >= signal).await;
    }
}

/// The beat of one run; it ends with this.
pub(crate) struct Pulse(JoinHandle<()>);

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pulse {
    /// Begins to beat, on the runtime of the control plane. `stopped` becomes true when the worker is being stopped.
    pub(crate) fn start<F>(
        timing: Timing,
        signals: Signals,
        mut stopped: watch::Receiver<bool>,
        beat: impl FnMut() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<LeaseStatus>> + Send + 'static,
    {
        Self(tokio::spawn(async move {
            let told = signals.clone();
            let stop = async move {
                if stopped.wait_for(|is| *is).await.is_ok() {
                    told.raise(Signal::Release);
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = renew(timing, &signals, beat) => {}
                () = stop => {}
            }
        }))
    }
}

/// Renews until it cannot be renewed in time: then somebody else may take the work for dead.
async fn renew<F>(timing: Timing, signals: &Signals, mut beat: impl FnMut() -> F)
where
    F: Future<Output = Result<LeaseStatus>>,
{
    let mut renewed = Instant::now();
    loop {
        sleep(timing.heartbeat).await;
        let began = Instant::now();
        let left = timing.lease.saturating_sub(renewed.elapsed());
        match timeout(left, beat()).await {
            Ok(Ok(LeaseStatus::Held)) => renewed = began,
            Ok(Ok(LeaseStatus::CancelRequested)) => {
                renewed = began;
                signals.raise(Signal::Cancel);
            }
            Ok(Ok(LeaseStatus::Lost)) => return signals.raise(Signal::Lost),
            Ok(Err(_)) | Err(_) if renewed.elapsed() >= timing.lease => return signals.raise(Signal::Lost),
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_control_plane::Error;
    use std::time::Duration;

    fn timing() -> Timing {
        Timing { lease: Duration::from_millis(1500), heartbeat: Duration::from_millis(200), ..Timing::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_is_away_for_longer_than_the_lease_ends_the_run() {
        let (signals, began) = (Signals::default(), Instant::now());
        let away = || async { Err(Error::Database { code: "database.unreachable", message: String::new() }) };
        renew(timing(), &signals, away).await;
        assert_eq!(signals.told(), Signal::Lost);
        assert!((1500..1800).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_does_not_answer_ends_the_run_as_well() {
        let (signals, began) = (Signals::default(), Instant::now());
        renew(timing(), &signals, std::future::pending).await;
        assert_eq!((signals.told(), began.elapsed()), (Signal::Lost, Duration::from_millis(1500)));
    }

    #[test]
    fn a_signal_is_never_taken_back() {
        let signals = Signals::default();
        signals.raise(Signal::Cancel);
        signals.raise(Signal::Release);
        assert_eq!(signals.told(), Signal::Cancel);
        signals.raise(Signal::Lost);
        assert_eq!(signals.told(), Signal::Lost);
    }
}
