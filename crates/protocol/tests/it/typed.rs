//! What the golden messages say, as types.

use crate::golden::{decode, lines};
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{
    DestinationSyncMode, Line, LogLevel, Message, RecordLine, State, StateKind, StreamDescriptor, StreamStatus,
    SyncMode, Trace, classify,
};

fn record(line: &str) -> RecordLine<'_> {
    match classify(line.as_bytes(), false) {
        Line::Record(record) => record,
        other => panic!("{other:?}"),
    }
}

fn state(at: usize) -> State {
    match decode(&lines("state")[at]) {
        Message::State(state) => *state,
        other => panic!("{other:?}"),
    }
}

fn trace(at: usize) -> Trace {
    match decode(&lines("trace")[at]) {
        Message::Trace(trace) => *trace,
        other => panic!("{other:?}"),
    }
}

fn shop(name: &str) -> StreamDescriptor {
    StreamDescriptor { namespace: Some("shop".to_owned()), name: name.to_owned() }
}

#[test]
fn records_are_found_not_decoded() {
    let lines = lines("record");
    let first = record(&lines[0]);
    assert_eq!((first.stream().decode(), first.namespace().unwrap().decode()), ("users".into(), "shop".into()));
    assert_eq!(first.emitted_at(), 1_700_000_000_123);
    assert!(first.data_text().contains("12345678901234567890123456789012345678.10"));
    assert!(first.meta().unwrap().ends_with(r#""unknown":1.10}"#));
    assert_eq!(first.line, lines[0].as_bytes());
    assert_eq!((record(&lines[1]).namespace(), record(&lines[1]).data_text()), (None, "{}"));
    assert_eq!(record(&lines[2]).data_text(), r#"{"document_key":"a"}"#);
}

#[test]
fn states_of_all_kinds() {
    let first = state(0);
    assert_eq!((first.kind(), first.descriptor(), first.id()), (StateKind::Stream, Some(&shop("users")), Some(7)));
    assert_eq!(first.source_stats.as_ref().unwrap().record_count, Some(12.0));
    assert_eq!(first.destination_stats.as_ref().unwrap().rejected_record_count, Some(1.0));
    assert_eq!(state(1).stream.unwrap().stream_state.unwrap().get(), "{}");
    assert!(state(2).stream.unwrap().stream_state.is_none(), "a reset");
    assert_eq!((state(3).kind(), state(3).global.unwrap().stream_states.len()), (StateKind::Global, 2));
    assert_eq!((state(4).kind(), state(5).kind()), (StateKind::Legacy, StateKind::Legacy));
    assert!((0..6).all(|at| state(at).is_valid()));
}

#[test]
fn traces_of_all_kinds() {
    let error = trace(0).error.unwrap();
    assert_eq!((error.failure_type.as_deref(), error.stream_descriptor), (Some("config_error"), Some(shop("users"))));
    assert!(trace(2).error.unwrap().failure_type.is_none());
    assert_eq!(trace(3).estimate.unwrap().row_estimate, Some(10.0));
    let status = |at: usize| trace(at).stream_status.unwrap().status;
    use StreamStatus::{Complete, Incomplete, Running, Started};
    assert_eq!([5, 6, 7, 8].map(status), [Started, Running, Complete, Incomplete]);
    assert!(trace(6).stream_status.unwrap().reasons.unwrap().get().contains("quota_reset"));
    assert!(trace(9).analytics.is_some());
}

#[test]
fn logs_of_all_levels() {
    let levels = lines("log").into_iter().map(|line| match decode(&line) {
        Message::Log(log) => log.level,
        other => panic!("{other:?}"),
    });
    use LogLevel::{Debug, Error, Fatal, Info, Trace, Warn};
    assert!(levels.eq([Fatal, Error, Warn, Info, Debug, Trace]));
}

#[test]
fn what_check_discover_and_spec_answer() {
    let Message::ConnectionStatus(status) = decode(&lines("connection_status")[1]) else { panic!() };
    assert_eq!((status.status, status.message.as_deref()), (CheckStatus::Failed, Some("no")));
    let Message::Catalog(catalog) = decode(&lines("catalog")[0]) else { panic!() };
    assert_eq!(catalog.streams[0].descriptor(), shop("users"));
    assert_eq!(catalog.streams[0].supported_sync_modes, [SyncMode::FullRefresh, SyncMode::Incremental]);
    let Message::Spec(spec) = decode(&lines("spec")[0]) else { panic!() };
    assert_eq!(spec.supported_destination_sync_modes.unwrap().last(), Some(&DestinationSyncMode::SoftDelete));
    let Message::Control(control) = decode(&lines("control")[0]) else { panic!() };
    assert_eq!(control.connector_config.unwrap().config.get(), r#"{"token":"t","n":1.10,"big":1e400}"#);
}
