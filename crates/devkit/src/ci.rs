//! CI for a repository of connectors: the workflow files, and what they ask us.
//!
//! A workflow file cannot be tested where it is written. So it decides nothing: it hands what GitHub says to our command
//! as files, and does what the answer says.

mod changed;
pub mod comment;
mod files;
mod secrets;
mod status;

pub use changed::changed;
pub use files::{FileState, Kind, Options, WrittenFile, init};
pub use secrets::secrets_of;
pub use status::{Outcome, Row, Status};
