//! What is kept of jobs: states, logs, messages to the outside; and what is thrown away.

use crate::joined::{checkpoint, claim, code, end, execute, finish, minutes, named, reason, running, simple, sync};
use crate::place::{Place, behaviours};
use jiff::{SignedDuration, Timestamp};
use longshore_control_plane::{
    AttemptEnd, By, ConnectionState, ConnectionStatus, EndStatus, JobFilter, JobOrder, JobStatus, LogLine,
    Notification, Notifications, Page, Retention, StoredStreamState, WorkspaceChange,
};
use longshore_protocol::{FailureKind, FailureOrigin, LogLevel, RawJson};
use serde_json::Value;

behaviours!(
    states_are_kept_byte_for_byte,
    states_are_not_changed_under_a_job,
    a_log_keeps_its_beginning_and_its_end,
    lines_are_cut_and_numbered,
    an_end_is_told_once,
    a_message_is_tried_five_times,
    nobody_is_told_who_does_not_ask,
    a_hopeless_connection_is_switched_off,
    old_things_go_and_the_last_jobs_stay,
    counts_are_of_what_there_is,
);

fn raw(text: &str) -> RawJson {
    serde_json::from_str(text).unwrap()
}

async fn states_are_kept_byte_for_byte(place: Place) {
    let connection = simple(&place).await;
    let blob = r#"{"z": 1.000,"a" :12345678901234567890123,"é":"\u00e9"}"#;
    let stored = |name: &str| StoredStreamState { stream: named(name), state: raw(blob) };
    let replace = async |state| place.plane.replace_states(By::platform(), connection.id, state).await.unwrap();
    let global = ConnectionState::Global { shared: Some(raw(blob)), streams: vec![stored("s")] };
    let ConnectionState::Global { shared, streams } = replace(global).await else { panic!("a kind") };
    assert_eq!((shared.unwrap().get(), streams[0].state.get()), (blob, blob));
    let ConnectionState::Legacy(legacy) = replace(ConnectionState::Legacy(raw(blob))).await else { panic!("a kind") };
    assert_eq!(legacy.get(), blob);
    assert_eq!(running(&place, &connection).await.states.as_deref(), Some(blob));
    place.plane.cancel_job(By::platform(), place.plane.last_jobs(&[connection.id]).await.unwrap()[0].id).await.unwrap();
    place.pass(minutes(1));
    place.plane.take_over_expired().await.unwrap();
    let mut other = stored("");
    other.stream.namespace = Some(String::new());
    let both = ConnectionState::Stream(vec![stored(""), other]);
    let ConnectionState::Stream(streams) = replace(both).await else { panic!("a kind") };
    assert_eq!(streams.len(), 2, "no namespace and an empty one are different");
    assert!(matches!(replace(ConnectionState::NotSet).await, ConnectionState::NotSet));
}

async fn states_are_not_changed_under_a_job(place: Place) {
    let connection = simple(&place).await;
    sync(&place, &connection).await;
    let replaced = place.plane.replace_states(By::platform(), connection.id, ConnectionState::NotSet).await;
    assert_eq!(code(replaced), "state.sync_running");
}

fn line(text: String) -> LogLine {
    LogLine { line: 0, at: Timestamp::UNIX_EPOCH, origin: FailureOrigin::Source, level: LogLevel::Info, text }
}

async fn a_log_keeps_its_beginning_and_its_end(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    for batch in 0..13 {
        let lines = (1..=1000).map(|number| line(format!("line {}", batch * 1000 + number))).collect();
        place.plane.append_log(&claimed.lease, lines).await.unwrap();
    }
    let lines = place.plane.log_lines(claimed.job.id, 0, 0, 100_000).await.unwrap();
    assert!(lines.len() <= 10_001 && lines.windows(2).all(|pair| pair[0].line < pair[1].line));
    assert_eq!((lines[4999].text.as_str(), lines.last().unwrap().text.as_str()), ("line 5000", "line 13000"));
    let left_out = lines[5001].line - 5001;
    assert!(lines[5000].text.starts_with(&format!("{left_out} lines were left out")), "{}", lines[5000].text);
    let after = place.plane.log_lines(claimed.job.id, 0, 12_999, 10).await.unwrap();
    assert_eq!((after.len(), after[0].line), (1, 13_000));
}

async fn lines_are_cut_and_numbered(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    let big = (0..200).map(|_| line("é".repeat(40_000))).collect();
    place.plane.append_log(&claimed.lease, big).await.unwrap();
    place.plane.append_log(&claimed.lease, vec![line("nul \0 here".to_owned())]).await.unwrap();
    let lines = place.plane.log_lines(claimed.job.id, 0, 0, 1000).await.unwrap();
    let size: usize = lines.iter().map(|line| line.text.len()).sum();
    assert!(size < 5 * 1024 * 1024, "{size}");
    assert!(lines[0].text.ends_with("(47232 bytes more)"), "{}", &lines[0].text[32_700..]);
    assert_eq!(lines.last().unwrap().text, "nul \u{fffd} here");
}

/// The workspace of the connection wants to be told of everything.
async fn wants_all(place: &Place, connection: &longshore_control_plane::Connection) {
    let to = |what: &str| Notification {
        email: false,
        webhook: Some(format!("http://127.0.0.1:1/{what}")),
        webhook_enabled: true,
    };
    let notifications = Notifications {
        failure: to("failure"),
        success: to("success"),
        sync_disabled: to("disabled"),
        sync_disabled_warning: to("warning"),
        ..Notifications::default()
    };
    let change = WorkspaceChange { notifications: Some(notifications), ..WorkspaceChange::default() };
    place.plane.change_workspace(By::platform(), connection.workspace_id, change).await.unwrap();
}

