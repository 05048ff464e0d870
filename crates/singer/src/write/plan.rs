//! What a target is told of each stream, and whether it can do what is asked.

use crate::about::About;
use crate::child::Stderr;
use crate::files::Inputs;
use crate::json::string;
use crate::spec::sync_modes;
use crate::time::now_ms;
use crate::{Failure, Wrapper, schema};
use longshore_protocol::{ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, StreamDescriptor};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

/// All streams of a run.
pub(super) struct Plan {
    pub(super) streams: Vec<Stream>,
    /// Whether the platform announces completion stream by stream.
    pub(super) announces_completion: bool,
}

/// One stream, as lines for the target.
pub(super) struct Stream {
    pub(super) descriptor: StreamDescriptor,
    pub(super) schema_message: String,
    /// The stream has a key that the target is not told.
    withholds_key: bool,
    /// A RECORD up to its data.
    pub(super) record_head: Vec<u8>,
    /// What follows the data, where the target keeps versions.
    pub(super) record_version: Vec<u8>,
    /// Sent when the stream is complete; empty where nothing is to be replaced.
    pub(super) activate_message: String,
}

impl Plan {
    /// # Errors
    /// When the target cannot do what is asked of it.
    pub(super) fn of(wrapper: &Wrapper, inputs: &mut Inputs, catalog: ConfiguredCatalog) -> Result<Self, Failure> {
        let about = if wrapper.settings.sync_modes.is_some() { None } else { wrapper.about() };
        let modes = sync_modes(wrapper, about.as_ref());
        for stream in &catalog.streams {
            check_modes(wrapper, stream, &modes)?;
        }
        let overwrites = modes.contains(&DestinationSyncMode::Overwrite);
        if overwrites {
            keep_versions(inputs, about.as_ref(), catalog.streams.iter().any(ConfiguredStream::truncates))?;
        }
        let streams_with = |keys| {
            let streams = catalog.streams.iter().map(|stream| Stream::new(stream, overwrites, keys));
            streams.collect::<Result<Vec<_>, _>>()
        };
        let mut streams = streams_with(Keys::WhereAsked)?;
        if about.is_none() && demands_keys(wrapper, inputs, &streams)? {
            wrapper.output.warn(&format!(
                "{} demands a primary key of each stream, so it is told them: records of one key replace each other, also \
                 where they were to be appended",
                wrapper.name()
            ));
            streams = streams_with(Keys::Always)?;
        }
        let announces_completion = catalog.streams.iter().any(|stream| stream.generation_id.is_some());
        for (at, stream) in streams.iter().enumerate() {
            if streams[..at].iter().any(|other| other.record_head == stream.record_head) {
                let message =
                    format!("stream {} would be written to the same place as another; rename it", stream.descriptor);
                return Err(Failure::config(message));
            }
        }
        Ok(Self { streams, announces_completion })
    }
}

/// Which streams a target is told the keys of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Keys make a target update instead of append.
    WhereAsked,
    Always,
}

/// Some targets refuse any stream without a key, unless they are configured otherwise; nothing says so beforehand. So the
/// target is started once with nothing but the schemas.
fn demands_keys(wrapper: &Wrapper, inputs: &Inputs, streams: &[Stream]) -> Result<bool, Failure> {
    if !streams.iter().any(|stream| stream.withholds_key) {
        return Ok(false);
    }
    let arguments = ["--config".into(), inputs.config().into_os_string()];
    let mut program = wrapper.start(&arguments, Stdio::piped(), Stderr::Kept)?;
    if let Some(mut stdin) = program.stdin.take() {
        let schemas: String = streams.iter().map(|stream| stream.schema_message.as_str()).collect();
        // A target that refuses the first schema does not read the others.
        let _ = stdin.write_all(schemas.as_bytes());
    }
    let _ = std::io::copy(&mut program.take_stdout(), &mut std::io::sink());
    let end = program.wait()?;
    let said = end.tail.text().to_lowercase();
    Ok(!end.status.success() && ["key_properties", "primary key"].iter().any(|words| said.contains(words)))
}

