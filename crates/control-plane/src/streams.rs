//! Which streams a connection takes, and how: from what somebody wished to what is stored.

use crate::{Error, Problem, Result};
use longshore_protocol::object::Extra;
use longshore_protocol::{Catalog, ConfiguredStream, DestinationSyncMode, Stream, StreamDescriptor, SyncMode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;

/// One stream of a connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamSelection {
    /// The stream, whole, and how it is read and written. Its generation is that of each attempt, not kept here.
    pub configured: ConfiguredStream,
    /// Whether it is synced.
    pub is_selected: bool,
    /// The paths of the fields that are synced; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_fields: Option<Vec<Vec<String>>>,
    /// Kept for clients; always empty, as mappers are not carried out yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mappers: Vec<Value>,
    /// A name that clients give it; kept for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The connector suggests it; kept for clients.
    #[serde(default)]
    pub is_suggested: bool,
}

impl StreamSelection {
    /// The stream's name.
    #[must_use]
    pub fn descriptor(&self) -> StreamDescriptor {
        self.configured.descriptor()
    }
}

/// What somebody wants of a source.
#[derive(Debug, Clone)]
pub enum Streams {
    /// Everything, as full refresh with overwriting.
    All,
    /// These, and what is left open is found out.
    Wishes(Vec<StreamWish>),
    /// These, as they are.
    Selections(Vec<StreamSelection>),
}

/// One wanted stream.
#[derive(Debug, Clone, Default)]
pub struct StreamWish {
    /// Its name.
    pub name: String,
    /// Its namespace; needed when several streams have the name.
    pub namespace: Option<String>,
    /// How it is read and written; full refresh with overwriting when absent.
    pub modes: Option<(SyncMode, DestinationSyncMode)>,
    /// The cursor.
    pub cursor_field: Option<Vec<String>>,
    /// The primary key.
    pub primary_key: Option<Vec<Vec<String>>>,
    /// The fields; all of them when absent.
    pub selected_fields: Option<Vec<Vec<String>>>,
    /// Whether its files are moved.
    pub include_files: Option<bool>,
    /// Data activation: the target object.
    pub destination_object_name: Option<String>,
    /// Refused unless empty.
    pub mappers: Vec<Value>,
}

const FULL_REFRESH: SyncMode = SyncMode::FullRefresh;
const INCREMENTAL: SyncMode = SyncMode::Incremental;

/// The pairs of modes and their names in the public API.
const MODES: [(&str, SyncMode, DestinationSyncMode); 9] = [
    ("full_refresh_overwrite", FULL_REFRESH, DestinationSyncMode::Overwrite),
    ("full_refresh_overwrite_deduped", FULL_REFRESH, DestinationSyncMode::OverwriteDedup),
    ("full_refresh_append", FULL_REFRESH, DestinationSyncMode::Append),
    ("full_refresh_update", FULL_REFRESH, DestinationSyncMode::Update),
    ("full_refresh_soft_delete", FULL_REFRESH, DestinationSyncMode::SoftDelete),
    ("incremental_append", INCREMENTAL, DestinationSyncMode::Append),
    ("incremental_deduped_history", INCREMENTAL, DestinationSyncMode::AppendDedup),
    ("incremental_update", INCREMENTAL, DestinationSyncMode::Update),
    ("incremental_soft_delete", INCREMENTAL, DestinationSyncMode::SoftDelete),
];

/// The name of a pair of modes; `None` for pairs that are not offered.
#[must_use]
pub fn name_of_modes(source: SyncMode, destination: DestinationSyncMode) -> Option<&'static str> {
    MODES.iter().find(|(_, s, d)| (*s, *d) == (source, destination)).map(|(name, ..)| *name)
}

/// The pair of modes of a name.
#[must_use]
pub fn modes_of_name(name: &str) -> Option<(SyncMode, DestinationSyncMode)> {
    MODES.iter().find(|(known, ..)| *known == name).map(|(_, source, destination)| (*source, *destination))
}

/// The names of the pairs that a stream and a destination have both.
#[must_use]
pub fn modes_in_common(stream: &Stream, destination: &[DestinationSyncMode]) -> Vec<&'static str> {
    let offered = |(_, source, mode): &&(&str, SyncMode, DestinationSyncMode)| {
        supports(stream, *source) && offers(destination, *mode)
    };
    MODES.iter().filter(offered).map(|(name, ..)| *name).collect()
}

