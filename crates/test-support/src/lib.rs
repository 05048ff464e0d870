//! Scripted connectors, registries and faults. For tests only.
//!
//! A scripted connector lives in the test's own process, on the other ends of real pipes, so that a test sees exactly
//! what a connector would see, and decides exactly when it fails. Nothing here sleeps: whoever has to wait, waits for a
//! named [event](events::Events).
//!
//! * [`process`] — pipes, a script behind them, and a handle that waits for it and stops it.
//! * [`source`] and [`destination`] — the two kinds of scripts, written in a small language of lines.
//! * [`short`] — the short forms of messages in that language: `record users {"id":1}`.
//! * [`postgres`] — a real Postgres server on loopback.
//! * [`registry`] — real registries on loopback, and what can go wrong between them and us.
//! * [`events`] — how scripts and tests wait for each other.

pub mod destination;
pub mod events;
pub mod postgres;
pub mod process;
pub mod registry;
pub mod short;
pub mod source;

pub use destination::Destination;
pub use events::Events;
pub use postgres::Postgres;
pub use process::{Ended, Handle, Scripted};
pub use source::Source;
