//! Generations: refreshes that keep or replace what was there, and those that are interrupted.

mod interrupted;

use super::compare;
use super::session::Target;
use super::trial::{Outcome, Story, Visit, readable, tell, uneven};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong, skip_all};
use longshore_protocol::DestinationSyncMode;
use serde_json::{Value, json};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Generations and refreshes",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    Rule {
        id: "generations.truncate",
        level: Level::Must,
        title: "A truncating refresh removes older generations",
        demand: "When `minimum_generation_id` equals `generation_id`, a destination MUST remove the rows of older \
                 generations once the stream is complete, whatever `destination_sync_mode` says.",
        reason: "Platforms tell modern destinations to overwrite by the generation only; the mode says `append` then.",
        check: "A stream is written in generation 1, then in generation 2 with the minimum 2; rows of 1 must be gone.",
        remedy: "Decide by `minimum_generation_id`, not by the mode, whether rows are replaced.",
    },
    Rule {
        id: "generations.merge",
        level: Level::Must,
        title: "A merging refresh keeps older generations",
        demand: "When `generation_id` has grown and `minimum_generation_id` is 0, a destination MUST keep the rows of \
                 older generations, with their `_airbyte_generation_id`, and give new rows the new one.",
        reason: "People who refresh and retain records lose their history otherwise.",
        check: "A stream is written in generation 1, then in generation 2 with the minimum 0; all rows must be there.",
        remedy: "Replace rows only when `minimum_generation_id` equals `generation_id` and is not 0.",
    },
    Rule {
        id: "generations.clear",
        level: Level::Must,
        title: "A clear leaves no rows",
        demand: "A sync without records, with `minimum_generation_id` equal to `generation_id`, MUST leave no row of its \
                 stream once it is complete.",
        reason: "This is how a platform clears a stream.",
        check: "A stream is written, then cleared; no row may be there.",
        remedy: "Replace the old rows at the stream's COMPLETE, also when no record has come.",
    },
    interrupted::TRUNCATE,
    interrupted::RESUMED,
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Some(why) = bench.without_refreshes().await {
        return skip_all(RULES, &why);
    }
    let told = match told(bench).await {
        Ok(told) => told,
        Err(why) => return skip_all(RULES, &why),
    };
    let mut findings: Vec<Finding> = RULES[..3].iter().map(|rule| look(bench, rule, &told)).collect();
    if findings[0].status == Status::Failed {
        findings[2] = RULES[2].skipped("`generations.truncate` does not hold, so nothing more can be told");
    }
    findings.extend(interrupted::judge(bench, schema(), has_generations(&told)).await);
    findings
}

/// Streams by the word of their story.
type ByWord = Vec<(&'static str, Outcome)>;

async fn told(bench: &Bench<'_>) -> Result<ByWord, Unavailable> {
    readable(bench).await?;
    let modes = bench.modes().await?;
    let mut stories = Vec::new();
    let mut add = |word: &'static str, target: Target, second: Target, ids: &[i64]| {
        let first = Visit::of(target, &rows(&[1, 2, 3]));
        stories.push((word, Story::twice(first, Visit::of(second, &rows(ids)))));
    };
    if modes.contains(&DestinationSyncMode::Append) {
        let target = |word| Target::append(bench.stream(word), schema());
        add("truncated", target("truncated"), target("truncated").truncating(2), &[4, 5]);
        add("merged", target("merged"), target("merged").generation(2), &[3, 4]);
        add("cleared", target("cleared"), target("cleared").truncating(2), &[]);
    }
    if modes.contains(&DestinationSyncMode::AppendDedup) {
        let target = |word| Target::dedup(bench.stream(word), schema(), &["id"], "version");
        add("truncated_keys", target("truncated_keys"), target("truncated_keys").truncating(2), &[3, 4]);
        add("cleared_keys", target("cleared_keys"), target("cleared_keys").truncating(2), &[]);
    }
    let (words, stories): (Vec<&str>, Vec<Story>) = stories.into_iter().unzip();
    Ok(words.into_iter().zip(tell(bench, "generations", &stories).await).collect())
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"id": {"type": "integer"}, "version": {"type": "integer"}}})
}

fn rows(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| json!({"id": id, "version": id})).collect()
}

/// Whether the destination writes generations: one that does not cannot tell them apart, which another rule is about.
fn has_generations(told: &ByWord) -> bool {
    let rows = told.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()?.rows.as_ref().ok()).flatten();
    let mut rows = rows.peekable();
    rows.peek().is_none() || rows.any(|row| generation(row).is_some())
}

fn generation(row: &Row) -> Option<i64> {
    match compare::metadata(row, "_airbyte_generation_id")? {
        Value::String(text) => text.parse().ok(),
        number => number.as_f64().map(|number| number as i64),
    }
}

fn look(bench: &Bench<'_>, rule: &Rule, told: &ByWord) -> Finding {
    let wanted: &[(&str, &[i64])] = match rule.id {
        "generations.truncate" => &[("truncated", &[4, 5]), ("truncated_keys", &[3, 4])],
        "generations.merge" => &[("merged", &[1, 2, 3, 3, 4])],
        _ => &[("cleared", &[]), ("cleared_keys", &[])],
    };
    let found = told.iter().filter_map(|(word, outcome)| {
        let expected = wanted.iter().find(|(wanted, _)| wanted == word)?.1;
        Some((outcome, expected))
    });
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (outcome, expected) in found {
        let told = match outcome {
            Ok(told) => told,
            Err(setback) => return setback.finding(bench, rule, "the syncs of this rule"),
        };
        match &told.rows {
            Err(why) => return rule.skipped(why.0.clone()),
            Ok(rows) => wrong.extend(faults(rule, rows, expected)),
        }
        seen += 1;
    }
    match seen {
        0 => rule.skipped("the spec names no mode in `supported_destination_sync_modes` in which it can be tried"),
        _ if !has_generations(told) => rule.skipped("no row has a generation: `rows.generation_id` is about that"),
        seen => rule.judged(format!("{seen} streams have the rows that they should have"), wrong),
    }
}

fn faults(rule: &Rule, rows: &[Row], expected: &[i64]) -> Vec<Wrong> {
    let mut wrong = uneven(rows, expected);
    if wrong.is_empty() && rule.id == "generations.merge" {
        let mut read: Vec<i64> = rows.iter().filter_map(generation).collect();
        read.sort_unstable();
        // Whether new rows have the right one is up to `rows.generation_id`.
        if read.iter().filter(|generation| **generation == 1).count() < 3 {
            let message = format!("3 rows of generation 1 should be there, and the generations are {read:?}");
            wrong.push(Wrong::new(message, ""));
        }
    }
    wrong
}
