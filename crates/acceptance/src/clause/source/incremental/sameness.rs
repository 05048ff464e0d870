//! Whether the first incremental read yields what a full refresh yields.

use super::SAME_AS_FULL_REFRESH;
use crate::clause::source::full_refresh::differences;
use crate::clause::source::reading::{Comparison, Reading, many};
use crate::finding::Finding;
use crate::plan::Plan;
use jiff::Timestamp;
use longshore_protocol::StreamDescriptor;

pub(super) fn same_as_full_refresh(
    full: &Reading<'_>,
    again: &Reading<'_>,
    incremental: &Reading<'_>,
    plan: &Plan,
    is_random: bool,
) -> Finding {
    let stable: Vec<&StreamDescriptor> = match differences(full, again, plan, is_random) {
        Err(why) => return SAME_AS_FULL_REFRESH.skipped(why.0),
        Ok(streams) => streams.into_iter().filter(|(_, wrong)| wrong.is_empty()).map(|(stream, _)| stream).collect(),
    };
    if !incremental.take.is_success() {
        let message = format!("`{}` {}", incremental.take.call, incremental.take.how_it_ended());
        return SAME_AS_FULL_REFRESH.skipped(message);
    }
    let comparison = Comparison { one: full, other: incremental, is_later: false, is_random, now: Timestamp::now() };
    let (mut wrong, mut records, mut streams) = (Vec::new(), 0, 0);
    for other in &incremental.streams {
        let Some(one) = full.stream(&other.descriptor).filter(|one| stable.contains(&&one.descriptor)) else {
            continue;
        };
        records += other.records.len();
        streams += 1;
        wrong.extend(comparison.of_stream(one, other, &plan.ignored_fields));
    }
    match streams {
        0 => SAME_AS_FULL_REFRESH.skipped("no stream can be read both ways with two full refreshes that are alike"),
        _ => SAME_AS_FULL_REFRESH.judged(
            format!("{} of {} are those of a full refresh", many(records, "record"), many(streams, "stream")),
            wrong,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{catalog, row, take};
    use crate::finding::Status;
    use serde_json::Value;

    fn judged(full: &[Value], again: &[Value], incremental: &[Value]) -> Finding {
        let (full, again, incremental, catalog) = (take(full), take(again), take(incremental), catalog());
        let reading = |take| Reading::of(take, &catalog);
        let (full, again, incremental) = (reading(&full), reading(&again), reading(&incremental));
        same_as_full_refresh(&full, &again, &incremental, &Plan::default(), false)
    }

    #[test]
    fn what_a_full_refresh_has_an_incremental_read_has_too() {
        let rows = [row("users", 1, 1), row("users", 2, 2)];
        assert_eq!(judged(&rows, &rows, &rows).status, Status::Passed);
        let lost = judged(&rows, &rows, &rows[1..]);
        assert!(lost.status == Status::Failed && lost.message.contains("key 1 of stream `users`"), "{lost:?}");
        assert_eq!(judged(&rows[1..], &rows[1..], &rows).status, Status::Failed);
    }

    #[test]
    fn older_versions_of_a_record_may_come_too() {
        let versions = [row("users", 1, 1), row("users", 1, 2)];
        assert_eq!(judged(&versions[1..], &versions[1..], &versions).status, Status::Passed);
    }

    #[test]
    fn a_row_that_was_deleted_is_rightly_in_no_full_refresh() {
        let rows = [row("users", 1, 1), row("users", 2, 2)];
        let mut deletion = row("users", 2, 3);
        deletion["record"]["data"]["_ab_cdc_deleted_at"] = Value::from("2024-01-03T00:00:00Z");
        let all = [rows.to_vec(), vec![deletion.clone()]].concat();
        assert_eq!(judged(&rows[..1], &rows[..1], &all).status, Status::Passed);
        let back = [all, vec![row("users", 2, 4)]].concat();
        assert_eq!(judged(&rows[..1], &rows[..1], &back).status, Status::Failed);
    }

    #[test]
    fn a_stream_whose_full_refreshes_differ_is_not_compared() {
        let rows = [row("users", 1, 1), row("users", 2, 2)];
        let all_differ = judged(&rows, &rows[..1], &[]);
        assert!(all_differ.status != Status::Failed, "{all_differ:?}");
    }
}
