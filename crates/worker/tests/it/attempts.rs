//! Attempts: how they end, and what is kept of them.

use crate::stage::{play, until};
use longshore_control_plane::{AttemptStatus, By, ConnectionState, JobKind, JobStatus, RefreshKind, StartJob};
use longshore_protocol::SyncMode;
use longshore_worker::Timing;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_sync_succeeds_and_its_states_and_counts_are_stored() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({})).await;
        let job = stage.start(connection).await;
        let job = stage.ended(job).await;
        assert_eq!((job.status, job.records_committed, job.attempts), (JobStatus::Succeeded, 100, 1), "{job:?}");
        assert_eq!(stage.numbers(), (1..=100).collect::<Vec<_>>());
        let ConnectionState::Stream(states) = stage.plane.states(connection).await.unwrap() else { panic!() };
        assert_eq!(states[0].state.get(), r#"{"n": 100}"#);
        let attempts = stage.plane.attempts(job.id).await.unwrap();
        assert_eq!(attempts[0].status, AttemptStatus::Succeeded);
        assert_eq!((attempts[0].records_emitted, attempts[0].streams[0].records_committed), (100, 100));

        let again = stage.start(connection).await;
        let again = stage.ended(again).await;
        assert_eq!((again.status, again.records_committed), (JobStatus::Succeeded, 0), "it goes on from its state");
    });
}

#[test]
fn a_source_that_exits_is_tried_again_after_its_pause() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::FullRefresh, json!({"mishap": "exits"})).await;
        let job = stage.start(connection).await;
        let waiting = until("the failed attempt", async || {
            let job = stage.plane.job(job).await.unwrap();
            (job.status == JobStatus::Incomplete).then_some(job)
        });
        let waiting = waiting.await;
        assert_eq!(waiting.failure.unwrap().code, "source.exited");
        let pause = waiting.next_attempt_at.unwrap().duration_since(waiting.updated_at).as_secs();
        assert_eq!(pause, 10);
        stage.pass(Duration::from_secs(11));
        let job = stage.ended(job).await;
        assert_eq!((job.status, job.attempts, job.records_committed), (JobStatus::Succeeded, 2, 100));
        let log = stage.log(job.id, 1).await;
        assert!(log.contains("checking the source") && log.contains("checking the destination"), "{log}");
    });
}

#[test]
fn a_cancelled_job_ends_within_five_seconds_and_keeps_what_was_acknowledged() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({"mishap": "hangs"})).await;
        let job = stage.start(connection).await;
        let pid = until("the source that hangs", async || pid_of(&stage.path("pid"))).await;
        until("what it sent before", async || {
            let attempts = stage.plane.attempts(job).await.unwrap();
            (attempts[0].records_committed == 10).then_some(())
        })
        .await;
        let asked = Instant::now();
        stage.plane.cancel_job(By::platform(), job).await.unwrap();
        let job = stage.ended(job).await;
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        assert_eq!((job.status, job.records_committed), (JobStatus::Cancelled, 10));
        assert!(!is_alive(pid));
    });
}

#[test]
fn whoever_loses_the_lease_stops_and_the_next_attempt_goes_on() {
    let timing = Timing { heartbeat: Duration::from_secs(3), ..Timing::default() };
    play(timing, async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({"mishap": "hangs"})).await;
        let job = stage.start(connection).await;
        let pid = until("the source that hangs", async || pid_of(&stage.path("pid"))).await;
        until("what it sent before", async || {
            (stage.plane.attempts(job).await.unwrap()[0].records_committed == 10).then_some(())
        })
        .await;
        stage.pass(Duration::from_secs(20));
        stage.plane.take_over_expired().await.unwrap();
        let job = stage.ended(job).await;
        assert_eq!((job.status, job.attempts, job.records_committed), (JobStatus::Succeeded, 2, 100));
        let attempts = stage.plane.attempts(job.id).await.unwrap();
        assert_eq!(attempts[0].failures[0].code, "job.worker_lost");
        assert_eq!((attempts[0].records_committed, attempts[1].records_committed), (10, 90));
        until("the end of the first source", async || (!is_alive(pid)).then_some(())).await;
    });
}

#[test]
fn a_clear_empties_the_destination_and_forgets_the_state() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({})).await;
        let job = stage.start(connection).await;
        stage.ended(job).await;
        assert_eq!(stage.numbers().len(), 100);
        let clear = StartJob { kind: JobKind::Clear, refresh: RefreshKind::Truncate, ..StartJob::sync(connection) };
        let job = stage.plane.start_job(By::platform(), clear).await.unwrap().id;
        let job = stage.ended(job).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.failure);
        assert!(stage.numbers().is_empty());
        assert!(matches!(stage.plane.states(connection).await.unwrap(), ConnectionState::NotSet));
    });
}

#[test]
fn secrets_do_not_appear_in_logs_however_they_are_printed() {
    let phrase = "open \"sesame\" \\ now";
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({"phrase": phrase})).await;
        let job = stage.start(connection).await;
        let job = stage.ended(job).await;
        assert_eq!(job.status, JobStatus::Succeeded);
        let log = stage.log(job.id, 0).await;
        assert!(log.contains("source the phrase is **********\n"), "{log}");
        assert!(log.contains("destination the phrase is **********\n"), "{log}");
        assert!(log.contains("given {") && !log.contains("sesame"), "{log}");
    });
}

#[test]
fn secrets_of_a_vault_reach_the_connector_and_no_log() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({"phrase": "${the-name}"})).await;
        let job = stage.start(connection).await;
        let job = stage.ended(job).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.failure);
        let log = stage.log(job.id, 0).await;
        assert!(log.contains("source the phrase is **********\n") && !log.contains("of-the-vault"), "{log}");
    });
}

fn pid_of(path: &std::path::Path) -> Option<u32> {
    std::fs::read_to_string(path).ok()?.parse().ok()
}

/// What has ended and is not taken note of yet counts as ended.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
