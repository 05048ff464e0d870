//! Sources and destinations: their configurations, and the secrets in them.

use crate::place::{Place, behaviours, new_actor};
use crate::worker::Worker;
use longshore_control_plane::{
    ActorChange, ActorFilter, ActorId, ActorKind, By, CommandOutput, Configuration, ConfigurationChange, Definition,
    EventFilter, NewActor, Page, Workspace, shown_configuration,
};
use serde_json::{Value, json};

behaviours!(
    no_secret_is_in_the_database,
    secrets_are_put_back_for_a_connector,
    a_masked_secret_stays_and_a_new_one_gets_a_new_id,
    a_merge_changes_only_what_is_sent,
    a_configuration_that_does_not_fit_is_refused_without_telling_it,
    a_draft_need_not_fit,
    another_key_opens_nothing,
    what_a_connector_rotates_is_kept,
    parameters_of_the_instance_are_put_in_and_never_stored,
    a_secret_goes_with_what_it_belongs_to,
    a_new_version_hides_what_it_calls_a_secret,
    a_version_can_be_pinned,
    many_are_listed_fast,
    a_list_is_filtered_and_cut_into_pages,
    each_change_is_written_down_without_secrets,
);

const HUSH: &str = "hush-hush-value";

fn schema() -> Value {
    json!({ "type": "object", "required": ["host"], "properties": {
        "host": { "type": "string" },
        "port": { "type": "integer" },
        "password": { "type": "string", "airbyte_secret": true },
        "credentials": { "type": "object", "oneOf": [
            { "required": ["kind", "token"], "properties": {
                "kind": { "const": "token" }, "token": { "type": "string", "airbyte_secret": true } } },
            { "required": ["kind"], "properties": { "kind": { "const": "none" } } }] },
        "keys": { "type": "array", "items": { "type": "object", "properties": {
            "name": { "type": "string" }, "key": { "type": "string", "airbyte_secret": true } } } } } })
}

fn whole() -> Value {
    json!({ "host": "h", "password": HUSH, "credentials": { "kind": "token", "token": "hush-token" },
        "keys": [{ "name": "a", "key": "hush-a" }, { "name": "b", "key": "hush-b" }] })
}

async fn made(place: &Place) -> (Workspace, Definition, ActorId) {
    let workspace = place.workspace("a").await;
    let definition = place.bundled(ActorKind::Source, "source-faker", schema()).await;
    let id = place.actor(&workspace, &definition, whole()).await;
    (workspace, definition, id)
}

async fn hydrated(place: &Place, id: ActorId) -> Value {
    let hydrated = place.plane.hydrate(id).await.unwrap();
    serde_json::from_str(hydrated.configuration.expose()).unwrap()
}

async fn change(
    place: &Place,
    id: ActorId,
    change: ConfigurationChange,
) -> Result<Value, longshore_control_plane::Error> {
    let change = ActorChange { configuration: Some(change), ..ActorChange::default() };
    place.plane.change_actor(By::platform(), ActorKind::Source, id, change).await.map(|actor| actor.configuration)
}

fn url(place: &Place) -> String {
    match &place.database {
        longshore_control_plane::Database::Sqlite(path) => format!("sqlite://{}", path.display()),
        longshore_control_plane::Database::Postgres(url) => url.clone(),
    }
}

/// All text that the database holds.
async fn everything(place: &Place) -> String {
    let pool = sqlx::AnyPool::connect(&url(place)).await.unwrap();
    let tables = [
        ("actor", "name || configuration"),
        ("secret", "id || ciphertext"),
        ("event", "resource_kind || action || summary"),
        ("command", "input || COALESCE(output, '') || COALESCE(failure, '') || log"),
        ("oauth_parameter", "configuration"),
    ];
    let mut all = String::new();
    for (table, columns) in tables {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {columns} FROM {table}"));
        for text in sqlx::query_scalar::<_, String>(sql).fetch_all(&pool).await.unwrap() {
            all.push_str(&format!("{table}: {text}\n"));
        }
    }
    pool.close().await;
    all
}

