//! Schedules: every due run once, whoever looks, and whatever the clock does.

use crate::joined::{Joined, LEASE, claim, end, finish, minutes, named, running, seconds, sync, with_schedule};
use crate::place::{Place, behaviours};
use jiff::SignedDuration;
use longshore_control_plane::{
    By, Connection, ConnectionChange, ConnectionStatus, ControlPlane, EndStatus, JobFilter, JobKind, JobOrder,
    JobStatus, NewConnection, Page, Schedule, StartJob, TimeUnit, Trigger,
};

behaviours!(
    an_interval_begins_at_once_and_comes_back,
    every_minute_of_ten_is_run_once_by_two_processes,
    after_a_downtime_one_run_makes_up_for_all,
    a_run_that_is_due_while_a_job_runs_follows_it,
    what_a_person_starts_shifts_an_interval_and_no_cron,
    a_connection_that_is_off_is_never_due,
    a_clock_that_goes_back_loses_nothing,
    a_new_schedule_holds_at_once,
    a_clear_that_is_owed_comes_first_where_syncs_cannot_make_up_for_it,
);

fn hourly() -> Schedule {
    Schedule::Basic { units: 1, unit: TimeUnit::Hours }
}

fn cron(expression: &str) -> Schedule {
    Schedule::Cron { expression: expression.to_owned(), time_zone: "UTC".to_owned() }
}

async fn due(plane: &ControlPlane) -> usize {
    plane.due_schedules(100).await.unwrap()
}

/// Does what there is to do; says how many jobs that was.
async fn work(place: &Place) -> usize {
    let mut done = 0;
    while let Some(claimed) = place.plane.claim_job("a worker", LEASE).await.unwrap() {
        finish(place, &claimed, EndStatus::Succeeded).await;
        done += 1;
    }
    done
}

async fn next(place: &Place, connection: &Connection) -> String {
    let next = place.plane.connection(connection.id).await.unwrap().next_run_at;
    next.map_or_else(|| "never".to_owned(), |next| next.strftime("%H:%M").to_string())
}

async fn an_interval_begins_at_once_and_comes_back(place: Place) {
    let connection = with_schedule(&place, hourly()).await;
    assert_eq!((due(&place.plane).await, due(&place.plane).await), (1, 0));
    assert_eq!(work(&place).await, 1);
    assert_eq!((due(&place.plane).await, next(&place, &connection).await.as_str()), (0, "11:00"));
    place.pass(minutes(60));
    assert_eq!(due(&place.plane).await, 1);
    let jobs = place.plane.jobs(&JobFilter::default(), JobOrder::default(), Page::all()).await.unwrap();
    assert!(jobs.iter().all(|job| job.trigger == Trigger::Schedule && job.kind == JobKind::Sync));
}

async fn every_minute_of_ten_is_run_once_by_two_processes(place: Place) {
    let joined = Joined::new(&place).await;
    for _ in 0..3 {
        let new = NewConnection { schedule: cron("0 * * * * ?"), ..joined.connection(&["s incremental append"]) };
        place.plane.create_connection(By::platform(), new).await.unwrap();
    }
    let other = place.another_process().await;
    let mut made = 0;
    for _ in 0..40 {
        place.pass(seconds(15));
        let (a, b) = tokio::join!(place.plane.due_schedules(100), other.due_schedules(100));
        made += a.unwrap() + b.unwrap();
        work(&place).await;
    }
    assert_eq!(made, 30);
}

async fn after_a_downtime_one_run_makes_up_for_all(place: Place) {
    let connection = with_schedule(&place, cron("0 0 * * * ?")).await;
    place.pass(minutes(60 * 30 + 20));
    let restarted = place.another_process().await;
    assert_eq!(due(&restarted).await, 1);
    assert_eq!((work(&place).await, due(&restarted).await), (1, 0));
    assert_eq!(next(&place, &connection).await, "17:00");
}

async fn a_run_that_is_due_while_a_job_runs_follows_it(place: Place) {
    let connection = with_schedule(&place, cron("0 30 * * * ?")).await;
    let claimed = running(&place, &connection).await;
    place.pass(minutes(150));
    assert_eq!(due(&place.plane).await, 0);
    finish(&place, &claimed, EndStatus::Succeeded).await;
    assert_eq!((due(&place.plane).await, work(&place).await, due(&place.plane).await), (1, 1, 0));
}