/// A catalog that names no mode is of a time when there was one.
fn supports(stream: &Stream, mode: SyncMode) -> bool {
    stream.supported_sync_modes.contains(&mode) || (stream.supported_sync_modes.is_empty() && mode == FULL_REFRESH)
}

/// `overwrite_dedup` is a word of the platform: it is there where both its halves are.
fn offers(destination: &[DestinationSyncMode], mode: DestinationSyncMode) -> bool {
    match mode {
        DestinationSyncMode::OverwriteDedup => {
            destination.contains(&DestinationSyncMode::Overwrite)
                && destination.contains(&DestinationSyncMode::AppendDedup)
        }
        mode => destination.contains(&mode),
    }
}

/// Makes of a wish what is stored.
///
/// # Errors
/// `connection.stream_unknown`, `connection.stream_twice`, `connection.sync_mode`, `connection.cursor`,
/// `connection.primary_key`, `connection.selected_fields`, `mapper.not_supported`.
pub fn resolve(
    catalog: &Catalog,
    destination: &[DestinationSyncMode],
    streams: Streams,
) -> Result<Vec<StreamSelection>> {
    match streams {
        Streams::All => Ok(catalog.streams.iter().map(everything).collect()),
        Streams::Wishes(wishes) => resolve_wishes(catalog, destination, &wishes),
        Streams::Selections(selections) => checked(selections),
    }
}

fn everything(stream: &Stream) -> StreamSelection {
    let mut configured = configured(stream, (FULL_REFRESH, DestinationSyncMode::Overwrite));
    configured.cursor_field.clone_from(&stream.default_cursor_field);
    configured.primary_key.clone_from(&stream.source_defined_primary_key);
    selection(configured)
}

/// How a stream is taken that came up after the connection was made.
#[must_use]
pub fn default_selection(stream: &Stream) -> StreamSelection {
    let has_cursor = stream.source_defined_cursor == Some(true);
    let has_key = stream.source_defined_primary_key.as_ref().is_some_and(|key| !key.is_empty());
    let can_refresh = supports(stream, FULL_REFRESH);
    let modes = match (has_cursor && supports(stream, INCREMENTAL), has_key) {
        (true, true) => (INCREMENTAL, DestinationSyncMode::AppendDedup),
        (true, false) if !can_refresh => (INCREMENTAL, DestinationSyncMode::Append),
        _ => (FULL_REFRESH, DestinationSyncMode::Overwrite),
    };
    let mut configured = configured(stream, modes);
    configured.cursor_field.clone_from(&stream.default_cursor_field);
    configured.primary_key.clone_from(&stream.source_defined_primary_key);
    selection(configured)
}

fn resolve_wishes(
    catalog: &Catalog,
    destination: &[DestinationSyncMode],
    wishes: &[StreamWish],
) -> Result<Vec<StreamSelection>> {
    let mut taken = HashSet::new();
    let resolve = |(at, wish)| {
        let stream = find(catalog, wish, at)?;
        if !taken.insert(stream.descriptor()) {
            return Err(wrong("connection.stream_twice", at, "", format!("the stream `{}` is there twice", wish.name)));
        }
        resolve_wish(stream, destination, wish, at)
    };
    wishes.iter().enumerate().map(resolve).collect()
}

fn find<'a>(catalog: &'a Catalog, wish: &StreamWish, at: usize) -> Result<&'a Stream> {
    let named: Vec<&Stream> = catalog.streams.iter().filter(|stream| stream.name == wish.name).collect();
    let unknown = |message| Err(wrong("connection.stream_unknown", at, "/name", message));
    match named.as_slice() {
        [] => unknown(format!("the source has no stream `{}`", wish.name)),
        [stream] => Ok(stream),
        several => match several.iter().find(|stream| stream.namespace == wish.namespace) {
            Some(stream) => Ok(stream),
            None => unknown(format!("the source has several streams `{}`: name the namespace, too", wish.name)),
        },
    }
}

fn resolve_wish(
    stream: &Stream,
    destination: &[DestinationSyncMode],
    wish: &StreamWish,
    at: usize,
) -> Result<StreamSelection> {
    if !wish.mappers.is_empty() {
        let message = "mappers are not carried out by this version of Longshore; leave them out";
        return Err(wrong("mapper.not_supported", at, "/mappers", message.to_owned()));
    }
    let modes = resolve_modes(stream, destination, wish, at)?;
    let mut configured = configured(stream, modes);
    configured.cursor_field = resolve_cursor(stream, modes.0, wish, at)?;
    configured.primary_key = resolve_primary_key(stream, modes.1, wish, at)?;
    configured.include_files = wish.include_files;
    configured.destination_object_name.clone_from(&wish.destination_object_name);
    let mut selection = selection(configured);
    selection.selected_fields = resolve_fields(&selection.configured, wish, at)?;
    Ok(selection)
}

