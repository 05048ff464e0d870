//! The clauses that bind sources, in the order of the contract.

mod back_pressure;
mod checkpoints;
mod discover;
mod expected;
mod failures;
mod full_refresh;
mod future_state;
mod incremental;
mod interruption;
mod primary_key;
mod reading;
mod records;
mod resume;
mod schema;
mod selection;
mod states;
mod statuses;

use super::Clause;

/// All of them.
pub(super) fn clauses() -> Vec<&'static Clause> {
    vec![
        &discover::CLAUSE,
        &records::CLAUSE,
        &schema::CLAUSE,
        &primary_key::CLAUSE,
        &full_refresh::CLAUSE,
        &incremental::CLAUSE,
        &states::CLAUSE,
        &statuses::CLAUSE,
        &expected::CLAUSE,
        &resume::CLAUSE,
        &interruption::CLAUSE,
        &back_pressure::CLAUSE,
        &failures::CLAUSE,
        &selection::CLAUSE,
        &future_state::CLAUSE,
    ]
}
