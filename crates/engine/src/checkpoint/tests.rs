use super::*;
use longshore_protocol::StreamDescriptor;

fn state(stream: &str, cursor: u64, id: Option<u64>) -> State {
    let raw = serde_json::value::to_raw_value(&serde_json::json!({ "c": cursor })).unwrap();
    let state = State::of_stream(StreamDescriptor::named(stream), Some(raw));
    let Some(id) = id else { return state };
    let text = serde_json::to_string(&state).unwrap();
    serde_json::from_str(&longshore_protocol::splice::insert(&text, &[("id", &id.to_string())])).unwrap()
}

/// Sends states 1, 2, 3, … of the named streams; state n covers n records.
fn sent(streams: &[&str]) -> Checkpoints {
    let mut checkpoints = Checkpoints::default();
    let index = |name: &str| usize::from(name == "b");
    for (at, name) in streams.iter().enumerate() {
        let id = checkpoints.number(None);
        let count = Count { records: at as u64 + 1, bytes: 0 };
        checkpoints.sent(id, Some(index(name)), state(name, id, None), None, vec![(index(name), count)]);
    }
    checkpoints
}

fn records(echo: Echo) -> u64 {
    match echo {
        Echo::Acknowledged(acknowledged) => acknowledged.covers.iter().map(|(_, count)| count.records).sum(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_echo_covers_the_earlier_states_of_its_stream_only() {
    let mut checkpoints = sent(&["a", "b", "a", "b"]);
    assert_eq!(records(checkpoints.echo(&state("a", 3, Some(3)))), 1 + 3);
    assert!(!checkpoints.is_waiting(0));
    assert!(checkpoints.is_waiting(1));
    assert_eq!(records(checkpoints.echo(&state("b", 4, Some(4)))), 2 + 4);
}

#[test]
fn an_echo_that_comes_twice_or_late_proves_nothing_new() {
    let mut checkpoints = sent(&["a", "a"]);
    assert_eq!(records(checkpoints.echo(&state("a", 2, Some(2)))), 3);
    assert_eq!(checkpoints.echo(&state("a", 2, Some(2))), Echo::Late);
    assert_eq!(checkpoints.echo(&state("a", 1, Some(1))), Echo::Late);
    assert_eq!(checkpoints.echo(&state("a", 9, Some(9))), Echo::Unknown);
}

#[test]
fn an_echo_without_number_is_found_by_content() {
    let mut checkpoints = sent(&["a", "b", "a"]);
    assert_eq!(records(checkpoints.echo(&state("b", 2, None))), 2);
    assert_eq!(checkpoints.echo(&state("b", 7, None)), Echo::Unknown);
    assert_eq!(records(checkpoints.echo(&state("a", 3, None))), 4);
}

#[test]
fn numbers_that_a_source_repeats_are_not_trusted() {
    let mut checkpoints = Checkpoints::default();
    for cursor in [1, 2] {
        let id = checkpoints.number(Some(7));
        let covers = vec![(0, Count { records: cursor, bytes: 0 })];
        checkpoints.sent(id, Some(0), state("a", cursor, Some(7)), None, covers);
    }
    assert_eq!(records(checkpoints.echo(&state("a", 1, Some(7)))), 1);
    assert_eq!(records(checkpoints.echo(&state("a", 2, Some(7)))), 2);
}
