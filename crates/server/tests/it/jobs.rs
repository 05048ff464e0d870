//! Jobs.

use crate::instance::Instance;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

const JOBS: &str = "/api/public/v1/jobs";

/// The job when it has the status, which a worker has to give it.
async fn with_status(instance: &Instance, id: i64, status: &str) -> Value {
    loop {
        let job = instance.get(&format!("{JOBS}/{id}")).await.json();
        if job["status"] == status {
            return job;
        }
        let changed = instance.plane.wake().changed.notified();
        let _ = tokio::time::timeout(std::time::Duration::from_millis(20), changed).await;
    }
}

#[tokio::test]
async fn a_sync_is_begun_and_succeeds() {
    let instance = Instance::new().await;
    let connection = instance.connection("c").await;
    let answer = instance.call("POST", JOBS, json!({"connectionId": connection, "jobType": "sync"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let job = answer.json();
    assert!(["pending", "running", "succeeded"].contains(&job["status"].as_str().expect("a status")));
    assert_eq!((&job["jobType"], &job["connectionId"]), (&json!("sync"), &json!(connection)));
    let done = with_status(&instance, job["jobId"].as_i64().expect("an integer"), "succeeded").await;
    assert_eq!((&done["rowsSynced"], &done["bytesSynced"]), (&json!(20), &json!(2000)));
    for key in ["startTime", "lastUpdatedAt"] {
        let text = done[key].as_str().expect("a text");
        assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
    }
    assert!(done["duration"].as_str().is_some_and(|text| text.starts_with("PT")));
}

#[tokio::test]
async fn a_second_sync_is_409_and_the_first_can_be_cancelled_once() {
    let instance = Instance::new().await;
    let body = json!({"connectionId": instance.connection("slow").await, "jobType": "sync"});
    let job = instance.call("POST", JOBS, body.clone()).await.json();
    let running = with_status(&instance, job["jobId"].as_i64().expect("an integer"), "running").await;
    assert!(running.get("lastUpdatedAt").is_none(), "{running}");
    let second = instance.call("POST", JOBS, body).await;
    assert_eq!((second.status, second.json()["title"].as_str()), (409, Some("try-again-later")));
    assert!(second.text.contains("already running"), "{}", second.text);
    let path = format!("{JOBS}/{}", job["jobId"]);
    assert_eq!(instance.call("DELETE", &path, Value::Null).await.status, 200);
    with_status(&instance, job["jobId"].as_i64().expect("an integer"), "cancelled").await;
    let again = instance.call("DELETE", &path, Value::Null).await;
    assert_eq!((again.status, again.json()["title"].as_str()), (409, Some("state-conflict")));
}

#[tokio::test]
async fn the_same_key_starts_one_job() {
    let instance = Instance::new().await;
    let body = json!({"connectionId": instance.connection("c").await, "jobType": "sync"}).to_string();
    let send = async || {
        let request = Request::post(JOBS).header("authorization", instance.basic()).header("idempotency-key", "k1");
        instance.send(request.body(Body::from(body.clone())).expect("a request")).await.json()["jobId"].clone()
    };
    let first = send().await;
    assert!(first.is_i64());
    with_status(&instance, first.as_i64().expect("an integer"), "succeeded").await;
    assert_eq!(send().await, first);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let instance = Instance::new().await;
    let connection = instance.connection("c").await;
    for (body, status) in [
        (json!({"connectionId": connection, "jobType": "refresh"}), 422),
        (json!({"connectionId": connection, "jobType": "dance"}), 400),
        (json!({"connectionId": connection}), 400),
        (json!({"connectionId": "11111111-1111-4111-8111-111111111111", "jobType": "sync"}), 404),
    ] {
        let answer = instance.call("POST", JOBS, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.text);
    }
    assert_eq!(instance.get(&format!("{JOBS}/999")).await.status, 404);
    assert_eq!(instance.get(&format!("{JOBS}/first")).await.status, 400);
}

#[tokio::test]
async fn jobs_are_listed_by_what_is_asked_for() {
    let instance = Instance::new().await;
    let connection = instance.connection("c").await;
    let mut ids = Vec::new();
    for kind in ["sync", "clear", "sync"] {
        let job = instance.call("POST", JOBS, json!({"connectionId": connection, "jobType": kind})).await.json();
        let id = job["jobId"].as_i64().expect("an integer");
        with_status(&instance, id, "succeeded").await;
        ids.push(id);
    }
    let listed = async |query: &str| {
        let page = instance.get(&format!("{JOBS}?{query}")).await.json();
        let jobs =
            page["data"].as_array().expect("a list").iter().map(|job| job["jobId"].as_i64().expect("an integer"));
        jobs.collect::<Vec<i64>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("orderBy=createdAt%7CDESC&limit=2").await, [ids[2], ids[1]]);
    assert_eq!(listed("jobType=clear").await, [ids[1]]);
    assert_eq!(listed("status=succeeded&offset=1").await, ids[1..]);
    assert_eq!(listed(&format!("connectionId={connection}&createdAtStart=2000-01-01T00:00:00Z")).await, ids);
    assert_eq!(listed("createdAtEnd=2000-01-01T00:00:00Z").await, [0_i64; 0]);
    assert_eq!(listed(&format!("workspaceIds={}", instance.first.workspace_id)).await, ids);
    assert_eq!(instance.get(&format!("{JOBS}?orderBy=name%7CASC")).await.status, 400);
}
