//! One command, from its claim to its answer: a spec, a check or a discover that somebody waits for.

use crate::connector::RunNumber;
use crate::desk::Desk;
use crate::failure::{self, Result};
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::pulse::{Pulse, Signal, Signals};
use crate::ready::newest;
use crate::settings::{Timing, WorkerSettings};
use crate::side::{Machine, Side};
use longshore_control_plane::{ActorId, COMMAND_LEASE, ClaimedCommand, CommandInput, CommandOutput, Error, Hydrated};
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, Message, RawJson};
use longshore_runner::{Settings, Verb};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A database that is away is told again this often, so many times.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 60;

/// A command that was claimed, with what keeps it ours.
pub(crate) struct CommandRun {
    desk: Desk,
    settings: Arc<WorkerSettings>,
    claimed: ClaimedCommand,
    journal: Journal,
    signals: Signals,
    pulse: Pulse,
}

impl CommandRun {
    /// Takes the command over from its claim: from now on its lease is renewed.
    pub(crate) fn new(
        desk: &Desk,
        settings: &Arc<WorkerSettings>,
        claimed: ClaimedCommand,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let (signals, journal) = (Signals::default(), Journal::default());
        let timing = Timing { lease: COMMAND_LEASE, ..settings.timing };
        let (plane, id, token) = (desk.plane().clone(), claimed.id, claimed.token);
        let beat = move || {
            let plane = plane.clone();
            async move { plane.heartbeat_command(id, token).await }
        };
        let pulse = Pulse::start(timing, signals.clone(), stopped, beat);
        Self { desk: desk.clone(), settings: Arc::clone(settings), claimed, journal, signals, pulse }
    }

    /// Carries it out, and tells the answer. One that is stopped with its worker is another worker's when its lease is over.
    pub(crate) async fn run(self) {
        let limit = self.settings.timing.command_limit;
        let answer = tokio::select! {
            answer = self.answer() => Some(answer),
            () = tokio::time::sleep(limit) => Some(Err(too_slow(limit))),
            () = self.signals.at_least(Signal::Release) => None,
        };
        longshore_runner::all_removed().await;
        let answer = match (answer, self.signals.told()) {
            (Some(answer), _) => answer,
            (None, Signal::Cancel) => Err(cancelled()),
            (None, _) => return,
        };
        self.tell(answer).await;
    }

    async fn answer(&self) -> Result<CommandOutput> {
        let runner = (self.settings.runner)()?;
        match (&self.claimed.input, &self.claimed.hydrated) {
            (CommandInput::Spec { reference, .. }, _) => self.spec(&runner, reference).await,
            (CommandInput::Check { actor_id }, Some(hydrated)) => self.check(&runner, hydrated, Some(*actor_id)).await,
            (CommandInput::CheckUnsaved { .. }, Some(hydrated)) => self.check(&runner, hydrated, None).await,
            (CommandInput::Discover { actor_id }, Some(hydrated)) => self.discover(&runner, hydrated, *actor_id).await,
            (_, None) => Err(unreadable("the source or destination is not there any more")),
        }
    }

    fn machine<'a>(&'a self, runner: &'a Settings) -> Machine<'a> {
        let (desk, settings, journal) = (&self.desk, &self.settings, &self.journal);
        Machine { desk, settings, runner, journal, run: RunNumber::default() }
    }

    async fn spec(&self, runner: &Settings, reference: &str) -> Result<CommandOutput> {
        let (reference, digest) = newest(&self.settings, runner, reference).await?;
        let side = Side::bare(reference);
        let machine = self.machine(runner);
        let spec = machine.ask(&side, Verb::Spec, None, |message| match message {
            Message::Spec(spec) => serde_json::value::to_raw_value(&spec).ok(),
            _ => None,
        });
        Ok(CommandOutput::Spec { spec: spec.await?, digest })
    }

    async fn check(&self, runner: &Settings, hydrated: &Hydrated, actor: Option<ActorId>) -> Result<CommandOutput> {
        let machine = self.machine(runner);
        let side = machine.side(hydrated, actor).await?;
        let keeper = actor.map(|actor| Keeper::new(&self.desk, actor, side.configuration.clone(), &self.journal));
        let status = machine.check(&side, keeper.as_ref()).await;
        if let Some(keeper) = keeper {
            keeper.finish().await;
        }
        let status = status?;
        let message = status.message.map(|message| self.journal.hide(&message));
        Ok(CommandOutput::Check { succeeded: status.status == CheckStatus::Succeeded, message })
    }

    async fn discover(&self, runner: &Settings, hydrated: &Hydrated, actor: ActorId) -> Result<CommandOutput> {
        let machine = self.machine(runner);
        let side = machine.side(hydrated, Some(actor)).await?;
        let keeper = Keeper::new(&self.desk, actor, side.configuration.clone(), &self.journal);
        let catalog = machine.ask(&side, Verb::Discover, Some(&keeper), |message| match message {
            Message::Catalog(catalog) => serde_json::value::to_raw_value(&catalog).ok(),
            _ => None,
        });
        let catalog: Result<RawJson> = catalog.await;
        keeper.finish().await;
        Ok(CommandOutput::Discover { catalog: catalog?, catalog_id: None })
    }

    async fn tell(self, answer: Result<CommandOutput>) {
        let answer = answer.map_err(|reason| self.journal.hide_in(reason));
        let (id, token, log) = (self.claimed.id, self.claimed.token, self.journal.take());
        for _ in 0..TRIES {
            let (answer, log) = (answer.clone(), log.clone());
            let told = self.desk.ask(move |plane| async move { plane.finish_command(id, token, answer, log).await });
            match told.await {
                Err(Error::Database { .. }) => tokio::time::sleep(PAUSE).await,
                _ => break,
            }
        }
        drop(self.pulse);
    }
}

fn too_slow(limit: Duration) -> FailureReason {
    let message = format!("the connector gave no answer in {} minutes and was ended", limit.as_secs() / 60);
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "connector.timeout", message)
}

fn cancelled() -> FailureReason {
    FailureReason::new(FailureOrigin::Platform, FailureKind::Cancelled, "sync.cancelled", "it was cancelled")
}

fn unreadable(why: &str) -> FailureReason {
    failure::usage("resource.not_found", why)
}
