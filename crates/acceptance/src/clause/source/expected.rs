//! Expected records: those that the author wrote down come.

use super::reading::{Reading, Reads, Record, StreamReading, canonical, many, without_ignored};
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::plan::{Expected, Plan};
use crate::rule::{Level, Rule, Wrong, skip_all};
use longshore_protocol::StreamDescriptor;
use serde_json::Value;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Expected records",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[EXPECTED_RECORDS];

const EXPECTED_RECORDS: Rule = Rule {
    id: "read.expected_records",
    level: Level::Must,
    title: "Expected records come",
    demand: "The records under `expect_records` of the test configuration MUST come, with all of their values.",
    reason: "Only its author can say what a source should find in the test account.",
    check: "Each expected record is looked for among the records of its stream, by all of its values but ignored fields; `extra_fields`, `exact_order` and `extra_records` say what else may come.",
    remedy: "Compare the nearest record in the evidence with the expected one; correct the source, or the file when the data changed.",
};

/// Among so many records the nearest one is looked for.
const MOST_LOOKED_AT: usize = 1_000;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let Some(expected) = &bench.plan.expected else {
        return vec![EXPECTED_RECORDS.skipped("the test configuration names no expected records (`expect_records`)")];
    };
    let reads = Reads::of(bench).await;
    match reads.readings() {
        Ok(readings) => vec![expected_records(&readings, expected, bench.plan)],
        Err(why) => skip_all(RULES, &why),
    }
}

/// The expected records of one stream, and those that came.
struct Comparison<'e, 'a> {
    expected: &'e Expected,
    plan: &'e Plan,
    reading: &'e Reading<'a>,
    stream: &'e StreamReading<'a>,
}

fn expected_records(readings: &[Reading<'_>], expected: &Expected, plan: &Plan) -> Finding {
    let mut streams: Vec<&StreamDescriptor> = Vec::new();
    for (stream, _) in expected.records.iter().filter(|(stream, _)| is_read(readings, stream)) {
        if !streams.contains(&stream) {
            streams.push(stream);
        }
    }
    let (mut count, mut wrong) = (0, Vec::new());
    for name in &streams {
        // The full refresh comes first, and is what expected records are of.
        let Some((reading, stream)) = readings.iter().find_map(|it| Some((it, it.stream(name)?))) else { continue };
        let records: Vec<&Value> =
            expected.records.iter().filter(|(of, _)| of == *name).map(|(_, data)| data).collect();
        count += records.len();
        let comparison = Comparison { expected, plan, reading, stream };
        wrong.extend(match expected.exact_order {
            true => comparison.in_order(&records),
            false => comparison.in_any_order(&records),
        });
    }
    match count {
        0 => EXPECTED_RECORDS.skipped("no expected record is of a stream that was read"),
        _ => EXPECTED_RECORDS
            .judged(format!("{count} expected records of {} came", many(streams.len(), "stream")), wrong),
    }
}

fn is_read(readings: &[Reading<'_>], stream: &StreamDescriptor) -> bool {
    readings.iter().any(|reading| reading.stream(stream).is_some())
}

impl Comparison<'_, '_> {
    fn in_any_order(&self, expected: &[&Value]) -> Vec<Wrong> {
        let mut left: Vec<&Record<'_>> = self.stream.records.iter().collect();
        let mut wrong = Vec::new();
        for data in expected {
            match left.iter().position(|record| self.is(data, record)) {
                Some(at) => drop(left.swap_remove(at)),
                None => wrong.push(self.missing(data)),
            }
        }
        // What came instead of an expected record was named with it.
        if !self.expected.extra_records && wrong.is_empty() {
            wrong.extend(left.first().map(|record| self.unexpected(record)));
        }
        wrong
    }

    fn in_order(&self, expected: &[&Value]) -> Vec<Wrong> {
        let mut records = self.stream.records.iter();
        for data in expected {
            let found = match self.expected.extra_records {
                true => records.any(|record| self.is(data, record)),
                false => records.next().is_some_and(|record| self.is(data, record)),
            };
            if !found {
                return vec![self.missing(data)];
            }
        }
        match self.expected.extra_records {
            true => Vec::new(),
            false => records.next().map(|record| self.unexpected(record)).into_iter().collect(),
        }
    }

    fn is(&self, expected: &Value, record: &Record<'_>) -> bool {
        let of = |data| without_ignored(data, &self.stream.descriptor, &self.plan.ignored_fields);
        let (expected, data) = (of(expected), of(record.data));
        match self.expected.extra_fields {
            true => contains(&data, &expected),
            false => canonical(&without_nulls(data)) == canonical(&without_nulls(expected)),
        }
    }

    fn missing(&self, expected: &Value) -> Wrong {
        let stream = &self.stream.descriptor;
        let nearest =
            self.stream.records.iter().take(MOST_LOOKED_AT).max_by_key(|record| shared(expected, record.data));
        let Some(nearest) = nearest else {
            return Wrong::new(
                format!("stream `{stream}` yielded none of its expected records"),
                format!("expected: {expected}"),
            );
        };
        let place = if self.expected.exact_order { " at its place" } else { "" };
        let message = match self.is(expected, nearest) {
            true => format!("an expected record of stream `{stream}` did not come{place}, or not as often"),
            false => format!(
                "an expected record of stream `{stream}` did not come{place}; the nearest one differs in `{}`",
                differing(expected, nearest.data).join("`, `")
            ),
        };
        Wrong::new(message, format!("expected: {expected}\nnearest: {}", self.reading.line(nearest.at)))
    }

    fn unexpected(&self, record: &Record<'_>) -> Wrong {
        let message = format!("stream `{}` yielded a record that is not expected", self.stream.descriptor);
        Wrong::new(message, self.reading.line(record.at))
    }
}

/// Whether a value has all that is expected of it, and perhaps more.
fn contains(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(members), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| contains(members.get(name).unwrap_or(&Value::Null), expected))
        }
        (Value::Array(items), Value::Array(expected)) => {
            items.len() == expected.len() && items.iter().zip(expected).all(|(item, expected)| contains(item, expected))
        }
        _ => canonical(value) == canonical(expected),
    }
}

