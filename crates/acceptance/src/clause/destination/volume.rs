//! Volume: many records, many streams, and one large record.

use super::compare::{self, Kind};
use super::trial::{Outcome, Sent, Story, Visit, readable, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong};
use longshore_protocol::StreamDescriptor;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Volume",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    Rule {
        id: "volume.large_batch",
        level: Level::Must,
        title: "20,000 records arrive once each",
        demand: "A destination MUST write every record of a long stream once, as it was sent, however many batches that \
                 takes.",
        reason: "What goes wrong where one batch ends and the next begins does not show with ten records.",
        check: "20,000 records with a state after every 5,000 are written; each must be there once, with its text.",
        remedy: "Look at the record that fills a batch, and at what is left when the input ends.",
    },
    Rule {
        id: "volume.many_streams",
        level: Level::Must,
        title: "30 streams in one sync are not mixed up",
        demand: "A destination MUST write many streams in one sync, whose records take turns, each to its own place.",
        reason: "Sources read streams side by side, and a database has hundreds of tables.",
        check: "30 streams of 5 records, which take turns, are written; each must have its own rows.",
        remedy: "Keep one batch for each stream, and write all of them at the end.",
    },
    Rule {
        id: "volume.large_record",
        level: Level::Must,
        title: "A large record is kept, noted, or rejected",
        demand: "A record of 5 MiB MUST NOT fail the sync or take others along. It MUST be kept, or its field be cut or \
                 nulled and that be noted in `_airbyte_meta.changes`, or be counted in \
                 `destinationStats.rejectedRecordCount`.",
        reason: "Documents and messages are that large, and nobody notices one that was cut.",
        check: "A record with a text of 5 MiB is written between two others.",
        remedy: "Read lines of any length, and note what the store cannot hold.",
    },
];

const RECORDS: i64 = 20_000;
const STREAMS: i64 = 30;
const RECORDS_PER_STREAM: i64 = 5;
const LARGE_BYTES: usize = 5 << 20;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    vec![
        large_batch(bench, &RULES[0]).await,
        many_streams(bench, &RULES[1]).await,
        large_record(bench, &RULES[2]).await,
    ]
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"id": {"type": "integer"}, "words": {"type": "string"}}})
}

async fn visit(bench: &Bench<'_>, stream: StreamDescriptor, rows: Vec<(i64, String)>) -> Result<Visit, Unavailable> {
    readable(bench).await?;
    let records = rows.into_iter().map(|(id, words)| Sent::new(&json!({"id": id, "words": words})));
    Ok(Visit::new(bench.plain(stream, schema()).await?, records.collect()))
}

/// The rows, or what is to be said without them.
fn rows<'a>(bench: &Bench<'_>, rule: &Rule, outcome: &'a Outcome, what: &str) -> Result<&'a Vec<Row>, Box<Finding>> {
    let told = outcome.as_ref().map_err(|setback| Box::new(setback.finding(bench, rule, what)))?;
    told.rows.as_ref().map_err(|why| Box::new(rule.skipped(why.0.clone())))
}

async fn large_batch(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let words = |id: i64| format!("row {id} of many");
    let sent = (1..=RECORDS).map(|id| (id, words(id))).collect();
    let mut visit = match visit(bench, bench.stream("volume"), sent).await {
        Ok(visit) => visit,
        Err(why) => return rule.skipped(why.0),
    };
    visit.records_per_state = 5_000;
    let outcome = tell(bench, "20,000 records", &[Story::once(visit)]).await.remove(0);
    match rows(bench, rule, &outcome, "20,000 records") {
        Err(finding) => *finding,
        Ok(rows) => rule.judged(format!("{} rows were read back", rows.len()), astray(rows, RECORDS, words)),
    }
}

