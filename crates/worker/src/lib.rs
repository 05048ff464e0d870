//! Claims jobs and runs them; `sync.rs` is where to start reading.
