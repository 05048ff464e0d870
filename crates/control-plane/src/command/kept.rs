//! What is kept of a command: its input with secrets sealed, its output with the catalog elsewhere, its log.

use crate::store::moment;
use crate::store::row::{damaged, json};
use crate::{ActorId, ActorKind, CatalogId, DefinitionId, LogLine, Result, VersionId, WorkspaceId};
use longshore_protocol::{FailureOrigin, LogLevel, RawJson};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most lines that are kept; the last ones say what went wrong.
const MOST_LINES: usize = 1000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeptInput {
    Spec {
        reference: String,
        kind: ActorKind,
        refresh: bool,
    },
    Check {
        actor_id: ActorId,
    },
    CheckUnsaved {
        definition_id: DefinitionId,
        kind: ActorKind,
        workspace_id: WorkspaceId,
        /// With ids in place of secrets.
        configuration: Value,
        of: Option<ActorId>,
    },
    /// With what the answer will hold for.
    Discover {
        actor_id: ActorId,
        version_id: VersionId,
        configuration_hash: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeptOutput {
    Spec { spec: RawJson, digest: Option<String> },
    Check { succeeded: bool, message: Option<String> },
    Discover { catalog_id: CatalogId },
}

#[derive(Serialize, Deserialize)]
struct KeptLine {
    /// In milliseconds since 1970.
    at: i64,
    origin: FailureOrigin,
    level: LogLevel,
    text: String,
}

pub(super) fn read_input(text: &str) -> Result<KeptInput> {
    serde_json::from_str(text).map_err(|_| damaged("input"))
}

pub(super) fn read_output(text: &str) -> Result<KeptOutput> {
    serde_json::from_str(text).map_err(|_| damaged("output"))
}

pub(super) fn write_log(lines: &[LogLine]) -> String {
    let last = &lines[lines.len().saturating_sub(MOST_LINES)..];
    let kept = last.iter().map(|line| KeptLine {
        at: moment::milliseconds(line.at),
        origin: line.origin,
        level: line.level,
        text: line.text.clone(),
    });
    json(&kept.collect::<Vec<_>>())
}

pub(super) fn read_log(text: &str) -> Vec<LogLine> {
    let lines: Vec<KeptLine> = serde_json::from_str(text).unwrap_or_default();
    let numbered = lines.into_iter().zip(1..);
    let line = |(kept, line): (KeptLine, i64)| LogLine {
        line,
        at: moment::timestamp(kept.at),
        origin: kept.origin,
        level: kept.level,
        text: kept.text,
    };
    numbered.map(line).collect()
}
