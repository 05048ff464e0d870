//! Jobs: started once, taken once, ended once, whatever happens to who is at them.

use crate::joined::{
    LEASE, checkpoint, claim, code, counted, end, execute, finish, minutes, named, reason, running, seconds, simple,
    sync, with_streams,
};
use crate::place::{Place, behaviours};
use longshore_control_plane::{
    AttemptEnd, AttemptStatus, By, Checkpoint, ConnectionChange, ConnectionState, ConnectionStatus, EndStatus,
    JobFilter, JobKind, JobOrder, JobStatus, JobTime, LeaseStatus, Page, RefreshKind, StartJob, StreamRunStatus,
};
use longshore_protocol::FailureKind;

behaviours!(
    a_connection_has_one_active_job,
    of_two_who_start_at_once_one_is_refused,
    the_same_key_gives_the_same_job,
    a_job_is_taken_once,
    a_connection_that_is_off_runs_nothing_but_can_be_emptied,
    states_and_counts_are_stored_together,
    a_worker_that_lost_its_lease_writes_nothing,
    a_worker_that_is_not_heard_of_loses_its_job,
    a_worker_that_stops_gives_its_job_back,
    a_job_that_waits_is_cancelled_at_once,
    a_job_that_runs_is_cancelled_by_its_worker,
    failures_are_tried_again_with_pauses,
    progress_means_no_pause,
    a_wrong_configuration_is_not_tried_again,
    full_refreshes_get_generations_and_lose_states,
    an_unprepared_first_attempt_is_made_up_for,
    what_is_complete_is_not_read_again,
    a_refresh_needs_generations,
    a_clear_empties_and_forgets,
    a_clear_that_failed_is_carried_out_by_the_next_sync,
    checks_are_made_after_what_did_not_succeed,
    jobs_are_listed_in_any_order,
);

async fn a_connection_has_one_active_job(place: Place) {
    let connection = simple(&place).await;
    let job = sync(&place, &connection).await;
    assert_eq!((job.status, job.attempts), (JobStatus::Pending, 1));
    let attempts = place.plane.attempts(job.id).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].number, attempts[0].status), (1, 0, AttemptStatus::Running));
    let again = place.plane.start_job(By::platform(), StartJob::sync(connection.id)).await.unwrap_err();
    assert_eq!(again.code(), "job.already_running");
    assert_eq!(again.to_string(), format!("A sync is already running for: {}", connection.id));
    let claimed = claim(&place.plane).await;
    assert_eq!(finish(&place, &claimed, EndStatus::Succeeded).await.status, JobStatus::Succeeded);
    let next = sync(&place, &connection).await;
    assert!(next.id > job.id);
}

async fn of_two_who_start_at_once_one_is_refused(place: Place) {
    let connection = simple(&place).await;
    let other = place.another_process().await;
    let start = || StartJob::sync(connection.id);
    let (a, b) = tokio::join!(place.plane.start_job(By::platform(), start()), other.start_job(By::platform(), start()));
    let mut codes = [code(a), code(b)];
    codes.sort();
    assert_eq!(codes, ["it was done", "job.already_running"]);
}

async fn the_same_key_gives_the_same_job(place: Place) {
    let connection = simple(&place).await;
    let start = || StartJob { idempotency_key: Some("k".to_owned()), ..StartJob::sync(connection.id) };
    let first = place.plane.start_job(By::platform(), start()).await.unwrap();
    assert_eq!(place.plane.start_job(By::platform(), start()).await.unwrap().id, first.id);
    finish(&place, &claim(&place.plane).await, EndStatus::Succeeded).await;
    let again = place.plane.start_job(By::platform(), start()).await.unwrap();
    assert_eq!((again.id, again.status), (first.id, JobStatus::Succeeded));
}

async fn a_job_is_taken_once(place: Place) {
    let connection = simple(&place).await;
    sync(&place, &connection).await;
    let other = place.another_process().await;
    let (a, b) = tokio::join!(place.plane.claim_job("a", LEASE), other.claim_job("b", LEASE));
    let taken = [a.unwrap(), b.unwrap()].into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].job.status, JobStatus::Running);
    assert!(taken[0].source.is_some() && taken[0].states.is_none() && !taken[0].needs_check);
    assert_eq!(taken[0].streams[0].configured.sync_id, Some(taken[0].job.id.0));
}

