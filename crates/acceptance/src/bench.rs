//! Where a connector is tried: starts it, keeps every run, and shares those that several clauses need.

mod catalogs;
mod source;

pub(crate) use catalogs::{configured, in_mode};

use crate::clause::destination::session::Written;
use crate::plan::Plan;
use crate::subject::Subject;
use crate::take::{Recorder, Take};
use longshore_protocol::{Catalog, ConfiguredCatalog, FailureReason};
use longshore_runner::{InputFile, Verb};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// Why something cannot be looked at: one sentence, which becomes the message of a skipped finding.
#[derive(Debug, Clone)]
pub(crate) struct Unavailable(pub(crate) String);

/// What the rules for every run are to make of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expects {
    /// It does what it was asked for: exit code 0.
    Success,
    /// It was asked for what it cannot do: an error trace, and another exit code.
    Failure,
    /// It was disturbed, or may do either.
    Either,
}

/// A connector, a plan, and all runs so far.
pub(crate) struct Bench<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) plan: &'a Plan,
    takes: RefCell<Vec<Rc<Take>>>,
    expectations: RefCell<Vec<Expects>>,
    places: Semaphore,
    has_hung: Cell<Option<Verb>>,
    spec: OnceCell<Rc<Take>>,
    discovered: [OnceCell<Result<Rc<Take>, Unavailable>>; 2],
    full: [OnceCell<Result<Rc<Take>, Unavailable>>; 2],
    incremental: OnceCell<Result<Rc<Take>, Unavailable>>,
    /// The plain sync of a destination.
    pub(crate) written: OnceCell<Result<Rc<Written>, Unavailable>>,
    /// A sync without COMPLETE.
    pub(crate) incomplete: OnceCell<Result<Rc<Written>, Unavailable>>,
    /// Why what is about refreshes is not judged.
    pub(crate) without_refreshes: OnceCell<Option<String>>,
    /// What names of streams of this run end with, so that no two runs write into the same table.
    pub(crate) suffix: String,
}

/// A run that is asked for.
pub(crate) struct Call<'a> {
    pub(crate) verb: Verb,
    /// Its name in evidence: `read (full refresh)`.
    pub(crate) name: String,
    /// The configuration in place of the plan's.
    pub(crate) config: Option<&'a str>,
    pub(crate) catalog: Option<ConfiguredCatalog>,
    /// What `--state` gets: the array of state messages' payloads, `[{"type":"STREAM",…}]`.
    pub(crate) state: Option<Value>,
    pub(crate) expects: Expects,
}

impl<'a> Call<'a> {
    /// A verb that shall succeed.
    pub(crate) fn new(verb: Verb, name: impl Into<String>) -> Self {
        Self { verb, name: name.into(), config: None, catalog: None, state: None, expects: Expects::Success }
    }

    /// With this catalog.
    pub(crate) fn catalog(self, catalog: ConfiguredCatalog) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// With this configuration in place of the plan's.
    pub(crate) fn config(self, config: &'a str) -> Self {
        Self { config: Some(config), ..self }
    }

    /// From this state.
    pub(crate) fn state(self, state: Value) -> Self {
        Self { state: Some(state), ..self }
    }

    /// With another expectation.
    pub(crate) fn expects(self, expects: Expects) -> Self {
        Self { expects, ..self }
    }
}

impl<'a> Bench<'a> {
    /// A bench on which `places` runs may go on at once.
    pub(crate) fn new(subject: &'a Subject<'a>, plan: &'a Plan, places: usize, suffix: String) -> Self {
        Self {
            subject,
            plan,
            takes: RefCell::default(),
            expectations: RefCell::default(),
            places: Semaphore::new(places),
            has_hung: Cell::new(None),
            spec: OnceCell::new(),
            discovered: [OnceCell::new(), OnceCell::new()],
            full: [OnceCell::new(), OnceCell::new()],
            incremental: OnceCell::new(),
            written: OnceCell::new(),
            incomplete: OnceCell::new(),
            without_refreshes: OnceCell::new(),
            suffix,
        }
    }

    /// Keeps the run of `spec` that was made before there was a bench.
    pub(crate) fn begin(&self, spec: Take) {
        // Nobody asked for it before, so there is nothing in its place.
        let _ = self.spec.set(self.keep(spec, Expects::Success));
    }

