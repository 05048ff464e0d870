//! Primary keys: there, not null, unique; and no record twice where there is no key.

use super::reading::{Reading, Reads, StreamReading, many, value_at};
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong, skip_all};
use serde_json::Value;
use std::collections::HashMap;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Primary keys",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[PRESENT, UNIQUE, NO_DUPLICATES];

const PRESENT: Rule = Rule {
    id: "read.primary_key_present",
    level: Level::Must,
    title: "Primary key fields are never null",
    demand: "Every record of a stream with a primary key MUST have each field of the key, with a value that is not null.",
    reason: "Rows are matched by their key: records without one overwrite each other, or fail the sync.",
    check: "The fields of the primary key are looked up in every record of the shared reads.",
    remedy: "Emit the key fields in every record, or declare another `source_defined_primary_key`.",
};

const UNIQUE: Rule = Rule {
    id: "read.primary_key_unique",
    level: Level::Must,
    title: "Primary keys are unique in a read",
    demand: "In one full refresh no two records of a stream MUST have the same primary key.",
    reason: "A destination that dedups keeps one of them: either rows are lost, or pages were read twice.",
    check: "The keys of one full refresh are compared by stream.",
    remedy: "Look at the paging (overlapping pages repeat records), or add the fields to the key that make it unique.",
};

const NO_DUPLICATES: Rule = Rule {
    id: "read.no_duplicates",
    level: Level::Should,
    title: "No record twice in streams without key",
    demand: "In one full refresh a stream without a primary key SHOULD NOT yield two identical records.",
    reason: "Nothing behind the source can tell a record that was read twice from two that are alike.",
    check: "The records of one full refresh are compared by stream, for streams without a primary key.",
    remedy: "Look at the paging (overlapping pages repeat records), or declare a primary key.",
};

/// More than these show nothing new.
const MOST_WRONG: usize = 1_000;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let reads = Reads::of(bench).await;
    let readings = match reads.readings() {
        Ok(readings) => readings,
        Err(why) => return skip_all(RULES, &why),
    };
    let full = match &reads.full_refresh {
        Ok(read) => vec![read.reading()],
        Err(_) => Vec::new(),
    };
    vec![present(&readings), unique(&full), no_duplicates(&full)]
}

fn present(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let (mut records, mut streams) = (0, 0);
    for reading in readings {
        for stream in with_records(reading, true) {
            streams += 1;
            records += stream.records.len();
            let declared = declared(stream);
            for record in stream.records.iter().filter(|record| is_row(&declared, record.data)) {
                let is_missing = |path: &&Vec<String>| value_at(record.data, path).is_none_or(|value| value.is_null());
                let Some(path) = stream.primary_key().iter().find(is_missing) else { continue };
                if wrong.len() < MOST_WRONG {
                    let path = path.join(".");
                    let message =
                        format!("a record of stream `{}` has no value for its key `{path}`", stream.descriptor);
                    wrong.push(Wrong::new(message, reading.line(record.at)));
                }
            }
        }
    }
    match streams {
        0 => PRESENT.skipped("no stream with a primary key yielded records"),
        _ => PRESENT.judged(
            format!("{} of {} that were read have their keys", many(records, "record"), many(streams, "stream")),
            wrong,
        ),
    }
}

fn unique(readings: &[Reading<'_>]) -> Finding {
    alike(&UNIQUE, readings, true, "no stream with a primary key was read as a whole", |stream, key| {
        let names: Vec<String> = stream.primary_key().iter().map(|path| path.join(".")).collect();
        format!("two records of stream `{}` have the same key {} = {key}", stream.descriptor, names.join(","))
    })
}

fn no_duplicates(readings: &[Reading<'_>]) -> Finding {
    alike(&NO_DUPLICATES, readings, false, "no stream without a primary key was read as a whole", |stream, _| {
        format!("two records of stream `{}` are identical", stream.descriptor)
    })
}

fn alike(
    rule: &Rule,
    readings: &[Reading<'_>],
    keyed: bool,
    none: &str,
    say: impl Fn(&StreamReading<'_>, &str) -> String,
) -> Finding {
    let mut wrong = Vec::new();
    let (mut records, mut streams) = (0, 0);
    for reading in readings {
        for stream in with_records(reading, keyed) {
            streams += 1;
            records += stream.records.len();
            let mut seen: HashMap<String, usize> = HashMap::with_capacity(stream.records.len());
            for record in stream.records.iter().filter(|record| has_key(stream, record.data)) {
                let key = stream.key_of(record);
                let before = seen.get(&key).copied();
                if let (Some(before), true) = (before, wrong.len() < MOST_WRONG) {
                    let both = format!("{}\n{}", reading.line(before), reading.line(record.at));
                    wrong.push(Wrong::new(say(stream, &key), both));
                }
                seen.entry(key).or_insert(record.at);
            }
        }
    }
    match streams {
        0 => rule.skipped(none),
        _ => rule.judged(format!("{} of {}, no two alike", many(records, "record"), many(streams, "stream")), wrong),
    }
}

fn with_records<'r, 'a>(reading: &'r Reading<'a>, keyed: bool) -> impl Iterator<Item = &'r StreamReading<'a>> {
    let has_records = |stream: &&StreamReading<'_>| !stream.records.is_empty();
    reading.streams.iter().filter(has_records).filter(move |stream| stream.primary_key().is_empty() != keyed)
}

/// The names at the top of a stream's schema.
fn declared(stream: &StreamReading<'_>) -> Vec<String> {
    let schema: Value = serde_json::from_str(stream.configured.stream.json_schema.get()).unwrap_or_default();
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Records that are empty, or have nothing of their schema, are for other rules.
fn is_row(declared: &[String], data: &Value) -> bool {
    let fields = data.as_object().filter(|fields| !fields.is_empty());
    fields.is_some_and(|fields| declared.is_empty() || declared.iter().any(|name| fields.contains_key(name)))
}

/// Records without their key are for another rule.
fn has_key(stream: &StreamReading<'_>, data: &Value) -> bool {
    let is_there = |path: &Vec<String>| value_at(data, path).is_some_and(|value| !value.is_null());
    data.as_object().is_some_and(|fields| !fields.is_empty()) && stream.primary_key().iter().all(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, record, row};
    use serde_json::json;

    #[test]
    fn keys_are_there_and_not_null() {
        holds(&[row("users", 1, 1)], present);
        is_skipped(&[row("events", 1, 1)], present);
        breaks(&[record("users", json!({"id": null, "name": "x"}))], "no value for its key `id`", present);
        breaks(&[record("users", json!({"name": "x"}))], "no value for its key `id`", present);
        holds(&[record("users", json!({})), record("users", json!({"row": {"id": 1}}))], present);
    }

    #[test]
    fn keys_are_unique_by_stream() {
        holds(&[row("users", 1, 1), row("users", 2, 1), row("events", 1, 1), row("events", 1, 1)], unique);
        breaks(&[row("users", 1, 1), row("users", 1, 2)], "same key id = 1", unique);
        let without = record("users", json!({"name": "x"}));
        holds(&[without.clone(), without], unique);
        is_skipped(&[row("events", 1, 1)], unique);
    }

    #[test]
    fn records_without_key_differ() {
        holds(&[row("events", 1, 1), row("events", 1, 2)], no_duplicates);
        breaks(&[row("events", 1, 1), row("events", 1, 1)], "are identical", no_duplicates);
        is_skipped(&[row("users", 1, 1), row("users", 1, 1)], no_duplicates);
    }
}