/// A field that is null and one that is absent are the same to a destination.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn shared(expected: &Value, data: &Value) -> usize {
    let fields = expected.as_object().into_iter().flatten();
    fields.filter(|(name, value)| canonical(value) == canonical(&data[name.as_str()])).count()
}

fn differing(expected: &Value, data: &Value) -> Vec<String> {
    let names = [expected, data].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
    let mut differing: Vec<String> =
        names.filter(|name| canonical(&expected[*name]) != canonical(&data[*name])).cloned().collect();
    differing.sort();
    differing.dedup();
    differing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, row};
    use serde_json::json;

    fn expecting(days: &[(i64, u8)]) -> Expected {
        let users = StreamDescriptor::named("users");
        let record = |(id, day): &(i64, u8)| (users.clone(), row("users", *id, *day)["record"]["data"].clone());
        Expected { records: days.iter().map(record).collect(), extra_records: true, ..Expected::default() }
    }

    fn rule(expected: Expected) -> impl Fn(&[Reading<'_>]) -> Finding {
        move |readings| expected_records(readings, &expected, &Plan::default())
    }

    #[test]
    fn expected_records_come_in_any_order() {
        let read = [row("users", 1, 1), row("users", 2, 2), row("users", 3, 3)];
        holds(&read, rule(expecting(&[(3, 3), (1, 1)])));
        breaks(&read, "the nearest one differs in `updated_at`", rule(expecting(&[(3, 4)])));
        breaks(&read, "or not as often", rule(expecting(&[(3, 3), (3, 3)])));
        breaks(&[row("events", 1, 1)], "none of its expected records", rule(expecting(&[(1, 1)])));
        is_skipped(
            &read,
            rule(Expected { records: vec![(StreamDescriptor::named("x"), json!({}))], ..Expected::default() }),
        );
    }

    #[test]
    fn other_records_come_only_where_they_may() {
        let read = [row("users", 1, 1), row("users", 2, 2)];
        let only = Expected { extra_records: false, ..expecting(&[(1, 1)]) };
        breaks(&read, "a record that is not expected", rule(only.clone()));
        holds(&read[..1], rule(only));
    }

    #[test]
    fn order_counts_where_it_should() {
        let read = [row("users", 1, 1), row("users", 2, 2), row("users", 3, 3)];
        let ordered =
            |days: &[(i64, u8)], extra_records| Expected { exact_order: true, extra_records, ..expecting(days) };
        holds(&read, rule(ordered(&[(1, 1), (3, 3)], true)));
        breaks(&read, "did not come at its place", rule(ordered(&[(3, 3), (1, 1)], true)));
        breaks(&read, "did not come at its place", rule(ordered(&[(1, 1), (3, 3)], false)));
        breaks(&read, "not expected", rule(ordered(&[(1, 1), (2, 2)], false)));
        holds(&read, rule(ordered(&[(1, 1), (2, 2), (3, 3)], false)));
    }

    #[test]
    fn fields_that_are_not_expected_come_only_where_they_may() {
        let mut expected = expecting(&[(1, 1)]);
        expected.records[0].1.as_object_mut().unwrap().remove("name");
        breaks(&[row("users", 1, 1)], "differs in `name`", rule(expected.clone()));
        holds(&[row("users", 1, 1)], rule(Expected { extra_fields: true, ..expected }));
    }

    #[test]
    fn ignored_fields_do_not_count() {
        let mut plan = Plan::default();
        plan.ignored_fields.insert("users".into(), vec![("updated_at".into(), "now".into())]);
        let expected = expecting(&[(1, 9)]);
        holds(&[row("users", 1, 1)], |readings| expected_records(readings, &expected, &plan));
    }
}
