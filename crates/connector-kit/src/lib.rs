//! How a connector is written in Rust.
//!
//! A source implements [`Source`], a destination implements [`Destination`]; `main` hands the type to [`run_source`] or
//! [`run_destination`], and the result is a program that speaks the protocol: `spec`, `check --config F`,
//! `discover --config F`, `read --config F --catalog F [--state F]`, `write --config F --catalog F`.
//!
//! Read the contracts first: [`source`] says what a source is called with and what it owes, [`destination`] says what
//! *durable* means and what a restart does. Then [`config`]: the configuration is a Rust type, the spec is derived
//! from it. `examples/http_source.rs` and `examples/table_destination.rs` are one screen each.
//!
//! For destinations there are parts to pick from: [`fields`] finds a record's properties without building a tree,
//! [`metadata`] fills the `_airbyte_*` columns, [`position`] recognises where a source goes on, [`generation`] decides
//! when rows are staged.
//!
//! More is behind Cargo features, none of which is on by itself, so that a connector compiles what it asks for:
//!
//! * `http`: sources of HTTP APIs, declared in a few lines ([`http`]);
//! * `files`: local files by the time of their modification ([`files`]);
//! * `sql`: quoted names, statements that read tables in pages, types ([`sql`]);
//! * `testing`: a web server that answers what a test says, and connectors run, stopped and killed by tests ([`testing`]).
//!
//! What the kit does for every connector: arguments, typed configuration with errors that name the field, the spec,
//! stream statuses, counts beside states, TRACE errors with failure types, SIGTERM, batching, and the order of commits
//! and echoes.

pub mod args;
pub mod config;
pub mod destination;
pub mod failure;
pub mod fields;
#[cfg(feature = "files")]
pub mod files;
pub mod generation;
#[cfg(feature = "http")]
pub mod http;
mod input;
mod invocation;
pub mod metadata;
pub mod output;
pub mod position;
mod run;
mod signal;
pub mod source;
#[cfg(feature = "sql")]
pub mod sql;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use config::{Config, parse_config};
pub use destination::{Destination, PlannedStream, Record, WritePlan};
pub use failure::Failure;
pub use fields::Fields;
pub use longshore_protocol::{
    Catalog, ConfiguredCatalog, ConfiguredStream, DestinationSyncMode, LogLevel, RawJson, State, Stream,
    StreamDescriptor, SyncMode,
};
pub use output::{StreamOutput, log};
pub use position::{Position, Positions};
pub use run::{run_destination, run_source};
pub use schemars::{self, JsonSchema};
pub use source::{Source, stream};
pub use state::InputState;
