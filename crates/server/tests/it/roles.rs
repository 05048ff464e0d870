//! Who may do what: every operation of the document, tried by nobody, by those who may do less than it needs, by the
//! administrator of another workspace, and by one who may.

use crate::instance::{Instance, basic};
use crate::scripted;
use axum::body::Body;
use axum::http::Request;
use longshore_control_plane::{By, NewPermission, NewUser, NewWorkspace, PermissionKind, UserId, WorkspaceId, ZERO};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const PASSWORD: &str = "correct horse battery staple";

/// One of everything, in the first workspace.
struct Stage {
    instance: Instance,
    document: Value,
    /// By the name of a key of a body, or of a path.
    values: BTreeMap<&'static str, Value>,
    /// By the role that they have in the first workspace.
    callers: BTreeMap<&'static str, String>,
}

impl Stage {
    async fn new() -> Self {
        let instance = Instance::new().await;
        let mut callers = BTreeMap::from([("instance_admin", instance.basic())]);
        let ours = instance.first.workspace_id;
        for (role, kind) in [
            ("reader", PermissionKind::WorkspaceReader),
            ("runner", PermissionKind::WorkspaceRunner),
            ("editor", PermissionKind::WorkspaceEditor),
            ("admin", PermissionKind::WorkspaceAdmin),
        ] {
            let user = user(&instance, role).await;
            permit(&instance, user, ours, kind).await;
            callers.insert(role, basic(&format!("{role}@example.com"), PASSWORD));
        }
        let stranger = user(&instance, "stranger").await;
        let new = NewWorkspace { name: "theirs".to_owned(), ..NewWorkspace::default() };
        instance.plane.create_workspace(By::user(stranger), new).await.expect("a workspace");
        callers.insert("stranger", basic("stranger@example.com", PASSWORD));
        let values = values(&instance).await;
        let document = serde_json::to_value(longshore_server::document()).expect("JSON");
        Self { instance, document, values, callers }
    }

    async fn status(&self, caller: Option<&str>, operation: &Operation) -> (u16, String) {
        let mut request = Request::builder().method(operation.method.as_str()).uri(operation.path(self));
        if let Some(caller) = caller {
            request = request.header("authorization", &self.callers[caller]);
        }
        let body = operation.body(self);
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let answer = self.instance.send(request.body(body).expect("a request")).await;
        (answer.status, answer.text)
    }

    fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let role = operation["x-role"].as_str().unwrap_or_else(|| panic!("{method} {path} has no x-role"));
                operations.push(Operation {
                    method: method.to_uppercase(),
                    template: path.clone(),
                    role: role.to_owned(),
                    described: operation.clone(),
                });
            }
        }
        operations.sort_by_key(Operation::how_much_it_breaks);
        operations
    }
}

async fn user(instance: &Instance, name: &str) -> UserId {
    let email = format!("{name}@example.com");
    let new = NewUser { email, name: name.to_owned(), password: Some(PASSWORD.to_owned()) };
    instance.plane.create_user(By::platform(), new).await.expect("a user").id
}

async fn permit(instance: &Instance, user_id: UserId, workspace: WorkspaceId, kind: PermissionKind) -> Value {
    let new = NewPermission { user_id, workspace_id: Some(workspace), kind };
    json!(instance.plane.create_permission(By::platform(), new).await.expect("a permission").id)
}

