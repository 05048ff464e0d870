//! Rows: each record becomes one, with the four columns that every row has.

use super::compare;
use super::trial::{Outcome, Sent, Setback, Story, Told, Visit, readable, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::destination::compare::{Kind, Verdict};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::messages::EMITTED_AT_MS;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong, skip_all};
use longshore_protocol::DestinationSyncMode;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Rows and their columns",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    Rule {
        id: "rows.complete",
        level: Level::Must,
        title: "Every record becomes a row",
        demand: "A destination MUST write every record that it was sent.",
        reason: "A record that is lost is lost for good: its state says that it is there.",
        check: "25 records are written, then 5 more; and 5 of which the last two come behind the last state. Each is looked for.",
        remedy: "Look at what happens to the first and the last record of a batch, and at what is written at the end.",
    },
    Rule {
        id: "rows.once",
        level: Level::Must,
        title: "No record becomes two rows",
        demand: "A destination MUST NOT write a record twice.",
        reason: "Sums and counts are wrong.",
        check: "25 records with different ids are written, then 5 more; none may be there twice.",
        remedy: "Empty the batch when it has been written, also when it is written at the end of the input.",
    },
    Rule {
        id: "rows.raw_id_unique",
        level: Level::Must,
        title: "_airbyte_raw_id is unique",
        demand: "Each row MUST have an `_airbyte_raw_id` that no other row has, in this sync and in others.",
        reason: "People and programs name rows by it.",
        check: "The ids of all rows of two syncs are compared, and those of two equal records.",
        remedy: "Make a new UUID for each record.",
    },
    Rule {
        id: "rows.extracted_at",
        level: Level::Must,
        title: "_airbyte_extracted_at is the record's emitted_at",
        demand: "Each row MUST have in `_airbyte_extracted_at` the `emitted_at` of its record, to the millisecond.",
        reason: "It says how fresh a row is, and decides which of two versions is newer.",
        check: "Records with different `emitted_at` are written, and the instants compared.",
        remedy: "Take `record.emitted_at` (milliseconds since the epoch, UTC), not the clock.",
    },
    Rule {
        id: "rows.generation_id",
        level: Level::Must,
        title: "_airbyte_generation_id is the stream's generation",
        demand: "Each row MUST have in `_airbyte_generation_id` the `generation_id` of its stream in the catalog.",
        reason: "Without it, no refresh can tell new rows from old ones.",
        check: "A stream is written in generation 7, then in 8, with the minimum 0.",
        remedy: "Copy `generation_id` of the configured stream into each row.",
    },
    Rule {
        id: "rows.sync_id",
        level: Level::Must,
        title: "_airbyte_meta has the sync_id",
        demand: "Each row MUST have in `_airbyte_meta` an object whose `sync_id` is that of its stream in the catalog.",
        reason: "It says which sync wrote a row, when something is wrong with it.",
        check: "A stream is written in the syncs 41 and 42.",
        remedy: "Write `{\"sync_id\": …, \"changes\": […]}` with `sync_id` of the configured stream.",
    },
    Rule {
        id: "rows.changes_kept",
        level: Level::Must,
        title: "Changes noted on a record are kept",
        demand: "What `record.meta.changes` says MUST be in the `changes` of the row's `_airbyte_meta`, as it came.",
        reason: "The source or the platform changed the record, and nobody else can tell.",
        check: "Records with a `NULLED` and a `TRUNCATED` change are written.",
        remedy: "Append to `record.meta.changes`, and write all of it into `_airbyte_meta`.",
    },
];

const FIRST: i64 = 25;
const ALL: i64 = 30;

/// Records of which the last come behind the last state.
const TAIL: i64 = 5;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let told = match told(bench).await {
        Ok(told) => told,
        Err(why) => return skip_all(RULES, &why),
    };
    let rows = match &told.rows {
        Ok(told) => &told.rows,
        Err(setback) => {
            return RULES.iter().map(|rule| setback.finding(bench, rule, "30 records in two syncs")).collect();
        }
    };
    let old = bench.without_refreshes().await;
    match rows {
        Ok(rows) => {
            RULES.iter().map(|rule| unless_old(rule, &old, rows, || besides(bench, rule, rows, &told))).collect()
        }
        Err(why) => skip_all(RULES, why),
    }
}

/// A destination without refreshes has none of the columns that came with them.
fn unless_old(rule: &Rule, old: &Option<Unavailable>, rows: &[Row], look: impl FnOnce() -> Finding) -> Finding {
    let has_meta = || rows.iter().any(|row| compare::metadata(row, "_airbyte_meta").is_some_and(|it| !it.is_null()));
    match (old, rule.id) {
        (Some(why), "rows.generation_id" | "rows.sync_id") => rule.skipped(why.0.clone()),
        (Some(why), "rows.changes_kept") if !has_meta() => rule.skipped(why.0.clone()),
        _ => look(),
    }
}

