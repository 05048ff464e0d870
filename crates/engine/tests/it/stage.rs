//! Plays a scenario: scripted connectors on real pipes, a store in memory, a clock that jumps.

use crate::scenario::Scenario;
use crate::transcript::{Transcript, blob};
use longshore_engine::{
    Checkpoint, CheckpointStore, Connector, Event, Exit, Observer, Outcome, Process, SyncPlan, Timeouts, run,
};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_test_support::destination::Seen;
use longshore_test_support::{Ended, Events, Handle, Scripted};
use serde_json::Value;
use std::future::Future;
use std::time::Duration;

/// A scripted connector as the engine sees it.
pub(crate) struct Player(Handle);

impl Process for Player {
    async fn wait(&mut self) -> Exit {
        exit(self.0.wait().await)
    }

    async fn stop(&mut self, grace: Duration) -> Exit {
        exit(self.0.stop(grace).await)
    }
}

fn exit(ended: Ended) -> Exit {
    match ended {
        Ended::Code(code) => Exit { code: Some(code), ..Exit::default() },
        Ended::Signal(signal) => Exit { signal: Some(signal), ..Exit::default() },
    }
}

pub(crate) fn source(scripted: Scripted) -> Connector<Player> {
    let Scripted { stdin: _, stdout, stderr, handle } = scripted;
    Connector { stdin: None, stdout, stderr, process: Player(handle) }
}

pub(crate) fn destination(scripted: Scripted) -> Connector<Player> {
    let Scripted { stdin, stdout, stderr, handle } = scripted;
    Connector { stdin: Some(stdin), stdout, stderr, process: Player(handle) }
}

/// A store that keeps everything, fails when it is told to, and does not believe the engine: it takes only states that
/// the destination has echoed.
pub(crate) struct Memory {
    pub(crate) stored: Vec<String>,
    commits: usize,
    fails_at: Option<usize>,
    events: Events,
    seen: Seen,
}

impl Memory {
    pub(crate) fn new(fails_at: Option<usize>, events: &Events, seen: &Seen) -> Self {
        Self { stored: Vec::new(), commits: 0, fails_at, events: events.clone(), seen: seen.clone() }
    }
}

impl CheckpointStore for Memory {
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), FailureReason> {
        self.commits += 1;
        if self.fails_at == Some(self.commits) {
            let message = "the state cannot be stored: no space left";
            return Err(FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "state.store", message));
        }
        let echoed: Vec<Value> = self.seen.echoes().iter().map(|line| blob(line)).collect();
        for state in &checkpoint.states {
            let text = serde_json::to_string(&state.stored()).unwrap();
            assert!(echoed.contains(&blob(&format!(r#"{{"state":{text}}}"#))), "{text} is stored without an echo");
            self.stored.push(text);
        }
        self.events.announce(format!("stored {}", self.commits));
        Ok(())
    }
}

/// Plays a scenario and tells what came of it.
pub(crate) fn play(scenario: &Scenario) -> String {
    on_stage(async {
        let (events, seen) = (Events::default(), Seen::default());
        let mut store = Memory::new(scenario.store_fails_at, &events, &seen);
        let mut transcript = Transcript::default();
        let source = source(scenario.source.clone().start(&events).unwrap());
        let destination = destination(scenario.destination.clone().start(&events, &seen).unwrap());
        let cancelled = async {
            match &scenario.cancel_on {
                Some(event) => events.wait_for(event).await,
                None => std::future::pending().await,
            }
        };
        let sync = run(&scenario.plan, source, destination, &mut store, &mut transcript, scenario.timeouts, cancelled);
        // By the test's clock: a sync that hangs is over at once.
        let outcome = tokio::time::timeout(Duration::from_secs(1_000_000), sync).await.expect("the sync ends");
        transcript.told(&seen.lines(), &store.stored, &outcome)
    })
}

/// An observer without interest.
pub(crate) struct Unmoved;

impl Observer for Unmoved {
    fn event(&mut self, _: Event<'_>) {}
}

/// Moves a sync between a scripted source and a destination of the test's own.
pub(crate) async fn sync(plan: &SyncPlan, source: Scripted, destination: Scripted, timeouts: Timeouts) -> Outcome {
    let (source, destination) = (self::source(source), self::destination(destination));
    run(plan, source, destination, &mut Trusting, &mut Unmoved, timeouts, std::future::pending()).await
}

/// A store that takes everything.
struct Trusting;

impl CheckpointStore for Trusting {
    fn commit(&mut self, _: &Checkpoint) -> Result<(), FailureReason> {
        Ok(())
    }
}

/// Runs a play to its end on one thread, with a clock that jumps when nobody has anything to do.
pub(crate) fn on_stage<T>(play: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(play)
}
