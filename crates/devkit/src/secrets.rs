//! The credentials of acceptance tests: what they are called, where they come from, and that they go nowhere else.
//!
//! A secret's value is one whole configuration of the connector, as it is given to `--config`.

mod check;
mod masks;
mod naming;
mod needs;
mod schema;
mod workflow;
mod write;

pub use check::{Finding, Listed, check, list};
pub use masks::{mask_commands, masks};
pub use naming::SecretName;
pub use needs::{Need, needs};
pub use schema::{Violation, violations};
pub use workflow::{SecretsBlock, listed_in, missing_in, snippet};
pub use write::{Environment, Git, Origins, Program, command_words, refuse_tracked, write};
