//! The program, run as the platform runs it: files for configuration and catalog, messages on stdin.

mod csv;
mod failures;
mod jsonl;
mod kills;
mod lab;