async fn a_connection_that_is_off_runs_nothing_but_can_be_emptied(place: Place) {
    let connection = simple(&place).await;
    let off = ConnectionChange { status: Some(ConnectionStatus::Inactive), ..ConnectionChange::default() };
    place.plane.change_connection(By::platform(), connection.id, off).await.unwrap();
    assert_eq!(code(place.plane.start_job(By::platform(), StartJob::sync(connection.id)).await), "connection.inactive");
    let clear = StartJob { kind: JobKind::Clear, ..StartJob::sync(connection.id) };
    assert_eq!(code(place.plane.start_job(By::platform(), clear).await), "it was done");
}

async fn states_and_counts_are_stored_together(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    let blob = r#"{"b": 1e400,"a":12345678901234567890.10, "t":"\u0000é"}"#;
    place.plane.commit_checkpoint(&claimed.lease, &checkpoint("s", blob, 7)).await.unwrap();
    let ConnectionState::Stream(states) = place.plane.states(connection.id).await.unwrap() else { panic!("a kind") };
    assert_eq!((states[0].stream.clone(), states[0].state.get()), (named("s"), blob));
    let job = place.plane.job(claimed.job.id).await.unwrap();
    assert_eq!((job.records_committed, job.bytes_committed), (7, 70));
    let bad = Checkpoint { states: vec!["{}".to_owned()], streams: vec![counted("s", 9)], ..Checkpoint::default() };
    assert_eq!(code(place.plane.commit_checkpoint(&claimed.lease, &bad).await), "state.invalid");
    let global = r#"{"type":"GLOBAL","global":{"shared_state":{},"stream_states":[]}}"#.to_owned();
    let other = Checkpoint { states: vec![global], streams: vec![counted("s", 9)], ..Checkpoint::default() };
    assert_eq!(code(place.plane.commit_checkpoint(&claimed.lease, &other).await), "state.kind_changed");
    let attempt = place.plane.attempts(job.id).await.unwrap().remove(0);
    assert_eq!((attempt.records_committed, attempt.records_emitted, attempt.states_emitted), (7, 8, 1));
    assert_eq!(place.plane.heartbeat(&claimed.lease, Some(&[counted("s", 8)])).await.unwrap(), LeaseStatus::Held);
    assert_eq!(place.plane.job(job.id).await.unwrap().records_committed, 8);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    let next = running(&place, &connection).await;
    let expected =
        format!(r#"[{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"s"}},"stream_state":{blob}}}}}]"#);
    assert_eq!(next.states, Some(expected));
}

async fn a_worker_that_lost_its_lease_writes_nothing(place: Place) {
    let connection = simple(&place).await;
    let old = running(&place, &connection).await;
    place.pass(seconds(16));
    assert_eq!(place.plane.take_over_expired().await.unwrap(), 1);
    let new = claim(&place.plane).await;
    assert_eq!((new.job.id, new.lease.attempt_number), (old.job.id, 1));
    assert_eq!(place.plane.heartbeat(&old.lease, Some(&[counted("s", 5)])).await.unwrap(), LeaseStatus::Lost);
    assert_eq!(code(place.plane.commit_checkpoint(&old.lease, &checkpoint("s", "{}", 5)).await), "job.lease_lost");
    assert_eq!(code(place.plane.finish_attempt(&old.lease, end(EndStatus::Succeeded)).await), "job.lease_lost");
    assert_eq!(code(place.plane.release(&old.lease).await), "job.lease_lost");
    assert!(matches!(place.plane.states(connection.id).await.unwrap(), ConnectionState::NotSet));
    assert_eq!(place.plane.job(new.job.id).await.unwrap().records_committed, 0);
    assert_eq!(finish(&place, &new, EndStatus::Succeeded).await.status, JobStatus::Succeeded);
}

async fn a_worker_that_is_not_heard_of_loses_its_job(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    place.plane.commit_checkpoint(&claimed.lease, &checkpoint("s", r#"{"c":1}"#, 3)).await.unwrap();
    place.pass(seconds(14));
    assert_eq!(place.plane.heartbeat(&claimed.lease, None).await.unwrap(), LeaseStatus::Held);
    place.pass(seconds(14));
    assert_eq!(place.plane.take_over_expired().await.unwrap(), 0);
    place.pass(seconds(2));
    let other = place.another_process().await;
    let (a, b) = tokio::join!(place.plane.take_over_expired(), other.take_over_expired());
    assert_eq!(a.unwrap() + b.unwrap(), 1);
    let job = place.plane.job(claimed.job.id).await.unwrap();
    assert_eq!((job.status, job.failure.unwrap().code.as_str()), (JobStatus::Incomplete, "job.worker_lost"));
    let new = claim(&place.plane).await;
    assert_eq!((new.lease.attempt_number, new.job.records_committed), (1, 3));
    assert!(new.needs_check && new.states.is_some());
    place.plane.commit_checkpoint(&new.lease, &checkpoint("s", r#"{"c":2}"#, 4)).await.unwrap();
    assert_eq!(finish(&place, &new, EndStatus::Succeeded).await.records_committed, 7);
    let statuses: Vec<_> = place.plane.attempts(job.id).await.unwrap().iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [AttemptStatus::Failed, AttemptStatus::Succeeded]);
}

async fn a_worker_that_stops_gives_its_job_back(place: Place) {
    let connection = simple(&place).await;
    for _ in 0..8 {
        let claimed = if place.plane.counts().await.unwrap().incomplete == 0 {
            running(&place, &connection).await
        } else {
            claim(&place.plane).await
        };
        place.plane.release(&claimed.lease).await.unwrap();
    }
    let job = place.plane.job(claim(&place.plane).await.job.id).await.unwrap();
    assert_eq!((job.status, job.attempts), (JobStatus::Running, 9));
}

async fn a_job_that_waits_is_cancelled_at_once(place: Place) {
    let connection = simple(&place).await;
    let job = sync(&place, &connection).await;
    assert_eq!(place.plane.cancel_job(By::platform(), job.id).await.unwrap().status, JobStatus::Cancelled);
    assert_eq!(code(place.plane.cancel_job(By::platform(), job.id).await), "job.not_running");
    assert!(place.plane.claim_job("a", LEASE).await.unwrap().is_none());
    assert_eq!(place.plane.attempts(job.id).await.unwrap()[0].status, AttemptStatus::Failed);
    let claimed = running(&place, &connection).await;
    finish(&place, &claimed, EndStatus::Failed).await;
    assert_eq!(place.plane.cancel_job(By::platform(), claimed.job.id).await.unwrap().status, JobStatus::Cancelled);
    let attempt = place.plane.attempts(claimed.job.id).await.unwrap().remove(0);
    assert_eq!(attempt.failures[0].code, "destination.failed");
}

async fn a_job_that_runs_is_cancelled_by_its_worker(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    assert_eq!(place.plane.cancel_job(By::platform(), claimed.job.id).await.unwrap().status, JobStatus::Running);
    assert_eq!(place.plane.heartbeat(&claimed.lease, None).await.unwrap(), LeaseStatus::CancelRequested);
    assert_eq!(finish(&place, &claimed, EndStatus::Failed).await.status, JobStatus::Cancelled);
    let claimed = running(&place, &connection).await;
    place.plane.cancel_job(By::platform(), claimed.job.id).await.unwrap();
    place.pass(seconds(16));
    assert_eq!(place.plane.take_over_expired().await.unwrap(), 1);
    assert_eq!(place.plane.job(claimed.job.id).await.unwrap().status, JobStatus::Cancelled);
}

async fn failures_are_tried_again_with_pauses(place: Place) {
    let connection = simple(&place).await;
    let mut claimed = running(&place, &connection).await;
    for pause in [10, 30, 90, 270] {
        let job = finish(&place, &claimed, EndStatus::Incomplete).await;
        assert_eq!(job.status, JobStatus::Incomplete);
        assert_eq!(job.next_attempt_at.unwrap().duration_since(job.updated_at), seconds(pause));
        place.pass(seconds(pause - 1));
        assert!(place.plane.claim_job("a", LEASE).await.unwrap().is_none());
        place.pass(seconds(1));
        claimed = claim(&place.plane).await;
    }
    let job = finish(&place, &claimed, EndStatus::Failed).await;
    assert_eq!((job.status, job.attempts, job.next_attempt_at), (JobStatus::Failed, 5, None));
    assert!(job.ended_at.is_some() && job.failure.unwrap().code == "destination.failed");
}

async fn progress_means_no_pause(place: Place) {
    let connection = simple(&place).await;
    let mut claimed = running(&place, &connection).await;
    for number in 0..19 {
        place.plane.commit_checkpoint(&claimed.lease, &checkpoint("s", "{}", 1)).await.unwrap();
        assert_eq!(finish(&place, &claimed, EndStatus::Failed).await.status, JobStatus::Incomplete, "{number}");
        claimed = claim(&place.plane).await;
    }
    place.plane.commit_checkpoint(&claimed.lease, &checkpoint("s", "{}", 1)).await.unwrap();
    assert_eq!(finish(&place, &claimed, EndStatus::Failed).await.status, JobStatus::Failed);
}

async fn a_wrong_configuration_is_not_tried_again(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    let end = AttemptEnd { failures: vec![reason(FailureKind::ConfigError)], ..end(EndStatus::Failed) };
    assert_eq!(place.plane.finish_attempt(&claimed.lease, end).await.unwrap().status, JobStatus::Failed);
}

/// Generation and minimum of each stream.
fn generations(claimed: &longshore_control_plane::ClaimedJob) -> Vec<(i64, i64)> {
    let of = |stream: &longshore_control_plane::PlannedStream| {
        (stream.configured.generation_id.unwrap(), stream.configured.minimum_generation_id.unwrap())
    };
    claimed.streams.iter().map(of).collect()
}

async fn full_refreshes_get_generations_and_lose_states(place: Place) {
    let streams = ["s incremental append", "f full_refresh overwrite", "r full_refresh overwrite resumable"];
    let connection = with_streams(&place, &streams).await;
    let claimed = running(&place, &connection).await;
    assert_eq!(generations(&claimed), [(0, 0), (1, 1), (1, 1)]);
    for name in ["s", "f", "r"] {
        place.plane.commit_checkpoint(&claimed.lease, &checkpoint(name, "{}", 2)).await.unwrap();
    }
    finish(&place, &claimed, EndStatus::Failed).await;
    let claimed = claim(&place.plane).await;
    assert_eq!(generations(&claimed), [(0, 0), (2, 2), (1, 1)]);
    let states = claimed.states.clone().unwrap();
    assert!(states.contains(r#""name":"s""#) && states.contains(r#""name":"r""#) && !states.contains(r#""name":"f""#));
    assert_eq!(claimed.job.records_committed, 4);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    let claimed = running(&place, &connection).await;
    assert_eq!(generations(&claimed), [(0, 0), (3, 3), (2, 2)]);
    let states = claimed.states.unwrap();
    assert!(states.contains(r#""name":"s""#) && !states.contains(r#""name":"r""#));
}

async fn an_unprepared_first_attempt_is_made_up_for(place: Place) {
    let connection = with_streams(&place, &["r full_refresh overwrite resumable"]).await;
    finish(&place, &running(&place, &connection).await, EndStatus::Succeeded).await;
    let claimed = running(&place, &connection).await;
    // As if the worker had died between taking the job and preparing it.
    execute(&place, "UPDATE attempt SET plan = NULL WHERE number = 0 AND status = 'running'").await;
    place.pass(seconds(16));
    place.plane.take_over_expired().await.unwrap();
    assert_eq!(generations(&claimed), [(2, 2)]);
    assert_eq!(generations(&claim(&place.plane).await), [(3, 3)]);
}

async fn what_is_complete_is_not_read_again(place: Place) {
    let connection = with_streams(&place, &["a incremental append", "b incremental append"]).await;
    let claimed = running(&place, &connection).await;
    let complete = Checkpoint { complete: vec![named("a")], ..checkpoint("a", "{}", 2) };
    place.plane.commit_checkpoint(&claimed.lease, &complete).await.unwrap();
    finish(&place, &claimed, EndStatus::Failed).await;
    let attempt = place.plane.attempts(claimed.job.id).await.unwrap().remove(0);
    let statuses: Vec<_> = attempt.streams.iter().map(|stream| stream.status).collect();
    assert_eq!(statuses, [StreamRunStatus::Complete, StreamRunStatus::Incomplete]);
    let claimed = claim(&place.plane).await;
    let complete: Vec<_> = claimed.streams.iter().map(|stream| stream.already_complete).collect();
    assert_eq!(complete, [true, false]);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    assert!(running(&place, &connection).await.streams.iter().all(|stream| !stream.already_complete));
}

async fn a_refresh_needs_generations(place: Place) {
    let connection = with_streams(&place, &["s incremental append_dedup", "t incremental append"]).await;
    let refresh = |kind| StartJob {
        kind: JobKind::Refresh,
        streams: Some(vec![named("s")]),
        refresh: kind,
        ..StartJob::sync(connection.id)
    };
    place.plane.start_job(By::platform(), refresh(RefreshKind::Truncate)).await.unwrap();
    let claimed = claim(&place.plane).await;
    assert_eq!(generations(&claimed), [(1, 1), (0, 0)]);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    place.plane.start_job(By::platform(), refresh(RefreshKind::Merge)).await.unwrap();
    let claimed = claim(&place.plane).await;
    assert_eq!(generations(&claimed), [(2, 0), (0, 0)]);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    execute(&place, "UPDATE definition_version SET supports_refreshes = 0").await;
    assert_eq!(code(place.plane.start_job(By::platform(), refresh(RefreshKind::Merge)).await), "refresh.not_supported");
    let unknown = StartJob { streams: Some(vec![named("x")]), kind: JobKind::Clear, ..StartJob::sync(connection.id) };
    assert_eq!(code(place.plane.start_job(By::platform(), unknown).await), "connection.stream_unknown");
}

async fn a_clear_empties_and_forgets(place: Place) {
    let connection = with_streams(&place, &["s incremental append", "t incremental append"]).await;
    let claimed = running(&place, &connection).await;
    for name in ["s", "t"] {
        place.plane.commit_checkpoint(&claimed.lease, &checkpoint(name, "{}", 2)).await.unwrap();
    }
    finish(&place, &claimed, EndStatus::Succeeded).await;
    let clear = StartJob { kind: JobKind::Clear, streams: Some(vec![named("s")]), ..StartJob::sync(connection.id) };
    place.plane.start_job(By::platform(), clear).await.unwrap();
    let claimed = claim(&place.plane).await;
    assert_eq!((claimed.streams.len(), generations(&claimed)[0]), (1, (1, 1)));
    assert!(claimed.source.is_none() && claimed.states.is_none());
    let ConnectionState::Stream(left) = place.plane.states(connection.id).await.unwrap() else { panic!("a kind") };
    assert_eq!((left.len(), left[0].stream.name.as_str()), (1, "t"));
    finish(&place, &claimed, EndStatus::Succeeded).await;
    assert_eq!(generations(&running(&place, &connection).await), [(1, 0), (0, 0)]);
}

async fn a_clear_that_failed_is_carried_out_by_the_next_sync(place: Place) {
    let connection = simple(&place).await;
    let clear = StartJob { kind: JobKind::Clear, ..StartJob::sync(connection.id) };
    place.plane.start_job(By::platform(), clear).await.unwrap();
    let wrong = AttemptEnd { failures: vec![reason(FailureKind::ConfigError)], ..end(EndStatus::Failed) };
    place.plane.finish_attempt(&claim(&place.plane).await.lease, wrong).await.unwrap();
    let claimed = running(&place, &connection).await;
    assert_eq!(generations(&claimed), [(2, 2)]);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    assert_eq!(generations(&running(&place, &connection).await), [(2, 0)]);
}

async fn checks_are_made_after_what_did_not_succeed(place: Place) {
    let connection = simple(&place).await;
    let claimed = running(&place, &connection).await;
    assert!(!claimed.needs_check);
    finish(&place, &claimed, EndStatus::Failed).await;
    place.pass(minutes(1));
    let claimed = claim(&place.plane).await;
    assert!(claimed.needs_check);
    finish(&place, &claimed, EndStatus::Cancelled).await;
    let claimed = running(&place, &connection).await;
    assert!(claimed.needs_check);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    assert!(!running(&place, &connection).await.needs_check);
}

async fn jobs_are_listed_in_any_order(place: Place) {
    let connection = simple(&place).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let claimed = running(&place, &connection).await;
        ids.push(finish(&place, &claimed, EndStatus::Succeeded).await.id);
    }
    ids.push(sync(&place, &connection).await.id);
    let page = |limit, offset| Page { limit, offset };
    let list = async |filter: JobFilter, descending, page| {
        let order = JobOrder { by: JobTime::CreatedAt, descending };
        let jobs = place.plane.jobs(&filter, order, page).await.unwrap();
        jobs.iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let all = JobFilter::default;
    assert_eq!(list(all(), false, page(10, 0)).await, ids);
    assert_eq!(list(all(), true, page(2, 1)).await, [ids[2], ids[1]]);
    let filter = JobFilter {
        workspaces: Some(vec![connection.workspace_id]),
        statuses: Some(vec![JobStatus::Pending]),
        ..all()
    };
    assert_eq!(list(filter, false, page(10, 0)).await, [ids[3]]);
    let filter = JobFilter { connections: Some(vec![connection.id]), kinds: Some(vec![JobKind::Sync]), ..all() };
    assert_eq!(list(filter, false, page(1, 3)).await, [ids[3]]);
    let since = place.plane.job(ids[1]).await.unwrap().created_at;
    let filter = JobFilter { created_start: Some(since), created_end: Some(since), ..all() };
    assert_eq!(list(filter, false, Page::all()).await, [ids[1]]);
    assert!(list(JobFilter { workspaces: Some(Vec::new()), ..all() }, false, page(10, 0)).await.is_empty());
    assert_eq!(place.plane.last_jobs(&[connection.id]).await.unwrap()[0].id, ids[3]);
}
