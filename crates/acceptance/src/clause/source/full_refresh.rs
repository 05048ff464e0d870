//! Full refreshes: two of them yield the same.

use super::reading::{Comparison, Reading, full_refresh, many};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::plan::Plan;
use crate::rule::{Level, Rule, Wrong, skip_all};
use futures_util::future::join;
use jiff::Timestamp;
use longshore_protocol::StreamDescriptor;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Full refresh",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SAME_RECORDS];

pub(super) const SAME_RECORDS: Rule = Rule {
    id: "full_refresh.same_records",
    level: Level::Must,
    title: "Two full refreshes yield the same records",
    demand: "Two full refreshes of unchanged data MUST yield the same records with the same values, in whatever order.",
    reason: "What differs between two reads of the same data is wrong in one of them: a page was lost, or a value made up.",
    check: "All streams are read twice. Records are matched by primary key, or by all of their values. Values may differ where they say when they were read: timestamps and epochs of the present, a cursor that moved on, fields that the test configuration ignores, and all that is drawn at random by a source whose configuration has a seed. New records may come when their cursor is newer than all before.",
    remedy: "Look at the paging and at what is computed while reading; name fields that rightly change under `ignored_fields` with a `bypass_reason`.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (first, second) = join(full_refresh(bench, 0), full_refresh(bench, 1)).await;
    match (first, second) {
        (Ok(first), Ok(second)) => {
            vec![same_records(&first.reading(), &second.reading(), bench.plan, has_seed(bench).await)]
        }
        (Err(why), _) | (_, Err(why)) => skip_all(RULES, &why),
    }
}

/// Whether the values of a source are drawn: its configuration has a seed.
pub(super) async fn has_seed(bench: &Bench<'_>) -> bool {
    let spec = bench.spec().await.ok();
    let properties = spec.as_ref().and_then(|spec| spec["connectionSpecification"]["properties"].as_object());
    properties.is_some_and(|properties| properties.keys().any(|name| name.to_lowercase().contains("seed")))
}

fn same_records(first: &Reading<'_>, second: &Reading<'_>, plan: &Plan, is_random: bool) -> Finding {
    let per_stream = match differences(first, second, plan, is_random) {
        Ok(per_stream) => per_stream,
        Err(why) => return SAME_RECORDS.skipped(why.0),
    };
    let seen = format!(
        "{} of {} were read twice and compared",
        many(first.record_count(), "record"),
        many(per_stream.len(), "stream")
    );
    SAME_RECORDS.judged(seen, per_stream.into_iter().flat_map(|(_, wrong)| wrong).collect())
}

