//! The worker: claims commands and jobs while it has room for them, and does what has to be done from time to time.

use crate::command::CommandRun;
use crate::desk::Desk;
use crate::settings::WorkerSettings;
use crate::sync::JobRun;
use crate::{notify, seed};
use longshore_control_plane::{ControlPlane, Result};
use longshore_protocol::FailureReason;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// So many schedules are looked at in one go.
const SCHEDULES_AT_ONCE: u32 = 100;

/// A failing database is left alone for so long.
const REST: Duration = Duration::from_secs(1);

/// Runs jobs and commands of a control plane.
pub struct Worker {
    plane: ControlPlane,
    settings: Arc<WorkerSettings>,
}

impl Worker {
    /// A worker that does not work yet.
    #[must_use]
    pub fn new(plane: ControlPlane, settings: WorkerSettings) -> Self {
        Self { plane, settings: Arc::new(settings) }
    }

    /// Puts the connectors of this program into the database; done again and again, it changes nothing.
    ///
    /// # Errors
    /// When one of them does not answer, or the database does not.
    pub async fn seed(&self) -> std::result::Result<(), FailureReason> {
        let (desk, settings) = (Desk::new(self.plane.clone()), Arc::clone(&self.settings));
        on_a_thread("seed", move || async move { seed::seed(&desk, &settings).await }).await
    }

    /// Works until `stop` resolves; then what runs is asked to end and given back, within the grace of the settings.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let office = Office::new(self.plane, self.settings);
        office.remove_leftovers();
        tokio::select! {
            () = office.claim_jobs() => {}
            () = office.claim_commands() => {}
            () = office.tick() => {}
            () = office.notify() => {}
            () = office.sweep() => {}
            () = stop => {}
        }
        office.close().await;
    }
}

/// What the loops of a worker share.
struct Office {
    desk: Desk,
    settings: Arc<WorkerSettings>,
    job_slots: Arc<Semaphore>,
    command_slots: Arc<Semaphore>,
    stopped: watch::Sender<bool>,
}

impl Office {
    fn new(plane: ControlPlane, settings: Arc<WorkerSettings>) -> Self {
        let slots = || Arc::new(Semaphore::new(settings.slots));
        let (job_slots, command_slots) = (slots(), slots());
        Self { desk: Desk::new(plane), settings, job_slots, command_slots, stopped: watch::Sender::new(false) }
    }

    async fn claim_jobs(&self) {
        self.claim(&self.job_slots, async |office, slot| {
            let Some(claimed) = office.plane().claim_job(&office.settings.name, office.settings.timing.lease).await?
            else {
                return Ok(false);
            };
            let name = format!("job {}", claimed.job.id);
            let run = JobRun::new(&office.desk, &office.settings, claimed, office.stopped.subscribe());
            spawn(name, slot, move || run.run());
            Ok(true)
        })
        .await;
    }

    async fn claim_commands(&self) {
        self.claim(&self.command_slots, async |office, slot| {
            let Some(claimed) = office.plane().claim_command(&office.settings.name).await? else { return Ok(false) };
            let run = CommandRun::new(&office.desk, &office.settings, claimed, office.stopped.subscribe());
            spawn("command".to_owned(), slot, move || run.run());
            Ok(true)
        })
        .await;
    }

    fn plane(&self) -> &ControlPlane {
        self.desk.plane()
    }

    /// Claims whenever there is room and something may be there to be claimed.
    async fn claim(
        &self,
        slots: &Arc<Semaphore>,
        claim_one: impl AsyncFn(&Self, OwnedSemaphorePermit) -> Result<bool>,
    ) {
        loop {
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
            let woken = self.plane().wake().work.notified();
            tokio::pin!(woken);
            woken.as_mut().enable(); // what comes up from here on is not missed
            let pause = match claim_one(self, slot).await {
                Ok(true) => continue,
                Ok(false) => self.settings.timing.poll,
                Err(error) => {
                    self.notice(&format!("nothing can be claimed: {error}"));
                    REST
                }
            };
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Schedules that are due, and jobs of workers that have not been heard of.
    async fn tick(&self) {
        loop {
            let done = async {
                self.plane().take_over_expired().await?;
                while self.plane().due_schedules(SCHEDULES_AT_ONCE).await? == SCHEDULES_AT_ONCE as usize {}
                Ok(())
            };
            self.rest_after(done.await, self.settings.timing.tick).await;
        }
    }

    async fn notify(&self) {
        loop {
            let sent = notify::send_all(self.plane()).await;
            self.rest_after(sent, self.settings.timing.tick).await;
        }
    }

    async fn sweep(&self) {
        loop {
            tokio::time::sleep(self.settings.timing.sweep).await;
            let swept = self.plane().sweep(self.settings.retention).await;
            self.rest_after(swept.map(drop), Duration::ZERO).await;
        }
    }

    async fn rest_after(&self, done: Result<()>, pause: Duration) {
        if let Err(error) = &done {
            self.notice(&format!("the database does not do its part: {error}"));
        }
        let pause = if done.is_err() { pause.max(REST) } else { pause };
        tokio::time::sleep(pause).await;
    }

    fn notice(&self, text: &str) {
        (self.settings.notice)(text);
    }

    /// Removes what a worker that was killed has left at the Docker Engine, if there is one.
    fn remove_leftovers(&self) {
        let settings = Arc::clone(&self.settings);
        let slot = Arc::clone(&self.command_slots).try_acquire_owned().ok();
        let Some(slot) = slot else { return };
        spawn("leftovers".to_owned(), slot, move || async move {
            if let Ok(runner) = (settings.runner)() {
                // An engine that is not there has no containers of ours.
                let _ = longshore_runner::remove_leftover_containers(&runner).await;
            }
        });
    }

    /// Asks what runs to end, and waits for it.
    async fn close(&self) {
        self.stopped.send_replace(true);
        let all = u32::try_from(self.settings.slots).unwrap_or(u32::MAX);
        let ended = async {
            // They are never closed.
            let _ = self.job_slots.acquire_many(all).await;
            let _ = self.command_slots.acquire_many(all).await;
        };
        let patience = self.settings.timing.stop_grace + self.settings.timing.stop_grace / 2;
        if tokio::time::timeout(patience, ended).await.is_err() {
            self.notice("some runs did not end in time; another worker takes them when their leases are over");
        }
    }
}

/// Runs on a thread of its own, since the kernel ends local connectors together with the thread that started them.
fn spawn<F: Future<Output = ()>>(name: String, slot: OwnedSemaphorePermit, run: impl FnOnce() -> F + Send + 'static) {
    // Without a thread the slot is free again, and the lease goes to whoever has one.
    let _ = std::thread::Builder::new().name(name).spawn(move || {
        let _slot = slot;
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(run());
        }
    });
}

/// The same, for whoever waits for what comes of it.
async fn on_a_thread<F: Future<Output = std::result::Result<(), FailureReason>>>(
    name: &str,
    run: impl FnOnce() -> F + Send + 'static,
) -> std::result::Result<(), FailureReason> {
    let (done, told) = tokio::sync::oneshot::channel();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let answer = match runtime {
            Ok(runtime) => runtime.block_on(run()),
            Err(error) => Err(no_thread(&error)),
        };
        // Nobody waits any more when this process is ending.
        let _ = done.send(answer);
    });
    started.map_err(|error| no_thread(&error))?;
    told.await.unwrap_or_else(|_| Err(no_thread(&std::io::Error::other("it ended early"))))
}

fn no_thread(error: &std::io::Error) -> FailureReason {
    crate::failure::environment("platform.no_runtime", format!("this machine has no thread left: {error}"))
}