async fn no_secret_is_in_the_database(place: Place) {
    let (workspace, definition, id) = made(&place).await;
    let all = everything(&place).await;
    assert!(!all.contains("hush") && all.contains("secret: airbyte_workspace_"), "{all}");
    let input = longshore_control_plane::CommandInput::CheckUnsaved {
        definition_id: definition.id,
        kind: ActorKind::Source,
        configuration: whole(),
        of: None,
    };
    place.plane.start_command(By::platform(), None, Some(workspace.id), input).await.unwrap();
    let all = everything(&place).await;
    assert!(!all.contains("hush") && all.contains("command: "), "{all}");
    let shown = shown_configuration(&place.plane.actor(ActorKind::Source, id).await.unwrap(), false);
    let mask = "**********";
    let expected = json!({ "host": "h", "password": mask, "credentials": { "kind": "token", "token": mask },
        "keys": [{ "name": "a", "key": mask }, { "name": "b", "key": mask }] });
    assert_eq!(shown, expected);
    let coordinates = shown_configuration(&place.plane.actor(ActorKind::Source, id).await.unwrap(), true);
    let prefix = format!("airbyte_workspace_{}_secret_", workspace.id);
    assert!(coordinates["password"]["_secret"].as_str().unwrap().starts_with(&prefix), "{coordinates}");
}

async fn secrets_are_put_back_for_a_connector(place: Place) {
    let (_, definition, id) = made(&place).await;
    let found = place.plane.hydrate(id).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(found.configuration.expose()).unwrap(), whole());
    assert_eq!((found.definition.id, found.version.id), (definition.id, definition.version.id));
    let outside = json!({ "host": "${HOST}", "password": "secret_coordinate::vault/p" });
    change(&place, id, ConfigurationChange::Replace(outside.clone())).await.unwrap();
    let found = place.plane.hydrate(id).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(found.configuration.expose()).unwrap(), outside);
    assert_eq!(found.references, ["/host", "/password"]);
}

async fn a_masked_secret_stays_and_a_new_one_gets_a_new_id(place: Place) {
    let (_, _, id) = made(&place).await;
    let before = place.plane.actor(ActorKind::Source, id).await.unwrap().configuration;
    let mask = "**********";
    let sent = json!({ "host": "other", "password": mask, "credentials": { "kind": "token", "token": "hush-new" },
        "keys": [{ "name": "a", "key": mask }] });
    let after = change(&place, id, ConfigurationChange::Replace(sent)).await.unwrap();
    let expected = json!({ "host": "other", "password": HUSH, "credentials": { "kind": "token", "token": "hush-new" },
        "keys": [{ "name": "a", "key": "hush-a" }] });
    assert_eq!(hydrated(&place, id).await, expected);
    assert_eq!(after["password"], before["password"]);
    assert!(after["credentials"]["token"]["_secret"].as_str().unwrap().ends_with("_v2"));
    assert_eq!(everything(&place).await.matches("secret: ").count(), 3);
    let sent = json!({ "host": "h", "credentials": { "kind": "none", "token": mask }, "keys": [{ "key": mask }, { "key": mask }] });
    let error = change(&place, id, ConfigurationChange::Replace(sent)).await.unwrap_err();
    assert_eq!(error.code(), "configuration.secret_missing");
    let stolen = json!({ "host": before["password"], "password": "p" });
    let other = place
        .actor(
            &place.workspace("b").await,
            &place.bundled(ActorKind::Source, "source-faker", schema()).await,
            json!({ "host": "h" }),
        )
        .await;
    let error = change(&place, other, ConfigurationChange::Replace(stolen)).await.unwrap_err();
    assert_eq!(error.code(), "configuration.secret_missing");
}

async fn a_merge_changes_only_what_is_sent(place: Place) {
    let (_, _, id) = made(&place).await;
    let patch = json!({ "port": 5, "credentials": { "token": "hush-2" }, "keys": null });
    change(&place, id, ConfigurationChange::Merge(patch)).await.unwrap();
    let expected =
        json!({ "host": "h", "password": HUSH, "credentials": { "kind": "token", "token": "hush-2" }, "port": 5 });
    assert_eq!(hydrated(&place, id).await, expected);
    let shown = shown_configuration(&place.plane.actor(ActorKind::Source, id).await.unwrap(), false);
    change(&place, id, ConfigurationChange::Merge(shown)).await.unwrap();
    assert_eq!(hydrated(&place, id).await, expected);
}

