//! Sources and destinations.

use crate::instance::Instance;
use crate::scripted;
use serde_json::{Value, json};

const SOURCES: &str = "/api/public/v1/sources";

#[tokio::test]
async fn a_source_is_made_shown_masked_changed_and_deleted() {
    let instance = Instance::new().await;
    let path = format!("{SOURCES}/{}", instance.source("Users").await);
    let source = instance.get(&path).await.json();
    assert_eq!(source["sourceType"], "faker");
    assert_eq!(source["definitionId"], json!(scripted::SOURCE_DEFINITION));
    assert_eq!(source["workspaceId"], json!(instance.first.workspace_id));
    assert_eq!(source["configuration"], json!({"count": 3, "api_key": "**********"}));
    assert!(source["createdAt"].is_i64());
    assert!(source.get("resourceAllocation").is_none());

    let merged = instance.call("PATCH", &path, json!({"configuration": {"count": 4}})).await.json();
    assert_eq!(merged["configuration"], json!({"count": 4, "api_key": "**********"}));
    let replaced = instance.call("PUT", &path, json!({"name": "Renamed", "configuration": {"count": 5}})).await.json();
    assert_eq!((&replaced["name"], &replaced["configuration"]), (&json!("Renamed"), &json!({"count": 5})));

    let deleted = instance.call("DELETE", &path, Value::Null).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(instance.get(&path).await.status, 404);
    assert_eq!(instance.get(SOURCES).await.json()["data"], json!([]));
    let listed = instance.get(&format!("{SOURCES}?includeDeleted=True")).await.json();
    assert_eq!(listed["data"][0]["name"], "Renamed");
}

#[tokio::test]
async fn a_connector_is_named_by_its_definition_or_by_its_type() {
    let instance = Instance::new().await;
    let made = async |definition: Value, configuration: Value| {
        let mut body = json!({"name": "s", "workspaceId": instance.first.workspace_id, "configuration": configuration});
        body["definitionId"] = definition;
        instance.call("POST", SOURCES, body).await
    };
    let by_type = made(Value::Null, json!({"sourceType": "faker", "count": 1})).await;
    assert_eq!(by_type.json()["configuration"], json!({"count": 1}), "{}", by_type.text);
    let both =
        made(json!(scripted::SOURCE_DEFINITION), json!({"sourceType": "nasa", "count": 1, "thumbs": false})).await;
    assert_eq!(both.json()["configuration"], json!({"count": 1, "thumbs": false}), "{}", both.text);
    let unknown = made(Value::Null, json!({"sourceType": "nowhere", "count": 1})).await;
    assert_eq!((unknown.status, unknown.json()["title"].as_str()), (400, Some("value-not-found")));
    assert_eq!(made(Value::Null, json!({"count": 1})).await.status, 422);
}

#[tokio::test]
async fn a_configuration_that_does_not_fit_is_422_with_its_place_and_without_its_value() {
    let instance = Instance::new().await;
    let body = json!({
        "name": "s", "workspaceId": instance.first.workspace_id, "definitionId": scripted::SOURCE_DEFINITION,
        "configuration": {"count": "hunter2", "api_key": "hunter3"}
    });
    let answer = instance.call("POST", SOURCES, body).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("configuration.invalid")));
    assert!(
        answer.json()["errors"][0]["path"].as_str().is_some_and(|path| path.ends_with("/count")),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("hunter"), "{}", answer.text);
}

#[tokio::test]
async fn streams_say_how_they_can_be_synced() {
    let instance = Instance::new().await;
    let (source, destination) = (instance.source("s").await, instance.destination("d").await);
    let path = format!("/api/public/v1/streams?sourceId={source}");
    let streams = instance.get(&path).await.json();
    assert_eq!(streams.as_array().map(Vec::len), Some(2));
    assert!(streams[0].get("syncModes").is_none());
    let streams = instance.get(&format!("{path}&destinationId={destination}&ignoreCache=true")).await.json();
    let expected = json!({
        "streamName": "users",
        "syncModes": [
            "full_refresh_overwrite", "full_refresh_overwrite_deduped", "full_refresh_append", "incremental_append",
            "incremental_deduped_history"
        ],
        "defaultCursorField": ["updated_at"], "sourceDefinedCursorField": true,
        "sourceDefinedPrimaryKey": [["id"]], "propertyFields": [["id"], ["name"], ["updated_at"]]
    });
    assert_eq!(streams[0], expected);
    assert_eq!(streams[1]["streamnamespace"], "shop");
}
