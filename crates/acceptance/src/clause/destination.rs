//! The clauses that bind destinations, in the order of the contract.

mod echo;
mod durability;
mod completion;
mod refusal;
mod resources;
mod termination;
mod types;
mod text;
mod names;
mod namespaces;
mod modes;
mod generations;
mod evolution;
mod deduplication;
mod metadata_columns;
mod volume;

use super::Clause;

/// All of them.
pub(super) fn clauses() -> Vec<&'static Clause> {
    vec![
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
