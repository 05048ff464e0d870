//! What a sync is to move, and how the two connectors are told.
//!
//! The source's catalog and the destination's are different copies of one configured catalog: the source sees its own
//! names and plain modes, the destination sees mapped names, pruned schemas, and overwriting expressed the way it
//! understands it.

use longshore_protocol::{
    ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, RawJson, StreamDescriptor, SyncMode,
};
use std::collections::{HashMap, HashSet};

/// Everything that the engine needs to know about a sync.
#[derive(Debug, Clone)]
pub struct SyncPlan {
    /// The chosen streams.
    pub streams: Vec<PlannedStream>,
    /// How stream names look at the destination.
    pub names: NameMapping,
    /// The destination takes overwriting as a generation (it gets `append` and a minimum generation), not as a mode.
    pub destination_supports_refreshes: bool,
}

/// One chosen stream.
#[derive(Debug, Clone)]
pub struct PlannedStream {
    /// As configured, with the source's names and schema.
    pub configured: ConfiguredStream,
    /// The top-level fields to keep; all of them when `None`.
    pub selected_fields: Option<HashSet<String>>,
    /// An interrupted sync moved all of it: the source is not asked again, the destination only hears that it is complete.
    pub already_complete: bool,
}

/// How a source's stream names become the destination's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameMapping {
    /// Where the namespace comes from.
    pub namespace: NamespaceDefinition,
    /// Put before each stream's name; blank means none.
    pub prefix: String,
}

/// Where the destination's namespace comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NamespaceDefinition {
    /// As at the source.
    #[default]
    Source,
    /// The destination's own default: none is sent.
    Destination,
    /// A text with `${SOURCE_NAMESPACE}` in it; a blank result means none.
    Custom(String),
}

/// Why a plan cannot be carried out.
#[derive(Debug, PartialEq, Eq)]
pub struct NameConflict {
    /// The destination's name that more than one stream would get.
    pub name: StreamDescriptor,
    /// Two of those streams, with the source's names.
    pub streams: [StreamDescriptor; 2],
}

impl NameMapping {
    /// The destination's name of a source's stream.
    #[must_use]
    pub fn apply(&self, stream: &StreamDescriptor) -> StreamDescriptor {
        let namespace = match &self.namespace {
            NamespaceDefinition::Source => stream.namespace.clone(),
            NamespaceDefinition::Destination => None,
            NamespaceDefinition::Custom(format) => {
                let source = stream.namespace.as_deref().unwrap_or_default();
                Some(format.replace("${SOURCE_NAMESPACE}", source)).filter(|name| !name.trim().is_empty())
            }
        };
        let prefix = if self.prefix.trim().is_empty() { "" } else { self.prefix.as_str() };
        StreamDescriptor { namespace, name: format!("{prefix}{}", stream.name) }
    }
}

impl PlannedStream {
    /// A stream of which all fields are kept.
    #[must_use]
    pub fn whole(configured: ConfiguredStream) -> Self {
        Self { configured, selected_fields: None, already_complete: false }
    }

    /// Its name at the source.
    #[must_use]
    pub fn descriptor(&self) -> StreamDescriptor {
        self.configured.descriptor()
    }
}

impl SyncPlan {
    /// Finds two streams that would become one at the destination: their rows and states could not be told apart.
    ///
    /// # Errors
    /// The first such pair.
    pub fn check_names(&self) -> Result<(), Box<NameConflict>> {
        let mut taken: HashMap<StreamDescriptor, StreamDescriptor> = HashMap::new();
        for stream in &self.streams {
            let source = stream.descriptor();
            let name = self.names.apply(&source);
            if let Some(first) = taken.insert(name.clone(), source.clone()) {
                return Err(Box::new(NameConflict { name, streams: [first, source] }));
            }
        }
        Ok(())
    }

    /// The catalog for `read`: what is still to be read.
    #[must_use]
    pub fn source_catalog(&self) -> ConfiguredCatalog {
        catalog(self.streams.iter().filter(|planned| !planned.already_complete).map(|planned| {
            let mut stream = planned.configured.clone();
            stream.destination_sync_mode = match stream.destination_sync_mode {
                DestinationSyncMode::OverwriteDedup => DestinationSyncMode::Overwrite,
                // Older sources cannot parse the words of data activation.
                DestinationSyncMode::Update | DestinationSyncMode::SoftDelete => DestinationSyncMode::Append,
                mode => mode,
            };
            stream
        }))
    }

    /// The catalog for `write`.
    #[must_use]
    pub fn destination_catalog(&self) -> ConfiguredCatalog {
        catalog(self.streams.iter().map(|planned| {
            let mut stream = planned.configured.clone();
            let name = self.names.apply(&stream.descriptor());
            (stream.stream.name, stream.stream.namespace) = (name.name, name.namespace);
            if let Some(selected) = &planned.selected_fields {
                stream.stream.json_schema = prune(&stream.stream.json_schema, selected);
            }
            stream.destination_sync_mode = self.destination_mode(stream.destination_sync_mode);
            stream
        }))
    }

    fn destination_mode(&self, mode: DestinationSyncMode) -> DestinationSyncMode {
        use DestinationSyncMode::{Append, AppendDedup, Overwrite, OverwriteDedup};
        match (mode, self.destination_supports_refreshes) {
            (Overwrite, true) => Append,
            (OverwriteDedup, true) => AppendDedup,
            (OverwriteDedup, false) => Overwrite,
            (mode, _) => mode,
        }
    }
}

fn catalog(streams: impl Iterator<Item = ConfiguredStream>) -> ConfiguredCatalog {
    ConfiguredCatalog { streams: streams.collect(), extra: longshore_protocol::Extra::default() }
}

impl PlannedStream {
    /// Whether the source starts this stream over each time.
    #[must_use]
    pub fn is_full_refresh(&self) -> bool {
        self.configured.sync_mode == SyncMode::FullRefresh
    }
}

/// A schema with only the selected top-level properties.
fn prune(schema: &RawJson, selected: &HashSet<String>) -> RawJson {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(schema.get()) else { return schema.clone() };
    if let Some(properties) = value.get_mut("properties").and_then(|p| p.as_object_mut()) {
        properties.retain(|name, _| selected.contains(name));
    }
    serde_json::value::to_raw_value(&value).unwrap_or_else(|_| schema.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(namespace: Option<&str>, name: &str) -> StreamDescriptor {
        StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn names_are_mapped_by_namespace_definition_and_prefix() {
        let custom = |format: &str| NamespaceDefinition::Custom(format.to_owned());
        for (namespace, prefix, from, to) in [
            (NamespaceDefinition::Source, "", named(Some("a"), "s"), named(Some("a"), "s")),
            (NamespaceDefinition::Source, "p_", named(None, "s"), named(None, "p_s")),
            (NamespaceDefinition::Destination, "  ", named(Some("a"), "s"), named(None, "s")),
            (custom("x_${SOURCE_NAMESPACE}"), "", named(Some("a"), "s"), named(Some("x_a"), "s")),
            (custom("${SOURCE_NAMESPACE}"), "", named(None, "s"), named(None, "s")),
        ] {
            assert_eq!(NameMapping { namespace, prefix: prefix.to_owned() }.apply(&from), to);
        }
    }
}