fn check_modes(wrapper: &Wrapper, stream: &ConfiguredStream, modes: &[DestinationSyncMode]) -> Result<(), Failure> {
    let (name, target) = (stream.descriptor(), wrapper.name());
    if let (Some(generation), Some(minimum)) = (stream.generation_id, stream.minimum_generation_id)
        && minimum != 0
        && minimum != generation
    {
        let message =
            format!("stream {name}: minimum_generation_id must be 0 or equal to generation_id, not {minimum}");
        return Err(Failure::config(message));
    }
    let refused = |what: &str, word: &str| {
        Err(Failure::config(format!(
            "{target} is not known to {what}, which stream {name} asks for; choose another destination sync mode, or, if \
             its documentation says that it can, add `{word}` to `sync_modes` of the wrapper's settings"
        )))
    };
    let lacks = |mode| !modes.contains(&mode);
    if stream.truncates() && lacks(DestinationSyncMode::Overwrite) {
        return refused("replace old records (ACTIVATE_VERSION)", "overwrite");
    }
    if stream.destination_sync_mode == DestinationSyncMode::AppendDedup && lacks(DestinationSyncMode::AppendDedup) {
        return refused("update records by their key", "append_dedup");
    }
    if matches!(stream.destination_sync_mode, DestinationSyncMode::Update | DestinationSyncMode::SoftDelete) {
        return Err(Failure::config(format!("stream {name}: Singer targets cannot update or delete single objects")));
    }
    Ok(())
}

/// Targets of the SDK delete old records by a version that they keep only beside other metadata, and only hide them unless
/// they are told to delete.
fn keep_versions(inputs: &mut Inputs, about: Option<&About>, truncates: bool) -> Result<(), Failure> {
    let settings = about.and_then(|about| about.settings.as_ref());
    for name in ["add_record_metadata", "hard_delete"] {
        if settings.is_none_or(|settings| settings["properties"].get(name).is_none()) {
            continue;
        }
        match inputs.value[name].as_bool() {
            None => inputs.set(name, json!(true))?,
            Some(false) if truncates => {
                return Err(Failure::config(format!(
                    "`{name}` is false in the configuration, so the target would keep the records that are to be \
                     replaced; set it to true, or choose destination sync mode append"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl Stream {
    fn new(stream: &ConfiguredStream, versions: bool, keys: Keys) -> Result<Self, Failure> {
        let descriptor = stream.descriptor();
        let dedup = stream.destination_sync_mode == DestinationSyncMode::AppendDedup;
        let known = key_of(stream, dedup)?;
        let told = dedup || keys == Keys::Always;
        let (withholds_key, key) = (!told && !known.is_empty(), if told { known } else { Vec::new() });
        let name = match &descriptor.namespace {
            Some(namespace) => format!("{namespace}-{}", descriptor.name),
            None => descriptor.name.clone(),
        };
        let schema: Value = serde_json::from_str(stream.stream.json_schema.get()).unwrap_or_default();
        let mut message = json!({
            "type": "SCHEMA", "stream": name, "schema": schema::relaxed(&schema::of_record(&schema), &key),
            "key_properties": key,
        });
        if let Some([cursor]) = stream.cursor()
            && !cursor.is_empty()
        {
            message["bookmark_properties"] = json!([cursor]);
        }
        // Every record has a version, so that a later refresh knows which are older.
        let version = match (stream.generation_id, stream.truncates()) {
            (Some(generation), _) => generation,
            (None, true) => now_ms(),
            (None, false) => 0,
        };
        let activate = json!({"type": "ACTIVATE_VERSION", "stream": name, "version": version});
        Ok(Self {
            descriptor,
            withholds_key,
            schema_message: format!("{message}\n"),
            record_head: format!(r#"{{"type":"RECORD","stream":{},"record":"#, string(&name)).into_bytes(),
            record_version: if versions { format!(r#","version":{version}"#).into_bytes() } else { Vec::new() },
            activate_message: if stream.truncates() { format!("{activate}\n") } else { String::new() },
        })
    }
}

/// The fields of the key; `needed` when the stream cannot be written without it.
fn key_of(stream: &ConfiguredStream, needed: bool) -> Result<Vec<String>, Failure> {
    let name = stream.descriptor();
    let paths = stream.primary_key.clone().or_else(|| stream.stream.source_defined_primary_key.clone());
    let paths = paths.unwrap_or_default();
    if needed && paths.is_empty() {
        return Err(Failure::config(format!("stream {name} is to be deduplicated but has no primary key")));
    }
    let fields = paths.into_iter().map(|path| match <[String; 1]>::try_from(path) {
        Ok([field]) => Ok(field),
        Err(path) => Err(Failure::config(format!(
            "stream {name}: the primary key {path:?} lies inside an object; Singer knows only fields of the record itself"
        ))),
    });
    let fields: Result<Vec<String>, Failure> = fields.collect();
    if needed { fields } else { Ok(fields.unwrap_or_default()) }
}