async fn values(instance: &Instance) -> BTreeMap<&'static str, Value> {
    let workspace = instance.first.workspace_id;
    let connection = instance.connection("ours").await;
    let read = instance.get(&format!("/api/public/v1/connections/{connection}")).await.json();
    let job =
        instance.call("POST", "/api/public/v1/jobs", json!({"connectionId": connection, "jobType": "sync"})).await;
    let of_workspace = format!("/api/public/v1/workspaces/{workspace}/definitions");
    let image =
        |kind: &str| json!({"name": kind, "dockerRepository": format!("example/{kind}-x"), "dockerImageTag": "1"});
    let source = instance.call("POST", &format!("{of_workspace}/sources"), image("source")).await.json();
    let destination = instance.call("POST", &format!("{of_workspace}/destinations"), image("destination")).await.json();
    let asked = json!({"name": "m", "manifest": manifest()});
    let declarative = instance.call("POST", &format!("{of_workspace}/declarative_sources"), asked).await;
    assert_eq!(declarative.status, 200, "{}", declarative.text);
    let tag = instance.plane.create_tag(By::platform(), workspace, "tag", "FF5733").await.expect("a tag");
    let permitted = user(instance, "permitted").await;
    let permission = permit(instance, permitted, workspace, PermissionKind::WorkspaceReader).await;
    let application = instance.call("POST", "/api/public/v1/applications", json!({"name": "ours"})).await.json();
    let command = uuid::Uuid::new_v4();
    let asked = json!({"id": command, "actor_id": read["sourceId"]});
    assert_eq!(instance.call("POST", "/api/v1/commands/run/check", asked).await.status, 200);
    BTreeMap::from([
        ("workspaceId", json!(workspace)),
        ("workspace_id", json!(workspace)),
        ("organizationId", json!(ZERO)),
        ("connectionId", json!(connection)),
        ("configId", json!(connection)),
        ("sourceId", read["sourceId"].clone()),
        ("destinationId", read["destinationId"].clone()),
        ("actor_id", read["sourceId"].clone()),
        ("jobId", job.json()["jobId"].clone()),
        ("sourceDefinitionId", source["id"].clone()),
        ("destinationDefinitionId", destination["id"].clone()),
        ("declarativeId", declarative.json()["id"].clone()),
        ("tagId", json!(tag.id)),
        ("permissionId", permission),
        ("applicationId", application["id"].clone()),
        ("commandId", json!(command)),
        ("userId", json!(ZERO)),
        ("authUserId", json!(ZERO)),
        ("permissionType", json!("workspace_reader")),
        ("actorType", json!("source")),
        ("name", json!("faker")),
        ("dockerRepository", json!("example/source-y")),
        ("dockerImageTag", json!("1")),
        ("docker_image", json!("example/source-y")),
        ("color", json!("FF5733")),
        ("jobType", json!("sync")),
        ("manifest", manifest()),
        ("configuration", json!({"count": 1})),
        ("connectionConfiguration", json!({"count": 1})),
        ("definitionId", json!(scripted::SOURCE_DEFINITION)),
        ("actor_definition_id", json!(scripted::SOURCE_DEFINITION)),
    ])
}

fn manifest() -> Value {
    json!({
        "version": "6.0.0", "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["a"]},
        "streams": [],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}}
    })
}

struct Operation {
    method: String,
    template: String,
    role: String,
    described: Value,
}

impl Operation {
    /// Those that take things away come last, or there would be nothing left to be refused.
    fn how_much_it_breaks(&self) -> (u8, bool, String) {
        let takes_away = self.method == "DELETE" || self.template.ends_with("/delete");
        let depth = if self.takes_the_workspace_away() { 2 } else { u8::from(takes_away) };
        (depth, self.method != "GET", self.template.clone())
    }

    fn takes_the_workspace_away(&self) -> bool {
        self.template.ends_with("/workspaces/delete")
            || (self.method == "DELETE" && self.template.ends_with("/workspaces/{workspaceId}"))
    }

