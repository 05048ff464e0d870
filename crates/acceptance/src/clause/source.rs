//! The clauses that bind sources, in the order of the contract.

mod discover;
mod records;
mod schema;
mod primary_key;
mod full_refresh;
mod incremental;
mod states;
mod statuses;
mod expected;
mod resume;
mod interruption;
mod back_pressure;
mod failures;
mod selection;
mod future_state;

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
