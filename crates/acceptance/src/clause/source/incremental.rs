//! Incremental reads: without a state they yield everything, each record has its cursor, and the cursor of the states never
//! goes back.

mod cursors;
mod sameness;

use super::full_refresh::has_seed;
use super::reading::{full_refresh, incremental};
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use futures_util::future::join3;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Incremental reads",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SAME_AS_FULL_REFRESH, CURSOR_PRESENT, CURSOR_MONOTONE];

const SAME_AS_FULL_REFRESH: Rule = Rule {
    id: "incremental.same_as_full_refresh",
    level: Level::Must,
    title: "First incremental read yields everything",
    demand: "An incremental read without state MUST yield the records that a full refresh yields, with the same values.",
    reason: "The first sync of a connection fills the table; what it leaves out never comes.",
    check: "An incremental read without state is compared with a full refresh, for streams that can be read both ways and of which two full refreshes are alike.",
    remedy: "Without a state start at the beginning: look at the start value of the cursor, and at filters that only one of the two modes has.",
};

const CURSOR_PRESENT: Rule = Rule {
    id: "incremental.cursor_present",
    level: Level::Must,
    title: "Records have a cursor value",
    demand: "In an incremental read every record MUST have its cursor field, with a number or a text that is not null.",
    reason: "A record without cursor is behind no state: later syncs never see that it changed, and dedup cannot tell which version is newer.",
    check: "The cursor field is looked up in every record of an incremental read, for streams whose schema declares that field.",
    remedy: "Emit the cursor field in every record, or choose a field as cursor that always has a value.",
};

const CURSOR_MONOTONE: Rule = Rule {
    id: "incremental.cursor_monotone",
    level: Level::Must,
    title: "Cursor of states never goes back",
    demand: "The cursor value in the states of a stream MUST never go back, and no record that comes after a state MUST be older than the cursor in that state.",
    reason: "A sync that resumes from that state asks for what is newer: the older record behind it is lost.",
    check: "In an incremental read the cursor values of the states of a stream are compared with one another, and with those of the records after them. Only states are looked at that hold the cursor under its name at the top, or one single timestamp; records only when the state holds no other position (a page, a slice).",
    remedy: "Emit a state only when all records up to its cursor were emitted: sort by the cursor, or hold the newest value back to the end of the slice.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (full, again, incremental) = join3(full_refresh(bench, 0), full_refresh(bench, 1), incremental(bench)).await;
    let incremental = match &incremental {
        Ok(incremental) => incremental.reading(),
        Err(why) => return skip_all(RULES, why),
    };
    let is_random = has_seed(bench).await;
    let same = match (&full, &again) {
        (Ok(full), Ok(again)) => {
            sameness::same_as_full_refresh(&full.reading(), &again.reading(), &incremental, bench.plan, is_random)
        }
        (Err(why), _) | (_, Err(why)) => SAME_AS_FULL_REFRESH.skipped(why.0.clone()),
    };
    vec![same, cursors::present(&incremental), cursors::monotone(&incremental)]
}
