//! `discover`: the tap's catalog in the words of the protocol.
//!
//! Taps are asked with `--discover`. For those that cannot, a person gives a Singer catalog; failing that, the SCHEMA
//! messages of a short run say what there is.

use crate::about::Help;
use crate::child::{Program, Stderr};
use crate::entry::{Entry, entries, first_object};
use crate::files::{Inputs, read_file};
use crate::lines::{Cut, Filled, Lines};
use crate::settings::CatalogOption;
use crate::{Failure, Wrapper, schema};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A tap that is only looked at is stopped after this many records,
const SHORT_RUN_RECORDS: usize = 1000;
/// or after this time, once it has said something.
const SHORT_RUN: Duration = Duration::from_secs(20);

/// What is known of a tap's streams.
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    /// The whole catalog as the tap wrote it; nothing for a tap that cannot discover.
    pub(crate) catalog: Option<Value>,
    pub(crate) option: CatalogOption,
}

/// What becomes of a tap that cannot discover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undiscoverable {
    /// Its streams are learnt in a short run.
    IsLookedAt,
    /// It is about to run: its streams are those that were configured.
    IsTaken,
}

pub(crate) fn discover(wrapper: &Wrapper, inputs: &Inputs) -> Result<(), Failure> {
    let Found { entries, .. } = streams_of(wrapper, inputs, Undiscoverable::IsLookedAt)?;
    inputs.report_changes(&wrapper.output)?;
    for excluded in &wrapper.settings.exclude_streams {
        if !entries.iter().any(|entry| entry.name == *excluded) {
            wrapper.output.warn(&format!("`exclude_streams` names {excluded}, which the tap does not have"));
        }
    }
    let offered = entries.iter().filter(|entry| !wrapper.settings.exclude_streams.contains(&entry.name));
    let streams: Vec<Value> = offered.map(|entry| stream(wrapper, entry)).collect();
    wrapper.output.message(&json!({"type": "CATALOG", "catalog": {"streams": streams}}).to_string())
}

fn stream(wrapper: &Wrapper, entry: &Entry) -> Value {
    let settings = wrapper.settings.stream(&entry.name);
    let reading = entry.reading(&settings);
    let incremental_only = reading.modes == [longshore_protocol::SyncMode::Incremental];
    let mut stream = json!({
        "name": entry.name,
        "json_schema": schema::of_record(&entry.json["schema"]),
        "supported_sync_modes": reading.modes,
        // A full table that was interrupted is read again from its beginning: Singer has no word for going on.
        "is_resumable": incremental_only,
    });
    if reading.source_defined {
        stream["source_defined_cursor"] = json!(true);
    }
    if let Some(cursor) = reading.cursor {
        stream["default_cursor_field"] = json!([cursor]);
    }
    let key: Vec<Vec<String>> = entry.key(&settings).into_iter().map(|field| vec![field]).collect();
    if !key.is_empty() {
        stream["source_defined_primary_key"] = json!(key);
    }
    stream
}

/// Finds out which streams there are, and how the tap wants to be told which to read.
pub(crate) fn streams_of(wrapper: &Wrapper, inputs: &Inputs, undiscoverable: Undiscoverable) -> Result<Found, Failure> {
    let told = wrapper.settings.catalog.as_deref().map(read_file).transpose()?;
    if let Some(text) = told {
        let catalog = serde_json::from_str(&text)
            .map_err(|error| Failure::config(format!("`catalog` of the wrapper's settings is no JSON: {error}")))?;
        return found(wrapper, catalog, wrapper.help());
    }
    // Asking both at once costs one start of an interpreter, not two.
    let (help, answer) = std::thread::scope(|scope| {
        let asked = (wrapper.settings.catalog_option.is_none()).then(|| scope.spawn(|| wrapper.help()));
        let answer = ask_for_catalog(wrapper, inputs);
        (asked.and_then(|thread| thread.join().ok()).unwrap_or_default(), answer)
    });
    match answer {
        Ok(catalog) => found(wrapper, catalog, help),
        Err(_) if help.known && !help.discover => match undiscoverable {
            Undiscoverable::IsLookedAt => of_short_run(wrapper, inputs),
            Undiscoverable::IsTaken => Ok(Found { entries: Vec::new(), catalog: None, option: CatalogOption::None }),
        },
        Err(failure) => Err(failure),
    }
}