/// What is wrong with rows that should be numbered from 1 on, and have the words of their number.
fn astray(rows: &[Row], last: i64, words: impl Fn(i64) -> String) -> Vec<Wrong> {
    let mut times: HashMap<i64, usize> = HashMap::new();
    let ids: Vec<Option<i64>> = rows.iter().map(compare::id).collect();
    ids.iter().flatten().for_each(|id| *times.entry(*id).or_default() += 1);
    let missing: Vec<i64> = (1..=last).filter(|id| !times.contains_key(id)).collect();
    let repeated: Vec<i64> = (1..=last).filter(|id| times.get(id).is_some_and(|times| *times > 1)).collect();
    let other = rows.iter().zip(&ids).filter(|(row, id)| {
        let expected = id.filter(|id| (1..=last).contains(id)).map(|id| json!(words(id)).to_string());
        !expected
            .is_some_and(|expected| compare::compare(Kind::Text, &expected, compare::field(row, "words")).is_kept())
    });
    let other: Vec<String> = other.map(|(row, _)| json!(row).to_string()).collect();
    let mut wrong = Vec::new();
    let first = |ids: &[i64]| ids.iter().take(10).map(i64::to_string).collect::<Vec<_>>().join(", ");
    if !missing.is_empty() {
        let message = format!("of {last} records {} are not there: {}", missing.len(), first(&missing));
        wrong.push(Wrong::new(message, ""));
    }
    if !repeated.is_empty() {
        let message = format!("of {last} records {} are there more than once: {}", repeated.len(), first(&repeated));
        wrong.push(Wrong::new(message, ""));
    }
    if let Some(row) = other.first() {
        wrong.push(Wrong::new(format!("{} rows are not as they were sent", other.len()), row.clone()));
    }
    wrong
}

async fn many_streams(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let words = |stream: i64, id: i64| format!("row {id} of stream {stream}");
    let mut stories = Vec::new();
    for number in 0..STREAMS {
        let stream = bench.stream(&format!("many_{number}"));
        let sent = (1..=RECORDS_PER_STREAM).map(|id| (id, words(number, id))).collect();
        match visit(bench, stream, sent).await {
            Ok(visit) => stories.push(Story::once(visit)),
            Err(why) => return rule.skipped(why.0),
        }
    }
    // In one run or not at all: that they are many is the point.
    let outcomes = super::trial::tell_at_once(bench, "30 streams", &stories).await;
    let mut wrong = Vec::new();
    for (number, outcome) in (0..STREAMS).zip(&outcomes) {
        match rows(bench, rule, outcome, "30 streams at once") {
            Err(finding) => return *finding,
            Ok(rows) => wrong.extend(
                astray(rows, RECORDS_PER_STREAM, |id| words(number, id))
                    .into_iter()
                    .map(|wrong| Wrong::new(format!("stream {number}: {}", wrong.message), wrong.evidence)),
            ),
        }
    }
    rule.judged(format!("{STREAMS} streams have their own {RECORDS_PER_STREAM} rows each"), wrong)
}

async fn large_record(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let large: String = (0..LARGE_BYTES / 8).map(|number| format!("{number:07},")).collect();
    let sent = vec![(1, "before".to_owned()), (2, large.clone()), (3, "after".to_owned())];
    let visit = match visit(bench, bench.stream("large"), sent).await {
        Ok(visit) => visit,
        Err(why) => return rule.skipped(why.0),
    };
    let outcome = tell(bench, "a record of 5 MiB", &[Story::once(visit)]).await.remove(0);
    let rows = match rows(bench, rule, &outcome, "a record of 5 MiB") {
        Ok(rows) => rows,
        Err(finding) => return *finding,
    };
    let row = |id| rows.iter().find(|row| compare::id(row) == Some(id));
    if row(1).is_none() && row(2).is_none() && row(3).is_none() {
        return rule.skipped("no row can be found: `rows.complete` is about that");
    }
    let takes = outcome.as_ref().map(|told| told.takes.clone()).unwrap_or_default();
    let states = takes.iter().flat_map(|take| take.messages("STATE"));
    let is_rejected = states
        .filter_map(|it| it["state"]["destinationStats"]["rejectedRecordCount"].as_f64())
        .any(|rejected| rejected >= 1.0);
    let mut wrong = Vec::new();
    let neighbours = [(1, "before"), (3, "after")];
    for (id, words) in neighbours {
        let read = row(id).and_then(|row| compare::field(row, "words"));
        if read != Some(&json!(words)) {
            wrong.push(Wrong::new(format!("the record {words} the large one is not there as it was sent"), ""));
        }
    }
    let fate = match row(2) {
        None if is_rejected => "was rejected, and counted",
        None => {
            wrong.push(Wrong::new("the large record is not there, and was not counted as rejected", ""));
            ""
        }
        Some(row) if compare::field(row, "words") == Some(&json!(large)) => "came back as it was sent",
        Some(row) if compare::is_noted(row, "words") => "did not fit, and `_airbyte_meta.changes` says so",
        Some(row) => {
            let bytes = compare::field(row, "words").and_then(Value::as_str).map_or(0, str::len);
            let message = format!("a text of {} bytes came back with {bytes}, and nothing says so", large.len());
            wrong.push(Wrong::new(message, ""));
            ""
        }
    };
    rule.judged(format!("a text of {} bytes {fate}", large.len()), wrong)
}