async fn an_end_is_told_once(place: Place) {
    let connection = simple(&place).await;
    wants_all(&place, &connection).await;
    let claimed = running(&place, &connection).await;
    place.plane.commit_checkpoint(&claimed.lease, &checkpoint("s", "{}", 3)).await.unwrap();
    assert!(place.plane.claim_notification().await.unwrap().is_none());
    finish(&place, &claimed, EndStatus::Succeeded).await;
    let told = place.plane.claim_notification().await.unwrap().unwrap();
    assert_eq!(told.url, "http://127.0.0.1:1/success");
    let body: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!((&body["data"]["success"], &body["data"]["recordsCommitted"]), (&Value::from(true), &Value::from(3)));
    assert!(body["text"].as_str().unwrap().contains("succeeded"));
    assert!(place.another_process().await.claim_notification().await.unwrap().is_none());
    place.plane.finish_notification(&told, Ok(())).await.unwrap();
    place.pass(minutes(60));
    assert!(place.plane.claim_notification().await.unwrap().is_none());
}

async fn a_message_is_tried_five_times(place: Place) {
    let connection = simple(&place).await;
    wants_all(&place, &connection).await;
    let wrong = AttemptEnd { failures: vec![reason(FailureKind::ConfigError)], ..end(EndStatus::Failed) };
    place.plane.finish_attempt(&running(&place, &connection).await.lease, wrong).await.unwrap();
    for tries in 1..=5 {
        let told = place.plane.claim_notification().await.unwrap().unwrap();
        assert_eq!((told.tries, told.url.ends_with("/failure")), (tries, true));
        place.plane.finish_notification(&told, Err("nobody is there".to_owned())).await.unwrap();
        assert!(place.plane.claim_notification().await.unwrap().is_none());
        place.pass(minutes(30));
    }
    assert!(place.plane.claim_notification().await.unwrap().is_none());
}

async fn nobody_is_told_who_does_not_ask(place: Place) {
    let connection = simple(&place).await;
    finish(&place, &running(&place, &connection).await, EndStatus::Succeeded).await;
    assert!(place.plane.claim_notification().await.unwrap().is_none());
}

async fn a_hopeless_connection_is_switched_off(place: Place) {
    let connection = simple(&place).await;
    wants_all(&place, &connection).await;
    finish(&place, &running(&place, &connection).await, EndStatus::Succeeded).await;
    for failed in 1..=30 {
        place.pass(SignedDuration::from_hours(6));
        let wrong = AttemptEnd { failures: vec![reason(FailureKind::ConfigError)], ..end(EndStatus::Failed) };
        place.plane.finish_attempt(&running(&place, &connection).await.lease, wrong).await.unwrap();
        let status = place.plane.connection(connection.id).await.unwrap().status;
        let expected = if failed == 30 { ConnectionStatus::Inactive } else { ConnectionStatus::Active };
        assert_eq!(status, expected, "after {failed}");
    }
    let mut told = Vec::new();
    while let Some(message) = place.plane.claim_notification().await.unwrap() {
        place.plane.finish_notification(&message, Ok(())).await.unwrap();
        told.push(message.url.rsplit('/').next().unwrap().to_owned());
    }
    let count = |what: &str| told.iter().filter(|told| *told == what).count();
    assert_eq!([count("success"), count("failure"), count("warning"), count("disabled")], [1, 30, 1, 1]);
}

async fn old_things_go_and_the_last_jobs_stay(place: Place) {
    let connection = simple(&place).await;
    for _ in 0..12 {
        let claimed = running(&place, &connection).await;
        place.plane.append_log(&claimed.lease, vec![line("a".to_owned())]).await.unwrap();
        finish(&place, &claimed, EndStatus::Succeeded).await;
    }
    let first = place.plane.sweep(Retention::default()).await.unwrap();
    assert_eq!((first.logs, first.jobs), (0, 0));
    place.pass(SignedDuration::from_hours(24 * 31));
    let running = running(&place, &connection).await;
    place.plane.append_log(&running.lease, vec![line("b".to_owned())]).await.unwrap();
    let swept = place.plane.sweep(Retention::default()).await.unwrap();
    assert_eq!((swept.logs, swept.jobs), (12, 0));
    assert_eq!(place.plane.log_lines(running.job.id, 0, 0, 10).await.unwrap().len(), 1);
    place.pass(SignedDuration::from_hours(24 * 200));
    assert_eq!(place.plane.sweep(Retention::default()).await.unwrap().jobs, 3);
    let left = place.plane.jobs(&JobFilter::default(), JobOrder::default(), Page::all()).await.unwrap();
    assert_eq!((left.len(), left[9].status), (10, JobStatus::Running));
}

async fn counts_are_of_what_there_is(place: Place) {
    let connection = simple(&place).await;
    sync(&place, &connection).await;
    place.pass(minutes(1));
    let counts = place.plane.counts().await.unwrap();
    assert_eq!((counts.pending, counts.running, counts.oldest_wait.as_secs()), (1, 0, 60));
    let claimed = claim(&place.plane).await;
    place.pass(minutes(1));
    let counts = place.plane.counts().await.unwrap();
    assert_eq!((counts.pending, counts.running, counts.expired_leases), (0, 1, 1));
    finish(&place, &claimed, EndStatus::Failed).await;
    let counts = place.plane.counts().await.unwrap();
    assert_eq!((counts.running, counts.incomplete, counts.oldest_wait.as_secs()), (0, 1, 0));
    execute(&place, "UPDATE job SET status = 'succeeded', claimable_at = NULL").await;
    assert_eq!(place.plane.counts().await.unwrap(), longshore_control_plane::Counts::default());
}
