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
pub use needs::{Need, needs_of};
pub use schema::{Violation, violations};
pub use workflow::snippet;
pub(crate) use workflow::{SecretsBlock, listed_in};
pub use write::{Environment, Git, Origins, Program, command_words, write};