/// What the streams beside the first one say of some rules.
fn besides(bench: &Bench<'_>, rule: &Rule, rows: &[Row], told: &Streams) -> Finding {
    let finding = look(rule, rows, told.first);
    if finding.status != Status::Passed {
        return finding;
    }
    match (rule.id, &told.tail, &told.equal) {
        ("rows.complete", Err(setback), _) => setback.finding(bench, rule, "records behind the last state"),
        ("rows.complete", Ok(Told { rows: Ok(rows), .. }), _) => with_tail(rule, finding, rows),
        ("rows.raw_id_unique", _, Some(Ok(Told { rows: Ok(rows), .. }))) => {
            let by_id: Vec<(i64, &Row)> = rows.iter().filter_map(|row| Some((compare::id(row)?, row))).collect();
            rule.judged(finding.message, raw_ids(&by_id))
        }
        _ => finding,
    }
}

fn with_tail(rule: &Rule, finding: Finding, rows: &[Row]) -> Finding {
    let there: Vec<i64> = rows.iter().filter_map(compare::id).collect();
    let missing: Vec<i64> = (1..=TAIL).filter(|id| !there.contains(id)).collect();
    let message = format!("of {TAIL} records, {missing:?} are not there; the last state came before the record 4");
    let wrong = (!missing.is_empty()).then(|| Wrong::new(message, ""));
    rule.judged(finding.message, wrong.into_iter().collect())
}

/// What came of the streams.
struct Streams {
    rows: Outcome,
    /// How many records the first sync had.
    first: i64,
    /// Records of which the last ones come behind the last state.
    tail: Outcome,
    /// Two equal records, where they are appended.
    equal: Option<Outcome>,
}

async fn told(bench: &Bench<'_>) -> Result<Streams, Unavailable> {
    readable(bench).await?;
    let schema = json!({"type": "object", "properties": {
        "id": {"type": "integer"}, "words": {"type": "string"}, "cut": {"type": "string"},
    }});
    let plain = bench.plain(bench.stream("rows"), schema.clone()).await?;
    let records = |ids: std::ops::RangeInclusive<i64>| ids.map(sent).collect::<Vec<Sent>>();
    // A second sync that overwrites would take away what the first one brought.
    let plain_mode = plain.mode;
    let is_single = plain_mode == DestinationSyncMode::Overwrite;
    let story = match is_single {
        true => Story::once(Visit::new(plain.truncating(7).sync(41), records(1..=ALL))),
        false => Story::twice(
            Visit::new(plain.clone().generation(7).sync(41), records(1..=FIRST)),
            Visit::new(plain.generation(8).sync(42), records(FIRST + 1..=ALL)),
        ),
    };
    let tail = bench.plain(bench.stream("rows_tail"), schema.clone()).await?;
    let mut tail = Visit::of(tail, &(1..=TAIL).map(|id| json!({"id": id, "words": "tail"})).collect::<Vec<_>>());
    (tail.records_per_state, tail.is_silent_at_end) = (3, true);
    let mut stories = vec![story, Story::once(tail)];
    if plain_mode == DestinationSyncMode::Append {
        let same = json!({"id": 1, "words": "same"});
        let target = bench.plain(bench.stream("rows_equal"), schema).await?;
        stories.push(Story::once(Visit::of(target, &[same.clone(), same])));
    }
    let mut outcomes = tell(bench, "rows", &stories).await.into_iter();
    let mut next =
        || outcomes.next().unwrap_or_else(|| Err(Setback::Unavailable(Unavailable("it was not told".into()))));
    Ok(Streams { rows: next(), tail: next(), equal: outcomes.next(), first: if is_single { ALL } else { FIRST } })
}

fn sent(id: i64) -> Sent {
    let mut sent = Sent::new(&json!({"id": id, "words": format!("row {id}")}));
    sent.emitted_at_ms = emitted_at(id);
    sent.changes = changes(id);
    sent
}

fn emitted_at(id: i64) -> i64 {
    EMITTED_AT_MS + id * 86_461_007
}

fn changes(id: i64) -> Option<Value> {
    let change = |change, reason| json!([{"field": "cut", "change": change, "reason": reason}]);
    match id {
        3 => Some(change("NULLED", "SOURCE_FIELD_SIZE_LIMITATION")),
        27 => Some(change("TRUNCATED", "PLATFORM_FIELD_SIZE_LIMITATION")),
        _ => None,
    }
}

