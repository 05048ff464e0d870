//! States: in the right form, for every stream, behind its last record, and with right counts.

mod counts;
mod coverage;
pub(super) mod form;

use super::reading::Reads;
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};

pub(crate) static CLAUSE: Clause =
    Clause { title: "States", binds: Binds::Sources, rules: RULES, judge: Judge::Runs(|bench| Box::pin(judge(bench))) };

const RULES: &[Rule] = &[
    VALID,
    NO_LEGACY,
    ONE_TYPE,
    KNOWN_STREAMS,
    FOR_EVERY_STREAM,
    FOR_FULL_REFRESH,
    COVERS_ALL_RECORDS,
    NOT_EMPTY,
    RECORD_COUNT_PRESENT,
    RECORD_COUNT,
];

const VALID: Rule = Rule {
    id: "state.valid",
    level: Level::Must,
    title: "State messages have the right form",
    demand: "A STATE MUST have what its `type` says: STREAM has `stream` with a `stream_descriptor` that has a `name`, GLOBAL has `global` with an array of `stream_states`; `stream_state` and `shared_state` MUST be objects, or absent.",
    reason: "A platform cannot store or hand back what it cannot read, and the sync starts again from the beginning.",
    check: "Every STATE message of the shared reads is looked at.",
    remedy: "Write `{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":{\"name\":…},\"stream_state\":{…}}}}`.",
};

const NO_LEGACY: Rule = Rule {
    id: "state.no_legacy",
    level: Level::Must,
    title: "No LEGACY states",
    demand: "A STATE MUST have the `type` STREAM or GLOBAL; one without a type is LEGACY.",
    reason: "A LEGACY state is one blob for all streams: no stream of it can be reset, refreshed or counted alone, and new platforms refuse it.",
    check: "The `type` of every STATE message of the shared reads is looked at.",
    remedy: "Emit one STREAM state per stream, with its `stream_descriptor`.",
};

const ONE_TYPE: Rule = Rule {
    id: "state.one_type",
    level: Level::Must,
    title: "One type of state per read",
    demand: "All states of one read MUST be of the same type: all STREAM, or all GLOBAL.",
    reason: "A platform stores the one or the other; a change of the type in one run fails the sync or loses states.",
    check: "The types of the STATE messages of each shared read are compared.",
    remedy: "Use GLOBAL only when all streams share one position (such as a log of changes), else STREAM.",
};

const KNOWN_STREAMS: Rule = Rule {
    id: "state.known_streams",
    level: Level::Must,
    title: "States only of selected streams",
    demand: "A STREAM state MUST be of a stream of the configured catalog; name and namespace MUST be exactly those of the catalog.",
    reason: "A state under another name is never handed back to the stream that it belongs to.",
    check: "The `stream_descriptor` of every STREAM state is looked up in the catalog that `read` was given.",
    remedy: "Emit `name` and `namespace` in the `stream_descriptor` as the catalog has them (an absent namespace stays absent).",
};

const FOR_EVERY_STREAM: Rule = Rule {
    id: "state.for_every_stream",
    level: Level::Must,
    title: "A state for every incremental stream",
    demand: "An incremental read MUST emit at least one state of every stream, even of one that had no record.",
    reason: "Without a state the next sync reads everything again, and the platform cannot know that the stream is safe.",
    check: "An incremental read without state is looked through for states of each stream that was selected. A GLOBAL state counts for the streams that it names.",
    remedy: "Emit a state of the stream when it was read to its end.",
};

const FOR_FULL_REFRESH: Rule = Rule {
    id: "state.for_every_full_refresh",
    level: Level::Should,
    title: "A state for every full refresh stream",
    demand: "A full refresh SHOULD emit at least one state of every stream too.",
    reason: "A platform confirms records by states: without one it cannot say which records of the stream are safe.",
    check: "A full refresh of all streams is looked through for states of each stream.",
    remedy: "Emit a state of the stream when it was read to its end; for streams without a cursor any object will do.",
};

const COVERS_ALL_RECORDS: Rule = Rule {
    id: "state.covers_all_records",
    level: Level::Must,
    title: "A state behind the last record",
    demand: "Behind the last record of a stream a state MUST come, when the stream emits states.",
    reason: "Records that no state covers are not known to be safe: they count as not delivered, and are read again each time.",
    check: "In the shared reads the place of the last record of each stream is compared with that of its last state (for GLOBAL: the last state at all).",
    remedy: "Emit the final state after the last record was emitted, and before COMPLETE.",
};

const NOT_EMPTY: Rule = Rule {
    id: "state.not_empty",
    level: Level::Should,
    title: "States of incremental streams say something",
    demand: "The last state of a stream that yielded records in an incremental read SHOULD NOT be empty.",
    reason: "From `{}` or null the next sync reads everything again.",
    check: "The last state of each stream of an incremental read without state is looked at.",
    remedy: "Put the position into the state: the newest cursor value, a page, a token.",
};

const RECORD_COUNT_PRESENT: Rule = Rule {
    id: "state.record_count_present",
    level: Level::Should,
    title: "States count their records",
    demand: "Every state SHOULD have `sourceStats.recordCount`.",
    reason: "By these counts a platform finds out that records were lost on their way.",
    check: "Every STREAM and GLOBAL state of the shared reads is looked at.",
    remedy: "Add `\"sourceStats\":{\"recordCount\":12.0}` beside `type` in the state.",
};

const RECORD_COUNT: Rule = Rule {
    id: "state.record_count",
    level: Level::Must,
    title: "Record counts of states are right",
    demand: "`sourceStats.recordCount`, where it is given, MUST be the number of records of that stream since its previous state, as a number; in a GLOBAL state, of all streams since the previous state.",
    reason: "A platform that counts for itself takes a wrong count for lost records.",
    check: "The records between the states of the shared reads are counted and compared.",
    remedy: "Count the records that are emitted, and start again from 0 after each state.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let reads = Reads::of(bench).await;
    let readings = match reads.readings() {
        Ok(readings) => readings,
        Err(why) => return skip_all(RULES, &why),
    };
    let one = |read: &Result<super::reading::Read, _>| read.is_ok();
    let split = usize::from(one(&reads.full_refresh));
    let (full_refresh, incremental) = readings.split_at(split);
    vec![
        form::valid(&readings),
        form::no_legacy(&readings),
        form::one_type(&readings),
        coverage::known_streams(&readings),
        coverage::for_every_stream(&FOR_EVERY_STREAM, incremental),
        coverage::for_every_stream(&FOR_FULL_REFRESH, full_refresh),
        coverage::covers_all_records(&readings),
        coverage::not_empty(incremental),
        counts::present(&readings),
        counts::right(&readings),
    ]
}
