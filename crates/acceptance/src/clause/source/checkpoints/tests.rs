//! Tests of what checkpoints are, and of what comes after them.

use super::*;
use crate::clause::source::reading::script::{catalog, record, row, state, take};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Users of days 1 to 6, with a state after every second one.
fn users() -> Vec<Value> {
    let day = |day: u8| row("users", i64::from(day), day);
    let at = |day: u8| state("users", json!({"updated_at": format!("2024-01-{day:02}T00:00:00Z")}), 2.0);
    vec![day(1), day(2), at(2), day(3), day(4), at(4), at(4), day(5), day(6), at(6)]
}

fn judged(first: &[Value], second: &[Value], number: usize) -> (usize, usize) {
    let none = BTreeMap::new();
    let sameness = Sameness { now: Timestamp::now(), ignored: &none, is_random: false, looks_back: false };
    let (first, second, catalog) = (take(first), take(second), catalog());
    let (first, second) = (Reading::of(&first, &catalog), Reading::of(&second, &catalog));
    let resume = &resumes(&first).unwrap()[number - 1];
    let start = &resume.starts[0];
    let (one, other) = (first.stream(&start.descriptor).unwrap(), second.stream(&start.descriptor).unwrap());
    let wanted = one.records.iter().filter(|record| record.at > start.at());
    let before = start.previous().unwrap_or_default();
    (sameness.missing(one, wanted, &other.records).len(), sameness.repeated(one, before, start, other).len())
}

#[test]
fn equal_states_are_one_checkpoint_and_streams_go_on_together() {
    let mut messages = users();
    messages.extend([row("events", 1, 1), state("events", json!({"at": 1}), 1.0)]);
    let (take, catalog) = (take(&messages), catalog());
    let all = resumes(&Reading::of(&take, &catalog)).unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0].starts.iter().map(Start::name).collect::<Vec<_>>(),
        ["checkpoint 1 of 3 of stream `users`", "checkpoint 1 of 1 of stream `events`"]
    );
    assert_eq!((all[1].starts[0].at(), all[1].starts[0].previous()), (5, Some(2)));
    assert!(all[2].is_final && !all[1].is_final);
    assert!(!all[2].state.to_string().contains("sourceStats"));
    assert_eq!(all[2].with_stale_stream("gone").as_array().unwrap().len(), 3);
}

#[test]
fn a_global_state_is_a_checkpoint_of_every_stream() {
    let global = |n: u8| json!({"type": "STATE", "state": {"type": "GLOBAL", "global": {"shared_state": {"n": n}, "stream_states": []}}});
    let (take, catalog) = (take(&[row("users", 1, 1), global(1), row("users", 2, 2), global(2)]), catalog());
    let all = resumes(&Reading::of(&take, &catalog)).unwrap();
    assert_eq!((all.len(), all[0].starts.len(), all[0].starts[0].at()), (2, 3, 1));
    assert_eq!(all[0].state.as_array().unwrap().len(), 1);
    assert_eq!(all[0].with_stale_stream("gone")[0]["global"]["stream_states"].as_array().unwrap().len(), 1);
}

#[test]
fn what_came_behind_a_checkpoint_must_come_again() {
    let rest = [row("users", 3, 3), row("users", 4, 4), row("users", 5, 5), row("users", 6, 6)];
    assert_eq!(judged(&users(), &rest, 1), (0, 0));
    assert_eq!(judged(&users(), &rest[1..], 1), (1, 0));
    assert_eq!(judged(&users(), &[], 2), (2, 0));
    assert_eq!(judged(&users(), &[], 3), (0, 0));
}

#[test]
fn what_came_before_the_checkpoint_before_must_not() {
    let rest = [row("users", 2, 2), row("users", 3, 3), row("users", 4, 4), row("users", 5, 5), row("users", 6, 6)];
    assert_eq!(judged(&users(), &rest, 2), (0, 0)); // the second one shares the cursor of a checkpoint
    let all: Vec<Value> = [row("users", 1, 1)].into_iter().chain(rest).collect();
    assert_eq!(judged(&users(), &all, 2), (0, 1));
    let updated = [row("users", 1, 9), row("users", 5, 5), row("users", 6, 6)];
    assert_eq!(judged(&users(), &updated, 2), (0, 0));
}

#[test]
fn records_without_key_are_counted() {
    let event = |n: u8| record("events", json!({"n": n}));
    let first = [event(0), state("events", json!({"at": 1}), 1.0), event(1), event(1)];
    assert_eq!(judged(&first, &[event(1)], 1), (1, 0));
    assert_eq!(judged(&first, &[event(1), event(1)], 1), (0, 0));
}

#[test]
fn a_sample_has_both_ends() {
    assert_eq!(sample(3, 5), [0, 1, 2]);
    assert_eq!(sample(10, 4), [0, 3, 6, 9]);
    assert_eq!(sample(10, 1), [9]);
    assert_eq!(sample(0, 4), [0; 0]);
}