fn look(rule: &Rule, rows: &[Row], first: i64) -> Finding {
    let by_id: Vec<(i64, &Row)> = rows.iter().filter_map(|row| Some((compare::id(row)?, row))).collect();
    if rule.id == "rows.complete" {
        let missing: Vec<i64> = (1..=ALL).filter(|id| !by_id.iter().any(|(it, _)| it == id)).collect();
        let wrong =
            (!missing.is_empty()).then(|| Wrong::new(format!("of {ALL} records, {missing:?} are not there"), ""));
        return rule.judged(format!("{ALL} records became rows"), wrong.into_iter().collect());
    }
    if by_id.is_empty() {
        return rule.skipped("no row can be found: `rows.complete` is about that");
    }
    let seen = format!("{} rows were looked at", by_id.len());
    match rule.id {
        "rows.once" => rule.judged(seen, twice(&by_id)),
        "rows.raw_id_unique" => rule.judged(seen, raw_ids(&by_id)),
        "rows.changes_kept" => kept_changes(rule, &by_id),
        id => {
            let fault = |(record, row): &(i64, &Row)| {
                let message = match id {
                    "rows.extracted_at" => extracted_at(*record, row),
                    "rows.generation_id" => generation(*record, row, first),
                    _ => sync_id(*record, row, first),
                };
                message.map(|message| Wrong::new(message.clone(), format!("{message}\nthe row: {}", json!(row))))
            };
            rule.judged(seen, by_id.iter().filter_map(fault).collect())
        }
    }
}

fn twice(by_id: &[(i64, &Row)]) -> Vec<Wrong> {
    let count = |id| by_id.iter().filter(|(it, _)| *it == id).count();
    let wrong = (1..=ALL).filter_map(|id| match count(id) {
        0 | 1 => None,
        count => Some(Wrong::new(format!("the record with the id {id} is there {count} times"), "")),
    });
    wrong.collect()
}

fn raw_ids(by_id: &[(i64, &Row)]) -> Vec<Wrong> {
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut wrong = Vec::new();
    for (record, row) in by_id {
        match compare::metadata(row, "_airbyte_raw_id").map(|id| id.to_string()) {
            None => wrong.push(Wrong::new(format!("row {record} has no `_airbyte_raw_id`"), json!(row).to_string())),
            Some(id) => {
                if let Some(other) = seen.insert(id.clone(), *record) {
                    wrong.push(Wrong::new(
                        format!("the rows {other} and {record} have one `_airbyte_raw_id`: {id}"),
                        "",
                    ));
                }
            }
        }
    }
    wrong
}

fn extracted_at(record: i64, row: &Row) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(emitted_at(record)).unwrap_or_default().to_string();
    let read = compare::metadata(row, "_airbyte_extracted_at");
    match compare::compare(Kind::Timestamp, &json!(moment).to_string(), read.as_ref()) {
        Verdict::Same | Verdict::Respelled => None,
        Verdict::Absent => Some(format!("row {record} has no `_airbyte_extracted_at`")),
        Verdict::Other => Some(format!(
            "row {record} was emitted at {moment}, and `_airbyte_extracted_at` is {}",
            read.unwrap_or_default()
        )),
    }
}

fn generation(record: i64, row: &Row, first: i64) -> Option<String> {
    let expected = if record > first { 8 } else { 7 };
    let read = compare::metadata(row, "_airbyte_generation_id");
    let verdict = compare::compare(Kind::Integer, &expected.to_string(), read.as_ref());
    (!verdict.is_kept()).then(|| {
        format!(
            "row {record} is of generation {expected}, and `_airbyte_generation_id` is {}",
            read.unwrap_or_default()
        )
    })
}

fn sync_id(record: i64, row: &Row, first: i64) -> Option<String> {
    let expected = if record > first { 42 } else { 41 };
    let meta = compare::metadata(row, "_airbyte_meta").unwrap_or_default();
    let verdict = compare::compare(Kind::Integer, &expected.to_string(), meta.get("sync_id"));
    (!verdict.is_kept()).then(|| format!("row {record} came in the sync {expected}, and `_airbyte_meta` is {meta}"))
}

fn kept_changes(rule: &Rule, by_id: &[(i64, &Row)]) -> Finding {
    let sent = by_id.iter().filter_map(|(record, row)| Some((record, row, changes(*record)?)));
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (record, row, changes) in sent {
        seen += 1;
        let read = compare::changes(row);
        if !changes.as_array().is_some_and(|changes| changes.iter().all(|change| read.contains(change))) {
            let message = format!("row {record} came with the changes {changes}, and has {}", Value::Array(read));
            wrong.push(Wrong::new(message.clone(), format!("{message}\nthe row: {}", json!(row))));
        }
    }
    match seen {
        0 => rule.skipped("no record with changes can be found: `rows.complete` is about that"),
        seen => rule.judged(format!("the changes of {seen} records were kept"), wrong),
    }
}