async fn a_configuration_that_does_not_fit_is_refused_without_telling_it(place: Place) {
    let (workspace, definition, id) = made(&place).await;
    let wrong = json!({ "password": HUSH, "port": HUSH, "credentials": { "kind": "token", "token": 5 } });
    let error =
        place.plane.create_actor(By::platform(), new_actor(&workspace, &definition, wrong.clone())).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("/configuration/port") && text.contains("\\\"host\\\"") && !text.contains("hush"), "{text}");
    let error = change(&place, id, ConfigurationChange::Replace(wrong)).await.unwrap_err();
    assert_eq!(error.code(), "configuration.invalid");
    assert_eq!(hydrated(&place, id).await, whole());
    for not_an_object in [json!([]), json!("x"), Value::Null] {
        let new = new_actor(&workspace, &definition, not_an_object);
        assert_eq!(place.plane.create_actor(By::platform(), new).await.unwrap_err().code(), "configuration.invalid");
    }
    let nameless = NewActor { name: " ".to_owned(), ..new_actor(&workspace, &definition, whole()) };
    assert_eq!(place.plane.create_actor(By::platform(), nameless).await.unwrap_err().code(), "actor.name_missing");
}

async fn a_draft_need_not_fit(place: Place) {
    let (workspace, definition, _) = made(&place).await;
    let draft = NewActor { is_draft: true, ..new_actor(&workspace, &definition, json!({ "password": HUSH })) };
    let made = place.plane.create_actor(By::platform(), draft).await.unwrap();
    assert!(made.is_draft);
    change(&place, made.id, ConfigurationChange::Merge(json!({ "host": "h" }))).await.unwrap();
    assert!(!place.plane.actor(ActorKind::Source, made.id).await.unwrap().is_draft);
    assert_eq!(hydrated(&place, made.id).await, json!({ "host": "h", "password": HUSH }));
}

async fn another_key_opens_nothing(place: Place) {
    let (_, _, id) = made(&place).await;
    let other = place.with_another_key().await;
    let error = other.hydrate(id).await.err().unwrap();
    assert_eq!(error.code(), "secret.unreadable");
    // What cannot be opened can still be replaced.
    let change = ActorChange { configuration: Some(ConfigurationChange::Replace(whole())), ..ActorChange::default() };
    other.change_actor(By::platform(), ActorKind::Source, id, change).await.unwrap();
    other.hydrate(id).await.map(drop).unwrap();
}

async fn what_a_connector_rotates_is_kept(place: Place) {
    let (_, _, id) = made(&place).await;
    change(&place, id, ConfigurationChange::Merge(json!({ "host": "${HOST}" }))).await.unwrap();
    let mut given = whole();
    given["host"] = json!("behind the reference");
    let mut told = given.clone();
    told["credentials"]["token"] = json!("hush-rotated");
    // Somebody edits meanwhile.
    change(&place, id, ConfigurationChange::Merge(json!({ "port": 9, "password": "hush-edited" }))).await.unwrap();
    let keep = async |new: &Value| {
        place.plane.keep_configuration(id, &Configuration::of(&given), Configuration::of(new)).await
    };
    keep(&told).await.unwrap();
    let mut expected = whole();
    expected["host"] = json!("${HOST}");
    expected["port"] = json!(9);
    expected["password"] = json!("hush-edited");
    expected["credentials"]["token"] = json!("hush-rotated");
    assert_eq!(hydrated(&place, id).await, expected);
    let stored = place.plane.actor(ActorKind::Source, id).await.unwrap().configuration;
    keep(&given).await.unwrap();
    assert_eq!(place.plane.actor(ActorKind::Source, id).await.unwrap().configuration, stored);
    told["host"] = json!({ "_secret": "airbyte_workspace_x_secret_y_v1" });
    assert_eq!(keep(&told).await.unwrap_err().code(), "configuration.secret_missing");
    assert!(!everything(&place).await.contains("hush"));
}