fn resolve_modes(
    stream: &Stream,
    destination: &[DestinationSyncMode],
    wish: &StreamWish,
    at: usize,
) -> Result<(SyncMode, DestinationSyncMode)> {
    let Some(modes) = wish.modes else { return Ok((FULL_REFRESH, DestinationSyncMode::Overwrite)) };
    let valid = modes_in_common(stream, destination);
    if name_of_modes(modes.0, modes.1).is_some_and(|name| valid.contains(&name)) {
        return Ok(modes);
    }
    let message = format!(
        "the stream `{}` cannot be synced that way between this source and this destination; what can be: {}",
        stream.name,
        if valid.is_empty() { "nothing".to_owned() } else { valid.join(", ") }
    );
    Err(wrong("connection.sync_mode", at, "/syncMode", message))
}

fn resolve_cursor(stream: &Stream, mode: SyncMode, wish: &StreamWish, at: usize) -> Result<Option<Vec<String>>> {
    let given = wish.cursor_field.clone().filter(|path| !path.is_empty());
    let default = stream.default_cursor_field.clone().filter(|path| !path.is_empty());
    if mode == FULL_REFRESH {
        return Ok(given.or(default));
    }
    let wrong = |message| Err(wrong("connection.cursor", at, "/cursorField", message));
    let name = &stream.name;
    match (stream.source_defined_cursor == Some(true), given) {
        (true, Some(given)) if default.as_ref() != Some(&given) => {
            wrong(format!("the source chooses the cursor of the stream `{name}`: leave it out"))
        }
        (true, _) => Ok(default),
        (false, Some(given)) if !has_field(stream, &given) => {
            wrong(format!("the stream `{name}` has no field `{}` to be its cursor", given.join(".")))
        }
        (false, Some(given)) => Ok(Some(given)),
        (false, None) if default.is_some() => Ok(default),
        (false, None) => wrong(format!("the stream `{name}` needs a cursor to be synced incrementally")),
    }
}

fn resolve_primary_key(
    stream: &Stream,
    mode: DestinationSyncMode,
    wish: &StreamWish,
    at: usize,
) -> Result<Option<Vec<Vec<String>>>> {
    let given = wish.primary_key.clone().filter(|key| !key.is_empty());
    let defined = stream.source_defined_primary_key.clone().filter(|key| !key.is_empty());
    if !needs_primary_key(mode) {
        return Ok(given.or(defined));
    }
    let wrong = |message| Err(wrong("connection.primary_key", at, "/primaryKey", message));
    let name = &stream.name;
    match (defined, given) {
        (Some(defined), Some(given)) if !same_paths(&defined, &given) => {
            wrong(format!("the source chooses the primary key of the stream `{name}`: leave it out"))
        }
        (Some(defined), _) => Ok(Some(defined)),
        (None, Some(given)) => match given.iter().find(|path| !has_field(stream, path)) {
            Some(path) => wrong(format!("the stream `{name}` has no field `{}` for its primary key", path.join("."))),
            None if given.iter().collect::<HashSet<_>>().len() < given.len() => {
                wrong(format!("the primary key of the stream `{name}` names a field twice"))
            }
            None => Ok(Some(given)),
        },
        (None, None) => wrong(format!("the stream `{name}` needs a primary key for this mode")),
    }
}

/// Whether rows are told apart by their key.
#[must_use]
pub(crate) fn needs_primary_key(mode: DestinationSyncMode) -> bool {
    use DestinationSyncMode::{AppendDedup, OverwriteDedup, SoftDelete, Update};
    matches!(mode, AppendDedup | OverwriteDedup | Update | SoftDelete)
}

fn same_paths(a: &[Vec<String>], b: &[Vec<String>]) -> bool {
    a.iter().collect::<HashSet<_>>() == b.iter().collect::<HashSet<_>>()
}

