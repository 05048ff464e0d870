//! Connectors that are part of the program.

use crate::stage::{Stage, play, until};
use longshore_control_plane::{ActorId, ActorKind, By, Definition, JobStatus, NewActor, NewConnection, StartJob};
use longshore_worker::{Timing, Worker};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn they_are_put_there_once_and_move_records_at_once() {
    play(Timing::default(), async |stage| {
        let worker = Worker::new(stage.plane.clone(), stage.worker_settings(Timing::default()));
        worker.seed().await.unwrap();
        worker.seed().await.unwrap();
        let source = definition(stage, ActorKind::Source).await;
        assert_eq!(source.id.to_string(), "dfd88b22-b603-4c3d-aad7-3701784586b1");
        assert_eq!(stage.plane.definition_versions(source.id).await.unwrap().len(), 1);
        let source = actor(stage, &source, json!({"count": 100, "seed": 1})).await;
        let destination = definition(stage, ActorKind::Destination).await;
        let destination = actor(stage, &destination, json!({})).await;
        let new = NewConnection::between(source, destination);
        let connection = stage.plane.create_connection(By::platform(), new).await.unwrap().id;

        let asked = Instant::now();
        let job = stage.plane.start_job(By::platform(), StartJob::sync(connection)).await.unwrap().id;
        until("the first committed records", async || {
            (stage.plane.attempts(job).await.unwrap()[0].records_committed > 0).then_some(())
        })
        .await;
        let first = asked.elapsed();
        eprintln!("from start_job to the first committed checkpoint: {first:?}");
        assert!(first < Duration::from_secs(3), "{first:?}"); // of a debug build, beside other tests
        let job = stage.ended(job).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.failure);
    });
}

async fn definition(stage: &Stage, kind: ActorKind) -> Definition {
    stage.plane.definitions(kind, &Default::default()).await.unwrap().remove(0)
}

async fn actor(stage: &Stage, definition: &Definition, configuration: Value) -> ActorId {
    let new = NewActor {
        kind: definition.kind,
        workspace_id: stage.workspace,
        definition_id: definition.id,
        name: definition.name.clone(),
        configuration,
        resource_allocation: None,
        is_draft: false,
    };
    stage.plane.create_actor(By::platform(), new).await.unwrap().id
}
