//! Sync modes: append adds rows, overwrite replaces them.

use super::session::Target;
use super::trial::{Outcome, Story, Visit, readable, tally, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::rule::{Level, Rule, skip_all};
use longshore_protocol::{DestinationSyncMode, StreamDescriptor};
use serde_json::{Value, json};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Sync modes",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    Rule {
        id: "modes.append",
        level: Level::Must,
        title: "Append adds rows and keeps old ones",
        demand: "In the mode `append` a destination MUST add a row for each record, also for one that is equal to an \
                 earlier one, and MUST keep the rows of earlier syncs.",
        reason: "Append is the history of a stream. What is dropped or replaced there cannot be had again.",
        check: "A stream is written in two syncs; the second one repeats a record of the first. All rows must be there.",
        remedy: "Insert, and nothing else; do not make the table anew when it exists.",
    },
    Rule {
        id: "modes.overwrite",
        level: Level::Must,
        title: "Overwrite replaces the old rows",
        demand: "A sync in the mode `overwrite`, or whose `minimum_generation_id` is its `generation_id`, MUST leave the \
                 rows that it brought, and no other ones, once the stream is complete.",
        reason: "A full refresh that adds rows shows everything twice, and rows that are gone at the source for ever.",
        check: "A stream is overwritten by a second sync with other rows; only these may be there.",
        remedy: "Write to a new table and let it take the place of the old one when the stream's COMPLETE has come.",
    },
    Rule {
        id: "modes.overwrite_leaves_others",
        level: Level::Must,
        title: "Overwrite leaves other streams alone",
        demand: "A sync MUST NOT touch the rows of streams that are not in its catalog, whatever their names have in \
                 common with those that are.",
        reason: "Many connections write into one place. What one of them overwrites is not the others' data.",
        check: "Of three streams, two whose names begin alike and one of the same name in another namespace, one is \
                overwritten. The rows of the others must still be there.",
        remedy: "Drop or replace exactly the table of the stream; look for patterns such as `name*` or `name%`.",
    },
    Rule {
        id: "modes.overwrite_without_records",
        level: Level::Must,
        title: "Overwrite without records empties the stream",
        demand: "A sync that overwrites a stream, brings no record of it, and completes it MUST leave no row.",
        reason: "A stream that is empty at the source must be empty at the destination; this is also how data is cleared.",
        check: "A stream with rows is overwritten by a sync without records; no row may be there.",
        remedy: "Replace the old rows at the stream's COMPLETE, also when no record has come.",
    },
];

const SCHEMA: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"words":{"type":"string"}}}"#;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    match told(bench).await {
        Ok(told) => {
            let mut findings: Vec<Finding> = RULES.iter().map(|rule| look(bench, rule, &told)).collect();
            if findings[1].status == Status::Failed {
                findings[3] = RULES[3].skipped("`modes.overwrite` does not hold, so nothing more can be told");
            }
            findings
        }
        Err(why) => skip_all(RULES, &why),
    }
}

/// What became of the stream of each rule.
type ByRule = Vec<(&'static str, Outcome)>;

async fn told(bench: &Bench<'_>) -> Result<ByRule, Unavailable> {
    readable(bench).await?;
    let modes = bench.modes().await?;
    let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let mut stories = Vec::new();
    if modes.contains(&DestinationSyncMode::Append) {
        let target = |sync| Target::append(bench.stream("append"), schema.clone()).sync(sync);
        let story = Story::twice(Visit::of(target(1), &rows(&[1, 2, 3])), Visit::of(target(2), &rows(&[3, 4])));
        stories.push(("modes.append", story));
    }
    if modes.contains(&DestinationSyncMode::Overwrite) {
        let overwrite =
            |stream: &StreamDescriptor, generation| Target::overwrite(stream.clone(), schema.clone(), generation);
        let both = |stream: StreamDescriptor, second: &[i64]| {
            let first = Visit::of(overwrite(&stream, 1), &rows(&[1, 2, 3]));
            Story::twice(first, Visit::of(overwrite(&stream, 2), &rows(second)))
        };
        let over = bench.stream("over");
        let other = StreamDescriptor::named(format!("{}_other", over.name));
        let space = Some(bench.stream_name("space_other"));
        let namesake = StreamDescriptor { namespace: space, name: over.name.clone() };
        stories.push(("modes.overwrite", both(over, &[4, 5])));
        for other in [other, namesake] {
            let story = Story::once(Visit::of(overwrite(&other, 1), &rows(&[1, 2])));
            stories.push(("modes.overwrite_leaves_others", story));
        }
        stories.push(("modes.overwrite_without_records", both(bench.stream("emptied"), &[])));
    }
    let (rules, stories): (Vec<&str>, Vec<Story>) = stories.into_iter().unzip();
    Ok(rules.into_iter().zip(tell(bench, "sync modes", &stories).await).collect())
}

fn rows(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| json!({"id": id, "words": format!("row {id}")})).collect()
}

fn look(bench: &Bench<'_>, rule: &Rule, told: &ByRule) -> Finding {
    let expected: &[i64] = match rule.id {
        "modes.append" => &[1, 2, 3, 3, 4],
        "modes.overwrite" => &[4, 5],
        "modes.overwrite_leaves_others" => &[1, 2],
        _ => &[],
    };
    let outcomes = told.iter().filter(|(id, _)| *id == rule.id);
    let findings: Vec<Finding> = outcomes.map(|(_, outcome)| tally(bench, rule, outcome, expected)).collect();
    let failed = findings.iter().find(|finding| finding.status == Status::Failed);
    let unknown = "the spec does not name that mode in `supported_destination_sync_modes`";
    failed.or_else(|| findings.first()).cloned().unwrap_or_else(|| rule.skipped(unknown))
}