async fn parameters_of_the_instance_are_put_in_and_never_stored(place: Place) {
    let workspace = place.workspace("a").await;
    let spec = json!({ "connectionSpecification": { "type": "object", "required": ["client_id"],
            "properties": { "client_id": { "type": "string" } } },
        "advanced_auth": { "oauth_config_specification": { "complete_oauth_server_output_specification": {
            "properties": { "id": { "path_in_connector_config": ["client_id"] } } } } } });
    let new = longshore_control_plane::NewDefinition {
        id: None,
        kind: ActorKind::Source,
        name: "x".to_owned(),
        workspace_id: None,
        repository: "team/source-x".to_owned(),
        tag: "1".to_owned(),
        documentation_url: None,
        icon: None,
        resource_requirements: None,
        spec: Some(crate::place::raw(&spec)),
    };
    let definition = place.plane.create_definition(By::platform(), new).await.unwrap();
    let set = async |scope, value: Value| {
        let set = place.plane.set_oauth_parameter(By::platform(), scope, ActorKind::Source, definition.id, value);
        set.await.unwrap();
    };
    set(None, json!({ "id": "hush-instance" })).await;
    let id = place.actor(&workspace, &definition, json!({})).await;
    assert_eq!(hydrated(&place, id).await, json!({ "client_id": "hush-instance" }));
    set(Some(workspace.id), json!({ "id": "hush-workspace" })).await;
    assert_eq!(hydrated(&place, id).await, json!({ "client_id": "hush-workspace" }));
    let given = Configuration::of(&json!({ "client_id": "hush-workspace" }));
    let told = Configuration::of(&json!({ "client_id": "hush-other", "more": 1 }));
    place.plane.keep_configuration(id, &given, told).await.unwrap();
    assert_eq!(place.plane.actor(ActorKind::Source, id).await.unwrap().configuration, json!({ "more": 1 }));
    assert!(!everything(&place).await.contains("hush"));
    let delete =
        place.plane.delete_oauth_parameter(By::platform(), Some(workspace.id), ActorKind::Source, definition.id);
    delete.await.unwrap();
    assert_eq!(hydrated(&place, id).await["client_id"], "hush-instance");
}

async fn a_secret_goes_with_what_it_belongs_to(place: Place) {
    let (_, _, id) = made(&place).await;
    place.plane.delete_actor(By::platform(), ActorKind::Source, id).await.unwrap();
    assert_eq!(everything(&place).await.matches("secret: ").count(), 0);
    for error in [
        place.plane.hydrate(id).await.map(drop).unwrap_err(),
        place.plane.actor(ActorKind::Source, id).await.map(drop).unwrap_err(),
        place.plane.delete_actor(By::platform(), ActorKind::Source, id).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "resource.not_found");
    }
}

async fn a_version_can_be_pinned(place: Place) {
    let (_, first, id) = made(&place).await;
    let second = place.bundled(ActorKind::Source, "source-faker", json!({ "type": "object" })).await;
    assert_eq!(place.plane.hydrate(id).await.unwrap().version.id, second.version.id);
    let pin = async |version| {
        let change = ActorChange { version: Some(version), ..ActorChange::default() };
        place.plane.change_actor(By::platform(), ActorKind::Source, id, change).await
    };
    pin(Some(first.version.id)).await.unwrap();
    assert_eq!(place.plane.hydrate(id).await.unwrap().version.id, first.version.id);
    let other = place.bundled(ActorKind::Source, "source-file", schema()).await;
    assert_eq!(pin(Some(other.version.id)).await.unwrap_err().code(), "resource.not_found");
    pin(None).await.unwrap();
    assert_eq!(place.plane.hydrate(id).await.unwrap().version.id, second.version.id);
}