async fn what_a_person_starts_shifts_an_interval_and_no_cron(place: Place) {
    let interval = with_schedule(&place, hourly()).await;
    due(&place.plane).await;
    work(&place).await;
    place.pass(minutes(20));
    sync(&place, &interval).await;
    work(&place).await;
    assert_eq!(next(&place, &interval).await, "11:20");
    let cron = ConnectionChange { schedule: Some(cron("0 0 * * * ?")), ..ConnectionChange::default() };
    place.plane.change_connection(By::platform(), interval.id, cron).await.unwrap();
    sync(&place, &interval).await;
    assert_eq!(next(&place, &interval).await, "11:00");
}

async fn a_connection_that_is_off_is_never_due(place: Place) {
    let connection = with_schedule(&place, hourly()).await;
    let status = |status| ConnectionChange { status: Some(status), ..ConnectionChange::default() };
    let off = status(ConnectionStatus::Inactive);
    assert_eq!(place.plane.change_connection(By::platform(), connection.id, off).await.unwrap().next_run_at, None);
    place.pass(minutes(600));
    assert_eq!(due(&place.plane).await, 0);
    place.plane.change_connection(By::platform(), connection.id, status(ConnectionStatus::Active)).await.unwrap();
    assert_eq!(due(&place.plane).await, 1);
    place.plane.delete_connection(By::platform(), connection.id).await.unwrap();
    place.pass(minutes(600));
    assert_eq!((due(&place.plane).await, work(&place).await), (0, 0));
}

async fn a_clock_that_goes_back_loses_nothing(place: Place) {
    let connection = with_schedule(&place, hourly()).await;
    due(&place.plane).await;
    let claimed = claim(&place.plane).await;
    place.pass(SignedDuration::from_hours(-24));
    assert_eq!(due(&place.plane).await, 0);
    assert_eq!(next(&place, &connection).await, "11:00");
    // The lease ends soon, too, not in a day.
    place.pass(minutes(2));
    assert_eq!(place.plane.take_over_expired().await.unwrap(), 1);
    assert_eq!(work(&place).await, 1);
    place.pass(minutes(60));
    assert_eq!(due(&place.plane).await, 1);
    drop(claimed);
    place.pass(SignedDuration::from_hours(-24));
    let restarted = place.another_process().await;
    assert_eq!((due(&restarted).await, work(&place).await), (0, 1));
    place.pass(minutes(61));
    assert_eq!(due(&restarted).await, 1);
}

async fn a_new_schedule_holds_at_once(place: Place) {
    let connection = with_schedule(&place, Schedule::Manual).await;
    assert_eq!(next(&place, &connection).await, "never");
    let change = |schedule| ConnectionChange { schedule: Some(schedule), ..ConnectionChange::default() };
    place.plane.change_connection(By::platform(), connection.id, change(cron("0 15 10 * * ?"))).await.unwrap();
    assert_eq!(next(&place, &connection).await, "10:15");
    let wrong = place.plane.change_connection(By::platform(), connection.id, change(cron("0 15 10"))).await;
    assert_eq!(wrong.unwrap_err().code(), "connection.cron");
    place.plane.change_connection(By::platform(), connection.id, change(Schedule::Manual)).await.unwrap();
    assert_eq!(next(&place, &connection).await, "never");
}

async fn a_clear_that_is_owed_comes_first_where_syncs_cannot_make_up_for_it(place: Place) {
    let connection = with_schedule(&place, cron("0 0 * * * ?")).await;
    crate::joined::execute(&place, "UPDATE definition_version SET supports_refreshes = 0").await;
    let clear = StartJob { kind: JobKind::Clear, ..StartJob::sync(connection.id) };
    place.plane.start_job(By::platform(), clear).await.unwrap();
    let mut wrong = end(EndStatus::Failed);
    wrong.failures = vec![crate::joined::reason(longshore_protocol::FailureKind::ConfigError)];
    let failed = place.plane.finish_attempt(&claim(&place.plane).await.lease, wrong).await.unwrap();
    assert_eq!(failed.status, JobStatus::Failed);
    place.pass(minutes(60));
    assert_eq!(due(&place.plane).await, 1);
    let claimed = claim(&place.plane).await;
    assert_eq!((claimed.job.kind, claimed.job.streams[0].stream.clone()), (JobKind::Clear, named("s")));
    finish(&place, &claimed, EndStatus::Succeeded).await;
    place.pass(minutes(60));
    due(&place.plane).await;
    assert_eq!(claim(&place.plane).await.job.kind, JobKind::Sync);
}
