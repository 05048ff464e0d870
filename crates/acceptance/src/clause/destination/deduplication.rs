//! Deduplication: of each primary key one row is left, the newest.

mod cases;

use super::compare::{self, Kind};
use super::session::Target;
use super::trial::{Outcome, Sent, Story, Visit, readable, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::messages::EMITTED_AT_MS;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong, skip_all};
use cases::{CASES, Case};
use longshore_protocol::DestinationSyncMode;
use serde_json::{Value, json};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Deduplication",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    dedup(
        "deduplication.newest_wins",
        "The newest version of a key is left",
        "In the mode `append_dedup` a destination MUST leave one row of each primary key: the version with the greatest \
         cursor, where numbers are compared as numbers.",
    ),
    dedup(
        "deduplication.equal_cursor",
        "Of equal cursors the later record wins",
        "Of versions with equal cursors, a destination MUST leave the one that was emitted, and arrived, later.",
    ),
    dedup(
        "deduplication.late_older_loses",
        "A late older version does not win",
        "A version with a lesser cursor than the row that is there MUST NOT take its place, in one sync or in a later \
         one.",
    ),
    dedup(
        "deduplication.across_syncs",
        "Keys are unique across syncs",
        "A destination MUST replace the rows of earlier syncs by newer versions of their keys, and keep the other rows.",
    ),
    dedup(
        "deduplication.composite_key",
        "All parts of a composite key count",
        "With a primary key of several fields, a destination MUST take records for versions of one row only if all of \
         the fields are equal.",
    ),
    dedup(
        "deduplication.string_key",
        "Text keys are compared exactly",
        "With a primary key that is a text, a destination MUST tell keys apart that differ in a letter, its case, or a \
         leading zero.",
    ),
    dedup(
        "deduplication.no_cursor",
        "Without a cursor the last record wins",
        "Without a cursor, a destination MUST leave the version of a key that arrived last.",
    ),
    Rule {
        level: Level::Should,
        ..dedup(
            "deduplication.null_cursor",
            "A null cursor is oldest",
            "A version whose cursor is null SHOULD NOT take the place of one whose cursor is not, and SHOULD give way to \
             it.",
        )
    },
    dedup(
        "deduplication.deletion",
        "A deleted row is gone or marked",
        "When the newest version of a key has a value in `_ab_cdc_deleted_at`, a destination MUST remove the row, or \
         keep it with that mark; when a newer version has none, the row MUST be there.",
    ),
    Rule {
        level: Level::Should,
        ..dedup(
            REMOVAL,
            "A deleted row is removed",
            "When the newest version of a key has a value in `_ab_cdc_deleted_at`, a destination SHOULD remove the row; \
             one that is configured to keep deleted rows with their mark has a reason to bypass this rule.",
        )
    },
];

/// Is judged by the case of the rule before it.
const REMOVAL: &str = "deduplication.deletion_removes";

const fn dedup(id: &'static str, title: &'static str, demand: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        title,
        demand,
        reason: "People who choose deduplication see one row for each thing, and believe what it says.",
        check: "Versions of a few keys are written in one sync and in a second one; the rows that are left are compared.",
        remedy: "For each key keep the row with the greatest cursor, then the greatest `emitted_at`, then the last; compare \
                 with what is in the table, not only within the batch.",
    }
}

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let told = match told(bench).await {
        Ok(told) => told,
        Err(why) => return skip_all(RULES, &why),
    };
    let mut findings: Vec<Finding> = RULES.iter().map(|rule| look(bench, rule, &told)).collect();
    // Where the plainest fact does not hold, the finer ones fail for no reason of their own.
    let fails = |id: &str| findings.iter().any(|finding| finding.rule == id && finding.status == Status::Failed);
    let broken = ["deduplication.newest_wins", "deduplication.across_syncs"].into_iter().find(|id| fails(id));
    if let Some(broken) = broken {
        let needs_it =
            |rule: &Rule| rule.id != broken && (broken == "deduplication.newest_wins" || is_in_two_syncs(rule));
        for (rule, finding) in RULES.iter().zip(&mut findings).filter(|(rule, _)| needs_it(rule)) {
            *finding = rule.skipped(format!("`{broken}` does not hold, so nothing more can be told"));
        }
    }
    findings
}

fn is_in_two_syncs(rule: &Rule) -> bool {
    CASES.iter().any(|case| is_about(case, rule) && !case.second.is_empty())
}

