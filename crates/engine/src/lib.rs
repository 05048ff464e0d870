//! Moves one sync: the bytes of a source's records to a destination, and the destination's acknowledgements back.
//!
//! Follow a record from left to right; the modules are in that order:
//!
//! * [`plan`] — what is to be moved, and the two catalogs that say so to the two connectors.
//! * [`read`] — whole lines out of a pipe.
//! * [`session`] — decides what becomes of each line: forward, change, count, drop. Pure: no I/O, no clock, no await.
//! * [`map`] — renames the stream and its namespace, keeps the chosen fields; splices bytes.
//! * [`write`](mod@write) — hands lines to the destination in vectored writes; a full pipe stops the reading.
//! * [`checkpoint`] — the way back: which states were sent, and what an echo of one of them proves. Pure.
//! * [`outcome`] — succeeded, incomplete or failed, and what is missing.
//! * [`sync`] — the loop that does what the session decides.
//! * [`connector`], [`observer`] — what it is handed: two running connectors, and who wants to know what happens.
//!
//! What this crate does **not** know: how connectors start (it is handed their pipes and a [`Process`]), where states
//! are kept (it is handed a [`CheckpointStore`]), Docker, HTTP, SQL, terminals.
//!
//! The rule it exists for: **no proof, no green.** See [`outcome`].

pub mod checkpoint;
pub mod connector;
pub mod map;
pub mod observer;
pub mod outcome;
pub mod plan;
mod read;
pub mod session;
pub mod sync;
mod write;

pub use checkpoint::{Checkpoint, CheckpointStore};
pub use connector::{Connector, Exit, Process};
pub use observer::{Event, Observer};
pub use outcome::{Dropped, Outcome, StreamOutcome, SyncStatus};
pub use plan::{NameMapping, PlannedStream, SyncPlan};
pub use session::StreamProgress;
pub use sync::{Timeouts, run};
