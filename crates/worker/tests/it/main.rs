//! A worker with real connectors and a real database.

mod attempts;
mod bundled;
mod commands;
mod stage;
mod takeover;