/// What differs between two full refreshes, for each stream that was compared.
pub(super) fn differences<'r>(
    first: &'r Reading<'_>,
    second: &Reading<'_>,
    plan: &Plan,
    is_random: bool,
) -> Result<Vec<(&'r StreamDescriptor, Vec<Wrong>)>, Unavailable> {
    if let Some(failed) = [first.take, second.take].into_iter().find(|take| !take.is_success()) {
        return Err(Unavailable(format!(
            "`{}` {}, so there are no two reads to compare",
            failed.call,
            failed.how_it_ended()
        )));
    }
    if first.record_count() + second.record_count() == 0 {
        return Err(Unavailable("no record was read".into()));
    }
    let comparison = Comparison { one: first, other: second, is_later: true, is_random, now: Timestamp::now() };
    let pairs = first.streams.iter().filter_map(|one| Some((one, second.stream(&one.descriptor)?)));
    let compare = |(one, other)| comparison.of_stream(one, other, &plan.ignored_fields);
    Ok(pairs.map(|pair| (&pair.0.descriptor, compare(pair))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{catalog, record, row, take};
    use crate::finding::Status;
    use serde_json::{Value, json};

    fn compared(first: &[Value], second: &[Value], plan: &Plan, is_random: bool) -> Finding {
        let (first, second, catalog) = (take(first), take(second), catalog());
        same_records(&Reading::of(&first, &catalog), &Reading::of(&second, &catalog), plan, is_random)
    }

    #[track_caller]
    fn differ(first: &[Value], second: &[Value], words: &str) {
        let finding = compared(first, second, &Plan::default(), false);
        assert_eq!(finding.status, Status::Failed, "{finding:?}");
        assert!(finding.message.contains(words), "{finding:?}");
    }

    #[track_caller]
    fn are_alike(first: &[Value], second: &[Value]) {
        let finding = compared(first, second, &Plan::default(), false);
        assert_eq!(finding.status, Status::Passed, "{finding:?}");
    }

    fn user(more: Value) -> Value {
        let mut message = row("users", 1, 1);
        message["record"]["data"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message
    }

    #[test]
    fn order_does_not_count() {
        let rows =
            [row("users", 1, 1), row("users", 2, 2), row("events", 1, 1), row("events", 2, 1), row("events", 2, 1)];
        let turned: Vec<Value> = rows.iter().rev().cloned().collect();
        are_alike(&rows, &turned);
        are_alike(&[user(json!({"tags": ["a", "b"]}))], &[user(json!({"tags": ["b", "a"]}))]);
    }

    #[test]
    fn a_record_that_is_lost_or_added_is_named_by_its_key() {
        let rows = [row("users", 1, 1), row("users", 2, 2)];
        differ(&rows, &rows[..1], "key 2 of stream `users` came in `read` and not in `read` (2 and 1 records)");
        differ(&rows[1..], &rows, "key 1 of stream `users`");
        differ(&[row("events", 1, 1), row("events", 1, 1)], &[row("events", 1, 1)], "a record of stream `events`");
    }

    #[test]
    fn a_newer_record_may_have_come_meanwhile() {
        are_alike(&[row("users", 1, 1)], &[row("users", 1, 1), row("users", 2, 2)]);
        are_alike(&[row("events", 1, 1)], &[row("events", 1, 1), row("events", 2, 2)]);
    }

    #[test]
    fn a_value_that_differs_is_named_by_its_field() {
        differ(&[user(json!({"name": "a"}))], &[user(json!({"name": "b"}))], "field `name` of stream `users`");
        differ(&[user(json!({"a": [{"b": 1}]}))], &[user(json!({"a": [{"b": 2}]}))], "field `a/*/b`");
        let event = |name: &str| record("events", json!({"id": 1, "name": name}));
        differ(&[event("a")], &[event("b")], "only one that differs in `name`");
        differ(&[row("users", 1, 2)], &[row("users", 1, 1)], "field `updated_at`");
    }

    #[test]
    fn values_may_say_when_they_were_read() {
        let now = Timestamp::now();
        let before = now - jiff::SignedDuration::from_secs(9);
        let read =
            |at: Timestamp| [user(json!({"read_at": at.to_string()})), record("events", json!({"at": at.to_string()}))];
        are_alike(&read(before), &read(now));
        let read_ms = |at: Timestamp| {
            let data = json!({"at": at.as_millisecond()});
            [user(json!({"read_at": at.as_second()})), record("events", data)]
        };
        are_alike(&read_ms(before), &read_ms(now));
        are_alike(&[row("users", 1, 1)], &[row("users", 1, 2)]);
    }

    #[test]
    fn ignored_fields_do_not_count() {
        let mut plan = Plan::default();
        plan.ignored_fields.insert("users".into(), vec![("a/b".into(), "random".into())]);
        let user = |b: i64| user(json!({"a": [{"b": b, "c": 1}]}));
        assert_eq!(compared(&[user(1)], &[user(2)], &plan, false).status, Status::Passed);
        let one = super::tests::user(json!({"a": {"b": 1, "c": 1}}));
        let other = super::tests::user(json!({"a": {"b": 2, "c": 2}}));
        assert!(compared(&[one], &[other], &plan, false).message.contains("field `a/c`"));
    }

    #[test]
    fn a_source_with_a_seed_may_draw_all_values_but_not_lose_records() {
        let drawn = |x: i64| [user(json!({"a": x, "b": x, "c": x})), record("events", json!({"a": x}))];
        let plan = Plan::default();
        assert_eq!(compared(&drawn(1), &drawn(2), &plan, true).status, Status::Passed);
        assert_eq!(compared(&drawn(1), &drawn(2), &plan, false).status, Status::Failed);
        assert_eq!(compared(&drawn(1), &drawn(2)[1..], &plan, true).status, Status::Failed);
        assert_eq!(compared(&[user(json!({"a": 1}))], &[user(json!({"a": 2}))], &plan, true).status, Status::Failed);
    }

    #[test]
    fn reads_that_failed_are_not_compared() {
        let (mut failed, sound, catalog) = (take(&[]), take(&[row("users", 1, 1)]), catalog());
        failed.exit.code = Some(1);
        let readings = [Reading::of(&failed, &catalog), Reading::of(&sound, &catalog)];
        let finding = same_records(&readings[0], &readings[1], &Plan::default(), false);
        assert_eq!(finding.status, Status::Skipped);
    }
}
