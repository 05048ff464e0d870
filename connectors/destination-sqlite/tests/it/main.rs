//! The program, run as the platform runs it: files for configuration and catalog, messages on stdin.

mod evolution;
mod failures;
mod kills;
mod lab;
mod modes;
mod names;
mod values;
