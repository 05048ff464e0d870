//! What whoever looks at the loop is told, as it happens. Bounded in number and size, whatever the connector prints.

use super::difference::Difference;
use longshore_protocol::{FailureReason, LogLevel};
use serde::Serialize;
use serde_json::Value;

/// One happening. As JSON it has the member `happening` that names it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "happening", rename_all = "snake_case")]
pub enum Happening {
    /// A round begins.
    Round {
        /// The first is 1.
        number: u64,
        /// The files whose change began it, relative to the project; none for the first.
        changed: Vec<String>,
    },
    /// What has to be installed and compiled is.
    Prepared {
        /// Whether anything was installed.
        installed: bool,
        /// How long it took.
        seconds: f64,
    },
    /// A tool of the project printed a line.
    Tool {
        /// The line.
        line: String,
    },
    /// The spec can be used.
    Spec {
        /// What changed since the last one; empty for the first.
        changes: Vec<Difference>,
        /// How many properties there are.
        properties: usize,
        /// What it took.
        cost: Cost,
    },
    /// The configuration was tried.
    Check {
        /// Whether it works.
        succeeded: bool,
        /// What the connector says of it.
        message: Option<String>,
        /// What it took.
        cost: Cost,
    },
    /// The catalog came.
    Catalog {
        /// The streams.
        streams: Vec<StreamOffered>,
        /// What changed since the last one; empty for the first.
        changes: Vec<Difference>,
        /// What it took.
        cost: Cost,
    },
    /// The first record of this round came.
    FirstRecord {
        /// How long after the round began.
        seconds: f64,
    },
    /// Records were read.
    Read {
        /// What was read of each stream.
        streams: Vec<StreamRead>,
        /// Records in a second, over all streams.
        records_per_second: f64,
        /// What it took.
        cost: Cost,
    },
    /// The built-in messages were written.
    Written {
        /// What became of each stream.
        streams: Vec<StreamWritten>,
        /// What it took.
        cost: Cost,
    },
    /// The connector says something for people.
    Log {
        /// The verb.
        verb: String,
        /// How important it is.
        level: LogLevel,
        /// The text.
        message: String,
    },
    /// More was said than is shown.
    LogsDropped {
        /// The verb.
        verb: String,
        /// How many lines.
        count: u64,
    },
    /// Something is wrong. What was shown before stays.
    Failed {
        /// The verb; none when it could not be made ready to run.
        verb: Option<String>,
        /// Why.
        failure: FailureReason,
    },
    /// The round is over; the next change begins another.
    Ended {
        /// Whether nothing went wrong.
        healthy: bool,
        /// How long it took.
        seconds: f64,
    },
}

/// What a verb took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Wall time.
    pub seconds: f64,
    /// The most memory of the process and what it started; none for what was gone before anybody looked.
    pub peak_bytes: Option<u64>,
}

/// One stream of a catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamOffered {
    /// Its name, with its namespace.
    pub name: String,
    /// Its fields on the first level, and their types.
    pub fields: Vec<(String, String)>,
    /// How it can be read.
    pub sync_modes: Vec<String>,
    /// Its cursor.
    pub cursor: Option<String>,
    /// The paths of its primary key.
    pub primary_key: Vec<String>,
}

/// What was read of one stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StreamRead {
    /// Its name, with its namespace.
    pub name: String,
    /// The first records.
    pub records: Vec<Value>,
    /// How many came before the process was ended.
    pub count: u64,
    /// How many states came.
    pub states: u64,
    /// The last state.
    pub state: Option<Value>,
    /// How far the source says it is.
    pub status: Option<String>,
}

/// What became of one stream that was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamWritten {
    /// Its name.
    pub name: String,
    /// Records that were sent.
    pub sent: u64,
    /// Records that the destination says it has, if it counts.
    pub counted: Option<u64>,
    /// States that were sent.
    pub states_sent: u64,
    /// States that came back.
    pub states_echoed: u64,
}
