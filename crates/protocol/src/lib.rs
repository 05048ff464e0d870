//! The message language of connectors: the Airbyte Protocol, one JSON object per line over stdio.
//!
//! Read it in this order:
//!
//! * [`line`] classifies one line: a record, another message, a stray log line, or a broken message. It is on the
//!   path of every record, so a record is never parsed: only the places of its fields are found.
//! * [`message`] decodes everything that is not a record: states, logs, specs, catalogs, traces, controls.
//! * [`state`], [`catalog`], [`spec`], [`trace`], [`record`] hold the types of one message each.
//! * [`splice`] changes a message without touching the bytes it does not change.
//! * [`failure`] says who failed, what kind of failure it was, and what to do about it.
//!
//! What this crate does **not** know: files, pipes, processes, time, and any runtime. Nothing outside it knows that
//! the wire is JSON.
//!
//! Facts about the wire come from the public protocol definition (`airbyte_protocol.yaml`, version 0.18) and from how
//! the published platform and connectors behave where that differs from the definition.

pub mod catalog;
pub mod failure;
pub mod line;
pub mod message;
pub mod object;
pub mod record;
mod scan;
pub mod spec;
pub mod splice;
pub mod state;
pub mod trace;

pub use catalog::{
    Catalog, ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, Stream, StreamDescriptor, SyncMode,
};
pub use failure::{FailureKind, FailureOrigin, FailureReason};
pub use line::{Classifier, Line, classify};
pub use message::Message;
pub use object::Extra;
pub use record::RecordLine;
pub use serde_json::value::RawValue;
pub use spec::{ConnectionStatus, Spec};
pub use state::{State, StateKind};
pub use trace::{Log, LogLevel, StreamStatus, Trace};

/// An owned piece of JSON whose bytes are kept exactly as they were read.
pub type RawJson = Box<RawValue>;
