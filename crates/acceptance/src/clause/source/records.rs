//! Records: the source reads to its end, delivers every stream that was asked for and no other, and its records are records.

mod delivery;
mod form;

use super::reading::{Reading, Reads};
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Records",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SUCCEEDS, EVERY_STREAM_HAS_RECORDS, ONLY_SELECTED_STREAMS, DATA_IS_OBJECT, EMITTED_AT];

const SUCCEEDS: Rule = Rule {
    id: "read.succeeds",
    level: Level::Must,
    title: "read runs to its end",
    demand: "With a valid configuration and a catalog of its own streams, `read` MUST end by itself with exit code 0 and without an ERROR trace.",
    reason: "A platform counts anything else as a failed sync and starts it again, even when all records arrived.",
    check: "All streams are read as a whole, twice, and those that can are read incrementally without state; the exit code and the ERROR traces are looked at.",
    remedy: "Read the error trace and stderr in the evidence; run `read` by hand with the same configuration and catalog.",
};

const EVERY_STREAM_HAS_RECORDS: Rule = Rule {
    id: "read.every_stream_has_records",
    level: Level::Must,
    title: "Every selected stream yields records",
    demand: "Every stream of the catalog MUST yield at least one record, but for those that the test configuration names as empty.",
    reason: "A stream without records proves nothing: a broken stream and an empty one look the same.",
    check: "The records of the shared reads are counted by stream.",
    remedy: "Mend the stream, put data into the test account, or name the stream under `empty_streams` with a `bypass_reason`.",
};

const ONLY_SELECTED_STREAMS: Rule = Rule {
    id: "read.only_selected_streams",
    level: Level::Must,
    title: "Records only of selected streams",
    demand: "Records and stream statuses MUST be of streams of the configured catalog; name and namespace MUST be exactly those of the catalog.",
    reason: "A platform fails a sync when a record is of a stream that it did not ask for.",
    check: "Name and namespace of every record and every STREAM_STATUS are looked up in the catalog that `read` was given.",
    remedy: "Emit `stream` and `namespace` as the catalog has them (an absent namespace stays absent), and nothing of streams that were not selected.",
};

const DATA_IS_OBJECT: Rule = Rule {
    id: "read.data_is_object",
    level: Level::Must,
    title: "Record data is a JSON object",
    demand: "`data` of every record MUST be a JSON object with at least one field.",
    reason: "Platforms drop other records without a word, an empty object too, and then the counts of the states are wrong.",
    check: "`data` of every record is looked at.",
    remedy: "Put the fields of the record into an object under `data`; do not emit empty ones.",
};

const EMITTED_AT: Rule = Rule {
    id: "read.emitted_at",
    level: Level::Must,
    title: "emitted_at is epoch milliseconds",
    demand: "`emitted_at` of every record MUST be an integer: the milliseconds since 1970-01-01T00:00:00Z at which it was emitted.",
    reason: "It becomes the extraction time of the row, by which destinations choose the newest one.",
    check: "`emitted_at` of every record is looked at; values before 2001 or after 2100 are taken for another unit.",
    remedy: "Emit the time in whole milliseconds, as a number and not as a text.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let reads = Reads::of(bench).await;
    let again = super::reading::full_refresh(bench, 1).await;
    let readings = match reads.readings() {
        Ok(readings) => readings,
        Err(why) => return skip_all(RULES, &why),
    };
    let again = again.as_ref().ok().map(|read| read.reading());
    let all: Vec<&Reading<'_>> = readings.iter().chain(&again).collect();
    vec![
        delivery::succeeds(&all),
        delivery::every_stream_has_records(&readings, bench.plan),
        delivery::only_selected_streams(&readings),
        form::data_is_object(&readings),
        form::emitted_at(&readings),
    ]
}
