//! The rules of the platform, and its store.
mod failure;
mod id;
mod store;
pub use failure::{Error, Problem, Result};
pub use id::*;
pub use store::Database;
