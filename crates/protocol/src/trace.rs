//! LOG, TRACE and CONTROL: what a connector says about itself.

use crate::{RawJson, StreamDescriptor, wire_object};
use serde::{Deserialize, Serialize};

/// The level of a LOG message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

wire_object! {
    /// A LOG message: one line for people.
    pub struct Log {
        /// How important it is.
        req "level" level: LogLevel,
        /// The text.
        req "message" message: String,
        /// Where it happened.
        opt "stack_trace" stack_trace: String,
    }
}

/// How far a stream is, as its source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum StreamStatus {
    Started,
    Running,
    Complete,
    Incomplete,
}

wire_object! {
    /// A TRACE message; exactly the part that `kind` names is present.
    pub struct Trace {
        /// `ERROR`, `ESTIMATE`, `STREAM_STATUS` or `ANALYTICS`; others may come.
        req "type" kind: String,
        /// Milliseconds since the epoch; may be written as a float (`1.7e12`).
        req "emitted_at" emitted_at: f64,
        /// Of an ERROR.
        opt "error" error: TraceError,
        /// Of an ESTIMATE.
        opt "estimate" estimate: Estimate,
        /// Of a STREAM_STATUS.
        opt "stream_status" stream_status: StreamStatusTrace,
        /// Of an ANALYTICS; kept as it is.
        opt "analytics" analytics: RawJson,
    }
}

wire_object! {
    /// Why the connector fails.
    pub struct TraceError {
        /// For the user.
        req "message" message: String,
        /// For the log.
        opt "internal_message" internal_message: String,
        /// For the log.
        opt "stack_trace" stack_trace: String,
        /// `system_error`, `config_error` or `transient_error`; absent means `system_error`.
        opt "failure_type" failure_type: String,
        /// The stream that failed, if one did.
        opt "stream_descriptor" stream_descriptor: StreamDescriptor,
    }
}

wire_object! {
    /// How much this run will move. The values are totals and replace earlier ones.
    pub struct Estimate {
        /// The stream (meaningless for `SYNC`).
        req "name" name: String,
        /// `STREAM` or `SYNC`.
        req "type" kind: String,
        /// The stream's namespace.
        opt "namespace" namespace: String,
        /// Records.
        opt "row_estimate" row_estimate: f64,
        /// Bytes.
        opt "byte_estimate" byte_estimate: f64,
    }
}

wire_object! {
    /// How far a stream is.
    pub struct StreamStatusTrace {
        /// The stream.
        req "stream_descriptor" stream_descriptor: StreamDescriptor,
        /// How far it is.
        req "status" status: StreamStatus,
        /// Why it waits (rate limits).
        opt "reasons" reasons: RawJson,
    }
}

wire_object! {
    /// A CONTROL message; `CONNECTOR_CONFIG` carries a whole new configuration.
    pub struct Control {
        /// `CONNECTOR_CONFIG`; others may come.
        req "type" kind: String,
        /// Milliseconds since the epoch.
        req "emitted_at" emitted_at: f64,
        /// The new configuration.
        opt "connectorConfig" connector_config: ConnectorConfig,
    }
}

wire_object! {
    /// The payload of a `CONNECTOR_CONFIG` control message. Holds secrets: not to be logged.
    pub struct ConnectorConfig {
        /// The whole new configuration, in clear.
        req "config" config: RawJson,
    }
}
