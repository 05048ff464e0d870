//! Renames a record's stream and namespace, and keeps only the chosen fields: by splicing, never by re-writing.

use crate::plan::SyncPlan;
use longshore_protocol::record::{NamespaceEdit, RecordEdit};
use longshore_protocol::{RecordLine, State, StreamDescriptor};
use std::collections::HashSet;

/// What happens to the records of one stream on their way.
#[derive(Debug)]
pub(crate) struct StreamMap {
    /// The destination's name of the stream.
    pub(crate) target: StreamDescriptor,
    /// The new name as a JSON string, if it changes.
    name: Option<Vec<u8>>,
    namespace: NamespaceChange,
    fields: Option<HashSet<String>>,
}

#[derive(Debug)]
enum NamespaceChange {
    Keep,
    Remove,
    Set(Vec<u8>),
}

impl StreamMap {
    pub(crate) fn new(plan: &SyncPlan, stream: usize) -> Self {
        let planned = &plan.streams[stream];
        let source = planned.descriptor();
        let target = plan.names.apply(&source);
        let json = |text: &str| serde_json::Value::from(text).to_string().into_bytes();
        Self {
            name: (target.name != source.name).then(|| json(&target.name)),
            namespace: match &target.namespace {
                same if *same == source.namespace => NamespaceChange::Keep,
                None => NamespaceChange::Remove,
                Some(name) => NamespaceChange::Set(json(name)),
            },
            fields: planned.selected_fields.clone(),
            target,
        }
    }

    /// Whether records go through untouched.
    #[inline]
    pub(crate) fn is_identity(&self) -> bool {
        self.fields.is_none() && self.keeps_names()
    }

    fn keeps_names(&self) -> bool {
        self.name.is_none() && matches!(self.namespace, NamespaceChange::Keep)
    }

    /// Appends the changed line of a record, without newline. `false`: its data cannot be read; nothing was appended.
    pub(crate) fn write(&self, record: &RecordLine<'_>, out: &mut Vec<u8>) -> bool {
        let data = match &self.fields {
            None => None,
            Some(fields) => {
                match longshore_protocol::record::retain_fields(record.data(), |name| fields.contains(name)) {
                    Some(data) => Some(data),
                    None => return false,
                }
            }
        };
        let edit = RecordEdit {
            stream: self.name.as_deref(),
            namespace: match &self.namespace {
                NamespaceChange::Keep => NamespaceEdit::Keep,
                NamespaceChange::Remove => NamespaceEdit::Null,
                NamespaceChange::Set(name) => NamespaceEdit::Set(name),
            },
            data: data.as_deref(),
        };
        record.write_renamed(&edit, out);
        true
    }

    /// A STREAM state under the destination's name; `None` when the name stays. GLOBAL states keep the source's names,
    /// as destinations expect of them.
    pub(crate) fn state(&self, state: &State) -> Option<State> {
        if self.keeps_names() {
            return None;
        }
        let mut mapped = state.clone();
        mapped.stream.as_mut()?.stream_descriptor = self.target.clone();
        Some(mapped)
    }
}
