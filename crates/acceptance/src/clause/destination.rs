//! The clauses that bind destinations, in the order of the contract.

mod compare;
mod completion;
mod deduplication;
mod durability;
mod echo;
mod evolution;
mod generations;
mod metadata_columns;
mod modes;
mod names;
mod namespaces;
mod refreshes;
mod refusal;
mod resources;
pub(crate) mod session;
mod termination;
mod text;
mod trial;
mod types;
mod volume;
mod writing;

use super::Clause;

/// All of them.
pub(super) fn clauses() -> Vec<&'static Clause> {
    vec![
        &writing::CLAUSE,
        &echo::CLAUSE,
        &durability::CLAUSE,
        &completion::CLAUSE,
        &refusal::CLAUSE,
        &resources::CLAUSE,
        &termination::CLAUSE,
        &types::CLAUSE,
        &text::CLAUSE,
        &names::CLAUSE,
        &namespaces::CLAUSE,
        &modes::CLAUSE,
        &generations::CLAUSE,
        &evolution::CLAUSE,
        &deduplication::CLAUSE,
        &metadata_columns::CLAUSE,
        &volume::CLAUSE,
    ]
}