async fn a_list_is_filtered_and_cut_into_pages(place: Place) {
    let (a, definition, first) = made(&place).await;
    let b = place.workspace("b").await;
    let second = place.actor(&b, &definition, whole()).await;
    let third = place.actor(&a, &definition, whole()).await;
    let list = async |filter: ActorFilter, limit, offset| {
        let found = place.plane.actors(ActorKind::Source, &filter, Page { limit, offset }).await.unwrap();
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let of = |ids: &[&Workspace]| ActorFilter {
        workspaces: Some(ids.iter().map(|one| one.id).collect()),
        ..ActorFilter::default()
    };
    assert_eq!(list(ActorFilter::default(), 10, 0).await, [first, second, third]);
    assert_eq!(list(of(&[&a]), 10, 0).await, [first, third]);
    assert_eq!(list(of(&[&a, &b]), 1, 1).await, [second]);
    assert_eq!(list(of(&[]), 10, 0).await, []);
    assert_eq!(list(ActorFilter { name: Some("none".to_owned()), ..ActorFilter::default() }, 10, 0).await, []);
    place.plane.delete_actor(By::platform(), ActorKind::Source, first).await.unwrap();
    assert_eq!(list(of(&[&a]), 10, 0).await, [third]);
    assert_eq!(list(ActorFilter { includes_deleted: true, ..of(&[&a]) }, 10, 0).await, [first, third]);
}

async fn each_change_is_written_down_without_secrets(place: Place) {
    let (_, _, id) = made(&place).await;
    change(&place, id, ConfigurationChange::Merge(json!({ "password": "hush-2" }))).await.unwrap();
    let worker = Worker::new(&place, |_| Ok(CommandOutput::Check { succeeded: true, message: None }));
    assert!(place.plane.check_actor(By::platform(), id).await.unwrap().succeeded);
    worker.end().await;
    place.plane.delete_actor(By::platform(), ActorKind::Source, id).await.unwrap();
    let filter = EventFilter { workspaces: None, resource: Some(("source".to_owned(), id.to_string())) };
    let events = place.plane.events(&filter, Page::all()).await.unwrap();
    let actions: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["deleted", "changed", "created"]);
    assert!(!everything(&place).await.contains("hush"));
}

async fn a_new_version_hides_what_it_calls_a_secret(place: Place) {
    let (_, _, id) = made(&place).await;
    let mut newer = schema();
    newer["properties"]["host"]["airbyte_secret"] = json!(true);
    place.bundled(ActorKind::Source, "source-faker", newer).await;
    let stored = place.plane.actor(ActorKind::Source, id).await.unwrap();
    assert_eq!(shown_configuration(&stored, false)["host"], "**********");
    assert_eq!(hydrated(&place, id).await, whole());
}

/// 10,000 at once, in one statement each, as a backup would put them there.
async fn many_are_listed_fast(place: Place) {
    let (workspace, definition, _) = made(&place).await;
    let numbers = match &place.database {
        longshore_control_plane::Database::Sqlite(_) => {
            "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n) AS n"
        }
        longshore_control_plane::Database::Postgres(_) => "generate_series(1, 10000) AS n (i)",
    };
    let sql = format!(
        "INSERT INTO actor (id, kind, workspace_id, definition_id, name, configuration, is_draft, created_at, updated_at) \
         SELECT '00000000-0000-0000-0000-' || SUBSTR('00000000' || CAST(i + 100000000000 AS TEXT), 9, 12), 'source', \
         '{}', '{}', 'n', '{{}}', 0, i, i FROM {numbers}",
        workspace.id, definition.id
    );
    let pool = sqlx::AnyPool::connect(&url(&place)).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    pool.close().await;
    let of_one = ActorFilter { workspaces: Some(vec![workspace.id]), ..ActorFilter::default() };
    for filter in [ActorFilter::default(), of_one] {
        let page = Page { limit: 100, offset: 9000 };
        let mut fastest = std::time::Duration::MAX;
        for _ in 0..5 {
            let begun = std::time::Instant::now();
            assert_eq!(place.plane.actors(ActorKind::Source, &filter, page).await.unwrap().len(), 100);
            fastest = fastest.min(begun.elapsed());
        }
        assert!(fastest < std::time::Duration::from_millis(50), "{fastest:?}");
    }
}
