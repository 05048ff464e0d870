//! Connections.

use crate::instance::{Answer, Instance};
use serde_json::{Value, json};

const CONNECTIONS: &str = "/api/public/v1/connections";

async fn made(instance: &Instance, more: Value) -> Answer {
    let mut body = json!({"sourceId": instance.source("s").await, "destinationId": instance.destination("d").await});
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    instance.call("POST", CONNECTIONS, body).await
}

#[tokio::test]
async fn a_connection_takes_every_stream_unless_it_is_told_which() {
    let instance = Instance::new().await;
    let all = made(&instance, json!({"name": "all", "namespaceFormat": null})).await.json();
    assert_eq!(all["status"], "active");
    assert_eq!(all["schedule"], json!({"scheduleType": "manual"}));
    assert_eq!(all["tags"], json!([]));
    assert_eq!(all["namespaceDefinition"], "destination");
    assert_eq!(all["nonBreakingSchemaUpdatesBehavior"], "ignore");
    assert!(all["createdAt"].is_i64());
    let streams = all["configurations"]["streams"].as_array().expect("streams");
    let modes: Vec<&Value> = streams.iter().map(|stream| &stream["syncMode"]).collect();
    assert_eq!(modes, ["full_refresh_overwrite", "full_refresh_overwrite"]);

    let some = json!({"configurations": {"streams": [{"name": "users", "syncMode": "incremental_deduped_history"}]}});
    let some = made(&instance, some).await.json();
    assert_eq!(some["configurations"]["streams"].as_array().map(Vec::len), Some(1));
    assert_eq!(some["configurations"]["streams"][0]["primaryKey"], json!([["id"]]));
    assert!(!some.to_string().contains("null"), "{some}");
}

#[tokio::test]
async fn wrong_streams_are_400() {
    let instance = Instance::new().await;
    for (stream, code) in [
        (json!({"name": "nothing"}), "connection.stream_unknown"),
        (json!({"name": "users", "syncMode": "sometimes"}), "connection.sync_mode"),
        (json!({"name": "products", "syncMode": "incremental_append"}), "connection.sync_mode"),
    ] {
        let answer = made(&instance, json!({"configurations": {"streams": [stream]}})).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some(code)), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_cron_expression_comes_back_as_it_was_sent() {
    let instance = Instance::new().await;
    for expression in ["0 0 12 * * ?", "0 0 12 * * ? UTC"] {
        let schedule = json!({"scheduleType": "cron", "cronExpression": expression});
        let answer = made(&instance, json!({"schedule": schedule.clone()})).await;
        assert_eq!(answer.json()["schedule"], schedule, "{}", answer.text);
    }
    let wrong = json!({"schedule": {"scheduleType": "cron", "cronExpression": "often"}});
    assert_eq!(made(&instance, wrong).await.status, 400);
}

#[tokio::test]
async fn a_change_touches_only_what_is_sent() {
    let instance = Instance::new().await;
    let before = made(&instance, json!({"name": "c", "prefix": "p_"})).await.json();
    let path = format!("{CONNECTIONS}/{}", before["connectionId"].as_str().expect("an id"));
    let change = json!({"status": "inactive", "schedule": {"scheduleType": "basic", "basicTiming": "Every 24 HOURS"}});
    let after = instance.call("PATCH", &path, change).await.json();
    assert_eq!(after["status"], "inactive");
    assert_eq!(after["schedule"], json!({"scheduleType": "basic", "basicTiming": "Every 24 HOURS"}));
    for key in ["name", "prefix", "configurations", "namespaceDefinition"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    let streams = json!({"configurations": {"streams": [{"name": "users"}]}, "namespaceDefinition": "custom_format",
        "namespaceFormat": "x_${SOURCE_NAMESPACE}"});
    let after = instance.call("PATCH", &path, streams).await.json();
    assert_eq!(after["configurations"]["streams"].as_array().map(Vec::len), Some(1));
    assert_eq!(after["namespaceFormat"], "x_${SOURCE_NAMESPACE}");
}

#[tokio::test]
async fn a_deleted_connection_is_404_and_listed_only_when_asked_for() {
    let instance = Instance::new().await;
    let path = format!("{CONNECTIONS}/{}", instance.connection("c").await);
    assert_eq!(instance.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(instance.get(&path).await.status, 404);
    assert_eq!(instance.call("DELETE", &path, Value::Null).await.status, 404);
    assert_eq!(instance.get(CONNECTIONS).await.json()["data"], json!([]));
    let listed = instance.get(&format!("{CONNECTIONS}?includeDeleted=true")).await.json();
    assert_eq!(listed["data"][0]["status"], "deprecated");
}
