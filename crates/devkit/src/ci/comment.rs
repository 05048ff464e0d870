//! `/test connector=…` and `/publish connector=…`, written as a comment on a pull request.
//!
//! `parse` understands the comment, [`decide`] says whether its author may, and which commit is run. Both are pure:
//! they see what GitHub said, and nothing else.

mod decide;
mod facts;
mod parse;
mod reply;

pub use decide::{Decision, Run, decide};
pub use facts::{Facts, Head};
pub(crate) use parse::is_connector_path;
pub use parse::{Command, CommandKind};
