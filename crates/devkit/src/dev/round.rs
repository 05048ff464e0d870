//! One round: everything made ready, then the verbs in the order that `plan` gives.

use super::happening::Happening;
use super::plan::{Action, Event, Plan, Task};
use super::{Dev, Tell, is_source};
use crate::trial::Subject;
use crate::{Project, Start, Tools};
use longshore_protocol::{Catalog, FailureOrigin, FailureReason};
use longshore_runner::ConnectorRef;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// How long records may hold up the spec, the check and the catalog.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known from the rounds before.
#[derive(Default)]
pub(super) struct Known {
    pub(super) spec: Option<Value>,
    /// As it came, and understood.
    pub(super) catalog: Option<(Value, Catalog)>,
    /// A destination that was checked can be written to at once.
    pub(super) was_checked: bool,
}

/// One round of a loop.
pub(super) struct Round<'a> {
    pub(super) dev: &'a Dev<'a>,
    pub(super) known: &'a RefCell<Known>,
    pub(super) number: u64,
    pub(super) tell: Tell<'a>,
    pub(super) begun: Instant,
    pub(super) is_healthy: Cell<bool>,
    /// Why records could not be moved by the catalog of the round before; void once there is another catalog.
    held: RefCell<Option<(&'static str, FailureReason)>>,
    /// The first record came.
    pub(super) first_record: Notify,
}

type Running<'a> = Pin<Box<dyn Future<Output = Event> + 'a>>;

impl<'a> Round<'a> {
    pub(super) fn new(dev: &'a Dev<'a>, known: &'a RefCell<Known>, number: u64, tell: Tell<'a>) -> Self {
        let (is_healthy, first_record) = (Cell::new(true), Notify::new());
        Self { dev, known, number, tell, begun: Instant::now(), is_healthy, held: RefCell::default(), first_record }
    }

    /// Runs to the end; whether nothing went wrong.
    pub(super) async fn run(self, dir: &Path, tools: &Tools) -> bool {
        if let Err(failure) = self.prepare_and_run(dir, tools).await {
            self.failed(None, failure);
        }
        let healthy = self.is_healthy.get();
        (self.tell)(Happening::Ended { healthy, seconds: self.begun.elapsed().as_secs_f64() });
        healthy
    }

    /// Something went wrong.
    pub(super) fn failed(&self, verb: Option<&str>, failure: FailureReason) {
        self.is_healthy.set(false);
        let project = self.dev.dir.join(""); // a folder is a REF by its slash
        let message = failure.message.replace(" REF", &format!(" {}", shell_words::quote(&project.to_string_lossy())));
        let failure = FailureReason { message, ..failure };
        (self.tell)(Happening::Failed { verb: verb.map(str::to_owned), failure });
    }

    async fn prepare_and_run(&self, dir: &Path, tools: &Tools) -> Result<(), FailureReason> {
        let project = Project::open(dir)?;
        let start = Start::of(&project)?;
        let config = (self.dev.config)()?;
        let installed = start.install(tools).await?;
        let reference = start.compile(tools).await?;
        (self.tell)(Happening::Prepared { installed, seconds: self.begun.elapsed().as_secs_f64() });
        self.verbs(&reference, is_source(&project), &config).await;
        Ok(())
    }

    async fn verbs(&self, reference: &ConnectorRef, is_source: bool, config: &str) {
        let subject = Subject {
            settings: self.dev.settings,
            reference,
            origin: if is_source { FailureOrigin::Source } else { FailureOrigin::Destination },
            variables: self.dev.variables,
        };
        let knows_catalog = match is_source {
            true => self.known.borrow().catalog.is_some(),
            false => self.known.borrow().was_checked,
        };
        let mut plan = Plan::new(is_source, knows_catalog);
        let (mut asking, mut moving) = (None::<Running<'_>>, None::<Running<'_>>);
        let mut events = VecDeque::from([Event::Begun]);
        let patience = sleep(PATIENCE);
        tokio::pin!(patience);
        loop {
            while let Some(event) = events.pop_front() {
                for action in plan.after(event) {
                    match action {
                        Action::Cancel(_) => moving = None,
                        Action::Start(Task::Move) => {
                            self.held.take();
                            moving = Some(Box::pin(self.task(Task::Move, subject, is_source, config)));
                        }
                        Action::Start(task) => asking = Some(Box::pin(self.task(task, subject, is_source, config))),
                    }
                }
            }
            if asking.is_none() && moving.is_none() {
                if let Some((verb, failure)) = self.held.take() {
                    self.failed(Some(verb), failure);
                }
                return;
            }
            let event = tokio::select! {
                event = end_of(&mut moving) => event,
                event = end_of(&mut asking) => event,
                () = self.first_record.notified() => Event::Underway,
                () = &mut patience, if !patience.is_elapsed() => Event::Underway,
            };
            events.push_back(event);
        }
    }

    async fn task(&self, task: Task, subject: Subject<'_>, is_source: bool, config: &str) -> Event {
        let (verb, result) = match task {
            Task::Spec => ("spec", self.spec(&subject).await),
            Task::Check => ("check", self.check(&subject, config).await),
            Task::Discover => ("discover", self.discover(&subject, config).await),
            Task::Move if is_source => ("read", self.read(&subject, config).await),
            Task::Move => ("write", self.write(&subject, config).await),
        };
        result.unwrap_or_else(|failure| {
            match task {
                Task::Move => _ = self.held.replace(Some((verb, failure))),
                _ => self.failed(Some(verb), failure),
            }
            Event::Bad(task)
        })
    }
}

/// Waits for the end of a task; for ever when there is none.
async fn end_of(running: &mut Option<Running<'_>>) -> Event {
    let Some(task) = running else { return std::future::pending().await };
    let event = task.await;
    *running = None;
    event
}
