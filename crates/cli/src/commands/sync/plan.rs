//! What a sync is to move: the configured catalog, and for each stream its generation and whether it starts over.

use super::{Sync, keep_configuration};
use crate::catalog::{Wishes, configure};
use crate::connector::{self, ask, bundled_of};
use crate::failure::{Result, usage};
use crate::print::note;
use crate::state_file::{Mark, StateFile};
use longshore_engine::plan::NamespaceDefinition;
use longshore_engine::{NameMapping, PlannedStream, SyncPlan};
use longshore_protocol::{
    ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, FailureOrigin, Message, StreamDescriptor, SyncMode,
};
use longshore_runner::Verb;
use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

impl Sync<'_> {
    /// The configured catalog: the user's own, or what the source offers.
    pub(super) async fn catalog(&self) -> Result<ConfiguredCatalog> {
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
    pub(super) fn plan(
        &self,
        catalog: ConfiguredCatalog,
        state: &mut StateFile,
    ) -> Result<(SyncPlan, HashSet<StreamDescriptor>)> {
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

fn milliseconds_since_epoch() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