    fn path(&self, stage: &Stage) -> String {
        let mut path = self.template.clone();
        for (name, value) in &stage.values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            path = path.replace(&format!("{{{name}}}"), &self.special(name, stage).unwrap_or(text));
        }
        let query = if path.ends_with("/connector_definitions") { "?type=source" } else { "" };
        let streams = if path.ends_with("/streams") { stage.values["sourceId"].as_str() } else { None };
        let streams = streams.map(|id| format!("?sourceId={id}")).unwrap_or_default();
        assert!(!path.contains('{'), "{path} has a name that the test does not know");
        format!("{path}{query}{streams}")
    }

    /// The same name means something else below some paths.
    fn special(&self, name: &str, stage: &Stage) -> Option<String> {
        let key = match (name, &self.template) {
            ("definitionId", path) if path.contains("/declarative_sources/") => "declarativeId",
            ("definitionId", path) if path.contains("/definitions/sources/") => "sourceDefinitionId",
            ("definitionId", path) if path.contains("/definitions/destinations/") => "destinationDefinitionId",
            _ => return None,
        };
        stage.values[key].as_str().map(str::to_owned)
    }

    fn body(&self, stage: &Stage) -> Value {
        let content = &self.described["requestBody"]["content"];
        let schema = &content["application/json"]["schema"];
        if schema.is_null() {
            return Value::Null;
        }
        let mut body = self.made_of(schema, stage);
        let in_commands = self.template.starts_with("/api/v1/commands/");
        if let Some(id) = body.get_mut("id").filter(|_| in_commands) {
            let is_run = self.template.contains("/run/");
            *id = if is_run { json!(uuid::Uuid::new_v4()) } else { stage.values["commandId"].clone() };
        }
        if self.template.contains("/jobs/") && body.get("id").is_some() {
            body["id"] = stage.values["jobId"].clone();
        }
        for (end, key, value) in [
            ("/commands/run/spec", "docker_image", "docker_image"),
            ("/commands/run/check", "actor_id", "actor_id"),
            ("/permissions", "workspaceId", "workspaceId"),
            ("/sources", "definitionId", "definitionId"),
        ] {
            if self.template.ends_with(end) {
                body[key] = stage.values[value].clone();
            }
        }
        if self.template.ends_with("/create_custom") {
            body["workspaceId"] = stage.values["workspaceId"].clone();
        }
        if self.template == "/api/public/v1/destinations" || self.template == "/api/v1/destinations/create" {
            body["definitionId"] = json!(scripted::DESTINATION_DEFINITION);
            for key in ["configuration", "connectionConfiguration"] {
                body[key] = json!({"path": "/x"});
            }
        }
        body
    }

    /// What a schema requires, made of what is known.
    fn made_of(&self, schema: &Value, stage: &Stage) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = stage.document.pointer(reference.trim_start_matches('#')).expect("a schema");
            return self.made_of(schema, stage);
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        match schema["type"].as_str() {
            Some("object") => {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let names = required.iter().filter_map(Value::as_str);
                let made = names.map(|name| (name.to_owned(), self.named(name, &schema["properties"][name], stage)));
                Value::Object(made.collect::<Map<_, _>>())
            }
            Some("array") => json!([]),
            Some("integer" | "number") => json!(0),
            Some("boolean") => json!(false),
            _ => json!("x"),
        }
    }

    fn named(&self, name: &str, schema: &Value, stage: &Stage) -> Value {
        stage.values.get(name).cloned().unwrap_or_else(|| self.made_of(schema, stage))
    }

    /// Those who may do something in the workspace, and less than this.
    fn weaker(&self) -> &'static [&'static str] {
        match self.role.as_str() {
            "runner" => &["reader"],
            "editor" => &["reader", "runner"],
            "admin" => &["reader", "runner", "editor"],
            "instance_admin" => &["reader", "runner", "editor", "admin"],
            _ => &[],
        }
    }

    fn name(&self) -> String {
        format!("{} {} ({})", self.method, self.template, self.role)
    }
}

#[tokio::test]
async fn nobody_gets_anywhere_without_saying_who_they_are() {
    let stage = Stage::new().await;
    for operation in stage.operations().iter().filter(|operation| operation.role != "none") {
        let (status, text) = stage.status(None, operation).await;
        assert_eq!(status, 401, "{}: {text}", operation.name());
    }
}

#[tokio::test]
async fn less_than_the_role_of_an_operation_is_not_enough() {
    let stage = Stage::new().await;
    for operation in &stage.operations() {
        for role in operation.weaker() {
            let (status, text) = stage.status(Some(role), operation).await;
            assert_eq!(status, 403, "{} by {role}: {text}", operation.name());
        }
    }
}

#[tokio::test]
async fn the_administrator_of_another_workspace_is_a_stranger_here() {
    let stage = Stage::new().await;
    let ours = stage.instance.first.workspace_id.to_string();
    for operation in stage.operations().iter().filter(|operation| operation.role != "none") {
        let (status, text) = stage.status(Some("stranger"), operation).await;
        assert!(status < 300 || [403, 404].contains(&status), "{}: {status} {text}", operation.name());
        assert!(status > 299 || !text.contains(&ours), "{} tells of another workspace: {text}", operation.name());
        let writes = operation.method != "GET" && !["user", "reader"].contains(&operation.role.as_str());
        assert!(!writes || status > 299, "{} is done: {text}", operation.name());
    }
    let read = stage.instance.get(&format!("/api/public/v1/workspaces/{ours}")).await;
    assert_eq!(read.status, 200, "{}", read.text);
}

#[tokio::test]
async fn the_role_of_an_operation_is_enough() {
    let mut stage = Stage::new().await;
    for operation in stage.operations().iter().filter(|operation| !["none", "user"].contains(&operation.role.as_str()))
    {
        if operation.takes_the_workspace_away() {
            stage = Stage::new().await;
        }
        let (status, text) = stage.status(Some(&operation.role), operation).await;
        assert!(![401, 403].contains(&status) && status != 500, "{}: {status} {text}", operation.name());
    }
}
