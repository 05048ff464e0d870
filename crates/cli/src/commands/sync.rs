//! `longshore sync`: moves data from a source to a destination, without a server.

mod plan;

use super::Ending;
use crate::args::SyncArgs;
use crate::bundled::Bundled;
use crate::config;
use crate::config_file::{self, ConfigFile, WriteBack};
use crate::connector::{self, GRACE, bundled_of, catalog_file};
use crate::failure::{Result, usage};
use crate::observer::Display;
use crate::print::note;
use crate::report;
use crate::runnable::runnable;
use crate::signals::Signals;
use crate::state_file::{Replacement, StateFile};
use longshore_engine::{Outcome, PlannedStream, SyncPlan, SyncStatus, Timeouts};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Settings, Verb};
use longshore_worker::secrets::Secrets;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

/// How long a bundled destination is given to acknowledge before it is told that a stream is complete.
const SETTLE: Duration = Duration::from_secs(30);

/// Everything read and understood before a connector starts.
struct Sync<'a> {
    args: &'a SyncArgs,
    settings: Settings,
    source: ConnectorRef,
    source_config: ConfigFile,
    destination: ConnectorRef,
    destination_config: ConfigFile,
    secrets: Secrets,
}

/// Runs the command; failures before the start are reported in the form of a result.
pub(crate) async fn run(args: &SyncArgs) -> Ending {
    let cancelled_by = Cell::new(None);
    let outcome = match prepare(args) {
        Ok(sync) => sync.run(&cancelled_by).await,
        Err(reason) => Err(reason),
    };
    match outcome {
        Ok((outcome, last)) => Ending { code: report::print(&outcome, args.json, cancelled_by.get()), last },
        Err(reason) => report::print_not_started(&reason, args.json, cancelled_by.get()).into(),
    }
}

fn prepare(args: &SyncArgs) -> Result<Sync<'_>> {
    let stdin =
        [&args.source_config, &args.destination_config].into_iter().flatten().filter(|path| *path == Path::new("-"));
    if stdin.count() > 1 {
        return Err(usage("config.unreadable", "only one configuration can come from stdin"));
    }
    let source_config = config_file::read(args.source_config.as_deref())?;
    let destination_config = config_file::read(args.destination_config.as_deref())?;
    let mut secrets = Secrets::default();
    secrets.add(&source_config.text);
    secrets.add(&destination_config.text);
    Ok(Sync {
        args,
        settings: config::settings()?,
        source: connector::parse_as(FailureOrigin::Source, &args.source)?,
        source_config,
        destination: connector::parse_as(FailureOrigin::Destination, &args.destination)?,
        destination_config,
        secrets,
    })
}