    /// Waits for a place in which a connector may run; it is free again when the permit is dropped.
    pub(crate) async fn place(&self) -> SemaphorePermit<'_> {
        match self.places.acquire().await {
            Ok(permit) => permit,
            Err(_) => std::future::pending().await, // never closed
        }
    }

    /// Runs a verb to its end.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Rc<Take>, Unavailable> {
        let _place = self.place().await;
        let expects = call.expects;
        let recorder = self.start(call).await?;
        Ok(self.keep(recorder.end().await, expects))
    }

    /// Starts a verb that the caller drives. The caller holds a [`place`](Self::place), and hands the take to
    /// [`keep`](Self::keep).
    pub(crate) async fn start(&self, call: Call<'_>) -> Result<Recorder, Unavailable> {
        self.start_as(self.subject, call).await
    }

    /// The same, for the connector in other surroundings.
    pub(crate) async fn start_as(&self, subject: &Subject<'_>, call: Call<'_>) -> Result<Recorder, Unavailable> {
        if self.has_hung.get() == Some(call.verb) {
            return Err(Unavailable(format!("`{}` hung before, and is not run again", call.verb)));
        }
        let files = self.files(&call)?;
        Recorder::start(subject, call.verb, call.name, files, &self.plan.environment)
            .await
            .map_err(|failure| unavailable(&failure))
    }

    /// Keeps a run for the rules that hold for every run.
    pub(crate) fn keep(&self, take: Take, expects: Expects) -> Rc<Take> {
        if matches!(take.ending, crate::take::Ending::Silent | crate::take::Ending::NotEnded) {
            self.has_hung.set(Some(take.verb));
        }
        let take = Rc::new(take);
        self.takes.borrow_mut().push(Rc::clone(&take));
        self.expectations.borrow_mut().push(expects);
        take
    }

    /// All runs so far.
    pub(crate) fn takes(&self) -> Vec<Rc<Take>> {
        self.takes.borrow().clone()
    }

    /// All runs so far, each with what it shall come to.
    pub(crate) fn takes_and_expectations(&self) -> Vec<(Rc<Take>, Expects)> {
        self.takes.borrow().iter().cloned().zip(self.expectations.borrow().iter().copied()).collect()
    }

    /// The configuration of the plan.
    pub(crate) fn config(&self) -> Result<&str, Unavailable> {
        let why = || Unavailable(self.plan.no_config.clone().unwrap_or_else(|| "there is no configuration".to_owned()));
        self.plan.config.as_deref().ok_or_else(why)
    }

    /// What `spec` printed; the run is made once.
    pub(crate) async fn spec_take(&self) -> Result<Rc<Take>, Unavailable> {
        self.spec.get_or_try_init(|| self.run(Call::new(Verb::Spec, "spec"))).await.cloned()
    }

    /// The object under `spec` of the first SPEC message.
    pub(crate) async fn spec(&self) -> Result<Value, Unavailable> {
        let told = spec_of(self.spec_take().await?.as_ref());
        told.ok_or_else(|| Unavailable("the connector printed no SPEC message".to_owned()))
    }

    fn files(&self, call: &Call<'_>) -> Result<Vec<InputFile>, Unavailable> {
        let mut files = Vec::new();
        if call.verb != Verb::Spec {
            let config = call.config.map_or_else(|| self.config(), Ok)?;
            files.push(file("--config", "config.json", config.as_bytes().to_vec()));
        }
        if let Some(catalog) = &call.catalog {
            files.push(file("--catalog", "catalog.json", serde_json::to_vec(catalog).unwrap_or_default()));
        }
        if let Some(state) = &call.state {
            files.push(file("--state", "state.json", state.to_string().into_bytes()));
        }
        Ok(files)
    }
}

/// The object under `spec` of the first SPEC message.
pub(crate) fn spec_of(take: &Take) -> Option<Value> {
    take.messages("SPEC").next().map(|message| message["spec"].clone())
}

/// What is discovered, decoded.
pub(crate) fn catalog_of(take: &Take) -> Result<Catalog, Unavailable> {
    let message = take.messages("CATALOG").next();
    let message = message.ok_or_else(|| Unavailable("`discover` printed no CATALOG message".to_owned()))?;
    serde_json::from_value(message["catalog"].clone())
        .map_err(|error| Unavailable(format!("the catalog cannot be used: {error}")))
}

fn file(flag: &'static str, name: &'static str, content: Vec<u8>) -> InputFile {
    InputFile { flag: Some(flag), name, content, env: None }
}

fn unavailable(failure: &FailureReason) -> Unavailable {
    Unavailable(format!("the connector could not be started: {} ({})", failure.message, failure.code))
}
