//! `longshore sync`: moves data from a source to a destination, without a server.

use crate::args::SyncArgs;
use crate::bundled::Bundled;
use crate::catalog::{Wishes, configure};
use crate::config;
use crate::config_file::{self, ConfigFile, WriteBack};
use crate::connector::{self, GRACE, ask, bundled_of, catalog_file};
use crate::failure::{Result, usage};
use crate::observer::Display;
use crate::print::note;
use crate::redact::Secrets;
use crate::report;
use crate::signals::Signals;
use crate::state_file::{Mark, StateFile};
use longshore_engine::plan::NamespaceDefinition;
use longshore_engine::{NameMapping, Outcome, PlannedStream, SyncPlan, Timeouts};
use longshore_protocol::{
    ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, FailureKind, FailureOrigin, FailureReason, Message,
    StreamDescriptor, SyncMode,
};
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Settings, Verb};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

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
pub(crate) async fn run(args: &SyncArgs) -> ExitCode {
    let cancelled_by = Cell::new(None);
    let outcome = match prepare(args) {
        Ok(sync) => sync.run(&cancelled_by).await,
        Err(reason) => Err(reason),
    };
    match outcome {
        Ok(outcome) => report::print(&outcome, args.json, cancelled_by.get()),
        Err(reason) => report::print_not_started(&reason, args.json, cancelled_by.get()),
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
    async fn run(self, cancelled_by: &Cell<Option<u8>>) -> Result<Outcome> {
        let mut signals = Signals::listen()?;
        let catalog = tokio::select! {
            catalog = self.catalog() => catalog?,
            number = signals.next() => { cancelled_by.set(Some(number)); return Err(cancelled()); }
        };
        let mut state = StateFile::open(self.args.state.as_deref())?;
        let (plan, fresh) = self.plan(catalog, &mut state)?;
        let input_state = state.for_source(|stream| fresh.contains(stream));
        let cancel = async { cancelled_by.set(Some(signals.next().await)) };
        self.transfer(&plan, input_state, &mut state, cancel).await
    }

    /// The configured catalog: the user's own, or what the source offers.
    async fn catalog(&self) -> Result<ConfiguredCatalog> {
        let wishes = |supported| Wishes {
            streams: &self.args.streams,
            sync_mode: self.args.sync_mode.map(SyncMode::from),
            destination_sync_mode: self.args.destination_sync_mode.map(DestinationSyncMode::from),
            supported,
        };
        if let Some(path) = &self.args.catalog {
            let mut catalog = read_catalog(path)?;
            for stream in &mut catalog.streams {
                let wishes = wishes(&[]);
                stream.sync_mode = wishes.sync_mode.unwrap_or(stream.sync_mode);
                stream.destination_sync_mode = wishes.destination_sync_mode.unwrap_or(stream.destination_sync_mode);
            }
            return Ok(catalog);
        }
        let config = vec![connector::config_file(&self.source_config.text)];
        let discover = ask(&self.settings, &self.source, FailureOrigin::Source, Verb::Discover, config);
        let (offered, supported) = tokio::join!(discover, self.supported_modes());
        let (offered, new_config) =
            offered?.expect(&self.source, FailureOrigin::Source, Verb::Discover, |message| match message {
                Message::Catalog(catalog) => Some(catalog),
                _ => None,
            })?;
        if let Some(config) = new_config {
            keep_configuration(FailureOrigin::Source, &self.source_config.write_back, config.get());
        }
        configure(offered, &wishes(&supported?))
    }

    /// What the destination can do with records.
    async fn supported_modes(&self) -> Result<Vec<DestinationSyncMode>> {
        if let Some(bundled) = bundled_of(&self.destination) {
            return Ok(bundled.destination_sync_modes.to_vec());
        }
        let origin = FailureOrigin::Destination;
        let answer = ask(&self.settings, &self.destination, origin, Verb::Spec, Vec::new()).await?;
        let (spec, _) = answer.expect(&self.destination, origin, Verb::Spec, |message| match message {
            Message::Spec(spec) => Some(spec),
            _ => None,
        })?;
        Ok(spec.supported_destination_sync_modes.unwrap_or_else(|| vec![DestinationSyncMode::Append]))
    }

    /// Gives each stream its generation; says which of them start over.
    fn plan(&self, catalog: ConfiguredCatalog, state: &mut StateFile) -> Result<(SyncPlan, HashSet<StreamDescriptor>)> {
        let now = milliseconds_since_epoch();
        let supports_refreshes = bundled_of(&self.destination).is_some();
        let mut fresh = HashSet::new();
        let mut streams = Vec::with_capacity(catalog.streams.len());
        for configured in catalog.streams {
            let unfinished = state.unfinished(&configured.descriptor());
            let (stream, goes_on) = self.planned(configured, unfinished, supports_refreshes, now)?;
            let generation_id = stream.is_full_refresh().then_some(stream.configured.generation_id).flatten();
            state.mark(stream.descriptor(), Mark { generation_id, complete: stream.already_complete });
            if !goes_on {
                fresh.insert(stream.descriptor());
            }
            streams.push(stream);
        }
        let plan = SyncPlan { streams, names: self.names(), destination_supports_refreshes: supports_refreshes };
        plan.check_names().map_err(|conflict| {
            let [first, second] = &conflict.streams;
            let message = format!(
                "streams {first} and {second} would both become {} at the destination; choose another --namespace or --prefix, or leave one out with --streams",
                conflict.name
            );
            usage("catalog.name_conflict", message)
        })?;
        Ok((plan, fresh))
    }

    /// A stream with its generation: that of an interrupted refresh if this sync can go on with it, else a new one. Says
    /// too whether the source goes on from its state.
    fn planned(
        &self,
        configured: ConfiguredStream,
        unfinished: Mark,
        supports_refreshes: bool,
        now: i64,
    ) -> Result<(PlannedStream, bool)> {
        let mut stream = with_selected_fields(configured)?;
        let overwrites = matches!(
            stream.configured.destination_sync_mode,
            DestinationSyncMode::Overwrite | DestinationSyncMode::OverwriteDedup
        );
        // A destination without generations empties the table at each start: nothing of it can be gone on with.
        let keeps_rows = supports_refreshes || !overwrites;
        let full_refresh = stream.is_full_refresh();
        stream.already_complete =
            unfinished.complete && keeps_rows && unfinished.generation_id.is_some() == full_refresh;
        let resumes = stream.already_complete || (stream.configured.stream.is_resumable == Some(true) && keeps_rows);
        let configured = &mut stream.configured;
        let unfinished = unfinished.generation_id.filter(|_| resumes);
        let generation = if full_refresh { unfinished.unwrap_or(now) } else { 0 };
        let minimum = if overwrites && full_refresh { generation } else { 0 };
        configured.generation_id = configured.generation_id.or(Some(generation));
        configured.minimum_generation_id = configured.minimum_generation_id.or(Some(minimum));
        configured.sync_id = configured.sync_id.or(Some(now));
        if stream.already_complete {
            note(format_args!(
                "{}: all of it arrived in the interrupted sync; it is not read again",
                stream.descriptor()
            ));
        }
        Ok((stream, !full_refresh || unfinished.is_some()))
    }

    fn names(&self) -> NameMapping {
        let namespace = match self.args.namespace.as_deref() {
            None => NamespaceDefinition::Source,
            Some("") => NamespaceDefinition::Destination,
            Some(format) => NamespaceDefinition::Custom(format.to_owned()),
        };
        NameMapping { namespace, prefix: self.args.prefix.clone() }
    }

    async fn transfer(
        self,
        plan: &SyncPlan,
        input_state: Option<String>,
        state: &mut StateFile,
        cancel: impl Future<Output = ()>,
    ) -> Result<Outcome> {
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
        match &outcome.failure {
            None => state.finish()?,
            Some(reason) if reason.code.starts_with("source.") => state.forget_completions()?,
            Some(_) => {}
        }
        for (origin, config) in &display.configurations {
            let file = if *origin == FailureOrigin::Source { &self.source_config } else { &self.destination_config };
            keep_configuration(*origin, &file.write_back, config.get());
        }
        for reason in outcome.failure.iter_mut().chain(&mut outcome.further_failures) {
            reason.message = self.secrets.hide(&reason.message);
            reason.detail = reason.detail.as_ref().map(|detail| self.secrets.hide(detail));
        }
        Ok(outcome)
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

/// A stream, with the fields to keep if the catalog names some (`selectedFields`, as the platform's API writes them).
fn with_selected_fields(mut configured: ConfiguredStream) -> Result<PlannedStream> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Field {
        field_path: Vec<String>,
    }
    if configured.extra.get("selectedFields").is_none() {
        return Ok(PlannedStream::whole(configured));
    }
    let name = configured.descriptor();
    let fields: Vec<Field> = configured.extra.take("selectedFields").unwrap_or_default();
    let selected: HashSet<String> =
        fields.into_iter().filter_map(|field| field.field_path.into_iter().next()).collect();
    let key =
        configured.primary_key.iter().flatten().chain(configured.cursor_field.as_ref()).filter_map(|path| path.first());
    if let Some(field) = key.clone().find(|field| !selected.contains(*field)) {
        let message =
            format!("stream {name}: `{field}` is its cursor or part of its primary key and must be in selectedFields");
        return Err(usage("catalog.field_needed", message));
    }
    Ok(PlannedStream { selected_fields: Some(selected), ..PlannedStream::whole(configured) })
}

fn read_catalog(path: &Path) -> Result<ConfiguredCatalog> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|e| usage("catalog.unreadable", format!("cannot read {shown}: {e}")))?;
    let catalog: ConfiguredCatalog = serde_json::from_str(&text)
        .map_err(|error| usage("catalog.unreadable", format!("{shown} is not a configured catalog: {error}")))?;
    if catalog.streams.is_empty() {
        return Err(usage("catalog.empty", format!("{shown} holds no streams, so there is nothing to move")));
    }
    Ok(catalog)
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

fn milliseconds_since_epoch() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
