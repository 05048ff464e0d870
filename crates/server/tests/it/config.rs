//! The Config API, as its clients call it: Kestra and abctl call by call, and what PyAirbyte, Prefect and Dagster read.

use crate::instance::{Answer, Instance};
use crate::scripted;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ZERO: &str = "00000000-0000-0000-0000-000000000000";

async fn post(instance: &Instance, path: &str, body: Value) -> Answer {
    instance.call("POST", &format!("/api/v1{path}"), body).await
}

async fn done(instance: &Instance, path: &str, body: Value) -> Value {
    let answer = post(instance, path, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert!(!holds_null(&answer.json()), "{path}: {}", answer.text);
    answer.json()
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(holds_null),
        Value::Object(values) => values.values().any(holds_null),
        _ => false,
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Whether an object has no other keys than these.
fn has_only(value: &Value, known: &[&str]) {
    let known: BTreeSet<&str> = known.iter().copied().collect();
    let others: Vec<_> = keys(value).difference(&known).copied().map(str::to_owned).collect();
    assert!(others.is_empty(), "{others:?} in {value}");
}

async fn ended(instance: &Instance, job: i64) -> Value {
    loop {
        let answer = done(instance, "/jobs/get", json!({ "id": job })).await;
        let status = answer["job"]["status"].as_str().expect("a status").to_owned();
        if !["pending", "running", "incomplete"].contains(&status.as_str()) {
            return answer;
        }
        // A hint may come between the question and the waiting.
        let hint = instance.plane.wake().changed.notified();
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), hint).await;
    }
}

#[tokio::test]
async fn kestra_begins_a_sync_and_reads_it_with_strict_models() {
    let instance = Instance::new().await;
    let connection = instance.connection("kestra").await;
    let asked = json!({
        "client_id": instance.first.client_id, "client_secret": instance.first.client_secret,
        "grant-type": "client_credentials"
    });
    let token = instance.call_as("", "POST", "//api/v1/applications/token", asked).await;
    assert_eq!(token.status, 200, "{}", token.text);
    let bearer = format!("Bearer {}", token.json()["access_token"].as_str().expect("a token"));

    let body = json!({ "connectionId": connection });
    let begun = instance.call_as(&bearer, "POST", "//api/v1/connections/sync/", body).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let begun = begun.json();
    assert!(!begun["attempts"].as_array().expect("attempts").is_empty(), "{begun}");
    let id = begun["job"]["id"].as_i64().expect("a number");

    let info = ended(&instance, id).await;
    let again = instance.call_as(&bearer, "POST", "//api/v1/jobs/get/", json!({ "id": id })).await;
    assert_eq!(again.json(), info);
    assert_eq!(info["job"]["status"], "succeeded");
    has_only(&info, &["job", "attempts"]);
    has_only(
        &info["job"],
        &[
            "id",
            "configType",
            "configId",
            "status",
            "createdAt",
            "updatedAt",
            "startedAt",
            "enabledStreams",
            "aggregatedStats",
            "resetConfig",
            "refreshConfig",
        ],
    );
    let attempt = &info["attempts"][0];
    has_only(attempt, &["attempt", "logType", "logs"]);
    assert_eq!(attempt["logType"], "formatted");
    has_only(&attempt["logs"], &["logLines"]);
    let lines = attempt["logs"]["logLines"].as_array().expect("lines");
    assert!(lines.iter().any(|line| line.as_str().is_some_and(|line| line.contains("scripted worker"))), "{lines:?}");
    let attempt = &attempt["attempt"];
    has_only(
        attempt,
        &[
            "id",
            "status",
            "createdAt",
            "updatedAt",
            "endedAt",
            "bytesSynced",
            "recordsSynced",
            "totalStats",
            "streamStats",
            "failureSummary",
        ],
    );
    let stats = ["recordsEmitted", "bytesEmitted", "stateMessagesEmitted", "recordsCommitted"];
    has_only(&attempt["totalStats"], &stats);
    for stream in attempt["streamStats"].as_array().expect("streams") {
        has_only(stream, &["streamName", "stats"]);
        has_only(&stream["stats"], &stats);
    }
    assert_eq!((&attempt["id"], &attempt["recordsSynced"]), (&json!(0), &json!(20)));
    // Seconds, not milliseconds.
    assert!(attempt["createdAt"].as_i64().expect("a time") < 10_000_000_000);
}

