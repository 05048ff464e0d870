//! Claims jobs and runs them; `sync.rs` is where to start reading.

pub mod answer;
pub mod connector;
mod failure;
pub mod images;
pub mod secrets;
