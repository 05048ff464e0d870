//! Whether a record is a record: an object, and a time.

use super::{DATA_IS_OBJECT, EMITTED_AT};
use crate::clause::source::reading::{Reading, Record, many};
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use serde_json::Value;

/// More than these show nothing new.
const MOST_WRONG: usize = 1_000;

/// 2001 to 2100 in milliseconds. Seconds are below, microseconds above.
const PLAUSIBLE: std::ops::Range<f64> = 978_307_200_000.0..4_102_444_800_000.0;

pub(super) fn data_is_object(readings: &[Reading<'_>]) -> Finding {
    each_record(&DATA_IS_OBJECT, readings, "with objects as `data`", |record| match record.data {
        Value::Object(fields) if fields.is_empty() => Some("has an empty object as `data`".to_owned()),
        Value::Object(_) => None,
        Value::Null => Some("has no `data`".to_owned()),
        other => Some(format!("has {} as `data`, not an object", kind(other))),
    })
}

pub(super) fn emitted_at(readings: &[Reading<'_>]) -> Finding {
    each_record(&EMITTED_AT, readings, "with plausible epoch milliseconds", |record| {
        let emitted_at = &record.payload["emitted_at"];
        match emitted_at.as_f64() {
            Some(millis) if PLAUSIBLE.contains(&millis) && millis.fract() == 0.0 => None,
            Some(_) => Some(format!("has {emitted_at} as `emitted_at`, which is no time in whole milliseconds")),
            None if emitted_at.is_null() => Some("has no `emitted_at`".to_owned()),
            None => Some(format!("has {} as `emitted_at`, not an integer", kind(emitted_at))),
        }
    })
}

fn each_record(
    rule: &Rule,
    readings: &[Reading<'_>],
    seen: &str,
    judge: impl Fn(&Record<'_>) -> Option<String>,
) -> Finding {
    let mut wrong = Vec::new();
    let mut count = 0;
    for reading in readings {
        for stream in &reading.streams {
            for record in &stream.records {
                count += 1;
                if let (Some(what), true) = (judge(record), wrong.len() < MOST_WRONG) {
                    let message = format!("a record of stream `{}` {what}", stream.descriptor);
                    wrong.push(Wrong::new(message, reading.line(record.at)));
                }
            }
        }
    }
    match count {
        0 => rule.skipped("no record was read"),
        _ => rule.judged(format!("{} {seen}", many(count, "record")), wrong),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, record, row};
    use serde_json::json;

    #[test]
    fn data_is_an_object_with_fields() {
        holds(&[row("users", 1, 1)], data_is_object);
        is_skipped(&[], data_is_object);
        for (data, words) in [(json!({}), "empty object"), (json!(null), "no `data`"), (json!([1]), "an array")] {
            breaks(&[record("users", data)], words, data_is_object);
        }
    }

    #[test]
    fn emitted_at_is_in_whole_milliseconds() {
        holds(&[row("users", 1, 1)], emitted_at);
        let now = 1_714_979_289_i64;
        for wrong in [json!(now), json!(now * 1_000_000), json!("2024-01-01"), json!(null), json!(1_714_979_289_123.5)]
        {
            let mut message = row("users", 1, 1);
            message["record"]["emitted_at"] = wrong;
            breaks(&[message], "`emitted_at`", emitted_at);
        }
    }
}