#[tokio::test]
async fn a_second_sync_is_refused_with_words_that_kestra_looks_for() {
    let instance = Instance::new().await;
    let connection = instance.connection("slow").await;
    let body = json!({ "connectionId": connection });
    let id = done(&instance, "/connections/sync", body.clone()).await["job"]["id"].as_i64().expect("a number");
    let second = post(&instance, "/connections/sync", body.clone()).await;
    assert_eq!(second.status, 409, "{}", second.text);
    assert!(second.text.contains("already running"), "{}", second.text);
    for key in ["message", "errorId", "code", "status"] {
        assert!(!second.json()[key].is_null(), "{key} in {}", second.text);
    }

    let state = json!({"connectionId": connection, "connectionState": {"stateType": "stream", "streamState": []}});
    assert_eq!(post(&instance, "/state/create_or_update_safe", state).await.status, 423);

    done(&instance, "/jobs/cancel", json!({ "id": id })).await;
    assert_eq!(ended(&instance, id).await["job"]["status"], "cancelled");
    // Clients cancel once more, to be sure.
    assert_eq!(done(&instance, "/jobs/cancel", json!({ "id": id.to_string() })).await["job"]["status"], "cancelled");
}

#[tokio::test]
async fn old_dagster_lists_jobs_the_newest_first_and_without_wrapping() {
    let instance = Instance::new().await;
    let connection = instance.connection("dagster").await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let body = json!({ "connectionId": connection });
        let id = done(&instance, "/connections/sync", body).await["job"]["id"].as_i64().expect("a number");
        ended(&instance, id).await;
        ids.insert(0, id);
    }
    let asked = |types: Value| json!({"configTypes": types, "configId": connection, "pagination": {"pageSize": 10}});
    let listed = done(&instance, "/jobs/list", asked(json!(["sync"]))).await;
    let found: Vec<i64> =
        listed["jobs"].as_array().expect("jobs").iter().filter_map(|job| job["job"]["id"].as_i64()).collect();
    assert_eq!(found, ids);
    assert_eq!(listed["jobs"][0]["attempts"][0]["status"], "succeeded");
    let others = done(&instance, "/jobs/list", asked(json!(["check_connection_source"]))).await;
    assert_eq!(others["jobs"], json!([]));
    let workspaces = done(&instance, "/workspaces/list", Value::Null).await;
    assert_eq!(workspaces["workspaces"][0]["workspaceId"], json!(instance.first.workspace_id));
}

#[tokio::test]
async fn abctl_reads_and_changes_the_address_of_the_first_user() {
    let instance = Instance::new().await;
    let asked = json!({
        "client_id": instance.first.client_id, "client_secret": instance.first.client_secret,
        "grant_type": "client_credentials"
    });
    let token = instance.call_as("", "POST", "/api/v1/applications/token", asked).await.json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let id = json!({ "organizationId": ZERO });
    let organization = instance.call_as(&bearer, "POST", "/api/v1/organizations/get", id).await.json();
    assert_eq!(organization["email"], instance.first.email);
    let change = json!({
        "organizationId": ZERO, "organizationName": "Default Organization", "email": "anna@example.com",
        "pba": false, "orgLevelBilling": false
    });
    let changed = instance.call_as(&bearer, "POST", "/api/v1/organizations/update", change).await;
    assert_eq!((changed.status, &changed.json()["email"]), (200, &json!("anna@example.com")), "{}", changed.text);
    let basic = crate::instance::basic("anna@example.com", &instance.first.password);
    let listed = instance.call_as(&basic, "POST", "/api/v1/workspaces/list", json!({})).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
}

