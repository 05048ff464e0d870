//! SPEC and CONNECTION_STATUS: what a connector needs, and whether it got it.

use crate::{DestinationSyncMode, RawJson, wire_object};
use serde::{Deserialize, Serialize};

wire_object! {
    /// What a connector says about itself and about the configuration it takes.
    pub struct Spec {
        /// Where its documentation is.
        opt "documentationUrl" documentation_url: String,
        /// Where its changes are listed.
        opt "changelogUrl" changelog_url: String,
        /// JSON Schema (draft-07) of the configuration.
        req "connectionSpecification" connection_specification: RawJson,
        /// Deprecated; kept.
        opt "supportsIncremental" supports_incremental: bool,
        /// Deprecated; kept.
        opt "supportsNormalization" supports_normalization: bool,
        /// Deprecated; kept.
        opt "supportsDBT" supports_dbt: bool,
        /// What a destination can do with records.
        opt "supported_destination_sync_modes" supported_destination_sync_modes: Vec<DestinationSyncMode>,
        /// Deprecated; kept.
        opt "authSpecification" auth_specification: RawJson,
        /// How OAuth works for it.
        opt "advanced_auth" advanced_auth: RawJson,
        /// The protocol version it speaks; only the major number counts, absent means 0.2.0.
        opt "protocol_version" protocol_version: String,
    }
}

/// The answer of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum CheckStatus {
    Succeeded,
    Failed,
}

wire_object! {
    /// The CONNECTION_STATUS message (its key on the wire is `connectionStatus`).
    pub struct ConnectionStatus {
        /// Whether the configuration works.
        req "status" status: CheckStatus,
        /// Why not.
        opt "message" message: String,
    }
}