fn is_about(case: &Case, rule: &Rule) -> bool {
    case.rule == rule.id || (case.rule == "deduplication.deletion" && rule.id == REMOVAL)
}

type ByCase = Vec<(&'static Case, Outcome)>;

async fn told(bench: &Bench<'_>) -> Result<ByCase, Unavailable> {
    readable(bench).await?;
    if !bench.modes().await?.contains(&DestinationSyncMode::AppendDedup) {
        let why = "the spec does not name `append_dedup` in `supported_destination_sync_modes`";
        return Err(Unavailable(why.to_owned()));
    }
    let stories: Vec<Story> = CASES.iter().map(|case| story(bench, case)).collect();
    Ok(CASES.iter().zip(tell(bench, "deduplication", &stories).await).collect())
}

fn story(bench: &Bench<'_>, case: &Case) -> Story {
    let stream = bench.stream(&case.rule.replace("deduplication.", "dedup_"));
    let target = |sync| Target::dedup(stream.clone(), case.schema(), case.key, case.cursor).sync(sync);
    let mut emitted_at_ms = EMITTED_AT_MS;
    let mut visit = |sync: i64, versions: &[Value]| {
        let sent = versions.iter().map(|version| {
            emitted_at_ms += 1_000;
            Sent { emitted_at_ms, ..Sent::new(version) }
        });
        Visit::new(target(sync), sent.collect())
    };
    let first = visit(1, &case.versions(case.first));
    match case.second {
        "" => Story::once(first),
        second => Story::twice(first, visit(2, &case.versions(second))),
    }
}

fn look(bench: &Bench<'_>, rule: &Rule, told: &ByCase) -> Finding {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (case, outcome) in told.iter().filter(|(case, _)| is_about(case, rule)) {
        let told = match outcome {
            Ok(told) => told,
            Err(setback) => return setback.finding(bench, rule, "versions of a few primary keys"),
        };
        match &told.rows {
            Err(why) => return rule.skipped(why.0.clone()),
            Ok(rows) => wrong.extend(faults(rule, case, rows)),
        }
        seen += case.versions(case.left).len();
    }
    rule.judged(format!("{seen} keys have the one row that they should have"), wrong)
}

/// Compares the rows that are left with those that should be.
fn faults(rule: &Rule, case: &Case, rows: &[Row]) -> Option<Wrong> {
    let is_marked = |row: &&Row| compare::field(row, "_ab_cdc_deleted_at").is_some_and(|mark| !mark.is_null());
    let rows: Vec<&Row> = rows.iter().filter(|row| rule.id == REMOVAL || !is_marked(row)).collect();
    let left = case.versions(case.left);
    let is_there = |version: &&Value| rows.iter().filter(|row| matches(version, row)).count() == 1;
    let is_expected = |row: &&&Row| left.iter().any(|version| matches(version, row));
    let missing: Vec<&Value> = left.iter().filter(|version| !is_there(version)).collect();
    let other: Vec<Value> = rows.iter().filter(|row| !is_expected(row)).map(|row| essence(case, row)).collect();
    let message = match (missing.is_empty(), other.is_empty()) {
        (true, true) if left.len() == rows.len() => return None,
        (false, true) => format!("{} should be left once", json!(missing)),
        (true, _) => format!("{} should not be left", json!(other)),
        (false, false) => format!("{} should be left, and {} is there instead", json!(missing), json!(other)),
    };
    let [first, second] = [case.first, case.second].map(|sync| Value::Array(case.versions(sync)).to_string());
    let read: Vec<Value> = rows.iter().map(|row| essence(case, row)).collect();
    Some(Wrong::new(message.clone(), format!("{message}\nsent: {first}\nthen: {second}\nread: {}", json!(read))))
}

fn matches(version: &Value, row: &Row) -> bool {
    let Some(version) = version.as_object() else { return false };
    version.iter().all(|(name, sent)| {
        let kind = if sent.is_string() { Kind::Text } else { Kind::Integer };
        compare::compare(kind, &sent.to_string(), compare::field(row, name)).is_kept()
    })
}

/// The record's own properties of a row.
fn essence(case: &Case, row: &Row) -> Value {
    let names = case.properties.iter().map(|(name, _)| *name);
    names
        .filter_map(|name| Some((name.to_owned(), compare::field(row, name)?.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A schema of nullable properties.
fn schema(properties: &[(&str, &str)]) -> Value {
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, kind)| ((*name).to_owned(), json!({"type": ["null", kind]}))).collect();
    json!({"type": "object", "properties": properties})
}