fn found(wrapper: &Wrapper, catalog: Value, help: Help) -> Result<Found, Failure> {
    let option = wrapper.settings.catalog_option.unwrap_or(match (help.catalog, help.properties) {
        (true, true) => CatalogOption::Both,
        (false, true) => CatalogOption::Properties,
        (true, false) => CatalogOption::Catalog,
        (false, false) if help.known => CatalogOption::None,
        (false, false) => CatalogOption::Catalog,
    });
    Ok(Found { entries: entries(&catalog)?, catalog: Some(catalog), option })
}

fn ask_for_catalog(wrapper: &Wrapper, inputs: &Inputs) -> Result<Value, Failure> {
    let arguments = ["--config".into(), inputs.config().into_os_string(), "--discover".into()];
    let (answer, end) = wrapper.ask(&arguments, Stderr::Logged, None)?;
    if !end.status.success() {
        return Err(end.failure(&wrapper.name()));
    }
    let catalog = first_object(&String::from_utf8_lossy(&answer));
    catalog.filter(|catalog| catalog.is_array() || catalog["streams"].is_array()).ok_or_else(|| {
        Failure::config(format!(
            "{} prints no catalog when it is called with --discover; give it one: write a Singer catalog and name it as \
             `catalog` in the wrapper's settings",
            wrapper.name()
        ))
    })
}

/// Starts the tap as for reading everything, notes its SCHEMA messages, and stops it.
fn of_short_run(wrapper: &Wrapper, inputs: &Inputs) -> Result<Found, Failure> {
    let name = wrapper.name();
    wrapper.output.warn(&format!(
        "{name} has no --discover; its streams are those that it names in a short run. To name them yourself, write a \
         Singer catalog and name it as `catalog` in the wrapper's settings"
    ));
    let arguments = ["--config".into(), inputs.config().into_os_string()];
    let mut program = wrapper.start(&arguments, Stdio::null(), Stderr::Logged)?;
    let (schemas, stopped) = listen(&mut program)?;
    let end = program.wait()?;
    if schemas.is_empty() || !(stopped || end.status.success()) {
        let silent =
            Failure::config(format!("{name} named no stream; write a Singer catalog and name it as `catalog`"));
        return Err(if end.status.success() { silent } else { end.failure(&name) });
    }
    let entries = schemas.into_iter().filter_map(|message| {
        let stream = message["stream"].as_str()?.to_owned();
        let json = json!({
            "stream": stream, "tap_stream_id": stream, "schema": message["schema"],
            "key_properties": message["key_properties"], "valid_replication_keys": message["bookmark_properties"],
        });
        Some(Entry { json, name: stream })
    });
    Ok(Found { entries: entries.collect(), catalog: None, option: CatalogOption::None })
}

/// The SCHEMA messages of each stream; whether the tap was stopped before it ended.
fn listen(program: &mut Program) -> Result<(Vec<Value>, bool), Failure> {
    const LINE_BYTES: usize = 16 * 1024 * 1024;
    let mut lines = Lines::new(program.take_stdout(), LINE_BYTES);
    let (mut schemas, mut records, started) = (Vec::<Value>::new(), 0, Instant::now());
    loop {
        let filled = lines.fill().map_err(|error| Failure::system(format!("cannot read from the tap: {error}")))?;
        while let Some(Cut::Whole(line) | Cut::TooLong(line)) = lines.next() {
            let Ok(message) = serde_json::from_slice::<Value>(line) else { continue };
            records += usize::from(message["type"] == "RECORD");
            if message["type"] == "SCHEMA" && !schemas.iter().any(|known| known["stream"] == message["stream"]) {
                schemas.push(message);
            }
        }
        if filled == Filled::End {
            return Ok((schemas, false));
        }
        if !schemas.is_empty() && (records >= SHORT_RUN_RECORDS || started.elapsed() >= SHORT_RUN) {
            program.kill();
            return Ok((schemas, true));
        }
    }
}
