//! Workers as real processes, which are killed and stopped.

use crate::stage::{Stage, hand, play, play_alone, until};
use longshore_control_plane::{AttemptStatus, ConnectionId, JobId, JobStatus};
use longshore_protocol::SyncMode;
use longshore_worker::Timing;
use serde_json::json;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A worker as a process; it does not outlive the test.
struct Hand(Child);

impl Hand {
    fn new(stage: &Stage) -> Self {
        Self(Command::new(hand()).arg(stage.folder.path()).arg("2000").spawn().unwrap())
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection whose source takes a while, made without that worker: it needs one to be discovered.
async fn slow_connection(stage: &Stage) -> (Hand, ConnectionId) {
    let hand = Hand::new(stage);
    (hand, stage.connection(SyncMode::Incremental, json!({"pace": 0.02, "count": 300})).await)
}

async fn some_committed(stage: &Stage, job: JobId) -> i64 {
    until("the first committed records", async || {
        let committed = stage.plane.attempts(job).await.unwrap()[0].records_committed;
        (committed > 0).then_some(committed)
    })
    .await
}

#[test]
fn the_job_of_a_killed_worker_is_taken_over_and_its_counts_are_true() {
    play_alone(async |stage| {
        let (first, connection) = slow_connection(stage).await;
        let job = stage.start(connection).await;
        some_committed(stage, job).await;
        first.signal(rustix::process::Signal::KILL);
        let _second = Hand::new(stage);
        let job = stage.ended(job).await;
        assert_eq!((job.status, job.attempts), (JobStatus::Succeeded, 2), "{:?}", job.failure);
        let attempts = stage.plane.attempts(job.id).await.unwrap();
        assert_eq!(attempts[0].status, AttemptStatus::Failed);
        assert_eq!(attempts[0].failures[0].code, "job.worker_lost");
        // The second attempt began where the states of the first one ended.
        let committed: i64 = attempts.iter().map(|attempt| attempt.records_committed).sum();
        assert_eq!((committed, job.records_committed), (300, 300));
        let mut numbers = stage.numbers();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, (1..=300).collect::<Vec<_>>());
    });
}

#[test]
fn a_worker_that_is_stopped_gives_its_job_back_at_once() {
    play_alone(async |stage| {
        let (mut first, connection) = slow_connection(stage).await;
        let job = stage.start(connection).await;
        some_committed(stage, job).await;
        let asked = Instant::now();
        first.signal(rustix::process::Signal::TERM);
        let waiting = until("the job that is given back", async || {
            let job = stage.plane.job(job).await.unwrap();
            (job.status != JobStatus::Running).then_some(job)
        });
        let waiting = waiting.await;
        assert!(!waiting.status.is_terminal() && asked.elapsed() < Duration::from_secs(10), "{waiting:?}");
        assert!(first.0.wait().unwrap().success());
        let _second = Hand::new(stage);
        let job = stage.ended(job).await;
        assert_eq!((job.status, job.records_committed), (JobStatus::Succeeded, 300));
    });
}

#[test]
fn a_job_begins_at_once() {
    play(Timing::default(), async |stage| {
        let connection = stage.connection(SyncMode::Incremental, json!({})).await;
        let asked = Instant::now();
        let job = stage.start(connection).await;
        until("a worker", async || (stage.plane.job(job).await.unwrap().status != JobStatus::Pending).then_some(()))
            .await;
        assert!(
            asked.elapsed() < Duration::from_millis(240),
            "it was woken, and did not only look: {:?}",
            asked.elapsed()
        );
    });
}