impl Sync<'_> {
    /// Moves the data. What comes beside the outcome is to be put in its place once the outcome is out.
    async fn run(mut self, cancelled_by: &Cell<Option<u8>>) -> Result<(Outcome, Option<Replacement>)> {
        let mut signals = Signals::listen()?;
        let prepared = async {
            self.source = runnable(self.source.clone(), Some(FailureOrigin::Source)).await?;
            self.destination = runnable(self.destination.clone(), Some(FailureOrigin::Destination)).await?;
            self.catalog().await
        };
        let catalog = tokio::select! {
            catalog = prepared => catalog?,
            number = signals.next() => { cancelled_by.set(Some(number)); return Err(cancelled()); }
        };
        let mut state = StateFile::open(self.args.state.as_deref())?;
        let (plan, fresh) = self.plan(catalog, &mut state)?;
        let input_state = state.for_source(|stream| fresh.contains(stream));
        let cancel = async { cancelled_by.set(Some(signals.next().await)) };
        self.transfer(&plan, input_state, &mut state, cancel).await
    }

    async fn transfer(
        self,
        plan: &SyncPlan,
        input_state: Option<String>,
        state: &mut StateFile,
        cancel: impl Future<Output = ()>,
    ) -> Result<(Outcome, Option<Replacement>)> {
        let limits = Limits { memory_bytes: self.args.memory, cpus: self.args.cpus };
        let mut cancel = std::pin::pin!(cancel);
        let start = async {
            let destination = self.start_destination(plan, input_state.as_deref(), limits).await?;
            Ok((destination, self.start_source(plan, input_state, limits).await?))
        };
        let (destination, source) = tokio::select! {
            started = start => started?,
            () = &mut cancel => return Err(cancelled()),
        };
        let streams: Vec<StreamDescriptor> = plan.streams.iter().map(PlannedStream::descriptor).collect();
        let mut display = Display::new(self.args.json, self.secrets.clone(), &streams);
        let timeouts = Timeouts {
            silence: Duration::from_secs(self.args.silence_timeout),
            grace: GRACE,
            settle: bundled_of(&self.destination).map_or(Duration::ZERO, |_: &Bundled| SETTLE),
        };
        let mut outcome = longshore_engine::run(plan, source, destination, state, &mut display, timeouts, cancel).await;
        display.finish();
        let last = close(&mut outcome, state);
        for (origin, config) in &display.configurations {
            let file = if *origin == FailureOrigin::Source { &self.source_config } else { &self.destination_config };
            keep_configuration(*origin, &file.write_back, config.get());
        }
        for reason in outcome.failure.iter_mut().chain(&mut outcome.further_failures) {
            reason.message = self.secrets.hide(&reason.message);
            reason.detail = reason.detail.as_ref().map(|detail| self.secrets.hide(detail));
        }
        Ok((outcome, last))
    }

    async fn start_destination(
        &self,
        plan: &SyncPlan,
        input_state: Option<&str>,
        limits: Limits,
    ) -> Result<longshore_engine::Connector<connector::Started>> {
        let catalog = serde_json::to_string(&plan.destination_catalog()).unwrap_or_default();
        let mut files = vec![connector::config_file(&self.destination_config.text), catalog_file(catalog)];
        let connection = self.connection();
        if connection.is_some() {
            let content = input_state.unwrap_or("[]").as_bytes().to_vec();
            files.push(InputFile { flag: None, name: "input_state.json", content, env: Some("LONGSHORE_INPUT_STATE") });
        }
        let launch = connector::launch(&self.destination, FailureOrigin::Destination, Verb::Write, files);
        let mut launch = Launch { limits, ..launch };
        launch.environment.extend(connection.map(|id| ("LONGSHORE_CONNECTION".to_owned(), id)));
        Ok(connector::for_engine(longshore_runner::start(&self.settings, launch).await?))
    }

    /// What this sync has in common with its repetitions: the source, and the place where states are kept.
    fn connection(&self) -> Option<String> {
        let path = self.args.state.as_ref()?.canonicalize().ok()?;
        let digest = Sha256::digest(format!("{}\n{}", path.display(), self.source));
        Some(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    async fn start_source(
        &self,
        plan: &SyncPlan,
        input_state: Option<String>,
        limits: Limits,
    ) -> Result<longshore_engine::Connector<connector::Started>> {
        if plan.streams.iter().all(|stream| stream.already_complete) {
            return connector::with_nothing_to_say();
        }
        let catalog = serde_json::to_string(&plan.source_catalog()).unwrap_or_default();
        let mut files = vec![connector::config_file(&self.source_config.text), catalog_file(catalog)];
        files.extend(input_state.map(|text| InputFile {
            flag: Some("--state"),
            name: "state.json",
            content: text.into_bytes(),
            env: None,
        }));
        let launch = Launch { limits, ..connector::launch(&self.source, FailureOrigin::Source, Verb::Read, files) };
        Ok(connector::for_engine(longshore_runner::start(&self.settings, launch).await?))
    }
}

/// Takes off the marks that the outcome does away with. Marks that cannot be taken off are a failure of the sync: the
/// next one would go on with it. Answers with what is to be put in its place last.
fn close(outcome: &mut Outcome, state: &mut StateFile) -> Option<Replacement> {
    let closed = match &outcome.failure {
        None => state.finish(),
        Some(reason) if reason.code.starts_with("source.") => state.forget_completions().map(|()| None),
        Some(_) => Ok(None),
    };
    closed.unwrap_or_else(|reason| {
        outcome.status = SyncStatus::Failed;
        let earlier = outcome.failure.replace(reason);
        outcome.further_failures.extend(earlier);
        None
    })
}

/// A connector that rotates its tokens sends a whole new configuration: the old one may be worth nothing any more.
fn keep_configuration(origin: FailureOrigin, write_back: &WriteBack, config: &str) {
    let (path, stored) = match write_back {
        WriteBack::File(path) => (path, config_file::replace(path, config)),
        WriteBack::Nowhere(reason) => {
            note(format_args!(
                "warning: the {origin} changed its configuration (new tokens?), which is lost because {reason}"
            ));
            return;
        }
    };
    let path = path.display();
    match stored {
        Ok(()) => note(format_args!("the {origin} changed its configuration; {path} holds the new one")),
        Err(error) => {
            note(format_args!(
                "warning: the {origin} changed its configuration, and {path} cannot be written: {error}"
            ));
        }
    }
}

fn cancelled() -> FailureReason {
    let message = "cancelled before anything moved";
    FailureReason::new(FailureOrigin::Platform, FailureKind::Cancelled, "sync.cancelled", message)
}