fn resolve_fields(configured: &ConfiguredStream, wish: &StreamWish, at: usize) -> Result<Option<Vec<Vec<String>>>> {
    let Some(fields) = wish.selected_fields.clone() else { return Ok(None) };
    let name = &wish.name;
    let problem = match () {
        () if fields.is_empty() => Some(format!("no field of the stream `{name}` is selected")),
        () if fields.iter().any(|path| path.len() != 1) => {
            Some(format!("fields of the stream `{name}` are selected at the top level only"))
        }
        () if fields.iter().collect::<HashSet<_>>().len() < fields.len() => {
            Some(format!("a field of the stream `{name}` is selected twice"))
        }
        () => unknown_or_missing_field(configured, &fields, name),
    };
    match problem {
        Some(message) => Err(wrong("connection.selected_fields", at, "/selectedFields", message)),
        None => Ok(Some(fields)),
    }
}

fn unknown_or_missing_field(configured: &ConfiguredStream, fields: &[Vec<String>], name: &str) -> Option<String> {
    if let Some(path) = fields.iter().find(|path| !has_field(&configured.stream, path)) {
        return Some(format!("the stream `{name}` has no field `{}`", path.join(".")));
    }
    let is_left_out = |path: &&[String]| path.first().is_some_and(|top| !fields.iter().any(|field| field[0] == *top));
    let key = configured.primary_key.iter().flatten().map(Vec::as_slice);
    let key = key.filter(|_| needs_primary_key(configured.destination_sync_mode));
    if let Some(path) = key.into_iter().find(is_left_out) {
        return Some(format!("the field `{}` is of the primary key of the stream `{name}`: select it", path.join(".")));
    }
    let cursor = configured.cursor().filter(|_| configured.sync_mode == INCREMENTAL).filter(is_left_out)?;
    Some(format!("the field `{}` is the cursor of the stream `{name}`: select it", cursor.join(".")))
}

/// Whether the stream's schema has the field. A schema without properties may have any.
fn has_field(stream: &Stream, path: &[String]) -> bool {
    let schema: Value = serde_json::from_str(stream.json_schema.get()).unwrap_or_default();
    let mut at = &schema;
    for name in path {
        let Some(properties) = at.get("properties").and_then(Value::as_object) else { return at != &schema };
        let Some(next) = properties.get(name) else { return false };
        at = next;
    }
    !path.is_empty()
}

fn checked(selections: Vec<StreamSelection>) -> Result<Vec<StreamSelection>> {
    let mut taken = HashSet::new();
    for (at, selection) in selections.iter().enumerate() {
        if !selection.mappers.is_empty() {
            let message = "mappers are not carried out by this version of Longshore; leave them out";
            return Err(wrong("mapper.not_supported", at, "/config/mappers", message.to_owned()));
        }
        if !taken.insert(selection.descriptor()) {
            let message = format!("the stream `{}` is there twice", selection.descriptor());
            return Err(wrong("connection.stream_twice", at, "", message));
        }
        check_selection(selection, at)?;
    }
    Ok(selections)
}

/// What a sync cannot do without: a page may leave it out, a worker must not find that out.
fn check_selection(selection: &StreamSelection, at: usize) -> Result<()> {
    let configured = &selection.configured;
    if !selection.is_selected {
        return Ok(());
    }
    let name = &configured.stream.name;
    let has_key = configured.primary_key.as_ref().is_some_and(|key| !key.is_empty());
    if needs_primary_key(configured.destination_sync_mode) && !has_key {
        let message = format!("the stream `{name}` needs a primary key for this mode");
        return Err(wrong("connection.primary_key", at, "/config/primaryKey", message));
    }
    let chooses_itself = configured.stream.source_defined_cursor == Some(true);
    if configured.sync_mode == INCREMENTAL && !chooses_itself && configured.cursor().is_none() {
        let message = format!("the stream `{name}` needs a cursor to be synced incrementally");
        return Err(wrong("connection.cursor", at, "/config/cursorField", message));
    }
    Ok(())
}

fn configured(stream: &Stream, modes: (SyncMode, DestinationSyncMode)) -> ConfiguredStream {
    ConfiguredStream {
        stream: stream.clone(),
        sync_mode: modes.0,
        cursor_field: None,
        destination_sync_mode: modes.1,
        primary_key: None,
        generation_id: None,
        minimum_generation_id: None,
        sync_id: None,
        destination_object_name: None,
        include_files: None,
        extra: Extra::default(),
    }
}

fn selection(configured: ConfiguredStream) -> StreamSelection {
    StreamSelection {
        configured,
        is_selected: true,
        selected_fields: None,
        mappers: Vec::new(),
        alias: None,
        is_suggested: false,
    }
}

fn wrong(code: &'static str, at: usize, field: &str, message: String) -> Error {
    let problems = vec![Problem { path: format!("/streams/{at}{field}"), message: message.clone() }];
    Error::Invalid { code, message, problems }
}