#[tokio::test]
async fn a_connection_is_read_changed_and_deleted() {
    let instance = Instance::new().await;
    let (source, destination) = (instance.source("s").await, instance.destination("d").await);
    let discovered =
        done(&instance, "/sources/discover_schema", json!({"sourceId": source, "disable_cache": true})).await;
    assert_eq!(discovered["jobInfo"]["succeeded"], true);
    let created = done(
        &instance,
        "/connections/create",
        json!({
            "sourceId": source, "destinationId": destination, "status": "active", "name": "mine", "prefix": "p_",
            "syncCatalog": discovered["catalog"], "sourceCatalogId": discovered["catalogId"],
            "scheduleType": "basic", "scheduleData": {"basicSchedule": {"units": 24, "timeUnit": "hours"}},
            "namespaceDefinition": "customformat", "namespaceFormat": "a_${SOURCE_NAMESPACE}",
            "nonBreakingChangesPreference": "disable", "operationIds": [], "geography": "auto"
        }),
    )
    .await;
    assert_eq!(created["namespaceDefinition"], "customformat");
    assert_eq!(created["nonBreakingChangesPreference"], "disable");
    assert_eq!(created["schedule"], json!({"units": 24, "timeUnit": "hours"}));
    assert!(created["created_at"].is_i64());
    let id = json!({ "connectionId": created["connectionId"] });
    assert_eq!(done(&instance, "/connections/get", id.clone()).await, created);

    let mut catalog = created["syncCatalog"].clone();
    catalog["streams"][1]["config"]["selected"] = json!(false);
    let change = json!({"connectionId": created["connectionId"], "syncCatalog": catalog, "skipReset": true});
    let changed = done(&instance, "/web_backend/connections/update", change).await;
    assert_eq!(changed["syncCatalog"]["streams"][1]["config"]["selected"], false);
    assert_eq!((&changed["name"], &changed["prefix"]), (&json!("mine"), &json!("p_")));
    assert_eq!(changed["schedule"], created["schedule"]);

    let asked = json!({"connectionId": created["connectionId"], "withRefreshedCatalog": true});
    let refreshed = done(&instance, "/web_backend/connections/get", asked).await;
    assert_eq!(refreshed["syncCatalog"]["streams"][1]["config"]["selected"], false);
    assert_eq!(refreshed["source"]["sourceId"], json!(source));
    assert_eq!(refreshed["isSyncing"], false);

    let in_workspace = json!({ "workspaceId": instance.first.workspace_id });
    let listed = done(&instance, "/web_backend/connections/list", in_workspace.clone()).await;
    assert_eq!(listed["connections"][0]["name"], "mine");
    assert_eq!(done(&instance, "/operations/list", id.clone()).await["operations"], json!([]));
    assert_eq!(post(&instance, "/connections/delete", id.clone()).await.status, 204);
    assert_eq!(post(&instance, "/connections/get", id).await.status, 404);
    assert_eq!(done(&instance, "/connections/list", in_workspace.clone()).await["connections"], json!([]));
    assert_eq!(done(&instance, "/connections/list_all", in_workspace).await["connections"][0]["status"], "deprecated");
}

#[tokio::test]
async fn states_come_back_byte_for_byte() {
    let instance = Instance::new().await;
    let connection = instance.connection("states").await;
    let id = json!({ "connectionId": connection });
    assert_eq!(done(&instance, "/state/get", id.clone()).await["stateType"], "not_set");
    let blob = r#"{"lsn":12345678901234567890123.10,"b":1e400,"a":"\u0000é","z":{}}"#;
    let body = format!(
        r#"{{"connectionId":"{connection}","connectionState":{{"stateType":"global","connectionId":"{connection}",
           "globalState":{{"sharedState":{blob},"streamStates":[
           {{"streamDescriptor":{{"name":"users"}},"streamState":{blob}}}]}}}}}}"#
    );
    let request = axum::http::Request::post("/api/v1/state/create_or_update_safe")
        .header("authorization", instance.basic())
        .body(axum::body::Body::from(body))
        .expect("a request");
    let replaced = instance.send(request).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text);
    let read = post(&instance, "/state/get", id).await;
    assert_eq!(read.text, replaced.text);
    assert!(read.text.contains(&format!(r#""shared_state":{blob}"#)), "{}", read.text);
    assert!(read.text.contains(&format!(r#""streamState":{blob}"#)), "{}", read.text);
}

#[tokio::test]
async fn actors_keep_their_secrets_and_are_checked() {
    let instance = Instance::new().await;
    let new = json!({
        "name": "s", "workspaceId": instance.first.workspace_id, "sourceDefinitionId": scripted::SOURCE_DEFINITION,
        "connectionConfiguration": {"count": 1, "api_key": "hunter2"}
    });
    let source = done(&instance, "/sources/create", new).await;
    assert_eq!(source["connectionConfiguration"]["api_key"], "**********");
    assert_eq!(source["sourceName"], "source-faker");
    assert_eq!(source["isDraft"], false);
    let id = json!({ "sourceId": source["sourceId"] });
    assert_eq!(done(&instance, "/sources/check_connection", id.clone()).await["status"], "succeeded");
    let merged = json!({"sourceId": source["sourceId"], "connectionConfiguration": {"count": 2}});
    let merged = done(&instance, "/sources/partial_update", merged).await;
    assert_eq!(merged["connectionConfiguration"], json!({"count": 2, "api_key": "**********"}));
    let unsaved = json!({
        "workspaceId": instance.first.workspace_id, "sourceDefinitionId": scripted::SOURCE_DEFINITION,
        "connectionConfiguration": {"count": 3}
    });
    assert_eq!(done(&instance, "/scheduler/sources/check_connection", unsaved).await["status"], "succeeded");
    let wrong = json!({"sourceId": source["sourceId"], "name": "s", "connectionConfiguration": {"api_key": "hunter2"}});
    let wrong = post(&instance, "/sources/update", wrong).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(!wrong.text.contains("hunter2"));
    assert_eq!(post(&instance, "/sources/delete", id.clone()).await.status, 204);
    assert_eq!(post(&instance, "/sources/get", id).await.status, 404);
}

#[tokio::test]
async fn a_draft_says_that_it_is_one() {
    let instance = Instance::new().await;
    let new = json!({
        "name": "s", "workspaceId": instance.first.workspace_id, "sourceDefinitionId": scripted::SOURCE_DEFINITION,
        "connectionConfiguration": {}, "createAsDraft": true
    });
    assert_eq!(done(&instance, "/sources/create", new).await["isDraft"], true);
}

#[tokio::test]
async fn a_custom_connector_is_added_upgraded_and_deleted() {
    let instance = Instance::new().await;
    for (kind, word) in [("source", "sourceDefinition"), ("destination", "destinationDefinition")] {
        let new = json!({
            "name": "mine", "dockerRepository": format!("registry.example/team/{kind}-x"), "dockerImageTag": "1.0",
            "documentationUrl": ""
        });
        let body = json!({"workspaceId": instance.first.workspace_id, word: new});
        let made = done(&instance, &format!("/{kind}_definitions/create_custom"), body).await;
        assert_eq!(
            (&made["custom"], &made["supportLevel"], &made["releaseStage"]),
            (&json!(true), &json!("none"), &json!("custom"))
        );
        let key = format!("{word}Id");
        let id = json!({key.as_str(): made[&key], "workspaceId": instance.first.workspace_id});
        let spec = done(&instance, &format!("/{kind}_definition_specifications/get"), id.clone()).await;
        assert!(spec["connectionSpecification"]["properties"].is_object(), "{spec}");
        assert_eq!(spec["supportedDestinationSyncModes"].is_array(), kind == "destination");
        let change = json!({key.as_str(): made[&key], "dockerImageTag": "2.0"});
        let changed = done(&instance, &format!("/{kind}_definitions/update"), change).await;
        assert_eq!(changed["dockerImageTag"], "2.0");
        let all = done(&instance, &format!("/{kind}_definitions/list"), json!({})).await;
        assert_eq!(all[format!("{word}s")].as_array().map(Vec::len), Some(2), "{all}");
        assert_eq!(post(&instance, &format!("/{kind}_definitions/delete"), id.clone()).await.status, 204);
        assert_eq!(post(&instance, &format!("/{kind}_definitions/get"), id).await.status, 404);
    }
}

#[tokio::test]
async fn a_command_is_asked_waited_for_and_read() {
    let instance = Instance::new().await;
    let source = instance.source("s").await;
    let workspace = instance.first.workspace_id;
    for (verb, asked) in [
        (
            "spec",
            json!({"workspace_id": workspace, "docker_image": "registry.example/source-x", "docker_image_tag": "1"}),
        ),
        ("check", json!({ "actor_id": source })),
        (
            "check",
            json!({"workspace_id": workspace, "actor_definition_id": scripted::SOURCE_DEFINITION, "config": {"count": 1}}),
        ),
        ("discover", json!({ "actor_id": source })),
    ] {
        let id = uuid::Uuid::new_v4();
        let mut body = asked;
        body["id"] = json!(id);
        assert_eq!(done(&instance, &format!("/commands/run/{verb}"), body).await["id"], json!(id));
        instance
            .plane
            .await_command(longshore_control_plane::CommandId(id), std::time::Duration::from_secs(30))
            .await
            .expect("an end");
        assert_eq!(done(&instance, "/commands/status", json!({ "id": id })).await["status"], "completed");
        let output = done(&instance, &format!("/commands/output/{verb}"), json!({"id": id, "with_logs": true})).await;
        assert_eq!(output["status"], "succeeded", "{output}");
        assert!(output["logs"]["logLines"].is_array(), "{output}");
        done(&instance, "/commands/cancel", json!({ "id": id })).await;
    }
}

#[tokio::test]
async fn pyairbyte_finds_out_who_it_is_and_where() {
    let instance = Instance::new().await;
    let workspace = json!(instance.first.workspace_id);
    let user = done(&instance, "/users/get_by_auth_id", json!({"authUserId": ZERO, "authProvider": "keycloak"})).await;
    assert_eq!((&user["userId"], &user["defaultWorkspaceId"]), (&json!(ZERO), &workspace));
    let permissions = done(&instance, "/permissions/list_by_user", json!({ "userId": user["userId"] })).await;
    let permissions = permissions["permissions"].as_array().expect("permissions");
    assert!(permissions.iter().any(|permission| permission["workspaceId"] == workspace), "{permissions:?}");
    let page = |offset: u32| json!({"organizationId": ZERO, "userId": ZERO, "pagination": {"pageSize": 100, "rowOffset": offset}});
    let listed = done(&instance, "/workspaces/list_by_organization_id", page(0)).await;
    assert_eq!(listed["workspaces"][0]["organizationId"], ZERO);
    assert_eq!(done(&instance, "/workspaces/list_by_organization_id", page(100)).await["workspaces"], json!([]));
    assert_eq!(
        done(&instance, "/organizations/list_by_user_id", page(0)).await["organizations"][0]["organizationId"],
        ZERO
    );
    assert_eq!(done(&instance, "/organizations/list_by_user_id", page(100)).await["organizations"], json!([]));
    let got = done(&instance, "/workspaces/get", json!({"workspaceId": workspace, "includeTombstone": true})).await;
    assert_eq!(got["tombstone"], false);
    let info = done(&instance, "/workspaces/get_organization_info", json!({ "workspaceId": workspace })).await;
    assert_eq!(info["organizationId"], ZERO);
    let other = post(&instance, "/users/get_by_auth_id", json!({ "authUserId": uuid::Uuid::new_v4() })).await;
    assert_eq!(other.status, 404, "{}", other.text);
}

#[tokio::test]
async fn a_browser_logs_in_and_out() {
    let instance = Instance::new().await;
    let send = async |path: &str, cookie: &str, site: &str, body: Value| {
        let request = axum::http::Request::post(path)
            .header("cookie", cookie)
            .header("sec-fetch-site", site)
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .expect("a request");
        instance.send(request).await
    };
    let login = json!({"username": instance.first.email, "password": instance.first.password});
    assert_eq!(send("/api/login", "", "cross-site", login.clone()).await.status, 403);
    let wrong = json!({"username": instance.first.email, "password": "wrong"});
    assert_eq!(send("/api/login", "", "same-origin", wrong).await.status, 401);
    let begun = send("/api/login", "", "same-origin", login).await;
    assert_eq!(begun.status, 204, "{}", begun.text);
    let cookie = begun.headers["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    assert_eq!(send("/api/v1/workspaces/list", &cookie, "same-origin", json!({})).await.status, 200);
    assert_eq!(send("/api/v1/workspaces/list", &cookie, "cross-site", json!({})).await.status, 403);
    assert_eq!(send("/api/logout", &cookie, "same-origin", json!({})).await.status, 204);
    assert_eq!(send("/api/v1/workspaces/list", &cookie, "same-origin", json!({})).await.status, 401);
}
